"""The journal gives back what was written, whatever cut it short, and nothing that is no answer."""

import json
import os
from pathlib import Path

import pytest

from spa_desktop.classify.answer_files import PhotoAnswer
from spa_desktop.classify.folder_run import AnswerJournal, model_digest, newest_run
from tests.classify.conftest import NAMES
from tests.hostile import sql

MODEL = model_digest("learner", 0.95, "encoder", 3)


def journal(tmp_path: Path, messages: list[str] | None = None, model: str = MODEL) -> AnswerJournal:
    told = messages if messages is not None else []
    return AnswerJournal(model, [tmp_path / "photos"], on_message=told.append)


def write(tmp_path: Path, answers: list[PhotoAnswer], total: int = 10) -> Path:
    with journal(tmp_path) as one:
        one.open(total, NAMES, resume=False)
        one.append(answers)
        return one.path


def read(tmp_path: Path, model: str = MODEL) -> dict[str, PhotoAnswer]:
    with journal(tmp_path, model=model) as one:
        return one.open(10, NAMES, resume=True)


def test_answers_come_back_as_they_were(tmp_path, answered):
    broken = PhotoAnswer("/gone\udcff.jpg", error="it is missing")
    answers = [answered("1.jpg"), answered("2.jpg", 2, known=0.25, rejected=True, look=bytes(range(256))), broken]
    write(tmp_path, answers)
    assert read(tmp_path) == {one.path: one for one in answers}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a fork of itself")
def test_a_run_that_is_killed_keeps_its_answers(tmp_path, answered):
    answers = [answered(f"{number}.jpg") for number in range(3)]
    child = os.fork()
    if child == 0:
        one = journal(tmp_path)
        one.open(10, NAMES, resume=False)
        one.append(answers)
        os._exit(0)
    os.waitpid(child, 0)
    assert newest_run(MODEL).done == 3
    assert read(tmp_path) == {one.path: one for one in answers}


@pytest.mark.parametrize("content", [b"no database" * 100, b""])
def test_a_file_that_is_damaged_is_begun_anew(tmp_path, answered, content):
    path = write(tmp_path, [answered("1.jpg")])
    path.write_bytes(content)
    assert newest_run(MODEL) is None
    messages: list[str] = []
    with journal(tmp_path, messages) as one:
        assert one.open(10, NAMES, resume=True) == {}
        one.append([answered("2.jpg")])
    assert [Path(path).name for path in read(tmp_path)] == ["2.jpg"]
    assert messages == []


def test_without_resume_it_begins_anew_and_another_model_takes_nothing(tmp_path, answered):
    write(tmp_path, [answered("1.jpg")])
    write(tmp_path, [answered("2.jpg")])
    assert [Path(path).name for path in read(tmp_path)] == ["2.jpg"]
    assert read(tmp_path, model_digest("other", 0.95, "encoder", 3)) == {}


def test_a_disk_that_takes_nothing_is_told_once_and_stops_nothing(tmp_path, answered):
    messages: list[str] = []
    one = journal(tmp_path, messages)
    one.path.parent.parent.mkdir(parents=True)
    one.path.parent.write_text("in the way")
    with one:
        assert one.open(1, NAMES, resume=True) == {}
        one.append([answered("1.jpg")])
        one.finish()
    assert len(messages) == 1
    assert "begins anew" in messages[0]


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


_ANSWER = [[1, 2], [0.9, 0.1], 3.5, None, None, None, 5, 7, "0f"]
_BAD = {0: ([1, 1], [1], [1, 99], None), 1: ([float("nan"), 0.1], [1.5, 0.1]), 2: ("x",), 4: ("no",), 6: (None,)}


@pytest.mark.parametrize(
    "text",
    [json.dumps([*_ANSWER[:place], value, *_ANSWER[place + 1 :]]) for place, some in _BAD.items() for value in some]
    + ["[]", "nonsense", None],
    ids=lambda text: str(text)[:60],
)
def test_what_is_no_answer_is_none_and_leaves_the_others(tmp_path, answered, text):
    good, put = answered("1.jpg"), "REPLACE INTO answers VALUES (?, ?, ?)"
    path = write(tmp_path, [good])
    for content, kept in ((json.dumps(_ANSWER), {good.path, "/x/1.jpg"}), (text, {good.path})):
        sql(path, (put, (b"/x/1.jpg", content, b"")))
        assert set(read(tmp_path)) == kept
    sql(path, (put, (b"/x/1.jpg", json.dumps(_ANSWER), 1 << 62)))
    assert set(read(tmp_path)) == {good.path}


@pytest.mark.parametrize(
    ("column", "value"), [*(("sources", value) for value in (b"..", None)), *(("total", value) for value in (-3, None))]
)
def test_a_run_that_cannot_have_been_is_not_offered(tmp_path, answered, column, value):
    path = write(tmp_path, [answered("1.jpg")])
    assert newest_run(MODEL) is not None
    sql(path, (f"UPDATE run SET {column} = ?", (value,)))
    assert newest_run(MODEL) is None
