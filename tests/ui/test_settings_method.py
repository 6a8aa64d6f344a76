"""The method's own settings, and the way back from what was learned with others."""

import pytest
from PySide6.QtCore import Qt

from spa_desktop.ui.settings.settings_dialog import SettingsDialog
from spa_desktop.workbench.method_settings import MethodSettings
from spa_desktop.workbench.open_project import OpenProject


@pytest.fixture
def project(make_colours):
    """Three classes, learned."""
    return make_colours(tasks=1, trained=1)


def method_in(window, qtbot):
    dialog = SettingsDialog(window.context, window)
    qtbot.addWidget(dialog)
    dialog.open()
    return dialog.method


def test_a_value_is_kept_with_the_project_at_once_and_reset(window, context, project, open_project, settle, qtbot):
    open_project(project)
    section = method_in(window, qtbot)
    qtbot.mouseClick(section.fold.button, Qt.MouseButton.LeftButton)
    assert not section.reset.isEnabled()
    steps = len(context.contents.undo)
    section.patches.setValue(7)
    section.epsilon.setValue(0.2)
    section.exemplars.setValue(4)
    settle()
    assert context.workbench.method == MethodSettings(7, 0.2, 4)
    assert len(context.contents.undo) == steps, "settings make no step of undo"
    assert f"keeps to {MethodSettings().patches} patches" in section.learned.text()
    qtbot.mouseClick(section.reset, Qt.MouseButton.LeftButton)
    settle()
    assert context.workbench.method == MethodSettings()
    shown = MethodSettings(section.patches.value(), section.epsilon.value(), section.exemplars.value())
    assert shown == MethodSettings()


def test_damaged_settings_are_said_and_can_be_reset(window, context, project, open_project, settle, qtbot):
    with OpenProject.open(project) as bench, bench.project.transaction("damage") as tx:
        tx.set_setting("method", {"patches": "many"})
    open_project(project)
    section = method_in(window, qtbot)
    assert "patches" in section.whose.text()
    assert section.reset.isEnabled()
    section.reset.click()
    settle()
    assert context.workbench.method == MethodSettings()


def test_all_is_forgotten_from_the_menu_and_had_back(window, context, project, open_project, settle, qtbot):
    assert not window.menus.forget.isEnabled()
    open_project(project)
    assert window.menus.forget.isEnabled()
    window.menus.forget.trigger()
    settle()
    assert context.contents.learner is None
    assert {one.state for one in context.contents.classes} == {"described"}
    assert not window.menus.forget.isEnabled()
    context.undo.undo()
    settle()
    assert {one.state for one in context.contents.classes} == {"trained"}


def test_how_many_known_photos_are_kept_holds_at_once_and_for_the_next_project(window, context, project, open_project):
    open_project(project)
    heard = []
    context.model_changed.connect(lambda: heard.append(context.workbench.kept_share))
    dialog = SettingsDialog(context, window)
    dialog.kept.setValue(80)
    assert heard == [0.8]
    context.close_project()
    open_project(project)
    assert context.workbench.kept_share == 0.8
