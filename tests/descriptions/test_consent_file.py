"""Where a yes is remembered, what it is bound to, and what counts as no answer."""

import json
import os
import shutil
import stat
from pathlib import Path

import pytest

from spa_desktop.descriptions.consent import (
    ProjectFile,
    SendingQuestion,
    agreed_contents,
    allow_checkpoint,
    consent_path,
    forget_consents,
    is_allowed,
    keep_consent,
)

A, B, C = ("a" * 64, "b" * 64, "c" * 64)
HERE = "https://api.openai.com/v1"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPA_DESKTOP_CONFIG_DIR", str(tmp_path / "config"))


@pytest.fixture
def project(tmp_path: Path) -> ProjectFile:
    (tmp_path / "mine.spa").write_bytes(b"project")
    return ProjectFile.of(tmp_path / "mine.spa", "an id")


def question(*contents: str, destination: str = HERE) -> SendingQuestion:
    return SendingQuestion(destination, "gpt-5", (), ("cat",), None, contents=frozenset(contents))


def test_a_yes_is_remembered_for_its_project_address_and_photos(project):
    assert agreed_contents(project, HERE) is None
    keep_consent(project, question(A, B))
    assert agreed_contents(project, HERE) == {A, B}
    assert agreed_contents(project, "https://api.openai.com/v2") is None
    assert agreed_contents(project, "http://api.openai.com/v1") is None
    # More photos join those that were agreed to.
    keep_consent(project, question(C))
    keep_consent(project, question(A, destination="http://127.0.0.1:1/v1"))
    assert agreed_contents(project, HERE) == {A, B, C}


def test_checkpoint_files_and_photos_are_agreed_to_in_one_file(project, monkeypatch):
    monkeypatch.setattr("spa_desktop.descriptions.consent._MOST_CHECKPOINTS", 2)
    keep_consent(project, question(A))
    files = [Path(f"/weights-{number}.pt") for number in range(3)]
    for file in (files[0], files[1], files[0], files[2]):  # what is agreed to again is not the oldest any more
        assert not is_allowed(files[2])
        allow_checkpoint(file)
    for odd in (Path("/x" * 10_000), Path("/\udcff.pt")):  # they are not kept, and lose nothing
        allow_checkpoint(odd)
        assert not is_allowed(odd)
    keep_consent(project, question(B))
    assert [is_allowed(file) for file in files] == [True, False, True]
    assert agreed_contents(project, HERE) == {A, B}
    forget_consents(project)
    assert is_allowed(files[0])
    assert agreed_contents(project, HERE) is None


def test_another_file_is_another_project(project, tmp_path):
    """Whoever once had the project knows the id in it: alone it says nothing."""
    keep_consent(project, question(A))
    path = Path(project.path)
    shutil.copy(path, tmp_path / "copy.spa")
    assert agreed_contents(ProjectFile.of(tmp_path / "copy.spa", "an id"), HERE) is None, "a copy elsewhere"
    assert agreed_contents(project._replace(id=""), HERE) is None
    assert agreed_contents(project._replace(id="another"), HERE) is None, "another project with the same name"
    (tmp_path / "copy.spa").replace(path)
    other = ProjectFile.of(path, "an id")
    assert agreed_contents(other, HERE) is None, "a copy that took the place of the project"
    keep_consent(other, question(C))
    assert agreed_contents(other, HERE) == {C}
    assert agreed_contents(project, HERE) is None


def test_a_yes_can_be_taken_back(project):
    keep_consent(project, question(A))
    keep_consent(project._replace(path="/other.spa"), question(A))
    forget_consents(project)
    assert agreed_contents(project, HERE) is None
    assert agreed_contents(project._replace(path="/other.spa"), HERE) is not None


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_the_file_is_for_this_user_alone(project):
    keep_consent(project, question(A))
    assert stat.S_IMODE(consent_path().stat().st_mode) == 0o600
    assert [file.name for file in consent_path().parent.iterdir()] == [consent_path().name]
    for mode in (0o620, 0o602, 0o666):
        consent_path().chmod(mode)
        assert agreed_contents(project, HERE) is None, "somebody else may have written it"
    consent_path().chmod(0o600)
    assert agreed_contents(project, HERE) is not None


DAMAGED = {
    "empty": "",
    "a list": "[]",
    "another version": '{"version": 2, "agreements": []}',
    "more than is known": '{"version": 1, "agreements": [], "all": true}',
    "deep": "[" * 100_000,
}


@pytest.mark.parametrize("case", DAMAGED)
def test_what_cannot_be_read_is_no_answer_and_is_written_anew(case, project):
    consent_path().parent.mkdir()
    consent_path().write_bytes(DAMAGED[case].encode())
    assert agreed_contents(project, HERE) is None
    keep_consent(project, question(A))
    assert agreed_contents(project, HERE) == {A}


@pytest.mark.parametrize(("name", "value"), [("contents", ["*"]), ("contents", [A + "\n"]), ("inode", "1")])
def test_a_value_of_another_kind_is_no_answer(name, value, project):
    keep_consent(project, question(A))
    document = json.loads(consent_path().read_text())
    document["agreements"][0][name] = value
    consent_path().write_text(json.dumps(document))
    assert agreed_contents(project, HERE) is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_what_is_no_file_is_no_answer_and_is_not_waited_for(project, tmp_path):
    consent_path().parent.mkdir()
    os.mkfifo(consent_path())
    assert agreed_contents(project, HERE) is None
    consent_path().unlink()
    keep_consent(project, question(A))
    consent_path().rename(tmp_path / "elsewhere.json")
    consent_path().symlink_to(tmp_path / "elsewhere.json")
    assert agreed_contents(project, HERE) is None


def test_a_folder_that_cannot_be_written_costs_the_memory_alone(project, tmp_path, caplog):
    (tmp_path / "config").write_text("in the way")
    keep_consent(project, question(A))
    assert agreed_contents(project, HERE) is None
    assert "The answer is not remembered" in caplog.text


def test_old_projects_are_forgotten_first(project, monkeypatch):
    monkeypatch.setattr("spa_desktop.descriptions.consent._MOST_PROJECTS", 3)
    files = [project._replace(path=f"/{number}.spa") for number in range(5)]
    for file in files:
        keep_consent(file, question(A))
    assert [agreed_contents(file, HERE) is not None for file in files] == [False, False, True, True, True]
