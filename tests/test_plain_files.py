import ast
import errno
import os
import re
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import pytest

import spa_desktop
from spa_desktop.errors import InputError, SpaError
from spa_desktop.plain_files import (
    ANY_FILE,
    NotPlainError,
    read_plain_file,
    rename_without_replacing,
    write_output,
    write_own_file,
)
from spa_desktop.project import Project

PACKAGE = Path(spa_desktop.__file__).parent


def test_a_file_up_to_the_limit(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(bytes(range(256)) * 10)
    assert read_plain_file(file, 2560) == file.read_bytes()
    with pytest.raises(NotPlainError) as caught:
        read_plain_file(file, 2559)
    assert caught.value.strerror == "it is larger than 2 kB"
    (tmp_path / "none").touch()
    assert read_plain_file(tmp_path / "none", 0) == b""


def test_a_huge_file_without_content_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as stream:
        stream.truncate(1 << 40)
    with pytest.raises(NotPlainError, match="it is larger than 1 MB"):
        read_plain_file(tmp_path / "sparse", 1 << 20)


def test_what_is_no_plain_file(tmp_path: Path) -> None:
    with pytest.raises(NotPlainError, match="it is a folder"):
        read_plain_file(tmp_path, 10)
    with pytest.raises(FileNotFoundError):
        read_plain_file(tmp_path / "gone", 10)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        for path in (tmp_path / "pipe", Path("/dev/zero")):
            with pytest.raises(NotPlainError, match="it is no plain file"):
                read_plain_file(path, 10)


@pytest.mark.skipif(os.name == "nt", reason="links and pipes need rights there")
def test_an_output_that_a_person_agreed_to_replaces_a_plain_file_alone(tmp_path: Path) -> None:
    """As where a dialog has asked; and what is no output of the app stays, where nobody was asked."""
    Project.create(tmp_path / "P.spa").close()
    (tmp_path / "text").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "text")
    os.mkfifo(tmp_path / "pipe")
    for name, why in (("P.spa", "a project"), ("link", "a link"), ("pipe", "no plain file")):
        with pytest.raises(InputError, match=rf"{name} cannot be written: it is {why}.*\. Give another name"):
            write_output(tmp_path / name, b"new", replaces=ANY_FILE)
    for replaces in (None, re.compile(b"new")):
        with pytest.raises(InputError, match="it is there, and was not made by this app"):
            write_output(tmp_path / "text", b"new", replaces=replaces)
    assert (tmp_path / "text").read_text() == "mine"
    write_output(tmp_path / "text", b"new", replaces=ANY_FILE)
    write_output(tmp_path / "text", iter((b"new", b"er")), replaces=re.compile(b"new"))
    assert (tmp_path / "text").read_bytes() == (tmp_path / "link").read_bytes() == b"newer"
    assert {path.name for path in tmp_path.iterdir()} == {"P.spa", "text", "link", "pipe"}


def test_refusing_a_project_that_is_open_takes_no_lock_of_sqlite_away(tmp_path: Path) -> None:
    path = tmp_path / "P.spa"
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("CREATE TABLE photos (path)")
    database.execute("BEGIN IMMEDIATE")
    with pytest.raises(InputError, match="it is a project"):
        write_output(path, b"new", replaces=ANY_FILE)
    begin = "import sqlite3, sys\nsqlite3.connect(sys.argv[1], timeout=0).execute('BEGIN IMMEDIATE')"
    other = subprocess.run([sys.executable, "-c", begin, path], capture_output=True, text=True, check=False)
    assert "database is locked" in other.stderr
    database.close()


def test_what_was_begun_is_cleaned_up(tmp_path: Path) -> None:
    def broken():
        yield b"half"
        raise OSError(5, "Input/output error")

    (tmp_path / "a").write_bytes(b"whole")
    with pytest.raises(SpaError, match="a cannot be written: Input/output error: bring back an earlier version"):
        write_output(tmp_path / "a", broken(), replaces=ANY_FILE, advice="restore")
    with pytest.raises(OSError, match="Input/output"):
        write_own_file(tmp_path / "b" / "c", broken())
    assert (tmp_path / "a").read_bytes() == b"whole"
    assert sorted(tmp_path.rglob("*")) == [tmp_path / "a", tmp_path / "b"]


