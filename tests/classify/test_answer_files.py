"""CSV and JSON lines: what is in them, and that they are whole or not there."""

import csv
import json
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from spa_desktop.classify.answer_files import (
    EARLIER_CSV,
    PhotoAnswer,
    answer_events,
    is_same,
    pool_shares,
    stamp_of,
    with_best_boxes,
    write_csv,
    write_json_lines,
)
from spa_desktop.photos.events import EventRule
from spa_desktop.plain_files import check_output
from tests.classify.conftest import NAMES
from tests.photos.test_events import photo_taken


def test_a_file_is_the_same_but_for_what_disks_round(tmp_path):
    file = tmp_path / "a.png"
    file.write_bytes(b"photo")
    stamp = stamp_of(str(file))
    os.utime(file, ns=(0, stamp[1] - stamp[1] % 2_000_000_000))  # as FAT rounds
    assert is_same(stamp_of(str(file)), stamp)
    os.utime(file, ns=(0, stamp[1] + 3_000_000_000))
    assert not is_same(stamp_of(str(file)), stamp)
    file.unlink()
    assert not is_same(stamp_of(str(file)), stamp)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_csv(tmp_path, answered):
    check_output(tmp_path / "out.csv", EARLIER_CSV)
    assert list(tmp_path.iterdir()) == [], "whether it can be made is looked at without making it"
    answers = [answered("a, b.jpg", 3), PhotoAnswer("/gone.jpg", error="/gone.jpg is missing")]
    write_csv(tmp_path / "out.csv", answers, NAMES)
    first, second = rows(tmp_path / "out.csv")
    assert first["path"].endswith("a, b.jpg")
    assert (first["class_1"], first["probability_1"], first["milliseconds"]) == ("'=sum", "0.800000", "12.50")
    assert (first["class_4"], first["error"]) == ("", "")
    assert (second["class_1"], second["milliseconds"], second["error"]) == ("", "", "/gone.jpg is missing")
    assert "none_of_these" not in first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "photos"]


def test_no_cell_of_a_hostile_folder_is_a_formula(tmp_path, answered):
    names = {**NAMES, 1: "milk;=cmd()"}
    odd = [answered(name, alone=answered("b.jpg")) for name in ("a;=cmd().jpg", "a\r=cmd().jpg", "a\t@b, c.jpg")]
    odd.append(PhotoAnswer("/gone;=1.jpg", error="/gone;=1.jpg is missing"))
    write_csv(tmp_path / "out.csv", odd, names)
    lines = (tmp_path / "out.csv").read_bytes().decode("utf-8-sig")
    cells = re.split("[;\t\r\n]", lines)  # as in German, and as an import by tabs does
    assert len(cells) > 10
    assert not [cell for cell in cells if re.match('"*[-=+@]', cell)]
    found = rows(tmp_path / "out.csv")
    assert [row["path"].replace("'", "") for row in found] == [one.path for one in odd], "a row is a photo"
    assert {row["class_1"] for row in found[:3]} == {"milk;'=cmd()"}


def test_none_of_these_is_written_where_the_model_says_so_and_nobody_another(tmp_path, answered):
    answers = [
        answered("1.jpg", known=0.9, rejected=False),
        answered("2.jpg", known=0.1, rejected=True),
        answered("3.jpg", rejected=True, said="a quince"),
        answered("4.jpg", said="=sum"),
    ]
    write_csv(tmp_path / "out.csv", answers, NAMES)
    found = rows(tmp_path / "out.csv")
    assert [row["known"] for row in found] == ["0.900000", "0.100000", "", ""]
    assert [row["none_of_these"] for row in found] == ["no", "yes", "no", ""]
    assert [row["answer"] for row in found] == ["red", "none of these", "a quince", "'=sum"]
    write_json_lines(tmp_path / "out.jsonl", answers, NAMES)
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [(line["known"], line["rejected"]) for line in lines[:2]] == [(0.9, False), (0.1, True)]
    assert [line["answer"] for line in lines] == ["red", "none of these", "a quince", "=sum"]
    assert lines[2]["rejected"] is False
    assert lines[0]["top"][0] == {"class": "red", "probability": 0.8}


