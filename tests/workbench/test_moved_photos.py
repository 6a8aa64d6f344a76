"""Photos whose folder was moved or renamed are found again by their content."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from spa_desktop.errors import InputError
from spa_desktop.jobs import Cancelled, Job
from spa_desktop.workbench import Workbench
from spa_desktop.workbench.moved_photos import missing_photos


def test_nothing_is_missing(bench: Workbench, photos: Path) -> None:
    bench.add([photos / "1"])
    changes = bench.project.undo_changes
    done = bench.find_moved_photos([photos])
    assert (done.found, done.missing) == (0, ())
    assert bench.project.undo_changes == changes


def test_a_folder_that_was_moved_and_files_that_were_renamed(bench: Workbench, photos: Path, tmp_path: Path) -> None:
    bench.add([photos / "1"])
    before = {photo.id: photo for photo in bench.project.photos()}
    shutil.move(photos / "1", tmp_path / "elsewhere")
    for number, file in enumerate(sorted((tmp_path / "elsewhere").rglob("*.png"))):
        file.rename(file.with_name(f"{number} renamed.png"))
    assert len(missing_photos(bench.project)) == 27
    with pytest.raises(InputError, match="There is no photo and no folder"):
        bench.find_moved_photos([photos / "1"])
    done = bench.find_moved_photos([tmp_path / "elsewhere"])
    assert (done.found, done.missing) == (27, ())
    assert missing_photos(bench.project) == []
    for photo in bench.project.photos():
        assert photo.sha256 == before[photo.id].sha256
        assert Path(photo.path).parent.name == Path(before[photo.id].path).parent.name
        assert photo.name == Path(photo.path).name
    bench.describe()
    assert bench.train().learned == ("blue", "green", "red")
    assert "find photos" in [change.verb for change in bench.project.undo_changes]


def test_one_step_of_undo(bench: Workbench, photos: Path, tmp_path: Path) -> None:
    bench.add([photos / "1"])
    shutil.move(photos / "1", tmp_path / "elsewhere")
    bench.find_moved_photos([tmp_path / "elsewhere"])
    bench.project.undo()
    assert len(missing_photos(bench.project)) == 27


def test_what_is_another_photo_is_not_taken_for_it(bench: Workbench, photos: Path, tmp_path: Path) -> None:
    bench.add([photos / "1"])
    lost = bench.project.photos()[0]
    other = Path(lost.path)
    shutil.copytree(photos / "1", tmp_path / "copy")
    content = bytearray(other.read_bytes())
    content[-1] ^= 1  # as large, and another photo
    shutil.rmtree(photos)
    same_name = tmp_path / "copy" / other.relative_to(photos / "1")
    same_name.write_bytes(content)
    same_name.with_name("a pipe.png").unlink(missing_ok=True)
    os.mkfifo(same_name.with_name("a pipe.png"))
    done = bench.find_moved_photos([tmp_path / "copy"])
    assert done.found == 26
    assert [photo.path for photo in done.missing] == [lost.path]


def test_cancelled_it_notes_nothing(bench: Workbench, photos: Path, tmp_path: Path) -> None:
    bench.add([photos / "1"])
    shutil.move(photos / "1", tmp_path / "elsewhere")
    job = Job()
    job.cancel()
    with pytest.raises(Cancelled):
        bench.find_moved_photos([tmp_path / "elsewhere"], job)
    assert len(missing_photos(bench.project)) == 27
