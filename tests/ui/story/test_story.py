"""The whole story, as a person lives it: from an empty app to a model that learned twice, and still there next day."""

import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLineEdit

from spa_desktop.ui.classes.classes_page import ClassesPage
from spa_desktop.ui.descriptions.descriptions_page import DescriptionsPage
from spa_desktop.ui.explain.explain_page import ExplainPage
from spa_desktop.ui.live.live_page import LivePage
from spa_desktop.ui.photo.explanation_words import ShareRole
from spa_desktop.ui.photo.photo_canvas import patch_box
from spa_desktop.ui.results.results_page import ResultsPage
from spa_desktop.ui.shell.side_bar import PAGE_NAMES
from spa_desktop.ui.shell.start_page import RecentRow
from spa_desktop.ui.style.theme import theme
from spa_desktop.ui.train.train_page import TrainPage
from spa_desktop.ui.widgets import forms
from spa_desktop.ui.widgets.class_list import ClassNode
from spa_desktop.ui.widgets.words import counted, points
from tests.conftest import REPOSITORY
from tests.ui.live.films import write_film
from tests.ui.mouse import place_of
from tests.ui.story.conftest import REAL_PHOTOS
from tests.ui.story.person import CTRL, Person
from tests.workbench.tiny import draw_photo

Key = Qt.Key
_LONGEST = 900  # seconds that it may take where the machine is busy


@pytest.mark.slow
@pytest.mark.timeout(_LONGEST)
def test_the_story(sit, request, tmp_path, monkeypatch):
    """On a real screen where there can be one, and with real photos where there are some.

    Photos that are drawn go through a tiny encoder, real ones through the one that the app ships with.
    """
    if os.environ["QT_QPA_PLATFORM"] == "offscreen" and all(map(shutil.which, _SCREEN)):
        on_a_real_screen(tmp_path)
        return
    first, second, third = folders = request.getfixturevalue("real" if REAL_PHOTOS.is_dir() else "drawn")
    project = tmp_path / "My things.spa"
    monkeypatch.setattr(forms, "new_project", lambda parent, start: project)
    person = sit()
    make_a_project(person, project)
    add_classes(person, [first, second])
    describe(person)
    train(person, "Task 1")
    results_of_one_task(person)
    explain_a_photo(person, [first.name, second.name])
    look_through_a_camera(person, first, tmp_path)
    add_classes(person, [third])
    describe(person)
    train(person, "Task 2")
    see_what_was_forgotten(person)
    rename_and_undo(person, old=first.name)
    by_keyboard_and_in_the_dark(person)
    before = what_is_there(person)
    leave(person)

    person = sit()
    come_back(person, project)
    assert what_is_there(person) == before
    assert {folder.name for folder in folders} == set(before["classes"])
    see_what_was_forgotten(person)


_MOST_ACTS = 12


def test_a_new_user_has_a_folder_sorted_by_classes_in_a_dozen_acts(sit, drawn, tmp_path, monkeypatch):
    """Clicks, drops and the choice of a folder: from the start page to photos in a folder for each class."""
    camera, target = tmp_path / "camera", tmp_path / "sorted"
    for look in ("green", "red", "blue"):
        for seed in range(60, 66):
            draw_photo(camera / f"{look}-{seed}.png", look, seed)
    monkeypatch.setattr(forms, "export_folder", lambda *_: acts.append("folder") or target)
    person, acts = sit(), []
    for name in ("click", "drop"):
        act = getattr(person, name)
        monkeypatch.setattr(person, name, lambda *what, act=act, name=name: acts.append(name) or act(*what))
    assert person.drop(person.window.start, [drawn[0].parent])
    person.wait(lambda: person.context.contents is not None and person.page.adding.sheet is not None)
    person.rest()
    person.click(person.page.adding.sheet.add)
    person.rest()
    person.click(person.window.side_bar.next)
    person.click(person.page.train)
    person.rest()
    page = person.go_to("use")
    assert person.drop(page, [camera])
    person.wait(lambda: page.sort.isVisible() and page.sort.isEnabled())
    person.rest()
    person.click(page.sort)
    person.click(page.output.sheet.choose)
    person.wait(page.output.sheet.go.isEnabled)
    person.click(page.output.sheet.go)
    person.rest()
    placed = {path.parent.name for path in target.rglob("*.png") if path.name.startswith(path.parent.name)}
    assert placed == {"green", "red", "blue"}
    assert len(list(target.rglob("*.png"))) == 18
    assert len(acts) <= _MOST_ACTS, acts


