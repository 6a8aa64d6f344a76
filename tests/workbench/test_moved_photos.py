"""Photos whose folder was moved or renamed are found again by their content."""

import os
import shutil
from functools import partial
from pathlib import Path

import pytest

from spa_desktop.errors import InputError
from spa_desktop.jobs import Job
from spa_desktop.photos.opening import PhotoError, open_photo
from spa_desktop.project.folders import add_classes, find_classes
from spa_desktop.workbench import describing, recovery, sorting
from spa_desktop.workbench.corrections import plan_corrections
from spa_desktop.workbench.open_project import OpenProject
from spa_desktop.workbench.recovery import missing_photos
from tests.workbench.tiny import draw_photo


def test_a_folder_that_was_moved_and_files_that_were_renamed(bench: OpenProject, photos: Path, tmp_path: Path) -> None:
    add_classes(bench.project, [photos / "1"])
    before = {photo.id: photo for photo in bench.project.photos()}
    shutil.move(photos / "1", tmp_path / "elsewhere")
    for number, file in enumerate(sorted((tmp_path / "elsewhere").rglob("*.png"))):
        file.rename(file.with_name(f"{number} renamed.png"))
    assert len(missing_photos(bench.project)) == 27
    with pytest.raises(InputError, match="There is no photo and no folder"):
        recovery.find_moved_photos(bench, [photos / "1"])
    done = recovery.find_moved_photos(bench, [tmp_path / "elsewhere"])
    assert (done.found, done.missing) == (27, ())
    assert missing_photos(bench.project) == []
    for photo in bench.project.photos():
        assert Path(photo.path).parent.name == Path(before[photo.id].path).parent.name
        assert photo.name == Path(photo.path).name
    assert bench.project.undo().verb == "find photos"
    assert len(missing_photos(bench.project)) == 27


def test_a_photo_that_was_edited_is_changed_and_not_missing(bench: OpenProject, photos: Path) -> None:
    add_classes(bench.project, [photos / "1"])
    edited, gone = bench.project.photos()[:2]
    with Path(edited.path).open("ab") as file:
        file.write(b"more")
    Path(gone.path).unlink()
    done = recovery.find_moved_photos(bench, [photos])
    assert [photo.path for photo in done.changed] == [edited.path]
    assert [photo.path for photo in done.missing] == [gone.path]


def test_what_is_another_photo_is_not_taken_for_it(bench: OpenProject, photos: Path, tmp_path: Path) -> None:
    add_classes(bench.project, [photos / "1"])
    lost = bench.project.photos()[0]
    other = Path(lost.path)
    shutil.copytree(photos / "1", tmp_path / "copy")
    content = bytearray(other.read_bytes())
    content[-1] ^= 1  # as large, and another photo
    shutil.rmtree(photos)
    same_name = tmp_path / "copy" / other.relative_to(photos / "1")
    same_name.write_bytes(content)
    same_name.with_name("a pipe.png").unlink(missing_ok=True)
    if hasattr(os, "mkfifo"):
        os.mkfifo(same_name.with_name("a pipe.png"))
    done = recovery.find_moved_photos(bench, [tmp_path / "copy"])
    assert done.found == 26
    assert [photo.path for photo in done.missing] == [lost.path]


def test_two_folders_with_the_same_names_of_files_that_changed_places(bench: OpenProject, tmp_path: Path) -> None:
    one, other = tmp_path / "red", tmp_path / "teal"
    for seed in range(3):
        for folder in (one, other):
            draw_photo(folder / f"{seed}.png", folder.name, seed)
    other_size = {file.stat().st_size for file in other.iterdir()}
    assert other_size.isdisjoint(file.stat().st_size for file in one.iterdir())
    add_classes(bench.project, [one, other])
    one.rename(tmp_path / "third")
    other.rename(one)
    (tmp_path / "third").rename(other)
    done = recovery.find_moved_photos(bench, [tmp_path])
    assert (done.found, done.missing) == (6, ())
    for photo in bench.project.photos():
        open_photo(photo.path, sha256=photo.sha256)
    assert missing_photos(bench.project) == []


ELSEWHERE = ("//host/share/a.jpg", r"\\host\share\a.jpg", r"\/host\share\a.jpg", r"\??\UNC\host\share\a.jpg")


