"""Tables that are described by their columns."""

from pathlib import Path

from PySide6.QtCore import Qt

from spa_desktop.project import Skipped
from spa_desktop.project.folders import NO_ENDING
from spa_desktop.ui.style.theme import theme
from spa_desktop.ui.widgets.tables import Column, ColumnModel, SkipReport, table_of, why_skipped

Role = Qt.ItemDataRole


def test_a_cell_is_what_its_column_says_of_the_row(qtbot):
    columns = (
        Column("Name", lambda row: row[0], color=lambda row: 3),
        Column(
            "Lost",
            lambda row: str(row[1]),
            64,
            is_number=True,
            hint="in points",
            role=lambda row: "bad" if row[1] else None,
            tip=lambda row: "" if row[1] else "<b>none</b>",
        ),
    )
    model = ColumnModel(columns)
    table = table_of(model, columns, "Losses")
    qtbot.addWidget(table)
    model.fill([("red", 2), ("green", 0)])
    name, lost, kept = model.index(0, 0), model.index(0, 1), model.index(1, 1)
    assert [one.data() for one in (name, lost, kept)] == ["red", "2", "0"]
    assert [one.data(Role.ToolTipRole) for one in (name, lost, kept)] == [None, None, "<b>none</b>"]
    assert [one.data(Role.ForegroundRole) for one in (name, lost, kept)] == [None, theme().color("bad"), None]
    assert not name.data(Role.DecorationRole).isNull()
    assert lost.data(Role.DecorationRole) is None
    header = table.horizontalHeader()
    for section, side in ((0, Qt.AlignmentFlag.AlignLeft), (1, Qt.AlignmentFlag.AlignRight)):
        assert model.index(0, section).data(Role.TextAlignmentRole) & side
        assert model.headerData(section, Qt.Orientation.Horizontal, Role.TextAlignmentRole) & side
    assert model.headerData(1, Qt.Orientation.Horizontal, Role.ToolTipRole) == "in points"
    assert (header.sectionSize(1), header.sectionResizeMode(0)) == (64, header.ResizeMode.Stretch)


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
