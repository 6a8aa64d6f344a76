"""Photos that are moved while folders are swapped, files change and programs are killed: none is lost."""

import errno
import os
import shutil
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from spa_desktop.classify import move_files
from spa_desktop.classify.sort_photos import SortPlan, growing_sort, plan_sort, resume_sort, sort_photos, undo_sort
from spa_desktop.errors import InputError, SpaError
from spa_desktop.jobs import Cancelled, Job
from tests.classify.conftest import NAMES

COUNT = 6


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return tmp_path / "photos"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "sorted"


@pytest.fixture
def plan(answered, photos, target) -> SortPlan:
    answers = [answered(f"{number}.jpg", 1) for number in range(COUNT)]
    return plan_sort(answers, NAMES, target, sources=[photos], move=True)


@pytest.fixture
def two_disks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between folders nothing can be renamed."""
    rename = move_files.rename_without_replacing

    def across(old: str, new: str, **folders: int | None) -> None:
        pairs = zip((old, new), folders.values(), strict=True)
        places = [Path(path).parent if folder is None else folder for path, folder in pairs]
        if not os.path.samestat(*map(os.stat, places)):
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        rename(old, new, **folders)

    monkeypatch.setattr(move_files, "rename_without_replacing", across)


def contents(*folders: Path) -> Counter[str]:
    """What is in all files below some folders: each content with how many files have it; hidden names too."""
    found = {p.resolve() for folder in folders for p in folder.rglob("*") if p.is_file()}
    return Counter(p.read_text() for p in found)


class CountedJob(Job):
    """Calls a function after each photo, with how many photos that makes."""

    def __init__(self, act: Callable[[int], object]) -> None:
        super().__init__()
        self._act, self._count = act, 0

    def advance(self, *given: object, **more: object) -> None:
        self._count += 1
        self._act(self._count)
        super().advance(*given, **more)  # type: ignore[arg-type]


def stopped_after(count: int, act: Callable[[Job], object]) -> None:
    job = CountedJob(lambda done: job.cancel() if done == count else None)
    with pytest.raises(Cancelled):
        act(job)


ALL = Counter(f"photo {number}.jpg" for number in range(COUNT))


@pytest.mark.parametrize("end", ["source", "goal"])
def test_a_folder_that_is_swapped_in_the_middle(plan, photos, target, tmp_path, end):
    folder, other = (photos, target / "red") if end == "source" else (target / "red", photos)

    def swap(count: int) -> None:
        if count == 2:
            folder.rename(tmp_path / "aside")
            folder.symlink_to(other, target_is_directory=True)

    try:
        done = sort_photos(plan, CountedJob(swap))
        assert len(done.failed) == COUNT - 2
        assert "is a link" in done.failed[0].reason
    except SpaError as error:
        assert "is a link" in str(error)  # noqa: PT017 - one of the two is right
    assert contents(tmp_path / "aside", photos, target) == ALL


CHANGES: dict[str, Callable[[Path], object]] = {
    "saved anew": lambda path: (path.with_name("new").write_text("edited"), path.with_name("new").replace(path)),
    "written into": lambda path: path.write_text("EDITED" + "x" * 20),
    "truncated": lambda path: os.truncate(path, 3),
    "deleted": lambda path: path.unlink(),
    "moved away": lambda path: path.rename(path.with_name("away.jpg")),
}


@pytest.mark.usefixtures("two_disks")
@pytest.mark.parametrize("moment", ["read", "named"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_photo_that_is_changed_while_it_is_copied(plan, photos, target, monkeypatch, change, moment):
    photo, goal = photos / "2.jpg", target / "red" / "2.jpg"
    place, name = {"read": (os, "read"), "named": (move_files, "rename_without_replacing")}[moment]
    real, changed, number = getattr(place, name), [], photo.stat().st_ino

    def and_changed(*given: object, **more: object) -> object:
        result = real(*given, **more)
        is_copied = (target / "red").is_dir() and len(list((target / "red").iterdir())) == 3
        if is_copied and not changed and (moment != "named" or given[1] == "2.jpg"):
            changed.append(True)
            CHANGES[change](photo)
        return result

    monkeypatch.setattr(place, name, and_changed)
    done = sort_photos(plan)
    assert changed
    left = photo.read_text() if photo.exists() else None
    expected = {"saved anew": "edited", "written into": "EDITED" + "x" * 20, "truncated": "pho"}.get(change)
    assert left == expected  # what another program has made of it is there
    assert change == "saved anew" or left is None or photo.stat().st_ino == number  # and was not touched
    assert goal.read_text() == "photo 2.jpg" if goal.exists() else left is not None  # and no mixture of both
    assert [one.path.name for one in done.failed] == ([] if left is None else ["2.jpg"])
    assert not list(target.rglob(".*"))


@pytest.mark.parametrize("disks", [1, 2])
@pytest.mark.parametrize("change", ["saved anew", "written into"])
def test_a_photo_that_is_changed_in_the_last_moment(plan, photos, target, monkeypatch, request, disks, change):
    if disks == 2:
        request.getfixturevalue("two_disks")
    rename = move_files.rename_without_replacing

    def change_first(old: str, new: str, **folders: int) -> None:
        if old == "2.jpg" and (disks == 1 or new.startswith(plan.part)):
            CHANGES[change](photos / "2.jpg")
        rename(old, new, **folders)

    with monkeypatch.context() as patch:
        patch.setattr(move_files, "rename_without_replacing", change_first)
        done = sort_photos(plan)
    made = "edited" if change == "saved anew" else "EDITED" + "x" * 20
    assert made in contents(photos, target)
    assert (made in contents(photos)) == bool(done.failed)
    assert not list(photos.rglob(".*"))


class Killed(BaseException):
    """What nothing expects."""


@pytest.mark.usefixtures("two_disks")
@pytest.mark.parametrize("change", [None, "saved anew"])
@pytest.mark.parametrize("is_linked", [False, True])
@pytest.mark.parametrize("verb", ["move", "back"])
def test_a_kill_between_two_halves_of_a_removal(plan, photos, target, monkeypatch, change, is_linked, verb):
    """It may be an edit that somebody saved in the last moment. Renaming may be to link and to unlink."""
    rename = move_files.rename_without_replacing
    folder = photos if verb == "move" else target / "red"

    def rename_and_die(old: str, new: str, **folders: int) -> None:
        is_last = old == "2.jpg" and new.startswith(plan.part)
        if is_last and change:
            CHANGES[change](folder / "2.jpg")
        rename(old, new, **folders)
        if is_last and is_linked:
            os.link(folder / new, folder / old)
        if is_last:
            raise Killed

    if verb == "back":
        sort_photos(plan)
    with monkeypatch.context() as patch:
        patch.setattr(move_files, "rename_without_replacing", rename_and_die)
        with pytest.raises(Killed):
            sort_photos(plan) if verb == "move" else undo_sort(target)
    done = resume_sort(target) if verb == "move" else undo_sort(target)
    assert [one.path.name for one in done.failed] == (["2.jpg"] if change else [])
    assert contents(photos, target) == (ALL + Counter(["edited"]) if change else ALL)
    assert (folder / "2.jpg").exists() == bool(change)
    assert not [*photos.rglob(".*"), *target.rglob(".*")]


@pytest.mark.usefixtures("two_disks")
@pytest.mark.parametrize("system", ["Linux", "Windows"])
def test_a_copy_has_the_time_and_the_rights_of_the_photo_and_never_more(plan, photos, target, monkeypatch, system):
    os.utime(photos / "2.jpg", (1e9, 1e9))
    read, seen = os.read, set[int]()

    def look(*given: int) -> bytes:
        seen.update(path.stat().st_mode & 0o777 for path in target.rglob(".*"))
        return read(*given)

    for photo in photos.iterdir():
        photo.chmod(0o640)
    monkeypatch.setattr(os, "read", look)
    if system == "Windows":  # where fewer calls take a handle
        monkeypatch.setattr(os, "supports_fd", os.supports_fd - {os.utime})
        monkeypatch.setattr(move_files, "_HAS_HANDLES", False)
    assert sort_photos(plan).done == COUNT
    moved = (target / "red" / "2.jpg").stat()
    assert (moved.st_mtime, moved.st_mode & 0o777) == (1e9, 0o600 if system == "Windows" else 0o640)
    assert seen == {0o600}


def test_the_name_of_an_earlier_copy_is_on_the_disk_before_the_photo_is_removed(plan, photos, target, monkeypatch):
    stopped_after(3, lambda job: sort_photos(plan, job))
    shutil.copy(photos / "3.jpg", target / "red" / "3.jpg")
    forced: list[Path] = []
    monkeypatch.setattr(os, "fsync", lambda file: forced.append(Path(f"/proc/self/fd/{file}").resolve()))
    assert resume_sort(target).done == COUNT
    assert forced == [target / "red"]


@pytest.mark.usefixtures("two_disks")
def test_folders_are_on_the_disk_before_a_photo_is_removed(plan, photos, target, monkeypatch):
    """A stick that is pulled out has its new folders too; some shares force no folder to their disk."""
    sync, forced = os.fsync, set[Path]()

    def note(file: int) -> None:
        path = Path(f"/proc/self/fd/{file}").resolve()
        if path.is_dir():
            assert (photos / "0.jpg").exists() or path == target / "red"
            forced.add(path)
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        sync(file)

    monkeypatch.setattr(os, "fsync", note)
    assert sort_photos(plan).done == COUNT
    assert {target.parent, target, target / "red"} <= forced


def test_photos_in_a_folder_that_cannot_be_written_are_not_moved(answered, photos, target, monkeypatch):
    """Else each would lie in both places."""
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path != photos and access(path, mode))
    answers = [answered("0.jpg"), answered("day/1.jpg")]
    plan = plan_sort(answers, NAMES, target, sources=[photos], move=True)
    assert [(one.path.name, one.reason[:30]) for one in plan.skipped] == [("0.jpg", "its folder cannot be written: ")]
    assert [step.name for step in plan.steps] == ["1.jpg"]
    assert plan_sort(answers, NAMES, target, sources=[photos]).skipped == ()
    shutil.rmtree(photos / "day")
    gone = plan_sort(answers, NAMES, target, sources=[photos], move=True).skipped
    assert [skip.reason for skip in gone if skip.path.name == "1.jpg"] == [move_files.CHANGED]


def test_a_photo_that_the_disk_does_not_give_holds_up_no_other(plan, photos, target, monkeypatch):
    read, number = os.read, (photos / "2.jpg").stat().st_ino

    def fail(file: int, count: int) -> bytes:
        if os.fstat(file).st_ino == number:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return read(file, count)

    monkeypatch.setattr(os, "read", fail)
    done = sort_photos(plan)
    assert [(one.path.name, one.reason) for one in done.failed] == [("2.jpg", "it cannot be read: Input/output error")]
    assert set(contents(photos)) == {"photo 2.jpg"}


@pytest.mark.parametrize("disks", [1, 2])
def test_the_log_stays_as_long_as_a_photo_is_not_back(plan, photos, target, tmp_path, request, disks):
    if disks == 2:
        request.getfixturevalue("two_disks")
    sort_photos(plan)
    target.rename(tmp_path / "disk in a drawer")
    (photos / "0.jpg").write_text("another photo of that name")
    assert len(undo_sort(target).failed) == COUNT
    (photos / "0.jpg").unlink()
    photos.rmdir()
    undo_sort(target)
    assert not photos.exists()
    (tmp_path / "disk in a drawer").rename(target)
    assert undo_sort(target).done == COUNT
    assert contents(photos) == ALL
    assert not target.exists()


def test_two_moves_into_one_folder_at_once(plan, photos, target, answered):
    other = plan_sort([answered("later/9.jpg", 1)], NAMES, target, move=True)
    said = []

    def begin(count: int) -> None:
        if count == 2:
            for act in (lambda: sort_photos(other), lambda: undo_sort(target), lambda: resume_sort(target)):
                with pytest.raises(SpaError, match="Another run is sorting"):
                    act()
                said.append(True)

    assert sort_photos(plan, CountedJob(begin)).done == COUNT
    assert len(said) == 3
    assert undo_sort(target).done == COUNT


def test_a_log_never_replaces_that_of_another_move(photos, target, tmp_path, answered):
    """Three moves into a folder of one name: the second is taken back, and a fourth comes."""
    for number in (1, 2, 3):
        sort_photos(plan_sort([answered(f"{number}.jpg")], NAMES, target, move=True))
        target.rename(tmp_path / f"aside {number}")
    (tmp_path / "aside 2").rename(target)
    assert undo_sort(target).done == 1
    sort_photos(plan_sort([answered("4.jpg")], NAMES, target, move=True))
    assert undo_sort(target).done == 1
    (tmp_path / "aside 3").rename(target)
    assert undo_sort(target).done == 1
    assert (photos / "3.jpg").exists()


@pytest.fixture
def sidecars(photos: Path) -> dict[str, str]:
    """Photos 0.jpg with 0.jpg.xmp, 1.jpg with 1.xmp, and 2.jpg with a raw file, which 2.xmp is of."""
    made = {"0.jpg.xmp": "stars", "1.xmp": "edits", "2.xmp": "raw's", "2.CR2": "raw"}
    photos.mkdir()
    for name, content in made.items():
        (photos / name).write_text(content)
    return made


def test_a_sidecar_goes_with_its_photo_and_comes_back_as_it_is_by_then(sidecars, plan, photos, target):
    assert sort_photos(plan).done == COUNT == plan.counts().total()
    assert {path.name for path in photos.iterdir()} == {"2.xmp", "2.CR2"}
    (target / "red" / "1.xmp").write_text("edits of today")
    assert undo_sort(target).done == COUNT
    assert contents(photos) == ALL + Counter({**dict.fromkeys(sidecars.values(), 1), "edits": 0, "edits of today": 1})
    assert (photos / "1.xmp").read_text() == "edits of today"


def test_a_sidecar_that_came_after_the_move_goes_back_with_its_photo(plan, photos, target):
    sort_photos(plan)
    for name in (made := ("0.jpg.xmp", "1.xmp")):
        (target / "red" / name).write_text(name)
    assert undo_sort(target).done == COUNT
    assert contents(photos) == ALL + Counter(made)
    assert all((photos / name).read_text() == name for name in made)
    assert not target.exists()


def test_copies_have_their_own_sidecars_by_their_own_names(sidecars, answered, photos, target):
    answers = [answered("0.jpg"), answered("1.jpg"), answered("day/0.jpg"), answered("day/1.png")]
    for name in ("day/0.jpg.xmp", "day/1.xmp"):
        (photos / name).write_text(name)
    assert sort_photos(plan_sort(answers, NAMES, target)).done == 4
    copied = {path.name: path.read_text() for path in (target / "red").glob("*.xmp")}
    expected = {"0 (2).jpg.xmp": "day/0.jpg.xmp", "1.png.xmp": "day/1.xmp"}
    assert copied == {"0.jpg.xmp": "stars", "1.xmp": "edits"} | expected
    assert (photos / "0.jpg.xmp").exists()


def test_the_sidecar_of_a_photo_that_stays_does(sidecars, plan, photos, target):
    (photos / "1.jpg").write_text("another photo")
    assert [failure.path.name for failure in sort_photos(plan).failed] == ["1.jpg"]
    assert (photos / "1.xmp").exists()


@pytest.mark.parametrize("disks", [1, 2])
@pytest.mark.parametrize("verb", ["move", "back", "watch"])
@pytest.mark.parametrize("moment", range(6))
def test_killed_anywhere_no_sidecar_is_lost_or_left(
    sidecars, answered, photos, target, monkeypatch, request, disks, verb, moment
):
    if disks == 2:
        request.getfixturevalue("two_disks")
    answers = [answered("0.jpg"), answered("1.jpg")]
    plan = plan_sort(answers, NAMES, target, sources=[photos], move=True)
    whole, rename, calls = contents(photos), move_files.rename_without_replacing, iter(range(100))

    def rename_and_die(old: str, new: str, **folders: int | None) -> None:
        rename(old, new, **folders)
        if next(calls) == moment:
            raise Killed

    def watch() -> None:
        with growing_sort(target, photos, NAMES, Job(), move=True) as sort:
            sort([answer for answer in answers if Path(answer.path).exists()], True)

    act = {"move": lambda: sort_photos(plan), "back": lambda: undo_sort(target), "watch": watch}[verb]
    if verb == "back":
        sort_photos(plan)
    with monkeypatch.context() as patch, suppress(Killed):
        patch.setattr(move_files, "rename_without_replacing", rename_and_die)
        act()
    assert not whole - contents(photos, target)
    if verb != "back":
        watch() if verb == "watch" else resume_sort(target)
        assert {path.name for path in (target / "red").iterdir()} == {"0.jpg", "0.jpg.xmp", "1.jpg", "1.xmp"}
    with suppress(InputError):  # all were back
        undo_sort(target)
    assert contents(photos, target) == whole == contents(photos)


@pytest.mark.parametrize("is_older", [True, False])
def test_a_sidecar_from_before_a_photo_of_a_name_used_again_stays(answered, photos, target, is_older):
    with growing_sort(target, photos, NAMES, Job(), move=True) as sort:
        sort([answered("0.jpg"), answered("1.jpg")], True)
        sidecars = [photos / "0.jpg.xmp", photos / "1.xmp"]
        for sidecar in sidecars:
            sidecar.write_text("of the first")
        again = [answered(name, content=f"another {name}") for name in ("0.jpg", "1.jpg", "2.jpg")]
        photos.joinpath("2.jpg.xmp").touch()
        newest = max(Path(answer.path).stat().st_ctime_ns for answer in again)
        while not is_older and min(sidecar.stat().st_ctime_ns for sidecar in sidecars) <= newest:
            for sidecar in sidecars:
                sidecar.touch()  # the clock of a disk goes in steps
        done = sort(again, True)
        sort([], False)
    stays = {path.name for path in sidecars} if is_older else set()
    assert {skipped.path.name for skipped in done.failed} == stays == {path.name for path in photos.iterdir()}
    assert (done.done, (target / "red" / "2.jpg.xmp").exists()) == (3, True)
