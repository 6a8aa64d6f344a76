"""`classify` on folders: outputs, exit codes, and the one line that says what is wrong."""

import csv
import json
import sys
from datetime import datetime
from pathlib import Path
from unittest.mock import Mock

import pytest
from PIL import Image

from spa_desktop.classify.answer_files import OBSERVATION_COLUMNS
from spa_desktop.cli import photo_commands
from spa_desktop.photos.opening import hash_photo
from spa_desktop.photos.sidecars import USER, merge_keyword, own_keyword, read_keywords
from spa_desktop.project import Project
from spa_desktop.workbench import recognition
from tests.workbench.tiny import draw_photo


@pytest.fixture
def many(tmp_path: Path) -> Path:
    for number, look in enumerate(("red", "green", "blue") * 4):
        draw_photo(tmp_path / "many" / look / f"{number}.png", look, 50 + number)
    (tmp_path / "many" / "broken.jpg").write_bytes(b"no photo")
    return tmp_path / "many"


def test_answers_of_a_folder(run, taught, many):
    ran = run("classify", taught, many, "--top", 1)
    assert ran.code == 0
    assert len(ran.out.splitlines()) == 13
    assert "Recognised 12 photos, 1 could not be read" in ran.err
    images = run("classify", taught, many, "--json", "--top", 2).json["images"]
    assert {Path(one["path"]).parent.name for one in images if "top" in one} == {"red", "green", "blue"}
    assert all(one["top"][0]["class"] == Path(one["path"]).parent.name for one in images if "top" in one)
    assert {len(one["top"]) for one in images if "top" in one} == {2}


def test_answers_together(run, taught, many, tmp_path):
    alone = run("classify", taught, many, "--json").json["images"]
    ran = run("classify", taught, many, "--together", "--json", "--csv", tmp_path / "together.csv")
    assert (ran.code, "answered together, 0 of them otherwise than alone" in ran.err) == (0, True)
    assert [photo["path"] for photo in ran.json["images"]] == [photo["path"] for photo in alone]
    assert [photo.get("top") for photo in ran.json["images"]] != [photo.get("top") for photo in alone]


def test_plan_copy_move_and_back(run, taught, many, tmp_path):
    plan = run("classify", taught, many, "--sort", tmp_path / "sorted", "--plan")
    assert (plan.code, "red" in plan.out, (tmp_path / "sorted").exists()) == (0, True, False)
    as_json = run("classify", taught, many, "--sort", tmp_path / "sorted", "--plan", "--json")
    assert (len(as_json.json["images"]), "red 4" in as_json.err) == (13, True)
    assert run("classify", taught, many, "--sort", tmp_path / "copies").code == 0
    assert len(list((tmp_path / "copies" / "red").iterdir())) == 4
    before = sorted(many.rglob("*.png"))
    moved = run("classify", taught, many, "--sort", tmp_path / "moved", "--move")
    assert (moved.code, "unsort" in moved.err) == (0, True)
    assert sorted(many.rglob("*.png")) == []
    again = ("--sort", tmp_path / "moved", "--move", "--resume")
    assert run("classify", taught, many, *again).code == 0
    # As a shell names them: one that was not moved yet, of many.
    next((tmp_path / "moved").rglob(before[0].name)).rename(before[0])
    plan = run("classify", taught, many, *again, "--plan")
    assert (plan.code, before[0].exists(), "Would move" in plan.out) == (0, True, True)
    assert run("classify", taught, before[0], *again).code == 0
    assert not before[0].exists()
    others = draw_photo(tmp_path / "others" / "red.png", "red", 1).parent
    assert "holds photos of another sort" in run("classify", taught, others, *again).error
    before[0].write_bytes(b"another photo of that name")
    part = run("unsort", tmp_path / "moved")
    assert (part.code, "Not moved back" in part.err) == (1, True)
    before[0].unlink()
    assert run("unsort", tmp_path / "moved").code == 0
    assert sorted(many.rglob("*.png")) == before


