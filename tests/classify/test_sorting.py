"""Photos sorted into folders: planned, copied or moved, never over another file, interrupted anywhere, taken back."""

import errno
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from spa_desktop import plain_files
from spa_desktop.classify import move_files
from spa_desktop.classify.answer_files import PhotoAnswer
from spa_desktop.classify.sort_photos import Sorted, begun_sort, plan_sort, resume_sort, sort_photos, undo_sort
from spa_desktop.errors import InputError, SpaError
from spa_desktop.jobs import Cancelled, Job
from spa_desktop.photos.opening import hash_of_box
from tests.classify.conftest import NAMES


@pytest.fixture
def answers(answered) -> list[PhotoAnswer]:
    return [
        answered("x/1.jpg", 1),
        answered("y/1.jpg", 1, content="another photo of the same name"),
        answered("2.jpg", 2),
        answered("3.jpg", 1, rejected=True),
        PhotoAnswer("/gone.jpg", error="/gone.jpg is missing"),
    ]


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "sorted" / "here"


def files(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): p.read_text() for p in folder.rglob("*") if p.is_file()}


SORTED = {
    "red/1.jpg": "photo x/1.jpg",
    "red/1 (2).jpg": "another photo of the same name",
    "a_b/2.jpg": "photo 2.jpg",
    "none of these/3.jpg": "photo 3.jpg",
}


def test_a_plan_writes_nothing(answers, target, tmp_path):
    plan = plan_sort(answers, NAMES, target, sources=[tmp_path / "photos"])
    assert plan.counts() == {"red": 2, "a_b": 1, "none of these": 1}
    assert [one.reason for one in plan.skipped] == ["it is missing"]
    assert not target.parent.exists()


def test_unsure_photos_have_a_folder_of_their_own(answered, target):
    answers = [
        answered("sure.jpg", 1),
        replace(answered("unsure.jpg", 1), probabilities=(0.37, 0.33, 0.3)),
        replace(answered("said.jpg", 1, said="red"), probabilities=(0.37, 0.33, 0.3)),
        replace(answered("other.jpg", 1, rejected=True), probabilities=(0.37, 0.33, 0.3)),
        answered("of the class.jpg", 1, said="unsure"),
        answered("a class.jpg", 1, said="None of these"),
    ]
    plan = plan_sort(answers, NAMES, target, unsure_below=0.5)
    folders = ["red", "unsure (2)", "red", "none of these (2)", "unsure", "None of these"]
    assert [step.folder for step in plan.steps] == folders
    assert plan_sort(answers[1:2], NAMES, target).steps[0].folder == "red"


def test_copies(answers, target, tmp_path):
    before = files(tmp_path / "photos")
    done = sort_photos(plan_sort(answers, NAMES, target))
    assert (done.done, done.failed) == (4, ())
    assert files(target) == SORTED
    assert files(tmp_path / "photos") == before
    assert (target / "red" / "1.jpg").stat().st_mtime_ns == Path(answers[0].path).stat().st_mtime_ns
    with pytest.raises(InputError, match="nothing to move back"):
        undo_sort(target)


def test_a_move_and_back(answers, target, tmp_path):
    before = files(tmp_path / "photos")
    target.mkdir(parents=True)  # of the user, and so it stays
    done = sort_photos(plan_sort(answers, NAMES, target, move=True))
    assert done.done == 4
    assert files(target) == SORTED
    assert files(tmp_path / "photos") == {}
    (tmp_path / "link").symlink_to(target, target_is_directory=True)
    assert undo_sort(tmp_path / "link").done == 4
    assert files(tmp_path / "photos") == before
    assert list(target.iterdir()) == []
    with pytest.raises(InputError, match="nothing to move back"):
        undo_sort(target)


def test_undoing_leaves_what_was_not_moved_there_and_writes_over_nothing(answers, target):
    sort_photos(plan_sort(answers, NAMES, target, move=True))
    (target / "red" / "own.txt").write_text("of the person")
    (target / "a_b" / "2.jpg").write_text("edited since, so another photo")
    Path(answers[0].path).write_text("a new photo in its old place")
    done = undo_sort(target)
    assert {one.path.name: one.reason[:10] for one in done.failed} == {"1.jpg": "there is a", "2.jpg": "it is gone"}
    assert files(target) == {
        "red/own.txt": "of the person",
        "red/1.jpg": "photo x/1.jpg",
        "a_b/2.jpg": "edited since, so another photo",
    }
    assert Path(answers[0].path).read_text() == "a new photo in its old place"
    Path(answers[0].path).unlink()
    (target / "a_b" / "2.jpg").rename(answers[2].path)  # the person has put it back
    assert undo_sort(target) == Sorted(target, True, 1)


