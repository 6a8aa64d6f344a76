"""A person shows the model where the thing is in three photos, has that learned, and takes it back."""

import shutil
from dataclasses import replace

import pytest
import torch
from PySide6.QtCore import QPoint, Qt

from spa_desktop.encoders import backbones
from spa_desktop.jobs import Job
from spa_desktop.project.folders import add_classes
from spa_desktop.ui.classes.classes_page import ClassesPage
from spa_desktop.workbench import correction_learning, training
from spa_desktop.workbench.open_project import OpenProject, refs
from tests.ui.mouse import double_click_item
from tests.ui.story.conftest import load_encoder
from tests.ui.story.person import CTRL

SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture(scope="module")
def animals(demo_set, tmp_path_factory):
    """A project of real photos that looks at the thing."""
    root = tmp_path_factory.mktemp("animals")
    for name in ("rhino", "flamingo"):
        for split, most in (("train", 3), ("test", 1)):
            (root / name / split).mkdir(parents=True)
            for photo in demo_set[0].photos(name, split)[:most]:
                shutil.copy(photo, root / name / split)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPA_DESKTOP_CACHE_DIR", str(root / "cache"))
        with OpenProject.create(root / "animals.spa") as bench:
            add_classes(bench.project, [root / name for name in ("rhino", "flamingo")])
            bench.set_method(replace(bench.method, focus="thing"))
            training.train(bench)
    return root / "animals.spa"


@pytest.fixture
def person(sit, animals, tmp_path, monkeypatch):
    """Sits before a copy of it, whose photos are encoded."""
    monkeypatch.setattr(backbones, "load_encoder", load_encoder)
    project = shutil.copy(animals, tmp_path / "animals.spa")
    shutil.copytree(animals.with_name("cache"), tmp_path / "cache")
    person = sit()
    assert person.drop(person.window.start, [project])
    person.wait(lambda: person.context.contents is not None)
    person.rest()
    return person


def drag(person, frame, start, by):
    """Drag from a place of the frame; where it goes it takes the pointer along."""
    target = frame.mapToParent(start + by)
    person.qtbot.mousePress(frame, Qt.MouseButton.LeftButton, pos=start)
    person.qtbot.mouseMove(frame, frame.mapFromParent(target))
    person.qtbot.mouseRelease(frame, Qt.MouseButton.LeftButton, pos=frame.mapFromParent(target))


def photos_of(person, **which):
    return person.context.workbench.project.photos(**which)


def features(person):
    """Pooled features of all photos to learn from, by id."""
    photos = photos_of(person, split="train")
    pooled = person.context.workbench.store(Job()).pooled(refs(photos))
    return {photo.id: row for photo, row in zip(photos, pooled, strict=True)}


def verbs(person):
    return [change.verb for change in person.context.contents.undo]


def test_photos_are_framed_and_learned_and_all_of_it_is_undone(person):
    page, project = person.go_to("classes"), person.context.workbench.project
    assert isinstance(page, ClassesPage)
    before, learned = features(person), project.learner().blob
    person.wait(lambda: page.photo_model.rowCount() == 4)
    double_click_item(person.qtbot, page.photos, page.photo_model.index(0))
    light = page.lightbox
    framed = []
    for place in range(3):
        person.wait(light.frame.isVisible)
        assert light.frame.accessibleName() == "Looked here"
        drag(person, light.frame, light.frame.rect().bottomRight() - QPoint(7, 7), QPoint(-60, -40))
        assert light.frame.accessibleName() == "Your frame"
        person.wait(lambda place=place: len(verbs(person)) == place + 1)
        person.wait(lambda: "in your frame: " in light.about.text())
        framed.append(light.shown.photo_id)
        person.qtbot.keyClick(light.canvas, Qt.Key.Key_Right)
        person.wait(lambda: light.shown == light.photo)
    light.reject()
    person.rest()
    assert verbs(person) == ["frame"] * 3
    frames = {photo.id: photo.frame for photo in photos_of(person) if photo.frame is not None}
    assert list(frames) == framed
    changed = {key for key, row in features(person).items() if not torch.equal(row, before[key])}
    assert changed == set(framed)
    assert {(row[:2] == before[key][:2]).all().item() for key, row in features(person).items()} == {True}

    page = person.go_to("train")
    person.click(page.train)
    person.rest()
    assert project.learner().blob != learned
    assert all(photo.is_learned for photo in photos_of(person, split="train"))
    assert {item.state for item in project.classes()} == {"trained"}
    for _ in range(4):
        person.press(Qt.Key.Key_Z, CTRL)
        person.rest()
    assert verbs(person) == []
    assert project.learner().blob == learned
    assert all(photo.frame is None and photo.is_learned for photo in photos_of(person, split="train"))


