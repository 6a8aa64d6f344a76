"""Small traps that a person fell into, each with the test that it stays closed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QApplication, QComboBox, QDoubleSpinBox, QLabel, QLineEdit, QSpinBox

from spa_desktop.project import FoundClass, FoundFile
from spa_desktop.ui.classes.import_sheet import FOLDER, FoundModel
from spa_desktop.ui.results.accuracy_curves import AccuracyCurves
from spa_desktop.ui.results.results_report import Report
from spa_desktop.ui.settings.settings_dialog import SettingsDialog
from spa_desktop.ui.shell.main_window import StatusStrip, WorkRow
from spa_desktop.ui.style.theme import class_style, install_language, task_style
from spa_desktop.ui.widgets.labels import FittingLabel
from tests.ui.conftest import block


def test_the_list_of_jobs_stays_within_the_window_however_long_their_names_are(context, qtbot):
    strip = StatusStrip(context)
    strip.resize(900, 36)
    qtbot.addWidget(strip)
    with qtbot.waitExposed(strip):
        strip.show()
    ends = [block(context, f"Learning {'a very long name of a task ' * 8}{n}") for n in range(4)]
    qtbot.waitUntil(lambda: strip.others.isVisible() and strip.others.text() == "and 3 more")
    strip.others.click()
    listed = strip._list
    try:
        qtbot.waitUntil(lambda: len(listed.findChildren(WorkRow)) == 4)
        inside = QRect(strip.mapToGlobal(QPoint(0, 0)), strip.size())
        box = listed.frameGeometry()
        assert inside.left() <= box.left()
        assert box.right() <= inside.right()
        assert box.bottom() < inside.top()
        for row in listed.findChildren(WorkRow):
            assert listed.rect().contains(QRect(row.cancel.mapTo(listed, QPoint(0, 0)), row.cancel.size()))
        assert strip.shown.width() <= strip.width()
    finally:
        listed.close()
        for end in ends:
            end.set()
        qtbot.waitUntil(lambda: strip.shown is None and not strip.others.isVisible())


def test_the_folder_column_says_that_photos_come_from_train_and_test():
    photos = Path("/data/flowers/photos")
    files = tuple(FoundFile(photos / split / "daisy" / f"{split}.jpg", split) for split in ("test", "train"))
    model = FoundModel()
    model.show((FoundClass("daisy", photos / "test" / "daisy", files),), frozenset(), 0.2)
    index = model.index(0, FOLDER)
    assert index.data() == "…/photos/train + test/daisy"
    # What lies in one folder, split within it, is named by that folder.
    own = tuple(FoundFile(photos / "daisy" / split / f"{split}.jpg", split) for split in ("test", "train"))
    model.show((FoundClass("daisy", photos / "daisy", own),), frozenset(), 0.2)
    assert index.data() == "…/flowers/photos/daisy"


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_fields_of_the_settings_are_as_high_as_each_other_and_the_folded_heading_is_not_clipped(
    context, qtbot, language
):
    install_language(language)
    dialog = SettingsDialog(context)
    install_language("en")
    qtbot.addWidget(dialog)
    dialog.open()
    fields = [one for kind in (QComboBox, QSpinBox, QDoubleSpinBox) for one in dialog.findChildren(kind)]
    assert len(fields) > 4

    def high(field) -> int:
        return min(field.sizeHint().height(), field.maximumHeight())

    edits = [one for one in dialog.findChildren(QLineEdit) if one.parent() not in fields]
    assert edits
    assert len({high(one) for one in (*fields, *edits)}) == 1
    button = dialog.method.fold.button
    for _ in range(2):
        button.toggle()
        QApplication.processEvents()
        text = button.fontMetrics().horizontalAdvance(button.text())
        assert button.width() >= text + button.iconSize().width() + 8
        assert button.height() >= button.fontMetrics().height()
    dialog.close()


def test_a_name_is_shown_whole_however_narrow_its_place_is(qtbot):
    label = FittingLabel()
    qtbot.addWidget(label)
    label.resize(260, 200)
    label.show()
    sizes = {}
    for name in ("pear", "a_rather_long_name_of_a_pear", "x" * 80):
        label.show_name(name)
        bare = QLabel()
        qtbot.addWidget(bare)
        bare.setFont(label.font())
        bare.setText(label.text())
        bare.setWordWrap(True)
        # The narrowest a label can be without cutting its longest unbreakable piece.
        assert bare.minimumSizeHint().width() <= label.width()
        assert label.text().replace("\u200b", "") == name
        sizes[name] = label.font().pixelSize()
    assert sizes["pear"] > sizes["a_rather_long_name_of_a_pear"]


def report(tasks: int, *, low: float = 40.0) -> Report:
    """A report of so many tasks, all that the curves need."""
    names = tuple(f"A task with a longish name {n}" for n in range(tasks))
    curve = tuple(100.0 - n for n in range(tasks))
    matrix = tuple(tuple(95.0 if column <= row else None for column in range(tasks)) for row in range(tasks))
    references = {"zero-shot": (low,) * tasks, "slda": (90.0,) * tasks}
    return Report(names, curve, 97.0, 1.0, matrix, references, (), (), ())


def test_a_task_without_test_photos_has_no_curve_and_no_name_in_the_plot(qtbot):
    curves = AccuracyCurves()
    qtbot.addWidget(curves)
    curves.show_report(replace(report(2), matrix=((None, None), (None, 90.0))))
    assert [name.isVisible() for name in curves._names.values()] == [True, False, True]


@pytest.mark.parametrize("width", [320, 700])
@pytest.mark.parametrize("low", [0.0, 83.0, 96.0])
def test_a_hundred_is_on_the_axis_and_the_names_at_the_ends_are_apart(qtbot, monkeypatch, width, low):
    curves = AccuracyCurves()
    qtbot.addWidget(curves)
    curves.resize(width, 300)
    curves.show()
    curves.show_report(report(4, low=low))
    QApplication.processEvents()
    axis, written = curves.plot.item.getAxis("left"), []
    draw = axis.drawPicture
    monkeypatch.setattr(axis, "drawPicture", lambda *parts: (written.extend(parts[3]), draw(*parts)))
    axis.picture = None
    curves.grab()
    assert "100" in [text for _, _, text in written]
    curves.compare.setChecked(True)
    curves.grab()
    view, boxes = curves.plot.widget.viewport().rect(), []
    for name in curves._names.values():
        box = name.mapRectToScene(name.boundingRect()).adjusted(0, 4, 0, -4)  # text has room above and below
        assert view.contains(box.toAlignedRect()), f"{name.toPlainText()} is cut"
        assert not any(box.intersects(other) for other in boxes)
        boxes.append(box)


def test_tasks_do_not_wear_the_colours_of_classes(qapp):
    hues = {class_style(place).color.name() for place in range(16)}
    for count in (2, 3, 8):
        styles = [task_style(place, count) for place in range(count)]
        assert not hues & {style.color.name() for style in styles}
        assert len({(style.color.name(), style.symbol) for style in styles}) == count
