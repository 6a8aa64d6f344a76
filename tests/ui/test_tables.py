"""Tables that are described by their columns."""

from pathlib import Path

from PySide6.QtCore import Qt

from spa_desktop.project import Skipped
from spa_desktop.project.folders import NO_ENDING
from spa_desktop.ui.widgets.tables import SkipReport, why_skipped

Role = Qt.ItemDataRole


def test_a_file_is_named_as_it_is_called():
    """The number of a copy went with what a decoder says in brackets, and "a" was "it" wherever it stood."""
    said = "it is the same photo as photo (1).jpg"
    assert why_skipped(Skipped(Path("/photos/photo (2).jpg"), said)) == said
    assert why_skipped(Skipped(Path("/photos/a"), NO_ENDING)) == NO_ENDING


def test_photos_that_are_damaged_alike_are_counted_together(qtbot):
    """The reason begins with the path, or with the name alone."""
    said = "{} is damaged or cut off (image file is truncated ({} bytes not processed)): remove it or copy it again"
    paths = [Path("/photos") / f"{number}.jpg" for number in range(2)]
    report = SkipReport(
        [
            Skipped(paths[0], said.format(paths[0].name, 0)),
            Skipped(Path("/photos/a.txt"), "it is not a photo"),
            Skipped(paths[1], said.format(paths[1], 1)),
        ]
    )
    qtbot.addWidget(report)
    assert report.summary.text() == "2 × it is damaged or cut off: remove it or copy it again, 1 × it is not a photo"
    names = [Path(report.model.index(row, 0).data()).name for row in range(3)]
    assert names == ["0.jpg", "1.jpg", "a.txt"], "names of one reason stand together"
    assert "(1 bytes not processed)" in report.model.data(report.model.index(1, 1), Role.ToolTipRole)
