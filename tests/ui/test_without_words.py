"""A project whose backbone reads no words: where the window has words otherwise, it says so."""

import pytest
from PySide6.QtWidgets import QLabel

from spa_desktop.project import Project
from spa_desktop.project.folders import add_classes
from spa_desktop.ui.classes.classes_page import ClassesPage
from spa_desktop.ui.descriptions.descriptions_page import DescriptionsPage
from spa_desktop.ui.page import next_step
from spa_desktop.ui.sort.sort_page import SortPage
from spa_desktop.ui.train.train_page import TrainPage
from spa_desktop.workbench import sorting
from tests.workbench.tiny import TinyEncoder, draw_photo


@pytest.fixture
def context(context, photos, tmp_path, open_project, monkeypatch):
    monkeypatch.setattr(TinyEncoder, "has_texts", False)
    with Project.create(tmp_path / "Wordless.spa", backbone="timm:convnext_atto.d2_in1k") as project:
        add_classes(project, [photos / "1"], task="Colours")
    return open_project(tmp_path / "Wordless.spa")


def test_nothing_waits_for_a_description(context, show_page, settle, qtbot):
    assert next_step(context.contents, "descriptions").page == "train"
    page = show_page(DescriptionsPage)
    assert page.is_empty
    (said,) = (label.text() for label in page.empty.findChildren(QLabel) if "reads photos, not words" in label.text())
    assert said.endswith("its classes need no descriptions")
    assert page.empty.button.text() == "Train"
    assert not any(part.isVisible() for part in (page.writer, page.more, page.write, page.train))
    train = show_page(TrainPage)
    assert {node.state for task in train.plan.model.chosen for node in task.classes} == {"wordless"}
    assert train.plan.texts.text() == ""
    train.train.click()
    settle()
    assert len(context.contents.learned_ids) == 3
    assert not context.contents.descriptions


def test_words_are_not_looked_for_in_photos(context, show_page, qtbot, settle):
    page = show_page(ClassesPage)
    assert "reads no words: only names are found" in page.finder.search.toolTip()
    page.finder.search.setText("sandy beach")
    qtbot.waitUntil(page.words.isVisible)
    assert page.words.text() == "This project's backbone reads no words: only names are found"
    page.finder.search.setText("red")
    qtbot.waitUntil(lambda: not page.words.isVisible())


def test_groups_have_no_proposed_names(context, show_page, tmp_path, finish, settle, monkeypatch):
    monkeypatch.setattr(sorting, "names_of_groups", lambda *_: pytest.fail("it was asked for names"))
    for seed in range(20, 28):
        draw_photo(tmp_path / "holiday" / f"IMG_{seed}.png", "teal", seed)
    page = show_page(SortPage)
    settle()
    finish(lambda: page.take_dropped([tmp_path / "holiday"]))
    assert "reads no words: no names are proposed for groups" in page.message_bar.text
    assert page.model.rows