def test_keywords_out_and_in(run, taught, many, tmp_path):
    given = ("classify", taught, many, "--xmp", "--branch", "Colours")
    plan = run(*given, "--plan")
    assert (plan.code, "Colours|red" in plan.out, list(many.rglob("*.xmp"))) == (0, True, [])
    assert "--branch and --otherwise go with --xmp" in run("classify", taught, many, "--branch", "a").error
    assert "two runs" in run(*given, "--sort", tmp_path / "sorted").error
    done = run(*given)
    assert (done.code, done.out) == (0, "")
    assert "Wrote the keywords of 12 sidecars" in done.err
    _, own = read_keywords(next((many / "red").glob("*.xmp")).read_bytes())
    assert (own.path, own.by, len(own.model)) == ("Colours|red", "machine", 12)
    back = run("unsort", many)
    assert (back.code, "Took the keywords of 12 sidecars back" in back.err) == (0, True)
    assert list(many.rglob("*.xmp")) == []
    assert run("unsort", many).code == 2

    for place, photo in enumerate(sorted(many.rglob("*.png"))):
        heron = own_keyword("heron" if place % 2 else "egret", "Birds", by=USER)
        photo.with_name(f"{photo.name}.xmp").write_bytes(merge_keyword(None, heron))
    table = run("add", taught, many, "--keywords", "--plan")
    rows = [line.replace("│", " ").split() for line in table.out.splitlines() if "Birds" in line]
    assert rows == [["Birds|egret", "6", "egret"], ["Birds|heron", "6", "heron"]]
    added = run("add", taught, many, "--keyword", "heron=grey heron", "--task", "birds")
    assert (added.code, "Added 5 photos to learn and 1 to test with: grey heron" in added.err) == (0, True)


@pytest.mark.parametrize("every", [0.0, 10.0])
def test_stopped_by_ctrl_c_its_files_have_what_was_answered(run, taught, many, tmp_path, monkeypatch, every):
    real, seen = recognition.answer_chunks, []

    def stopped(*about, **how):
        chunks = real(*about, **how)
        yield next(chunks)
        seen.append((tmp_path / "answers.csv").exists())
        raise KeyboardInterrupt

    files = ("--csv", tmp_path / "answers.csv", "--jsonl", tmp_path / "answers.jsonl")
    with monkeypatch.context() as patch:
        patch.setattr(recognition, "answer_chunks", stopped)
        patch.setattr(photo_commands, "_WRITTEN_EVERY", every)
        ran = run("classify", taught, many, *files)
    assert (ran.code, seen, "--resume" in ran.err) == (130, [every == 0], True)
    assert [len(file.read_text().splitlines()) for file in files[1::2]] == [9, 8]
    assert run("classify", taught, many, *files, "--resume").code == 0
    assert [len(file.read_text().splitlines()) for file in files[1::2]] == [14, 13]
    whole = [file.read_bytes() for file in files[1::2]]
    with monkeypatch.context() as patch:
        patch.setattr(recognition, "answer_chunks", stopped)
        patch.setattr(photo_commands, "_WRITTEN_EVERY", every)
        assert run("classify", taught, many, *files).code == 130
    assert [file.read_bytes() for file in files[1::2]] == whole, "less takes no place of what another run wrote"


def test_not_one_can_be_read(run, taught, tmp_path):
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "1.jpg").write_bytes(b"no")
    for arguments in (("classify", taught), ("discover",)):
        ran = run(*arguments, tmp_path / "bad")
        assert (ran.code, ran.err.splitlines()[-1]) == (1, "spa-desktop: Not one of the 1 photos could be read")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--move"], "go with --sort"),
        (["--sort", "{many}/in"], "where the photos come from"),
        (["--overlay", "{tmp}/o"], "single photos"),
        (["--observations", "-", "--deployment", "d", "--timezone", "Z"], "nothing to stdout"),
        (["--observations", "{tmp}/o.csv", "--deployment", "d"], "+02:00"),
        (["--observations", "{tmp}/o.csv", "--deployment", "d", "--timezone", "CET"], "+02:00"),
    ],
)
def test_bad_input(run, taught, many, tmp_path, options, said):
    assert said in run("classify", taught, many, *[one.format(many=many, tmp=tmp_path) for one in options]).error


