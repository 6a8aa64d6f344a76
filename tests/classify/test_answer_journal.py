"""The journal gives back what was written, whatever cut it short, and nothing that is no answer."""

import json
import os
from pathlib import Path

import pytest

from spa_desktop.classify.answer_files import PhotoAnswer
from spa_desktop.classify.folder_run import AnswerJournal, FoundPhotos, model_digest, run_folders, unfinished_run
from spa_desktop.jobs import Job
from tests.classify.conftest import NAMES

MODEL = model_digest("learner", 0.95, "encoder", 3)


def journal(tmp_path: Path, messages: list[str] | None = None, model: str = MODEL) -> AnswerJournal:
    told = messages if messages is not None else []
    return AnswerJournal(model, [tmp_path / "photos"], root=tmp_path / "journals", on_message=told.append)


def write(tmp_path: Path, answers: list[PhotoAnswer], total: int = 10) -> Path:
    with journal(tmp_path) as one:
        one.open(total, NAMES, resume=False)
        one.append(answers)
        return one.path


def read(tmp_path: Path, model: str = MODEL) -> dict[str, PhotoAnswer]:
    with journal(tmp_path, model=model) as one:
        return one.open(10, NAMES, resume=True)


def test_answers_come_back_as_they_were(tmp_path, answered):
    broken = PhotoAnswer("/gone.jpg", error="/gone.jpg is missing")
    answers = [answered("1.jpg"), answered("2.jpg", 2, known=0.25, rejected=True, look=bytes(range(256))), broken]
    write(tmp_path, answers)
    assert list(read(tmp_path).values()) == answers


def test_every_cut_gives_whole_answers_only(tmp_path, answered):
    answers = [answered(f"{number}.jpg") for number in range(3)]
    path = write(tmp_path, answers)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        found = list(read(tmp_path).values())
        assert found == answers[: len(found)]
        assert len(found) == max(whole[:length].count(b"\n") - 1, 0)
    path.write_bytes(whole[:-5])
    with journal(tmp_path) as one:
        one.open(10, NAMES, resume=True)
        one.append(answers[2:])
    assert list(read(tmp_path).values()) == answers


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="this system has no links")
def test_a_journal_that_vanishes_meanwhile_costs_no_answers(tmp_path, answered):
    """Another run tidies up between the listing of the folder and the look at a file; here it is a link to nothing."""
    answers = [answered("1.jpg")]
    path = write(tmp_path, answers)
    for name in ("other", f"{MODEL[:24]}-other"):
        (path.parent / f"{name}.jsonl").symlink_to(tmp_path / "gone")
    messages: list[str] = []
    with journal(tmp_path, messages) as one:
        assert list(one.open(10, NAMES, resume=True).values()) == answers
    assert messages == []
    assert unfinished_run(MODEL, root=path.parent).done == 1


def test_without_resume_it_begins_anew(tmp_path, answered):
    write(tmp_path, [answered("1.jpg")])
    write(tmp_path, [answered("2.jpg")])
    assert [Path(path).name for path in read(tmp_path)] == ["2.jpg"]


def test_another_model_takes_nothing(tmp_path, answered):
    path = write(tmp_path, [answered("1.jpg")])
    other = model_digest("other", 0.95, "encoder", 3)
    path.rename(path.with_name(path.name.replace(MODEL[:24], other[:24])))
    assert read(tmp_path, other) == {}


def test_a_run_that_was_interrupted_is_offered_until_it_is_complete(tmp_path, answered):
    root = tmp_path / "journals"
    assert unfinished_run(MODEL, root=root) is None
    write(tmp_path, [answered("1.jpg"), answered("2.jpg")], total=7)
    found = unfinished_run(MODEL, root=root)
    assert found is not None
    assert (found.sources, found.done, found.total) == ((tmp_path / "photos",), 2, 7)
    with journal(tmp_path) as one:
        one.open(7, NAMES, resume=True)
        one.finish()
    assert unfinished_run(MODEL, root=root) is None


def test_a_disk_that_takes_nothing_is_told_once_and_stops_nothing(tmp_path, answered):
    (tmp_path / "journals").write_text("in the way")
    messages: list[str] = []
    with journal(tmp_path, messages) as one:
        assert one.open(1, NAMES, resume=True) == {}
        one.append([answered("1.jpg")])
        one.finish()
    assert len(messages) == 1
    assert "begins anew" in messages[0]