@pytest.mark.parametrize("place", ELSEWHERE)
def test_no_other_computer_is_asked_for_a_photo_of_a_project(bench: OpenProject, photos, tmp_path, monkeypatch, place):
    """The project may be a stranger's: Windows would tell that computer who is asking."""
    add_classes(bench.project, [photos / "1"])
    some = bench.project.photos()[0]
    content = some.sha256
    with bench.project.transaction("x") as tx:
        tx.relocate_photos({photo.id: tmp_path / "gone" / photo.name for photo in bench.project.photos()})
    bench.project._db.connection.execute("UPDATE photos SET path = ? WHERE id = ?", (place, some.id))
    bench.project._db.connection.execute(
        "INSERT INTO corrections (path, verdict, class_name, created, sha256) VALUES (?, 'class', 'owl', '', ?)",
        (place, content),
    )
    asked: list[str] = []
    for name in ("stat", "open", "lstat"):
        real = getattr(os, name)

        def look(path, *args, name=name, real=real, **kwargs):
            if "host" in str(path):
                asked.append(f"{name} {path}")
            return real(path, *args, **kwargs)

        monkeypatch.setattr(os, name, look)
    assert bench.project.photo(some.id) in missing_photos(bench.project)
    with pytest.raises(InputError):
        describing.describe(bench)
    with pytest.raises(InputError, match="is not on this computer"):
        plan_corrections(bench.project, [], Job())
    for at_least in (None, 100):
        with pytest.raises(PhotoError, match="is not on this computer"):
            open_photo(Path(place), at_least=at_least, sha256=content)
    for take, given in (
        (partial(recovery.find_moved_photos, bench), place),
        (partial(add_classes, bench.project), ELSEWHERE[0]),
    ):  # as they could not be opened
        with pytest.raises(InputError, match="is not on this computer"):
            take([given])
    done = recovery.find_moved_photos(bench, [photos])
    assert done.found == 27
    assert asked == []


def test_boxes_go_along_with_their_photo(bench: OpenProject, photos: Path, tmp_path: Path) -> None:
    file = next((photos / "1").rglob("*.png"))
    label = "0 0.5 0.5 0.5 0.5\n0 0.25 0.25 0.5 0.5\n"
    file.with_suffix(".txt").write_text(label)
    add_classes(bench.project, find_classes([file.parent], boxes=file.parent))
    assert missing_photos(bench.project) == []
    shutil.move(file, tmp_path / "moved.png")
    done = recovery.find_moved_photos(bench, [tmp_path])
    assert (done.found, done.missing) == (2, ())
    boxes = [(photo.path, photo.sha256) for photo in bench.project.photos()]
    assert {path for path, _ in boxes} == {f"{tmp_path / 'moved.png'}#{box}" for box in ("6,6,12,12", "0,0,12,12")}
    for path, sha256 in boxes:
        open_photo(path, sha256=sha256)


def test_photos_that_wait_to_be_sorted_are_found_with_those_of_classes(
    bench: OpenProject, photos: Path, tmp_path: Path
) -> None:
    for seed in range(3):
        draw_photo(tmp_path / "camera" / f"{seed}.png", "teal", 60 + seed)
    found = sorting.begin_sorting(bench, sources=[tmp_path / "camera"])
    assert found is not None
    sorting.keep_sorting(bench, found.pile.as_json(), found.photos)
    shutil.move(tmp_path / "camera", tmp_path / "new")
    assert recovery.are_all_missing(bench.project)
    assert len(recovery.missing_to_learn(bench.project)) == 3
    (tmp_path / "new" / "0.png").unlink()
    (tmp_path / "new" / "1.png").rename(tmp_path / "new" / "renamed.png")
    done = recovery.find_moved_photos(bench, [tmp_path])
    assert (done.found, [photo.path for photo in done.missing]) == (2, [tmp_path / "camera" / "0.png"])
    kept = {photo.path for photo in sorting.kept_photos(bench.project)}
    assert kept == {tmp_path / "camera" / "0.png", tmp_path / "new" / "renamed.png", tmp_path / "new" / "2.png"}
    assert bench.project.undo() is None, "what is sorted has its own"
    add_classes(bench.project, [photos / "1"])
    assert not recovery.are_all_missing(bench.project)
    shutil.move(tmp_path / "new", tmp_path / "newer")
    shutil.move(photos, tmp_path / "newer")
    done = recovery.find_moved_photos(bench, [tmp_path / "newer"])
    assert (done.found, len(done.missing)) == (29, 1)
    assert {photo.path.parent.name for photo in sorting.kept_photos(bench.project)} == {"camera", "newer"}
