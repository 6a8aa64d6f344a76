"""What hands do quickly: Enter, double clicks, drops, keys; and messages that hold only as long as they are true."""

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QPlainTextEdit

from spa_desktop.errors import InputError
from spa_desktop.ui.shell.menus import command_entries
from spa_desktop.ui.widgets import forms, labels
from spa_desktop.workbench import training
from spa_desktop.workbench.corrections import correct
from tests.ui.conftest import open_in

LEFT, CTRL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier


def rename(window, settle, old: str, new: str) -> None:
    """Rename a class, and have it said with an Undo."""
    edit(window, old, new)
    settle()
    window.page.banner(f"{old} is {new} now.", "Undo", window.context.undo.undo)


def edit(window, old: str, new: str) -> None:
    record = next(one for one in window.context.contents.classes if one.name == old)
    window.context.edit("rename", f"{old} to {new}", lambda tx: tx.rename_class(record.id, new))


def names(window) -> set[str]:
    return {one.name for one in window.context.contents.classes}


# New buttons are deaf


def test_a_double_click_on_train_does_not_start_the_training(project_window, qtbot, monkeypatch):
    classes, train = project_window.page, project_window.page_of("train")
    started = []
    monkeypatch.setattr(train, "start", lambda: started.append(True))
    qtbot.mouseClick(classes.train, LEFT)
    assert project_window.page is train
    monkeypatch.setattr(labels, "DEAF_SECONDS", 3600.0)  # the machine may be busy for longer than the half second
    qtbot.mouseDClick(train.train, LEFT)
    assert started == []


def test_shift_f10_opens_the_menu_of_what_has_the_focus(project_window, qtbot):
    tree, opened = project_window.page.tree, []
    tree.setFocus()

    def close() -> None:
        if (menu := QApplication.activePopupWidget()) is not None:
            opened.extend(menu.actions())
            menu.close()

    qtbot.keyClick(tree, Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)
    close()
    assert opened == tree.actions()


def test_shift_f10_opens_the_menu_of_a_text_of_many_lines(project_window, qtbot):
    """Qt gives the place of its cursor in fractions of a pixel."""
    field, opened = QPlainTextEdit(project_window.page), []
    field.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
    field.customContextMenuRequested.connect(opened.append)
    field.show()
    field.setFocus()
    qtbot.keyClick(field, Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)
    assert len(opened) == 1


# Folders and drops


@pytest.mark.parametrize("choose", [forms.choose_folder, forms.choose_folders])
def test_a_dialog_begins_where_photos_were_chosen_last(window, qtbot, tmp_path, choose):
    """Also where the path was typed, and after a project was opened elsewhere."""
    begun = []

    def type_path(dialog: QFileDialog) -> None:
        begun.append(dialog.directory().path())
        dialog.findChild(QLineEdit, "fileNameEdit").setText(str(tmp_path / "photos"))
        dialog.done(QFileDialog.DialogCode.Accepted)

    (tmp_path / "photos").mkdir()
    for start in (None, tmp_path.parent, None):
        QTimer.singleShot(0, lambda: type_path(QApplication.activeModalWidget()))
        choose(window, "") if start is None else forms.choose_project(window, start)
    assert begun[-1] == str(tmp_path)


def test_a_dialog_begins_in_the_folder_of_the_project_where_there_is_none_of_photos(project_window, tmp_path):
    """Nothing was chosen yet, or the place of what was chosen is gone: not where the app was started."""
    begun = []

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        begun.append(Path(dialog.directory().path()))
        dialog.reject()

    QSettings().remove("photos/lastFolder")
    for chosen in ([], [tmp_path / "gone" / "photos"]):
        forms.keep_place(chosen)
        QTimer.singleShot(0, look)
        forms.choose_folder(project_window.page, "")
    assert begun == 2 * [project_window.context.contents.path.parent]


# Search and commands