def test_a_full_disk_leaves_no_half_line(tmp_path, answered, monkeypatch):
    messages: list[str] = []
    good, lost = answered("1.jpg"), answered("2.jpg")
    write_bytes = os.write

    def full(handle: int, data: bytes) -> int:
        if len(data) == 30:
            raise OSError(28, "No space left on device")
        return write_bytes(handle, data[:-30])

    with journal(tmp_path, messages) as one:
        one.open(2, NAMES, resume=False)
        one.append([good])
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", full)
            one.append([lost])
    assert "the disk is full" in messages[0]
    assert [json.loads(line).get("path") for line in one.path.read_text().splitlines()] == [None, good.path]


def test_two_runs_on_one_journal(tmp_path, answered):
    messages: list[str] = []
    with journal(tmp_path) as first:
        first.open(2, NAMES, resume=False)
        first.append([answered("1.jpg")])
        with journal(tmp_path, messages) as second:
            assert second.open(2, NAMES, resume=True) == {}
            second.append([answered("2.jpg")])
    assert "another run" in messages[0]
    assert [Path(path).name for path in read(tmp_path)] == ["1.jpg"]


_LINE = {"path": "/x/1.jpg", "size": 5, "changed": 7, "ids": [1, 2], "p": [0.9, 0.1], "ms": 3.5}


@pytest.mark.parametrize(
    "change",
    [
        *({"size": value} for value in (float("inf"), float("nan"), None, [])),
        *({"ids": value} for value in ([float("inf"), 1], [1, 1], [1], [], [1, 99], None)),
        *({"p": value} for value in ([float("nan"), 0.1], [1.5, 0.1], [-0.1, 0.1], [10**400, 0.1], None)),
        *({"ms": value} for value in (float("nan"), float("inf"), -1, "x")),
        *({"known": value} for value in (float("nan"), 1e300, -1, [])),
        *({"rejected": "no"}, {"path": 7}),
        *("[]", "nonsense", "[" * 10_000),
    ],
    ids=lambda change: str(change)[:40],
)
def test_what_is_no_answer_is_none_and_leaves_the_others(tmp_path, answered, change):
    good = answered("1.jpg")
    for line, kept in ((json.dumps(_LINE), [good.path, "/x/1.jpg"]), (change, [good.path])):
        with write(tmp_path, [good]).open("a") as file:
            file.write((line if isinstance(line, str) else json.dumps(_LINE | line)) + "\n")
        assert list(read(tmp_path)) == kept


@pytest.mark.parametrize(
    "change",
    [{"sources": [source]} for source in ("2f00", "2e2e", "", "zz", 7)]
    + [{"sources": []}, {"sources": "2f78"}]
    + [{"total": total} for total in (-3, 0, True, None, "5", 1.5)],
    ids=str,
)
def test_a_run_that_cannot_have_been_is_not_offered(tmp_path, change):
    head = {"answers": 1, "model": MODEL, "sources": [os.fsencode(tmp_path / "photos").hex()], "total": 10}
    path = write(tmp_path, [])
    path.write_text(json.dumps(head) + "\n" + json.dumps(_LINE) + "\n")
    assert unfinished_run(MODEL, root=tmp_path / "journals") is not None
    path.write_text(json.dumps(head | change) + "\n" + json.dumps(_LINE) + "\n")
    assert unfinished_run(MODEL, root=tmp_path / "journals") is None


def test_where_the_photos_cannot_be_answered_together_no_answer_is_lost(tmp_path, answered, monkeypatch):
    monkeypatch.setenv("SPA_DESKTOP_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "a.jpg").write_bytes(b"photo")
    found = FoundPhotos((tmp_path,), [str(tmp_path / "a.jpg")])

    def stream(chunks):
        for place, chunk in enumerate(chunks):
            yield place, [answered(path) for path in chunk]

    def fails(_answers):
        raise MemoryError

    with pytest.raises(MemoryError):
        run_folders(found, NAMES, MODEL, stream, Job(), together=fails)
    assert unfinished_run(MODEL) is not None