@pytest.mark.parametrize("move", [False, True])
def test_no_file_is_written_over(answers, target, move):
    plan = plan_sort(answers, NAMES, target, move=move)
    (target / "red").mkdir(parents=True)
    (target / "red" / "1.jpg").write_text("came in between")
    done = sort_photos(plan)
    assert done.done == 3
    assert "there is another 1.jpg" in done.failed[0].reason
    assert (target / "red" / "1.jpg").read_text() == "came in between"
    assert Path(answers[0].path).read_text() == "photo x/1.jpg"


@pytest.mark.parametrize("move", [False, True])
def test_a_photo_that_changed_or_went_stays(answers, target, move):
    plan = plan_sort(answers, NAMES, target, move=move)
    Path(answers[0].path).write_text("edited, and longer than before")
    Path(answers[1].path).unlink()
    done = sort_photos(plan)
    assert (done.done, len(done.failed)) == (2, 2)
    assert set(files(target)) == {"a_b/2.jpg", "none of these/3.jpg"}
    assert not (target / "red").exists(), "no photo went into it"


@pytest.mark.parametrize("move", [False, True])
def test_a_photo_goes_where_its_boxes_do_if_it_is_the_same_still(answered, target, move):
    photos = [answered(f"{n}.jpg") for n in range(3)]
    boxes = [
        replace(photo, path=f"{photo.path}{box}", sha256=hash_of_box(photo.sha256, box))
        for photo in photos
        for box in ("#0,0,5,5", "#5,5,9,9")
    ]
    boxes[3] = replace(boxes[3], class_ids=(2,), probabilities=(0.5,))
    Path(photos[0].path).write_text("edited since it was recognised")
    plan = plan_sort(boxes, NAMES, target, move=move)
    assert [(skip.path.name, skip.reason) for skip in plan.skipped] == [("1.jpg", "its boxes have several answers")]
    done = sort_photos(plan)
    assert ([fault.reason for fault in done.failed], files(target)) == (
        [move_files.CHANGED],
        {"red/2.jpg": "photo 2.jpg"},
    )
    assert Path(photos[2].path).exists() is not move


@pytest.mark.parametrize("given", ["md.json", "1.jpg#0,0,5,5"])
def test_the_command_that_named_boxes_alone_goes_on(answered, target, given):
    photo = answered("1.jpg")
    box, sources = "#0,0,5,5", [Path(photo.path).parent / given]
    boxed = replace(photo, path=f"{photo.path}{box}", sha256=hash_of_box(photo.sha256, box))
    plan = plan_sort([boxed], NAMES, target, sources=sources, move=True)
    assert sort_photos(plan).done == 1
    assert begun_sort(target, sources).steps == plan.steps


def test_links_are_not_moved(answered, target, tmp_path):
    one = answered("1.jpg")
    link = tmp_path / "photos" / "link.jpg"
    link.symlink_to(one.path)
    found = replace(one, path=str(link))
    assert [skipped.path for skipped in plan_sort([found], NAMES, target, move=True).skipped] == [link]
    sort_photos(plan_sort([found], NAMES, target))
    assert files(target) == {"red/link.jpg": "photo 1.jpg"}
    assert not (target / "red" / "link.jpg").is_symlink()


def bad_file(path: Path) -> Path:
    path.write_text("a file")
    return path


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda t: t / "photos", "where the photos come from"),
        (lambda t: t / "photos" / "sorted", "where the photos come from"),
        (lambda t: t, "choose a folder that holds none"),
        (lambda t: bad_file(t / "file"), "is not a folder"),
        (lambda t: bad_file(t / "above") / "in", "cannot be written"),
        (lambda t: (t / "full" / "in").mkdir(parents=True) or t / "full", "is not empty"),
    ],
)
def test_targets_that_cannot_be(answers, tmp_path, make: Callable[[Path], Path], said):
    with pytest.raises(InputError, match=said):
        plan_sort(answers, NAMES, make(tmp_path), sources=[tmp_path / "photos"])


def test_no_room(answers, target, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=0))
    with pytest.raises(InputError, match=r"has no room: the photos have \d\.\d MB, and 0\.0 MB are free"):
        plan_sort(answers, NAMES, target)
    assert plan_sort(answers, NAMES, target, move=True).steps  # on the same disk a move takes no room


@pytest.mark.parametrize("move", [False, True])
@pytest.mark.parametrize("stop", [0, 3])
def test_cancelled_at_each_photo_it_goes_on(answers, target, tmp_path, move, stop):
    job = Job()
    advance, steps = job.advance, []

    def counted(*args: object, **settings: object) -> None:
        steps.append(1)
        if len(steps) == stop + 1:
            job.cancel()
        advance(*args, **settings)  # type: ignore[arg-type]

    job.advance = counted  # type: ignore[method-assign]
    before = files(tmp_path / "photos")
    with pytest.raises(Cancelled):
        sort_photos(plan_sort(answers, NAMES, target, move=move), job)
    assert len(files(target)) == stop + 1
    assert {*files(tmp_path / "photos").values(), *files(target).values()} == set(before.values())
    assert resume_sort(target).done == 4
    assert files(target) == SORTED