def test_ray_is_not_there(run, taught, many, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    real = __import__("importlib.util").util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name, *a: None if name == "ray" else real(name, *a))
    for verb in (("classify", taught, many), ("train", taught), ("discover", many)):
        assert "pip install 'spa-desktop[ray]'" in run(*verb, "--ray").error


def test_boxes_are_answered_and_photos_of_one_answer_are_moved(run, taught, tmp_path):
    drawn = {"a": ("red", "red"), "b": ("green", "blue"), "c": ("blue",)}
    detected = []
    for name, looks in drawn.items():
        photo = Image.new("RGB", (100, 48), "white")
        for place, look in enumerate(looks):
            thing = Image.open(draw_photo(tmp_path / "things" / f"{name}{place}.png", look, 70 + place))
            photo.paste(thing, (10 + 40 * place, 12))
        (tmp_path / "cam").mkdir(exist_ok=True)
        photo.save(tmp_path / "cam" / f"{name}.png")
        boxes = [[(10 + 40 * place) / 100, 0.25, 0.24, 0.5] for place in range(len(looks))]
        found = [{"category": "1", "conf": 0.9, "bbox": box} for box in boxes]
        detected.append({"file": f"cam/{name}.png", "detections": found})
    (tmp_path / "md.json").write_text(json.dumps({"images": detected}))
    given = (tmp_path / "cam", "--boxes", tmp_path / "md.json")
    ran = run("classify", taught, *given, "--csv", tmp_path / "a.csv", "--sort", tmp_path / "to", "--move")
    assert (ran.code, "Recognised 5 photos" in ran.err, "Moved 2 photos into" in ran.err) == (0, True, True)
    rows = list(csv.DictReader((tmp_path / "a.csv").open(encoding="utf-8-sig")))
    answers = [(Path(row["path"]).name, row["answer"]) for row in rows]
    first, second = "#10,12,24,24", "#50,12,24,24"
    assert answers == [
        *((f"a.png{box}", "red") for box in (first, second)),
        *((f"b.png{box}", look) for box, look in ((first, "green"), (second, "blue"))),
        (f"c.png{first}", "blue"),
    ]
    best = [float(row["probability_1"]) for row in rows if row["best_box"] == "yes"]
    assert best == [max(float(row["probability_1"]) for row in some) for some in (rows[:2], rows[2:4], rows[4:])]
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.glob("[ct]*/**/*.png")) == [
        "cam/b.png",
        *(f"things/{name}.png" for name in ("a0", "a1", "b0", "b1", "c0")),
        "to/blue/c.png",
        "to/red/a.png",
    ]
    images = run("classify", taught, tmp_path / f"cam/b.png{second}", "--json").json["images"]
    assert images[0]["answer"] == "blue"
    assert "lies outside of its photo" in run("classify", taught, f"{tmp_path}/cam/b.png#100,12,24,24").error