def test_an_answer_that_comes_after_a_step_is_not_of_the_photo_that_is_shown_then(person):
    page, came = person.go_to("classes"), []
    person.wait(lambda: page.photo_model.rowCount() == 4)
    double_click_item(person.qtbot, page.photos, page.photo_model.index(1))
    light = page.lightbox
    person.wait(light.frame.isVisible)
    there = light.frame.frame
    light.looking.answered.connect(lambda *answer: came.append(answer))
    light.step(-1)
    person.wait(lambda: bool(came))
    person.rest()
    assert light.frame.frame != pytest.approx(there)
    light.step(1)
    light.looking.answered.emit(*came[-1])
    person.wait(lambda: light.shown == light.photo)
    person.rest()
    assert light.frame.frame == pytest.approx(there)
    light.reject()


def test_on_explain_a_frame_is_moved_by_keys_answered_and_taken_back(person):
    page = person.go_to("explain")
    person.wait(lambda: page.shown_answer is not None)
    person.rest()
    frame, auto = page.viewer.frame, page.shown_answer
    assert frame.frame == pytest.approx(auto.seen.looked)
    person.focus(frame)
    person.press(Qt.Key.Key_Left)
    person.press(Qt.Key.Key_Up, SHIFT)
    person.wait(lambda: verbs(person) == ["frame"])
    person.rest()
    shown, record = page.shown_answer, page.walk.record
    left, top, right, bottom = auto.seen.looked
    moved = max(left - 0.01, 0)
    assert record.frame == pytest.approx((moved, top, right + moved - left, bottom - 0.01), abs=1e-4)
    assert shown.seen.frame == record.frame
    assert torch.equal(shown.seen.pooled[:2], auto.seen.pooled[:2])
    assert not torch.equal(shown.seen.pooled[2:], auto.seen.pooled[2:])
    assert shown.first.places.sum() == pytest.approx(sum(shown.first.shares.values()), abs=1e-3)
    person.press(Qt.Key.Key_Backspace)
    person.wait(lambda: page.walk.record.frame is None)
    person.rest()
    assert torch.allclose(page.shown_answer.seen.pooled, auto.seen.pooled, atol=1e-5)
    assert not frame.is_own


def test_a_photo_from_outside_is_learned_with_its_frame(person, demo_set):
    photo = demo_set[0].photos("rhino")[8]
    page = person.go_to("use")
    assert person.drop(page, [photo])
    person.wait(lambda: page.sort.isEnabled())
    person.rest()
    double_click_item(person.qtbot, page.grid, page.model.index(0))
    light = page.lightbox
    person.wait(light.frame.isVisible)
    drag(person, light.frame, light.frame.rect().center(), QPoint(-30, 20))
    person.wait(lambda: "in your frame: " in light.about.text())
    frame = light.frame.frame
    light.reject()
    person.rest()
    double_click_item(person.qtbot, page.grid, page.model.index(0))
    person.wait(lambda: page.lightbox.frame.is_own)
    assert page.lightbox.frame.frame == pytest.approx(frame, abs=1e-4)
    page.lightbox.reject()
    person.rest()
    assert verbs(person) == []
    person.press(Qt.Key.Key_1)
    person.wait(lambda: len(person.context.contents.corrections) == 1)
    person.rest()
    correction_learning.learn_corrections(person.context.workbench)
    (added,) = [one for one in photos_of(person) if one.name == photo.name]
    assert added.frame == pytest.approx(frame, abs=1e-4)
    assert added.is_learned


def test_on_live_a_photo_that_stays_is_framed_and_the_frame_goes_with_it(person, animals):
    page = person.go_to("live")
    photos = sorted(animals.parent.glob("*/test/*"))
    page.show_path(photos[0])
    frame = page.stage.frame
    person.wait(frame.isVisible)
    person.rest()
    page.stage.mirror.click()
    left, _, right, _ = frame.frame
    drag(person, frame, frame.rect().center(), QPoint(-20, 0))
    person.rest()
    by = 20 / page.canvas.placement().target.width()  # on a mirrored picture the left is its right
    moved = min(by, 1 - right)
    assert frame.frame[::2] == pytest.approx((left + moved, right + moved), abs=0.01)
    assert frame.is_own
    assert verbs(person) == []
    person.press(Qt.Key.Key_Z, CTRL)
    person.rest()
    assert not frame.is_own
    drag(person, frame, frame.rect().center(), QPoint(15, 0))
    person.rest()
    person.qtbot.mouseDClick(frame, Qt.MouseButton.LeftButton, pos=frame.rect().center())
    person.rest()
    assert not frame.is_own
    drag(person, frame, frame.rect().center(), QPoint(15, 0))
    page.show_path(photos[1])
    person.wait(frame.isVisible)
    person.rest()
    assert not frame.is_own
