"""Answers as keywords in sidecars: planned, written, replaced, taken back; and keywords as classes."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from spa_desktop.classify.answer_files import PhotoAnswer
from spa_desktop.classify.keywords import (
    find_keywords,
    is_newest,
    keyword_classes,
    keyword_names,
    plan_keywords,
    undo_keywords,
    write_keywords,
)
from spa_desktop.classify.sort_photos import plan_sort, sort_photos, undo_sort
from spa_desktop.errors import InputError
from spa_desktop.photos.sidecars import MACHINE, USER, OwnKeyword, read_keywords
from tests.classify.conftest import NAMES
from tests.photos.xmp import facts, made, with_keywords


@pytest.fixture
def answers(answered) -> list[PhotoAnswer]:
    unsure = replace(answered("unsure.jpg"), probabilities=(0.4, 0.3, 0.3))
    return [
        answered("red.jpg"),
        answered("below/slash.jpg", 2),
        answered("said.jpg", said="a/b"),
        answered("none.jpg", rejected=True),
        unsure,
        PhotoAnswer("/gone.jpg", error="/gone.jpg is missing"),
    ]


@pytest.fixture
def photos(answers) -> Path:
    return Path(answers[0].path).parent


def sidecars(folder: Path) -> dict[str, OwnKeyword | None]:
    files = sorted(folder.rglob("*.xmp"))
    return {path.relative_to(folder).as_posix(): read_keywords(path.read_bytes())[1] for path in files}


def test_written_replaced_and_taken_back(answers, photos):
    plan = plan_keywords(answers, NAMES, sources=[photos], branch="Signs/Colours", unsure_below=0.5, model="3f")
    assert plan.counts() == {"Signs|Colours|red": 1, "Signs|Colours|a_b": 2}
    assert sorted(skip.reason[:12] for skip in plan.skipped) == ["it is missin", "it is unsure", "it is unsure"]
    assert sidecars(photos) == {}
    assert write_keywords(plan).done == 3
    assert sidecars(photos) == {
        "below/slash.jpg.xmp": OwnKeyword("a/b", "Signs|Colours|a_b", "0.8000", "3f", MACHINE),
        "red.jpg.xmp": OwnKeyword("red", "Signs|Colours|red", "0.8000", "3f", MACHINE),
        "said.jpg.xmp": OwnKeyword("a/b", "Signs|Colours|a_b", by=USER),
    }
    assert write_keywords(plan_keywords(answers, NAMES, branch="Signs/Colours", unsure_below=0.5, model="3f")).done == 0
    # Another program has rated a photo meanwhile; the second run has other answers.
    (photos / "none.jpg.xmp").write_bytes(made("digiKam", 2))
    again = [replace(answer, rejected=answer.path.endswith("red.jpg")) for answer in answers]
    second = plan_keywords(again, NAMES, sources=[photos], otherwise="to look at")
    write_keywords(second)
    assert {name: own.keyword for name, own in sidecars(photos).items() if own} == {
        "below/slash.jpg.xmp": "a/b",
        "none.jpg.xmp": "red",
        "red.jpg.xmp": "to look at",
        "said.jpg.xmp": "a/b",
        "unsure.jpg.xmp": "red",
    }
    assert undo_keywords(photos).failed == ()
    assert sidecars(photos)["red.jpg.xmp"] == OwnKeyword("red", "Signs|Colours|red", "0.8000", "3f", MACHINE)
    undo_keywords(photos)
    assert sidecars(photos) == {"none.jpg.xmp": None}
    assert facts((photos / "none.jpg.xmp").read_bytes()) == facts(made("digiKam", 2))
    with pytest.raises(InputError, match="nothing to take back"):
        undo_keywords(photos)


def test_what_was_done_last_is_told_from_a_move(answers, photos, tmp_path):
    target = tmp_path / "sorted"
    sort_photos(plan_sort(answers, NAMES, target, move=True))
    assert not is_newest(target)
    moved = [replace(answers[0], path=str(target / "red" / "red.jpg"))]
    write_keywords(plan_keywords(moved, NAMES, sources=[target]))
    assert is_newest(target)
    undo_keywords(target)
    assert (is_newest(target), undo_sort(target).done) == (False, 5)


def test_the_name_of_the_sidecar(answered):
    """That of Lightroom is taken where it is there, and belongs to one photo."""
    answers = [answered(name) for name in ("a.jpg", "b.jpg", "b.png", "c.jpg")]
    folder = Path(answers[0].path).parent
    for name in ("a.xmp", "b.xmp", "c.xmp", "c.jpg.xmp"):
        (folder / name).write_bytes(made("Lightroom", 1))
    write_keywords(plan_keywords(answers, NAMES))
    own = [name for name, mark in sidecars(folder).items() if mark]
    assert own == ["a.xmp", "b.jpg.xmp", "b.png.xmp", "c.jpg.xmp"]


def test_what_is_left_alone(answered, tmp_path):
    answers = [answered(name) for name in ("link.jpg", "bad.jpg", "good.jpg")]
    folder = Path(answers[0].path).parent
    elsewhere = answered("../elsewhere/a.jpg")
    (folder / "way").symlink_to(Path(elsewhere.path).parent)
    answers.append(replace(elsewhere, path=str(folder / "way" / "a.jpg")))
    answers.append(replace(answers[2], path=f"{answers[2].path}#1,2,3,4"))
    (folder / "link.jpg.xmp").symlink_to(tmp_path / "secret")
    (tmp_path / "secret").write_bytes(made("digiKam", 1))
    (folder / "bad.jpg.xmp").write_bytes(b"<no xml")
    plan = plan_keywords(answers, NAMES, sources=[folder])
    assert [skip.reason for skip in plan.skipped] == [
        "it is a link",
        "it is no XML that can be read",
        "it lies elsewhere, where a link leads to",
        "it is a box of a photo, no file of its own",
    ]
    assert [path.name for path, *_ in plan.steps] == ["good.jpg.xmp"]
    (folder / "good.jpg.xmp").symlink_to(tmp_path / "secret")  # after the plan
    assert [skip.reason for skip in write_keywords(plan).failed] == ["it is a link"]
    assert (tmp_path / "secret").read_bytes() == made("digiKam", 1)


def test_a_folder_that_cannot_be_written_keeps_no_keyword_from_others(answered, monkeypatch):
    answers = [answered(name) for name in ("a.jpg", "locked/b.jpg")]
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).name != "locked" and access(path, mode))
    done = write_keywords(plan_keywords(answers, NAMES))
    assert [(skip.path.name, skip.reason) for skip in done.failed] == [
        ("b.jpg.xmp", "its folder cannot be written: change its permissions")
    ]
    assert done.done == 1


KILLED = """
import os, sys
from pathlib import Path
from spa_desktop.classify.answer_files import PhotoAnswer
from spa_desktop.classify.keywords import plan_keywords, write_keywords
steps, real = int(sys.argv[2]), os.fsync
def fsync(handle):
    global steps
    steps -= 1
    if steps < 0:
        os.kill(os.getpid(), 9)
    real(handle)