def test_observations_are_valid_as_the_camera_trap_data_package_says(run, taught, tmp_path):
    """Level event with --events, media without; a box with its shares. Columns, enums and ranges of version 1.0.2."""
    taken = {"a": "2021:05:01 10:11:12", "b": "2021:05:01 10:11:40", "c": "2021:05:01 12:00:00", "d": ""}
    for seed, (name, at) in enumerate(taken.items()):
        photo = Image.open(draw_photo(tmp_path / "cam" / f"{name}.png", "red", 50 + seed))
        exif = Image.Exif()
        exif[0x010F] = "Maker"
        exif.get_ifd(0x8769).update({0x9003: at} if at else {})
        photo.save(photo.filename, exif=exif)
    box = {"category": "1", "conf": 1, "bbox": [0, 0, 0.5, 1]}
    (tmp_path / "md.json").write_text(json.dumps({"images": [{"file": "a.png", "detections": [box]}]}))

    def observe(*options):
        out = tmp_path / "observations.csv"
        ran = run("classify", taught, tmp_path / "cam", "--observations", out, "--deployment", "dep1", *options)
        assert ran.code == 0, ran
        with out.open(newline="") as file:
            rows = list(csv.DictReader(file))
        assert tuple(rows[0]) == OBSERVATION_COLUMNS
        assert len({row["observationID"] for row in rows}) == len(rows)
        for row in rows:
            assert all(row[column] for column in ("observationID", "deploymentID", "eventStart", "eventEnd"))
            assert (row["observationLevel"] == "media") == bool(row["mediaID"])
            assert row["observationType"] in ("animal", "human", "vehicle", "blank", "unknown", "unclassified")
            assert 0 <= float(row["classificationProbability"]) <= 1
            start, end = (datetime.strptime(row[at], "%Y-%m-%dT%H:%M:%S%z") for at in ("eventStart", "eventEnd"))
            assert start <= end
        return ran, [[Path(row["observationID"]).name, row["eventStart"], row["eventEnd"][11:19]] for row in rows], rows

    ran, found, rows = observe("--timezone", "+02:00")
    times = {name: at[11:] for name, at in taken.items() if at}
    assert found == [[f"{name}.png", f"2021-05-01T{at}+02:00", at] for name, at in times.items()]
    assert "1 photo whose EXIF has no time" in ran.err, "that of the file is of a copy, or of another zone"
    assert (rows[0]["scientificName"], rows[0]["classificationMethod"]) == ("red", "machine")
    _, found, rows = observe("--timezone", "Z", "--events", 60, "--unsure-below", 1)
    day = "2021-05-01T"
    assert [row[1:] for row in found] == [[f"{day}10:11:12+00:00", "10:11:40"], [f"{day}12:00:00+00:00", "12:00:00"]]
    assert {(row["observationType"], row["scientificName"]) for row in rows} == {("unknown", "")}
    _, found, rows = observe("--timezone", "-03:30", "--boxes", tmp_path / "md.json")
    assert [rows[0][column] for column in OBSERVATION_COLUMNS[18:22]] == [
        "0.000000",
        "0.000000",
        "0.500000",
        "1.000000",
    ]
    assert (Path(rows[0]["mediaID"]).name, len(rows)) == ("a.png", 1)


def test_a_project_follows_photos_that_come_back(run, taught, photos, tmp_path, monkeypatch):
    with Project.open(taught) as project:
        before = {photo.id: photo.path for photo in project.photos()}
    assert run("classify", taught, photos / "1", "--sort", tmp_path / "moved", "--move").code == 0
    there = {hash_photo(path): path for path in (tmp_path / "moved").rglob("*.png")}
    # As the page Use does.
    with Project.open(taught, write=True) as project, project.transaction("relocate", undo="apart") as tx:
        tx.relocate_photos({photo.id: there[photo.sha256] for photo in project.photos()})
        first = project.photos()[0]
        box = Path(f"{there[first.sha256]}#0,0,9,9")
        tx.put_correction(box, "class", class_id=first.class_id, sha256=first.sha256)
    with monkeypatch.context() as killed:  # between the last move and the noting
        killed.setattr(recognition, "relocate_photos", Mock(side_effect=KeyboardInterrupt))
        assert run("unsort", tmp_path / "moved", "--project", taught).code != 0
    assert run("unsort", tmp_path / "moved", "--project", taught).code == 0
    assert run("unsort", tmp_path / "moved", "--project", taught).code == 2, "nothing is left to note"
    with Project.open(taught) as project:
        assert {photo.id: photo.path for photo in project.photos()} == before
        assert [item.path for item in project.corrections()] == [f"{before[first.id]}#0,0,9,9"]
    assert all(Path(path).is_file() for path in before.values())