def make_a_project(person: Person, project: Path) -> None:
    person.click(person.window.start.new)
    person.wait(lambda: person.context.contents is not None)
    assert project.is_file()
    person.rest()
    assert person.page.name == "classes"
    assert person.window.side_bar.next.text() == "Add folders of photos"


def add_classes(person: Person, folders: list[Path]) -> None:
    """Drop folders, look at the sheet, add, see thumbnails."""
    page = person.go_to("classes")
    assert isinstance(page, ClassesPage)
    known = len(person.context.contents.classes)
    assert person.drop(page, folders)
    person.rest()
    sheet = page.adding.sheet
    assert [row.name for row in sheet.model.rows] == [folder.name for folder in folders]
    person.focus(sheet.share)
    sheet.share.selectAll()
    person.type("30")
    person.press(Key.Key_Tab)
    person.click(sheet.add)
    person.rest()
    count = sum(len(list(folder.iterdir())) for folder in folders)
    assert page.message_bar.text.startswith(f"Added {count} photos")
    assert len(person.context.contents.classes) == known + len(folders)
    node = page.tree.node
    assert isinstance(node, ClassNode)
    assert node.name in {folder.name for folder in folders}
    counts = person.context.contents.counts[node.id]
    assert counts.test == round(0.3 * (counts.train + counts.test))
    person.wait(lambda: thumbnails(page) == len(page.photo_model.photos) > 0)


def thumbnails(page: ClassesPage) -> int:
    page.photos.viewport().grab()  # what is looked at is loaded
    return sum(page.source.picture(photo.id) is not None for photo in page.photo_model.photos)


def describe(person: Person) -> None:
    assert person.window.side_bar.next.text() == "Train", "what one need not do is no step"
    page = person.go_to("descriptions")
    assert isinstance(page, DescriptionsPage)
    assert page.write.text().startswith("Write ")
    person.click(page.write)
    person.rest()
    contents = person.context.contents
    said = [len(contents.descriptions[one.id].phrases) for one in contents.to_learn]
    assert max(said) >= 1  # of real photos the writer says what it knows, which may be little
    assert page.writer.badge.text() == "Stays on this computer"
    assert page.editor.phrase_model.rowCount() >= 1
    assert not page.write.isVisible()
    person.click(page.train)
    assert person.page.name == "train"


def train(person: Person, task: str) -> None:
    page = person.page
    assert isinstance(page, TrainPage)
    to_learn = {one.id for one in person.context.contents.to_learn}
    person.click(page.train)
    assert page.stop.isVisible()
    assert page.cancel.isVisible()
    person.wait(lambda: person.window.status.shown is not None)
    person.rest()
    assert to_learn <= person.context.contents.learned_ids
    assert page.outcomes[-1].task.name == task
    # The curves are really there: every figure that the worker sent is a point of the plot.
    plot = page.run.plot
    assert len(plot.points) > 1
    person.wait(lambda: plot.is_drawn and len(plot._loss_curve.getData()[0]) == len(plot.points))
    for curve, column in ((plot._loss_curve, 1), (plot._accuracy_curve, 2)):
        assert list(zip(*curve.getData(), strict=True)) == [(point[0], point[column]) for point in plot.points]
    assert all(loss >= 0 and 0 <= accuracy <= 100 for _, loss, accuracy in plot.points)
    assert page.past.outcome.isVisible()
    assert not page.plan.isVisible()


def results_of_one_task(person: Person) -> None:
    page = person.go_to("results")
    assert isinstance(page, ResultsPage)
    person.wait(lambda: page.report is not None)
    person.rest()
    assert page.parts.headline.now.number.text() == counted(page.report.accuracy)
    assert not page.parts.curves.isVisible(), "one point is no curve"