os.fsync = fsync
answers = [PhotoAnswer(str(path), (1,), (0.8,)) for path in sorted(Path(sys.argv[1]).glob("*.jpg"))]
write_keywords(plan_keywords(answers, {1: "red"}, sources=[Path(sys.argv[1])]))
"""


def test_killed_anywhere_no_sidecar_is_lost(answered):
    folder = Path(answered("0.jpg").path).parent
    before = {f"{number}.jpg.xmp": made("darktable", number) for number in range(4)}
    for name, content in before.items():
        answered(name.removesuffix(".xmp"))
        (folder / name).write_bytes(content)
    for steps in (0, 1, 3, 9):
        ran = subprocess.run([sys.executable, "-c", KILLED, str(folder), str(steps)], check=False)
        assert ran.returncode == (-9 if steps < 5 else 0)
        for name, content in before.items():
            assert not facts(content) - facts((folder / name).read_bytes())
    assert all(own.keyword == "red" for own in sidecars(folder).values())
    while is_newest(folder):
        undo_keywords(folder)
    assert {name: facts((folder / name).read_bytes()) for name in before} == {n: facts(c) for n, c in before.items()}


Keyworded = Callable[..., Path]


@pytest.fixture
def keyworded(answered, tmp_path) -> Keyworded:
    """``keyworded("1.jpg", "heron", "Birds|heron")`` writes a photo with these in its sidecar."""

    def make(name: str, *keywords: str) -> Path:
        path = Path(answered(name).path)
        path.with_name(f"{name}.xmp").write_text(with_keywords(*keywords))
        return path

    return make


def test_keywords_become_classes(keyworded, answered):
    folder = keyworded("1.jpg", "heron", "Birds", "Birds|heron").parent
    keyworded("2.jpg", "heron", "2021")
    keyworded("3.jpg", "egret")
    keyworded("4.jpg")
    write_keywords(plan_keywords([answered("5.jpg")], NAMES))
    write_keywords(plan_keywords([answered("6.jpg", said="egret")], NAMES))
    inside = answered("7.jpg", content="....").path
    Path(inside).write_bytes(b"\xff\xd8" + Path(f"{folder}/3.jpg.xmp").read_bytes() + b"picture")
    found = find_keywords([folder])
    assert [*found[0].values()] == [("Birds|heron",), ("heron", "2021"), ("egret",), (), (), ("egret",), ("egret",)]
    assert [skip.path.name for skip in found[1]] == ["4.jpg", "5.jpg"]

    def classes(wanted=None):
        grouped = keyword_classes(found, keyword_names(found, wanted)).classes
        return {one.name: [file.path.name for file in one.files] for one in grouped}

    assert classes() == {"egret": ["3.jpg", "6.jpg", "7.jpg"], "heron": ["1.jpg"]}
    assert "2.jpg" in str(keyword_classes(found, keyword_names(found)).skipped)
    assert classes({"heron": "grey heron"}) == {"grey heron": ["1.jpg", "2.jpg"]}
    assert classes({"Birds|heron": "heron"}) == {"heron": ["1.jpg"]}
    with pytest.raises(InputError, match="No photo has the keyword 'stork'"):
        classes({"stork": "stork"})


def test_two_branches_are_not_one_class_unasked(keyworded):
    folder = keyworded("1.jpg", "Cats|jaguar").parent
    keyworded("2.jpg", "Cars|jaguar")
    found = find_keywords([folder])
    with pytest.raises(InputError, match=r"'Cars\|jaguar' and 'Cats\|jaguar' would both be the class 'jaguar'"):
        keyword_names(found)
    named = {"Cars|jaguar": "car", "Cats|jaguar": "cat"}
    assert keyword_names(found, named) == named