@pytest.mark.parametrize("move", [False, True])
def test_a_disk_without_hard_links(answers, target, move, monkeypatch):
    def link(*_: object, **folders: object) -> None:
        raise OSError(errno.EPERM, "no hard links here")

    monkeypatch.setattr(plain_files, "_renameat2", None)
    monkeypatch.setattr(os, "link", link)
    assert sort_photos(plan_sort(answers, NAMES, target, move=move)).failed == ()
    assert files(target) == SORTED
    assert [Path(one.path).exists() for one in answers[:4]] == [not move] * 4


@pytest.mark.parametrize("move", [False, True])
def test_a_full_disk_in_the_middle(answers, target, tmp_path, move, monkeypatch):
    """As across disks: a move is a copy there."""
    real = plain_files.rename_without_replacing

    def rename(old: str, new: str, **folders: int) -> None:
        if ".spa-desktop-" not in old + new:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        if new == "2.jpg":
            raise OSError(errno.ENOSPC, "No space left on device")
        real(old, new, **folders)

    plan = plan_sort(answers, NAMES, target, move=move)
    before = files(tmp_path / "photos")
    with monkeypatch.context() as patch:
        patch.setattr(move_files, "rename_without_replacing", rename)
        with pytest.raises(SpaError, match=r"the disk is full: make room, and do the same again"):
            sort_photos(plan)
    assert set(files(target)) == {"red/1.jpg", "red/1 (2).jpg"}
    assert {**files(tmp_path / "photos")}.items() <= before.items()
    assert resume_sort(target).done == 4
    assert files(target) == SORTED


def test_what_a_link_leads_to_outside_of_the_sources_is_not_moved(answered, target, tmp_path):
    """A folder of photos from somebody may hold a link to the pictures of the person who sorts it."""
    inside, outside, single = answered("given/1.jpg"), answered("mine/2.jpg"), answered("single/3.jpg")
    given = tmp_path / "photos" / "given"
    (given / "more").symlink_to(tmp_path / "photos" / "mine", target_is_directory=True)
    (given / "again").symlink_to(given, target_is_directory=True)
    (tmp_path / "to given").symlink_to(given, target_is_directory=True)
    through = replace(outside, path=str(given / "more" / "2.jpg"))
    sources = [tmp_path / "to given", Path(single.path)]
    within = replace(inside, path=str(tmp_path / "to given" / "again" / "1.jpg"))
    plan = plan_sort([within, through, single], NAMES, target, sources=sources, move=True)
    assert [step.source for step in plan.steps] == [within.path, single.path]
    assert [(one.path, "elsewhere" in one.reason) for one in plan.skipped] == [(Path(through.path), True)]
    assert len(plan_sort([within, through, single], NAMES, target, sources=sources).steps) == 3
    sort_photos(plan)
    assert Path(outside.path).exists()


_ROW = ["2f78", "2f", "6e", "red", 1, "0f"]  # the photo /x, of the folder /, to the name n


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        *(json.dumps([*_ROW[:place], value, *_ROW[place + 1 :]]) for place, value in (*((0, "zz"), (4, None)),)),
    ],
    ids=lambda text: text[:40],
)
def test_a_log_that_cannot_be_is_one_line(answers, target, tmp_path, text):
    sort_photos(plan_sort(answers, NAMES, target, move=True))
    (log,) = (tmp_path / "own-DATA" / "sorts").glob("*.jsonl")
    log.write_text(log.read_text().splitlines()[0] + "\n" + text + "\n")
    before = files(tmp_path / "sorted")
    for act in (resume_sort, undo_sort):
        with pytest.raises(InputError, match="is damaged") as caught:
            act(target)
        assert "\n" not in str(caught.value)
    for content in (text, json.dumps({"sort": 2, "target": os.fsencode(target).hex()})):
        log.write_text(content)
        with pytest.raises(InputError, match="is damaged"):
            undo_sort(target)
    assert files(tmp_path / "sorted") == before


@pytest.mark.parametrize("move", [False, True])
@pytest.mark.parametrize("act", [resume_sort, undo_sort])
def test_a_link_in_the_sorted_folder_leads_nowhere(answers, target, tmp_path, move, act):
    """A sort was interrupted, and meanwhile somebody who can write there put a link in place of a class's folder."""
    plan = plan_sort(answers, NAMES, target, move=move)
    job = Job(lambda event: job.cancel() if event.done == 1 else None)
    with pytest.raises(Cancelled):
        sort_photos(plan, job)
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / ".spa-desktop-notes").write_text("named like what a run leaves that was killed")
    if (target / "a_b").exists():
        (target / "a_b").rename(target / "moved away")
    (target / "a_b").symlink_to(mine, target_is_directory=True)
    before = files(tmp_path / "photos")
    with pytest.raises((SpaError, InputError)):
        act(target)
    assert files(mine) == {".spa-desktop-notes": "named like what a run leaves that was killed"}
    assert files(tmp_path / "photos") == before
    (target / "a_b").unlink()
    if act is resume_sort:
        assert resume_sort(target).done == 4