def explain_a_photo(person: Person, names: list[str]) -> None:
    page = person.go_to("explain")
    assert isinstance(page, ExplainPage)
    person.wait(lambda: page.shown_answer is not None)
    person.rest()
    if page.answers.bars.others.isVisible():
        person.click(page.answers.bars.others)
    assert {button.bar.name for button in page.answers.bars.buttons if button.isVisible()} == set(names)
    # The overlay lies on the photo, as strongly as the slider says, which the keyboard moves too.
    person.focus(page.viewer.slider)
    person.press(Key.Key_Home)
    bare = person.picture(page.canvas)
    person.press(Key.Key_End)
    assert differing(bare, person.picture(page.canvas)) > 0.05
    # A phrase that is pointed at lights the places of its colours, or the patches that it was compared with.
    phrases = page.answers.phrases
    unlit = person.picture(page.canvas)
    first = page.answers.model.index(1, 0)
    person.point(
        phrases.viewport(), lambda: place_of(person.qtbot, phrases, first), lambda: page.canvas.lit is not None
    )
    lit = page.canvas.lit
    assert isinstance(lit, QImage) or set(lit) == {int(patch) for patch in page.shown_answer.first.selected}
    assert differing(unlit, person.picture(page.canvas)) > 0.05
    # A patch that is pointed at says which phrases it speaks for.
    one = page.shown_answer.first
    # One whose phrases differ: where they are nearly equal, none has a share.
    place = max(range(len(one.selected)), key=lambda row: float(one.plan[row].max() / one.plan[row].sum()))
    box, used = patch_box(int(one.selected[place]), one.grid, one.crop), float(one.plan[place].sum())
    expected = pytest.approx(used / (used + float(one.dustbin[place])))  # the rest fits no phrase

    def shares() -> list[float | None]:
        return [page.answers.model.index(row, 0).data(ShareRole) for row in range(1, page.answers.model.rowCount())]

    person.point(
        page.canvas,
        lambda: page.canvas.placement().to_screen(box).center().toPoint(),
        lambda: None not in shares() and sum(shares()) == expected,
    )
    # The next test photo by key.
    before = page.walk.record
    person.focus(page.canvas)
    person.press(Key.Key_Right)
    person.rest()
    assert page.walk.record != before


def differing(one: QImage, other: QImage) -> float:
    """The share of pixels, of every seventh one, that are not the same."""
    places = [QPoint(x, y) for x in range(0, one.width(), 7) for y in range(0, one.height(), 7)]
    return sum(one.pixel(place) != other.pixel(place) for place in places) / len(places)


def look_through_a_camera(person: Person, folder: Path, scratch: Path) -> None:
    """A film stands in for the camera; where the system cannot play one, the photos of the folder do."""
    page = person.go_to("live")
    assert isinstance(page, LivePage)
    assert page.is_empty
    photos = [Image.open(file).convert("RGB").resize((192, 128)) for file in sorted(folder.iterdir())]
    film = [photo for photo in photos for _ in range(5)]
    source = write_film(scratch / "film.avi", film) if can_play_films() else folder
    assert person.drop(page, [source])
    person.wait(lambda: page.newest.answers >= 5)
    assert not page.is_empty
    assert page.stage.source.text() == source.name
    assert {bar.name for bar in page.panel.bars.bars} <= {
        one.name for one in person.context.contents.classes if one.id in person.context.contents.learned_ids
    }
    assert page.panel.bars.bars
    assert " ms" in page.panel.speed.text()
    person.press(Key.Key_O)
    person.wait(lambda: page.stage.overlay.isChecked() and page.canvas.overlay is not None)
    person.click(page.start_button)
    assert page.source is None
    person.rest()


def can_play_films() -> bool:
    try:
        importlib.import_module("PySide6.QtMultimedia")
    except ImportError:  # of one of the libraries it needs
        return False
    return True


def see_what_was_forgotten(person: Person) -> None:
    page = person.go_to("results")
    assert isinstance(page, ResultsPage)
    person.wait(lambda: page.report is not None and len(page.report.tasks) == 2)
    person.rest()
    assert not page.parts.curves.isVisible(), "figures for experts are folded"
    page.parts.ensureWidgetVisible(page.parts.details.button)
    person.click(page.parts.details.button)
    assert set(page.parts.curves.curves) >= {"all classes", "Task 1", "Task 2"}
    said = page.parts.headline.forgotten
    assert said.number.text() == points(abs(page.report.forgetting), page.report.old_tests)
    assert "Best accuracy" in said.toolTip()