def test_every_command_is_found_by_a_few_letters(project_window, qtbot):
    qtbot.keyClick(project_window, Qt.Key.Key_K, CTRL)
    palette = project_window.finder.palette
    offered = {entry.text for entry in palette.fitting}
    assert {"New project", "Settings", "Results", "Theme: dark", "Check the file", "Add folders"} <= offered
    node = project_window.page.tree.node
    assert {f"Rename {node.name}", f"Delete {node.name}"} <= offered, "what is renamed is not seen beneath the palette"
    qtbot.keyClicks(palette.line, "resu")
    assert "Open the sample project" not in [entry.text for entry in palette.fitting]
    assert palette.fitting[0].text == "Results"
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    assert not palette.isVisible()
    assert project_window.page.name == "classes", "what takes a second would leave the palette standing"
    qtbot.waitUntil(lambda: project_window.page.name == "results")
    qtbot.waitUntil(lambda: project_window.finder.palette is None)


def choose(window, qtbot, typed: str, text: str) -> None:
    """Choose a command of that text, which fits best, and wait until the palette is gone."""
    window.finder.show_commands()
    palette = window.finder.palette
    qtbot.keyClicks(palette.line, typed)
    assert palette.fitting[0].text == text
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.finder.palette is None)


def test_what_is_done_with_a_part_of_another_page_is_done_once_that_is_seen(window, make_colours, qtbot, settle):
    """From Use, a text was approved that nobody saw."""
    open_in(qtbot, window, make_colours(tasks=1))

    def approved() -> int:
        return sum(one.is_approved for one in window.context.contents.descriptions.values())

    window.show_page("descriptions")
    settle()
    page = window.page
    window.show_page("use")
    choose(window, qtbot, "approve", "Approve")
    assert (window.page, approved(), page.editor.isVisible()) == (page, 0, True)
    assert window.focusWidget() is page.editor.approve
    qtbot.keyClick(page.editor.approve, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: approved() == 1)
    choose(window, qtbot, "rename", "Rename")
    menu = QApplication.activePopupWidget()
    assert (window.page.name, menu.activeAction().text()) == ("classes", "Rename")
    menu.close()
    window.show_page("train")
    choose(window, qtbot, "merge into", "Merge into")
    assert menu.activeAction().text() == "Merge into"
    while popup := QApplication.activePopupWidget():
        popup.close()
    choose(window, qtbot, "save csv", "Save CSV")
    assert window.page.name == "use", "nothing was recognised: the page says so"


def test_a_part_that_a_page_has_folded_is_unfolded_for_its_commands(window, make_colours, qtbot, settle):
    """Approve was found only where More was pressed before."""
    open_in(qtbot, window, make_colours(tasks=1))
    window.show_page("descriptions")
    settle()
    choose(window, qtbot, "approve", "Approve")
    assert window.page.editor.isVisible()
    qtbot.waitUntil(lambda: any(text.is_approved for text in window.context.contents.descriptions.values()))


@pytest.mark.parametrize("trained", [0, 1])
def test_a_list_to_choose_from_is_a_command_of_every_page(window, make_colours, qtbot, settle, trained):
    """Where nothing is learned, the page Explain says what to do."""
    open_in(qtbot, window, make_colours(tasks=1, trained=trained))
    compare = window.page_of("explain").answers.compare
    window.show_page("use")
    settle()
    window.finder.show_commands()
    qtbot.keyClicks(window.finder.palette.line, "why not")
    assert window.finder.palette.fitting[0].text == "Why not another class"
    qtbot.keyClick(window.finder.palette.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.finder.palette is None)
    assert window.page.name == "explain"
    assert (compare.view().isVisible(), window.page.is_empty) == (bool(trained), not trained)
    compare.hidePopup()


def test_corrections_that_wait_are_learned_from_the_commands_of_every_page(project_window, settle):
    project_window.context.run("", lambda bench, job: correct(bench, bench.project.photos()[0].id, class_name="teal"))
    settle()
    for name in ("classes", "use"):
        project_window.show_page(name)
        assert "Learn corrections" in {entry.text for entry in command_entries(project_window, project_window.page)}


