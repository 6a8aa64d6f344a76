"""Folders of photos: every photo once, the answers of single photos, cancelled and killed runs gone on with."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from spa_desktop import recognizer
from spa_desktop.classify import folder_run
from spa_desktop.classify.answer_files import PhotoAnswer
from spa_desktop.errors import InputError
from spa_desktop.feature_store import PhotoRef
from spa_desktop.jobs import Cancelled, Job
from spa_desktop.paths import cache_dir
from spa_desktop.project.feature_cache import FeatureCache
from spa_desktop.workbench import class_changes, recognition
from tests.workbench.tiny import draw_photo


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """37 photos in nested folders, two of which cannot be read."""
    for number in range(35):
        look = ("red", "green", "blue")[number % 3]
        draw_photo(tmp_path / "many" / f"{number // 10}" / "in" / f"{look}-{number:02}.png", look, 100 + number)
    (tmp_path / "many" / "0" / "broken.jpg").write_bytes(b"no photo")
    (tmp_path / "many" / "2" / "empty.png").write_bytes(b"")
    return tmp_path / "many"


def without_time(answers: Sequence[PhotoAnswer]) -> list[tuple[object, ...]]:
    return [(one.path, one.class_ids, one.probabilities, one.error) for one in answers]


def test_every_photo_is_answered_in_order_as_it_is_alone(taught, folder):
    told: list[PhotoAnswer] = []
    found = recognition.classify(taught, [folder], on_answers=told.extend)
    assert told == list(found.answers)
    assert [one.path for one in found.answers] == sorted(one.path for one in found.answers)
    assert len(found.answers) == 37
    assert {Path(one.path).name for one in found.unreadable} == {"broken.jpg", "empty.png"}
    good = [one for one in found.answers if one.is_answered]
    assert all(found.names[one.class_ids[0]] in Path(one.path).name for one in good)
    alone = recognition.classify(taught, [one.path for one in good], singly=True).answers
    for one, single in zip(good, alone, strict=True):
        assert (one.path, one.class_ids[0]) == (single.path, single.class_ids[0])
        assert one.probabilities[0] == pytest.approx(single.probabilities[0], abs=2e-5)
        assert one.milliseconds > 0
    assert without_time(recognition.classify(taught, [good[3].path], singly=True).answers) == without_time(alone[3:4])


def test_a_photo_is_encoded_once(taught, folder, tiny, monkeypatch):
    """Whoever asks again, and to the same bits; one that changed is encoded anew, as is more than a run may keep."""
    said: list[str] = []
    monkeypatch.setattr(recognizer, "MOST_KEPT", 30)
    monkeypatch.setattr(recognition, "MOST_KEPT", 30)
    job = Job(lambda event: said.append(event.message) if event.message else None)
    first = recognition.classify(taught, [folder], job).answers
    assert any("30 photos are kept" in line for line in said)
    before = tiny[-1].encoded
    shutil.rmtree(cache_dir() / "answers")  # from which they would come
    again = recognition.classify(taught, [folder]).answers
    assert tiny[-1].encoded - before == 3 * 5
    assert without_time(again) == without_time(first)
    assert [(one.known, one.rejected, one.sha256) for one in again] == [
        (one.known, one.rejected, one.sha256) for one in first
    ]
    draw_photo(Path(first[3].path), "blue", 999)
    before = tiny[-1].encoded
    changed = recognition.classify(taught, [folder]).answers
    assert tiny[-1].encoded - before == 3
    assert changed[3].sha256 != first[3].sha256
    refs = [PhotoRef.of(Path(one.path)) for one in changed if one.is_answered]
    assert taught.store(job).ensure(refs) == {}
    assert tiny[-1].encoded - before == 3, "what learns from photos finds them encoded"


def test_a_cancelled_run_is_gone_on_with(taught, folder, tiny):
    job, told, stop = Job(), [], 4

    def tell(answers: Sequence[PhotoAnswer]) -> None:
        told.extend(answers)
        if len(told) >= 8 * stop:
            job.cancel()

    with pytest.raises(Cancelled):
        recognition.classify(taught, [folder], job, on_answers=tell)
    left = recognition.last_run(taught)
    assert left is not None
    assert (left.sources, left.done, left.total) == ((folder,), 8 * stop, 37)
    FeatureCache().clear()  # from which they would come as well
    before = tiny[-1].encoded
    found = recognition.classify(taught, [folder], resume=True)
    assert found.resumed == 8 * stop
    assert tiny[-1].encoded - before == 3 * sum(one.is_answered for one in found.answers[8 * stop :])
    assert recognition.last_run(taught).is_complete
    shutil.rmtree(cache_dir() / "answers")
    assert without_time(found.answers) == without_time(recognition.classify(taught, [folder]).answers)
    class_changes.forget_class(taught, taught.project.find_class("red").id)
    recognition.relocate_run(taught, [folder], [folder / "moved"], {})
    left = recognition.last_run(taught)
    assert (left.sources, left.done, left.is_old) == ((folder / "moved",), 37, True), "however many models ago"


def test_a_second_run_takes_the_answers_of_the_first(taught, folder, monkeypatch):
    """It loads no model; what has other content, though it is as large and as old, is answered anew, as is why."""
    for fault in ("0/broken.jpg", "2/empty.png"):
        (folder / fault).unlink()
    first = recognition.classify(taught, [folder])
    with monkeypatch.context() as patch:
        patch.setattr(recognition, "recognizer", None)
        for _ in range(2):
            again = recognition.classify(taught, [folder])
            assert (again.resumed, again.answers) == (35, first.answers)
    explained = recognition.classify(taught, [folder], explained=True).answers
    assert all(photo.why is not None for photo in explained)
    photo = Path(first.answers[3].path)
    before = photo.stat()
    photo.write_bytes(bytes(before.st_size))
    os.utime(photo, ns=(before.st_atime_ns, before.st_mtime_ns))
    changed = recognition.classify(taught, [folder])
    assert (changed.resumed, [answer.path for answer in changed.unreadable]) == (27, [str(photo)])


def test_a_model_that_changes_before_it_is_loaded_answers_nothing(two_tasks, folder, monkeypatch):
    found = folder_run.find_photos

    def find(*about, **how):
        class_changes.undo_training(two_tasks)
        return found(*about, **how)

    monkeypatch.setattr(recognition, "find_photos", find)
    with pytest.raises(InputError, match="changed meanwhile"):
        recognition.classify(two_tasks, [folder])
    assert recognition.last_run(two_tasks) is None


def test_a_run_whose_photos_help_each_other_is_gone_on_with(taught, folder):
    """Answers that were given alone do not tell enough, and are given again; those of such a run are not."""
    told: list[PhotoAnswer] = []
    alone = recognition.classify(taught, [folder])
    whole = recognition.classify(taught, [folder], on_answers=told.extend, resume=True, together=True)
    assert (whole.resumed, whole.is_together, alone.is_together) == (0, True, False)
    assert sorted(without_time(told)) == sorted(without_time(alone.answers))
    assert without_time(whole.answers) != without_time(alone.answers)
    assert not any(one.look for one in (*told, *whole.answers))
    again = recognition.classify(taught, [folder], resume=True, together=True)
    assert again.resumed == 37
    assert without_time(again.answers) == without_time(whole.answers)
    assert without_time(recognition.classify(taught, [folder], resume=True).answers) == without_time(alone.answers)


def test_too_many_photos_to_help_each_other(taught, folder, monkeypatch):
    monkeypatch.setattr(folder_run, "MOST_TOGETHER", 36)
    job, said = Job(), []
    monkeypatch.setattr(job, "message", said.append)
    found = recognition.classify(taught, [folder], job, together=True)
    assert not found.is_together
    assert said == ["More than 36 photos are too many to help each other: each is answered alone"]


def test_a_photo_that_changed_is_answered_again(taught, folder):
    found = recognition.classify(taught, [folder])
    changed = Path(next(one.path for one in found.answers if "blue" in one.path))
    draw_photo(changed, "red", 999)
    again = recognition.classify(taught, [folder], resume=True)
    assert again.resumed == 29  # a chunk of eight is answered whole
    assert next(one for one in again.answers if one.path == str(changed)).class_name(again.names) == "red"
    os.utime(changed, (1, 1))  # as many bytes, and others perhaps
    assert recognition.classify(taught, [folder], resume=True).resumed == 29


def test_single_photos_are_kept_in_no_journal(taught, folder):
    """A look at one photo takes no place of a run over thousands that can be gone on with."""
    photo = next(folder.rglob("*.png"))
    assert recognition.classify(taught, [photo, photo], singly=True).answers[1].is_answered
    assert recognition.last_run(taught) is None