def rename_and_undo(person: Person, old: str) -> None:
    page = person.go_to("classes")
    assert isinstance(page, ClassesPage)
    node = next(one for one in page.tree_model.tasks[0].classes if one.name == old)
    place = place_of(person.qtbot, page.tree, page.tree_model.index_of((ClassNode, node.id)))
    person.click(page.tree.viewport(), place)
    person.focus(page.tree)
    person.press(Key.Key_F2)
    editor = page.tree.findChild(QLineEdit)
    person.qtbot.keyClicks(editor, "another name")
    person.qtbot.keyClick(editor, Key.Key_Return)
    person.wait(lambda: person.context.contents.class_(node.id).name == "another name")
    person.rest()
    assert person.context.contents.class_(node.id).state == "trained", "a name needs no training"
    person.press(Key.Key_Z, CTRL)
    person.wait(lambda: person.context.contents.class_(node.id).name == old)
    person.rest()
    assert page.tree.node.name == old


def by_keyboard_and_in_the_dark(person: Person) -> None:
    """The pages by their numbers, the appearance by the menu."""
    window = person.window
    light = person.picture(window)
    dark = window.menus.appearances["dark"]
    dark.trigger()
    person.wait(lambda: theme().name == "dark")
    for number, name in enumerate(PAGE_NAMES, start=1):
        person.press(Key(Key.Key_0 + number), CTRL)
        assert person.page.name == name
        person.rest()
        assert brightness(person.picture(window)) < 100 < brightness(light)
    person.press(Key.Key_2, CTRL)


def brightness(picture: QImage) -> float:
    """0 to 255, of what most of it is."""
    small = picture.scaled(8, 8, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)
    values = sorted(small.pixelColor(x, y).lightness() for x in range(8) for y in range(8))
    return values[len(values) // 2]


def what_is_there(person: Person) -> dict[str, object]:
    contents = person.context.contents
    return {
        "tasks": [(one.name, one.state) for one in contents.tasks],
        "classes": {one.name: (one.state, contents.counts[one.id]) for one in contents.classes},
        "texts": {key: (text.sentence, text.phrases, text.is_approved) for key, text in contents.descriptions.items()},
        "learner": contents.learner,
        "evaluations": contents.evaluations,
        "appearance": person.context.settings.value.appearance,
    }


def leave(person: Person) -> None:
    person.press(Key.Key_Q, CTRL)
    person.wait(lambda: not person.window.isVisible())
    person.leave()


def come_back(person: Person, project: Path) -> None:
    """The project is offered on the start page, with its photos and how good it is."""
    start = person.window.start
    person.wait(lambda: any(row.project.thumbnails for row in rows(person)))
    row = next(row for row in rows(person) if row.project.path == project)
    assert row.project.classes == 3
    assert row.project.accuracy.photos
    assert start.isVisible()
    person.click(row)
    person.wait(lambda: person.context.contents is not None)
    person.rest()
    assert person.window.windowTitle().startswith(project.stem)


def rows(person: Person) -> list[RecentRow]:
    return [row for row in person.window.start.findChildren(RecentRow) if row.isVisible()]


_SCREEN = ("xvfb-run", "openbox")
_WHEN_WINDOWS_ARE_MANAGED = """
openbox --startup "touch '$1'" &
until [ -e "$1" ]; do kill -0 $! || exit 1; sleep 0.05; done
shift
exec "$@"
"""


def on_a_real_screen(tmp_path: Path) -> None:
    """The same on an X server with a window manager, where windows are really mapped, focused and painted."""
    command = ["xvfb-run", "-a", "-s", "-screen 0 1600x1000x24", "sh", "-c", _WHEN_WINDOWS_ARE_MANAGED, "sh"]
    command += [str(tmp_path / "managed"), sys.executable, "-m", "pytest", "-x", "-q"]
    command += ["-o", f"timeout={_LONGEST}", "-p", "no:cacheprovider", "--basetemp", str(tmp_path / "own")]
    command += ["tests/ui/story/test_story.py::test_the_story"]
    environment = {**os.environ, "QT_QPA_PLATFORM": "xcb"}
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "1 passed" in done.stdout
