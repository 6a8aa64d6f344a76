from PySide6.QtGui import QImage
from typer.testing import CliRunner

from spa_desktop.cli import app as cli
from spa_desktop.plain_files import write_png
from spa_desktop.ui import app, screenshots
from spa_desktop.ui.photo.colour_maps import file_content
from spa_desktop.ui.shell.side_bar import PAGE_NAMES
from spa_desktop.ui.style.theme import install_language


def test_pages_are_taken_at_the_widths_that_are_asked_for(make_project, tmp_path, qapp, monkeypatch):
    """A picture that the app has taken is taken anew; something else in the place of the last one is kept."""
    project, folder, widths = make_project(name="Wide"), tmp_path / "pictures", (900, 960)
    before = project.read_bytes()
    folder.mkdir()
    write_png(folder / f"{PAGE_NAMES[0]}-960-light.png", file_content(QImage(8, 8, QImage.Format.Format_RGB32), "PNG"))
    mine = folder / "start-960-light.png"
    mine.write_text("mine")
    monkeypatch.setattr(app, "make_application", lambda: qapp)
    monkeypatch.setattr(screenshots, "_SETTLE_MS", 20)
    monkeypatch.setattr(screenshots, "PAGE_NAMES", PAGE_NAMES[:3])
    asked = [part for width in widths for part in ("--width", str(width))]
    done = CliRunner().invoke(cli, ["screenshots", str(project), str(folder), *asked])
    install_language("en")
    assert f"{mine} cannot be written: it is there, and was not made by this app" in str(done.exception)
    assert mine.read_text() == "mine"
    assert project.read_bytes() == before
    taken = {path.stem: QImage(str(path)) for path in folder.iterdir()}
    assert set(taken) == {f"{name}-{width}-light" for name in (*PAGE_NAMES[:3], "start") for width in widths}
    assert {image.width() for stem, image in taken.items() if "-960-" in stem and stem != mine.stem} == {960}