def test_own_files_are_for_their_user_and_replace_a_link(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "settings").symlink_to(tmp_path / "mine")
    write_own_file(tmp_path / "settings", b"{}")
    assert (tmp_path / "mine").read_text() == "mine"
    assert os.name == "nt" or stat.S_IMODE((tmp_path / "settings").lstat().st_mode) == 0o600


@pytest.mark.parametrize("has_links", [True, False])
def test_a_new_name_replaces_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_links: bool) -> None:
    if not has_links:
        monkeypatch.setattr(os, "link", Mock(side_effect=OSError(errno.EPERM, "Operation not permitted")))
    part, goal = tmp_path / "part", tmp_path / "goal"
    part.write_text("new")
    goal.write_text("mine")
    with pytest.raises(FileExistsError):
        rename_without_replacing(part, goal)
    assert (part.read_text(), goal.read_text()) == ("new", "mine")
    goal.unlink()
    rename_without_replacing(part, goal)
    assert (list(tmp_path.iterdir()), goal.read_text()) == ([goal], "new")


# What writes by other means, and why it may.
OTHER_WRITERS = {
    "plain_files.py": "everybody's writer",
    "classify/move_files.py": "photos are copied and moved, and never replace a file",
    "classify/folder_run.py": "SQLite writes the file, in the folder of the app",
    "cli/__init__.py": "the null device",
    "cli/commands.py": "an empty file marks the demo's folder",
    "encoders/download.py": "a download goes on at the end of the hub's own partial file",
    "export/classifier_folder.py": "into a folder that it has just made, under a name that nobody knew",
    "export/dataset.py": "links to photos, in a folder that it has just made",
    "photos/decoding.py": "the null device, and a pipe",
    "project/database.py": "SQLite writes the file",
    "project/lock.py": "a file that is there is opened so as to try a lock",
    "project/recover.py": "a copy that it has just made loses its number of pages, and a version is put into its place",
    "project/versions.py": "a project is copied, of any size",
    "ui/screenshots.py": "a project is copied into a folder that it has just made",
}
WRITING = {
    "write_text", "write_bytes", "touch", "symlink_to", "hardlink_to", "mkstemp", "NamedTemporaryFile",
    "os.link", "os.symlink", "shutil.copy", "shutil.copy2", "shutil.copyfile", "shutil.copytree", "shutil.move",
    "QFile", "QSaveFile", "QSvgGenerator",
}  # fmt: skip
LOOKED_AT = {"open", "fdopen", "save", *(one.rpartition(".")[2] for one in WRITING)}
# What pictures are saved into, and tensors made bytes of.
IN_MEMORY = {"buffer", "content", "png", "stream", "arrays", "parts", "pooled"}


def writes(node: ast.AST) -> bool:
    """Whether this makes a file, or may do so."""
    if isinstance(node, ast.Attribute):
        return node.attr in ("O_CREAT", "O_WRONLY", "O_RDWR")
    if not isinstance(node, ast.Call):
        return False
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    if name not in LOOKED_AT:
        return False
    whole = ast.unparse(node.func)
    arguments = [ast.unparse(one) for one in (*node.args, *(word.value for word in node.keywords))]
    if name in ("open", "fdopen"):
        return any(re.search(r"'[rbt]*[wxa+][bt+]*'", one) for one in arguments)
    if name == "save":  # a painter's has no arguments, and that of the app's own pages no path first
        return bool(node.args) and arguments[0] not in IN_MEMORY and arguments[0][0] not in "'{"
    return name in WRITING or whole in WRITING


def test_files_are_written_by_one_writer() -> None:
    found: dict[str, list[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if writes(node):
                found.setdefault(path.relative_to(PACKAGE).as_posix(), []).append(ast.unparse(node))
    assert {name: calls for name, calls in found.items() if name not in OTHER_WRITERS} == {}
    assert OTHER_WRITERS.keys() <= found.keys(), "it does not write any more"
