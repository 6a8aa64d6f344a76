"""Does everything with hostile projects while sockets are denied and counted.

`python -m tests.eavesdropped FOLDER` prints a JSON object: what was tried with sockets, and what was said by the
window, by the commands, and by those on the embedded backbone.
"""

import contextlib
import gc
import json
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from spa_desktop.project.folders import add_classes
from spa_desktop.workbench import describing, training

tried: list[str] = []


def _deny(event: str, arguments: tuple[object, ...]) -> None:
    if event.startswith("socket.") or event in ("urllib.Request", "http.client.connect", "ssl.connect"):
        if event in ("socket.__new__", "socket.bind", "socket.gethostname"):
            return  # nothing leaves by these
        tried.append(f"{event} {arguments[1:]} in {threading.current_thread().name}")
        raise OSError("no network in this test")


if __name__ == "__main__":
    sys.addaudithook(_deny)  # before any library of the app is there; it can never be taken away again

HOSTILE = {
    "download": "ViT-B-16/laion400m_e32",
    "texts": "roberta-ViT-B-32/laion2b_s12b_b32k",
    "tokenizer": "ViT-B-16-SigLIP:{folder}/own.pt",
    "repository": "hf-hub:someone/model",
    "address": "ViT-B-16:https://host.invalid/weights.pt",
}
# Files of the person that a project wants to have changed, by a path in its rows or by links beside it.
VICTIMS = dict.fromkeys(("precious.txt", "0" * 64, "x"), "precious")
HOME = Path.home()  # with `photos`, `more` and `fresh`, which were drawn before, and the victims
_URL = "https://host.invalid/?a=<img src='http://host.invalid/b.png'>"


def make_projects(folder: Path) -> dict[str, Path]:
    """A project that learned three classes on the tiny encoder, as somebody may have changed it, in several ways."""
    from spa_desktop.encoders import backbones
    from spa_desktop.workbench.open_project import OpenProject
    from tests.workbench.tiny import load_tiny

    real, backbones.load_encoder = backbones.load_encoder, load_tiny()  # type: ignore[assignment]
    with OpenProject.create(folder / "good.spa") as bench:
        add_classes(bench.project, [HOME / "photos"])
        describing.describe(bench)
        training.train(bench)
        add_classes(bench.project, [HOME / "more"])
    backbones.load_encoder = real
    made = {}
    for name, backbone in HOSTILE.items():
        made[name] = folder / f"{name}.spa"
        made[name].write_bytes((folder / "good.spa").read_bytes())
        spoil(made[name], backbone.format(folder=HOME))
    return made | _with_traps(folder)


def _with_traps(folder: Path) -> dict[str, Path]:
    """Projects that lead to the person's own files: by hashes that are paths, and by links beside them."""
    victims = HOME / "victims"
    made = {name: folder / f"{name}.spa" for name in ("hashes", "links", "versions")}
    for path in made.values():
        path.write_bytes((folder / "good.spa").read_bytes())
    with contextlib.closing(sqlite3.connect(made["hashes"])) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute("UPDATE photos SET sha256 = ? || id", (f"../../../../../../../../..{victims}/x",))
        connection.commit()
    for suffix in ("-journal", "-wal", "-shm", ".lock", "-journal.set-aside"):
        made["links"].with_name(f"links.spa{suffix}").symlink_to(victims / "precious.txt")
    (folder / ".links.spa.new").symlink_to(victims / "precious.txt")
    (folder / ".versions.spa.versions").symlink_to(victims)
    return made


def spoil(path: Path, backbone: str | None) -> None:
    """Write into a project what whoever made it might wish for."""
    connection = sqlite3.connect(path)
    if backbone is not None:
        connection.execute("UPDATE meta SET value = ? WHERE name = 'backbone'", (backbone,))
        connection.execute("UPDATE meta SET value = '' WHERE name = 'fingerprint'")
    settings = {
        "consent": {"answer": "send", "destination": "https://api.openai.com/v1"},
        "languages": _URL,
        "address": _URL,
        "writer": "openai",
    }
    for name, value in settings.items():
        connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, json.dumps(value)))
    connection.execute("UPDATE classes SET name = name || ?", (" " + _URL,))
    connection.execute("UPDATE tasks SET name = name || ?", (" " + _URL,))
    connection.execute("UPDATE descriptions SET sentence = ?, model = ?", (_URL, _URL))
    connection.commit()
    connection.close()


def run(*arguments: object) -> str:
    """What a command says on its last line, and its exit code before it."""
    import io

    from spa_desktop import cli

    said = io.StringIO()
    sys.argv = ["spa-desktop", *map(str, arguments)]
    code = 0
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        # The console of messages was made with the stream that was there at the start.
        from spa_desktop import console

        console._errors.file = said
        try:
            cli.main()
        except SystemExit as end:
            code = int(end.code or 0)
    lines = said.getvalue().strip().splitlines() or [""]
    return f"{code} {lines[-1]}"


