"""Does with a key all that could write it down: `python -m tests.descriptions.openai.leaky URL FOLDER`.

A service echoes it, a project is described, settings are kept, a log is written, the app fails in every way that it
knows of. One key comes by the environment and is used, another is typed: it comes by stdin.
"""

import logging
import sys
import threading
from pathlib import Path

from spa_desktop.descriptions.openai.service import WriterOptions
from spa_desktop.encoders import backbones
from spa_desktop.errors import SpaError
from spa_desktop.jobs import Job
from spa_desktop.keys import find_key, guard_output, save_key
from spa_desktop.ui.app import make_application
from spa_desktop.ui.background.work import WorkFailure
from spa_desktop.ui.faults import FaultCatcher, FaultDialog, start_log
from spa_desktop.ui.preferences import SettingsStore
from spa_desktop.workbench import Workbench
from tests.workbench.tiny import draw_classes, load_tiny


def main(url: str, folder: Path) -> None:
    guard_output()
    backbones.load_encoder = load_tiny()  # type: ignore[assignment]
    app = make_application()
    start_log()
    typed = sys.stdin.readline().strip()
    save_key(typed, url, in_keyring=False)
    found = find_key(url)
    assert found is not None
    keys = f"{found.value} {typed}"
    settings = SettingsStore()
    settings.update(address=url, model="gpt-5", writer="openai")

    reports: list[str] = []

    def report(failure: WorkFailure) -> None:
        dialog = FaultDialog(failure)
        dialog.copy.click()
        reports.append(app.clipboard().text())
        dialog.close()

    options = WriterOptions(base_url=url, parallel=1)
    photos = draw_classes(folder / "photos", ("red", "green", "blue"), train=2, test=1)
    with Workbench.create(folder / "Colours.spa") as bench:
        bench.add([photos])
        job = Job(lambda event: say(event.message) if event.message else None)
        for _ in range(2):
            try:
                done = bench.describe("openai", job, options=options, afresh=True, consent=lambda _: True)
                say(done)
                logging.getLogger("spa_desktop").warning("these failed: %s", done.failed)
            except SpaError as error:
                logging.getLogger("spa_desktop").exception("it failed")
                say(error)
                say(repr(error))

    catcher = FaultCatcher()
    catcher.caught.connect(report)
    catcher.install()
    thread = threading.Thread(target=lambda: fail(keys))
    thread.start()
    thread.join()
    logging.getLogger("somebody.else").error("Authorization: Bearer %s", found.value, stack_info=True)
    try:
        fail(keys)
    except RuntimeError:
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
    catcher.uninstall()
    (folder / "report.txt").write_text("\n".join(reports))
    fail(keys)


def say(what: object) -> None:
    sys.stdout.write(f"{what}\n")


def fail(key: str) -> None:
    raise RuntimeError(f"an error that holds {key}")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
