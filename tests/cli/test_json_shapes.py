"""What `--json` prints is what docs/schema says, which scripts/json_schemas.py writes."""

import json
from pathlib import Path

import jsonschema
import pytest

from scripts.json_schemas import schemas
from spa_desktop.spa.config import NONE_OF_THESE
from tests.conftest import REPOSITORY

SCHEMAS = REPOSITORY / "docs" / "schema"
IMAGE = {"path", "answer", "top", "known", "rejected", "milliseconds"}


def check(name: str, document: object) -> None:
    jsonschema.validate(document, json.loads((SCHEMAS / f"{name}.json").read_text()))


def test_the_files_are_what_the_shapes_give():
    assert {path.stem: path.read_text() for path in SCHEMAS.iterdir()} == schemas(), "python scripts/json_schemas.py"


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("backbones", ["backbones"]),
        ("bench", ["bench", "{photos}/1", "--increment", "2", "--methods", "ncm", "--out", "{tmp}/bench.json"]),
        ("bench", ["bench", "{photos}/1", "--increment", "2", "--methods", "ncm", "--seeds", "1-2"]),
        ("check", ["check", "{project}"]),
        ("describe", ["describe", "{project}", "--show"]),
        ("discover", ["discover", "{photos}/1", "--project", "{project}"]),
        ("evaluate", ["evaluate", "{project}"]),
        ("info", ["info", "{project}"]),
        ("restore", ["restore", "{project}", "--list"]),
        ("restore", ["restore", "{project}"]),
        ("search", ["search", "{photos}/1", "red"]),
    ],
)
def test_each_verb_prints_its_shape(run, taught, photos, tmp_path, name, arguments):
    places = {"project": taught, "photos": photos, "tmp": tmp_path}
    document = run(*(word.format(**places) for word in arguments), "--json").json
    check(name, document)
    if "--out" in arguments:
        assert json.loads((tmp_path / "bench.json").read_text()) == document


def test_one_photo_many_and_folders_have_one_shape(run, taught, photos, tmp_path, monkeypatch):
    monkeypatch.chdir(photos / "1" / "test")
    Path("red/broken.jpg").write_bytes(b"no photo")
    one, other = sorted(Path("red").glob("*.png"))[:2]
    for given in ([one, other], ["red/.."], [one.absolute(), "--csv", tmp_path / "a.csv"]):
        found = run("classify", taught, *given, "--json").json
        check("classify", found)
        assert all(image.keys() == IMAGE or "error" in image for image in found["images"])
        assert found["images"][0]["path"].startswith(str(given[0]))
        for image in (image for image in found["images"] if "error" not in image):
            assert (image["known"] < 0.5) == image["rejected"] == (image["answer"] == NONE_OF_THESE)
        explained = run("classify", taught, *given, "--json", "--explain").json
        check("classify", explained)
        assert all(image.keys() == IMAGE | {"patches", "evidence"} or "error" in image for image in explained["images"])
        assert [image["path"] for image in explained["images"]] == [image["path"] for image in found["images"]]
    lines = tmp_path / "a.jsonl"
    run("classify", taught, "red", "--jsonl", lines, "--explain")
    for line in map(json.loads, lines.read_text().splitlines()):
        check("classify-line", line)
        assert "patches" in line or "error" in line
    assert "--explain" in run("classify", taught, "red", "--explain", "--together").error