def all_commands(folder: Path, projects: dict[str, Path]) -> dict[str, str]:
    """Every verb that does not need the real encoder to work, on every hostile project."""
    said = {}
    probe = next((HOME / "photos" / "test" / "red").iterdir())
    for name, path in projects.items():
        for arguments in (
            ("info", path, "--json"),
            ("check", path),
            ("evaluate", path),
            ("classify", path, probe, "--json"),
            ("classify", path, probe, "--overlay", folder / "overlay"),
            ("describe", path),
            ("describe", path, "--afresh", "--replace-edited"),
            ("describe", path, "--provider", "openai"),
            ("train", path),
            ("add", path, HOME / "fresh"),
            ("undo", path),
            ("restore", path, "--list"),
            ("restore", path),
            ("recover", path, folder / f"recovered-{name}.spa"),
        ):
            said[f"{name} {arguments[0]} {' '.join(map(str, arguments[2:]))}"] = run(*arguments)
    said["backbones"] = run("backbones", "--json")
    for backbone in HOSTILE.values():
        said[f"new {backbone}"] = run("new", folder / "new.spa", "--backbone", backbone.format(folder=HOME))
        (folder / "new.spa").unlink(missing_ok=True)
    said["bench"] = run("bench", HOME / "photos", "--increment", 1, "--backbone", HOSTILE["download"])
    return said


def embedded(folder: Path) -> dict[str, str]:
    """The embedded backbone, on a project that is hostile but for it; the demo on few photos and the tiny one."""
    from spa_desktop import demo
    from spa_desktop.encoders import backbones
    from tests.workbench.tiny import few_demo_photos, load_tiny

    demo.PHOTOS = few_demo_photos(folder / "demo-photos", 1)
    photos = HOME / "photos"
    probe = next((photos / "test" / "red").iterdir())
    path = folder / "lite.spa"
    said = {}
    for arguments in (("new", path), ("add", path, photos), ("train", path)):
        said[arguments[0]] = run(*arguments)
    spoil(path, None)
    for arguments in (
        ("describe", path, "--afresh"),
        ("describe", path, "--provider", "openai"),
        ("evaluate", path),
        ("classify", path, probe),
    ):
        said[" ".join(map(str, (arguments[0], *arguments[2:])))] = run(*arguments)
    real, backbones.load_encoder = backbones.load_encoder, load_tiny()  # type: ignore[assignment]
    said["demo"] = run("demo", folder / "demo")
    backbones.load_encoder = real
    if seconds := float(os.environ.get("EGRESS_SECONDS", "0")):
        live_on(path, folder, seconds)
    return said


def live_on(path: Path, folder: Path, seconds: float) -> None:
    """Verbs again and again, and then the window, each for so long."""
    from benchmarks import long_life

    end = time.monotonic() + seconds
    classify = ("classify", path, HOME / "photos", "--jsonl", folder / "answers.jsonl")
    while time.monotonic() < end:
        for arguments in (("undo", path), ("train", path), classify):
            run(*arguments)
    folders = long_life.photo_folders
    long_life.photo_folders = lambda folder, **_: folders(folder, is_tiny=True)  # type: ignore[assignment]
    long_life.live(seconds / 60, 134, 2, is_tiny=False, projects=1)  # learns, and opens the settings


def window(folder: Path, projects: dict[str, Path]) -> dict[str, str]:
    """Every page of the window and the settings, on every hostile project; what is asked is answered with no."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtCore import QEventLoop, QTimer
    from PySide6.QtWidgets import QApplication, QMessageBox

    from spa_desktop.ui.app import make_application
    from spa_desktop.ui.app_state.context import AppContext
    from spa_desktop.ui.preferences import SettingsStore
    from spa_desktop.ui.settings.settings_dialog import SettingsDialog
    from spa_desktop.ui.shell.main_window import MainWindow
    from spa_desktop.ui.shell.side_bar import PAGE_NAMES

    app = make_application()
    context = AppContext(SettingsStore(folder / "settings.json"))
    context.settings.update(writer="openai")
    shown = MainWindow(context)
    shown.show()
    said: dict[str, str] = {}

    def refuse() -> None:
        for box in QApplication.topLevelWidgets():
            if isinstance(box, QMessageBox) and box.isVisible():
                said.setdefault(f"asked: {box.text()}", "")
                box.reject()

    def wait(is_over: Callable[[], bool]) -> None:
        end = time.monotonic() + 120
        while True:
            loop = QEventLoop()
            QTimer.singleShot(30, loop.quit)
            loop.exec()
            refuse()
            if is_over():
                return
            if time.monotonic() > end:
                raise TimeoutError("a page was not ready")

    for name, path in projects.items():
        context.open_project(path)
        wait(lambda: context.contents is not None or bool(shown.start.message_bar.text))
        if context.contents is None:
            said[f"{name} start"] = shown.start.message_bar.text
            shown.start.message_bar.hide()
            continue
        for page in PAGE_NAMES:
            shown.show_page(page)
            wait(lambda: not context.background.operations)
            said[f"{name} {page}"] = "shown"
        context.close_project()
    dialog = SettingsDialog(context, shown)
    dialog.open()
    wait(lambda: not context.background.operations)
    dialog.accept()
    context.shutdown()
    shown.close()
    app.processEvents()
    return said


def main() -> None:
    import functools

    import typer.main

    folder, out = Path(sys.argv[1]), sys.stdout
    projects = make_projects(folder)
    typer.main.get_command = functools.cache(typer.main.get_command)  # once for two hundred commands
    shown = window(folder, projects)
    gc.collect()  # here: a widget that is freed in a worker thread of a command ends the process
    said = {"window": shown, "commands": all_commands(folder, projects), "embedded": embedded(folder)}
    found = list(tried)
    # So that this can fail.
    import socket

    with contextlib.suppress(OSError):
        socket.create_connection(("127.0.0.1", 9))
    assert len(tried) > len(found), "nothing is denied"
    json.dump({"tried": found, "said": said}, out)


if __name__ == "__main__":
    main()