def test_a_photo_is_as_its_most_probable_box(answered):
    photo = answered("1.jpg")
    boxes = [replace(photo, path=f"{photo.path}#{n},0,5,5", probabilities=(n / 10,)) for n in (5, 7, 9)]
    boxes[2] = replace(boxes[2], rejected=True)
    other = answered("2.jpg")
    assert [answer.is_best for answer in with_best_boxes([*boxes, other])] == [False, True, False, None]
    assert with_best_boxes([other]) == [other]
    assert stamp_of(boxes[0].path) == stamp_of(photo.path) == (photo.size, photo.changed)


def test_photos_of_an_event_get_one_answer_and_contradictions_keep_theirs(tmp_path, answered):
    def shot(name, class_id, second, **settings):
        answer = answered(name, class_id, **settings)
        Path(answer.path).write_bytes(photo_taken(f"2026:05:01 10:00:{second:02}"))
        return answer

    answers = [shot("a/1.jpg", 1, 1), shot("b/4.jpg", 2, 4), shot("a/2.jpg", 2, 3), shot("a/3.jpg", 1, 5)]
    answers.append(PhotoAnswer("/gone.jpg", error="/gone.jpg is missing"))
    found = answer_events(answers)
    assert [answer.event for answer in found] == [1, 2, 1, 1, 3]
    assert [answer.class_ids[:1] for answer in found] == [(1,), (2,), (1,), (1,), ()]
    assert [answer.alone and answer.alone.class_ids[0] for answer in found] == [None, None, 2, None, None]
    assert found[1].probabilities == answers[1].probabilities, "it is an event of its own"
    assert [answer.event for answer in answer_events(answers, EventRule(1.0))] == [1, 2, 3, 4, 5]
    together = [replace(answers[0], alone=replace(answers[0], class_ids=(3,))), *answers[1:]]
    together[2] = replace(answers[2], alone=replace(answers[2], class_ids=(1,)))  # the folder said 2, the event says 1
    both = answer_events(together)
    assert [answer.alone and answer.alone.class_ids[0] for answer in both] == [3, None, None, None, None]
    write_csv(tmp_path / "out.csv", found, NAMES)
    cells = [(row["event"], row["alone"]) for row in rows(tmp_path / "out.csv")]
    assert cells[:3] == [("1", ""), ("2", ""), ("1", "a/b")]
    write_json_lines(tmp_path / "out.jsonl", found, NAMES)
    assert [json.loads(line).get("event") for line in (tmp_path / "out.jsonl").read_text().splitlines()][:2] == [1, 2]


@pytest.mark.parametrize(("rejected", "otherwise"), [(1, 0), (2, 2)])
def test_an_event_is_none_of_these_where_most_of_its_photos_are(answered, rejected, otherwise):
    answers = [answered(f"{n}.jpg", known=0.2 * n, rejected=n <= rejected) for n in (1, 2, 3)]
    for number, answer in enumerate(answers):
        Path(answer.path).write_bytes(photo_taken(f"2026:05:01 10:00:0{number}"))
    found = answer_events(answers)
    assert [(answer.rejected, answer.known) for answer in found] == [(rejected == 2, 0.4)] * 3
    assert [place for place, answer in enumerate(found) if answer.alone is not None] == [otherwise]


def test_shares_of_an_event_are_surer_than_their_mean_and_as_one_where_it_is_one():
    shares = ((1, 2), (0.6, 0.3)), ((1, 3), (0.7, 0.2)), ((2, 1), (0.5, 0.4))
    photos = [PhotoAnswer("", *pair) for pair in shares]
    one, mean, more = pool_shares(photos[:1]), pool_shares(photos, 0.0), pool_shares(photos, 1.0)
    assert one == pytest.approx({1: 0.6, 2: 0.3})
    assert next(iter(mean)) == next(iter(more)) == 1
    assert mean[1] < more[1] < 1