def test_training_is_no_command_while_no_task_is_ticked(window, make_colours, qtbot, settle):
    """On the page itself the same word led to the page, which did nothing."""

    def offered(name: str) -> set[str]:
        window.show_page(name)
        settle()
        return {entry.text for entry in command_entries(window, window.page) if entry.is_possible}

    open_in(qtbot, window, make_colours(tasks=2))
    assert {"Train 2 tasks"} == offered("train") & {"Train", "Train 2 tasks"}
    assert {"Train", "Train 2 tasks"} <= offered("use")
    model = window.page_of("train").plan.model
    for row in range(2):
        model.setData(model.index(row, 0), Qt.CheckState.Unchecked, Qt.ItemDataRole.CheckStateRole)
    assert "Train" not in offered("train")
    assert "Train" in offered("use"), "the page, which says what to do"


def test_what_was_done_last_is_undone_by_one_command(window, make_colours, qtbot, settle):
    """The menu, the message and the page Train each offered it by a name of its own."""
    open_in(qtbot, window, make_colours(tasks=1))
    tree = window.page_of("classes").tree_actions
    merge = next(action for action in tree.merge.actions() if action.isVisible())
    merge.trigger()
    settle()
    assert window.page.message_bar.isVisible()

    def undo():
        entries = command_entries(window, window.page)
        return [entry.text for entry in entries if entry.text.startswith("Undo") and entry.is_possible]

    assert len(undo()) == 1, "beside the message"
    window.context.run("", lambda bench, job: training.train(bench, job, task="Task 1"))
    settle()
    for change in ("train", "merge"):
        for name in ("classes", "train"):
            window.show_page(name)
            settle()
            assert len(undo()) == 1, (change, name)
        window.context.undo.undo()
        settle()


def test_what_cannot_be_done_now_says_why(window, project_window, qtbot):
    hints = {entry.text: entry.hint for entry in command_entries(window, window.page) if not entry.is_possible}
    assert (hints["Forget what was learned"], hints["Set aside"]) == ("Nothing is learned yet", "nothing is selected")
    window.finder.show_commands()
    palette = window.finder.palette
    qtbot.keyClicks(palette.line, "forget what")
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    assert palette.isVisible()
    window.context.close_project()
    hints = {entry.text: entry.hint for entry in command_entries(window, window.page)}
    assert hints["Check the file"] == hints["Forget what was learned"] == "No project is open"


# Messages


def test_an_undo_that_comes_too_late_undoes_nothing_else_and_errors_look_like_errors(project_window, qtbot, settle):
    rename(project_window, settle, "red", "ruby")
    # The person presses Undo while another edit is on its way.
    edit(project_window, "green", "lime")
    bar = project_window.page.message_bar
    bar._button.click()
    settle()
    assert names(project_window) >= {"ruby", "lime"}
    assert "Something else was done" in bar.text

    def fail(bench, job):
        raise InputError("There is a class 'red' already", "top up")

    project_window.context.run("Adding", fail)
    settle()
    assert bar.is_error
    assert bar._sign.isVisible()
    assert bar.text == "There is a class 'red' already: choose another name, or add photos to that class"
    edit(project_window, "lime", "pea")
    settle()
    assert bar.is_error, "it stays, whatever is done"
    project_window.page.banner("All is well.")
    assert not bar.is_error
    assert not bar._sign.isVisible()
    edit(project_window, "pea", "lime")
    qtbot.waitUntil(lambda: bar.text == "")  # what offers nothing goes with the next thing that is done


def test_a_name_that_gets_its_suffix_is_asked_about_with_it(qtbot, monkeypatch, tmp_path):
    (tmp_path / "report.v2.csv").write_text("old", encoding="utf-8")
    offered, answers = [], iter([True, True])

    def chosen(dialog: QFileDialog) -> bool:
        offered.append(Path(dialog.selectedFiles()[0]).name)
        return next(answers)

    monkeypatch.setattr(QFileDialog, "exec", chosen)
    found = forms.save_file(None, "Save", tmp_path / "report.v2", "Tables (*.csv)", ".csv")
    assert (found, offered) == (tmp_path / "report.v2.csv", ["report.v2", "report.v2.csv"])
    answers = iter([True, False])
    assert forms.save_file(None, "Save", tmp_path / "report.v2", "Tables (*.csv)", ".csv") is None
    answers = iter([True])
    new = forms.save_file(None, "Save", tmp_path / "other", "Tables (*.csv)", ".csv")
    assert new == tmp_path / "other.csv"
