"""Description files that mean harm: read in seconds, or refused in one clear line; never waited for."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from spa_desktop.descriptions import file_writer
from spa_desktop.descriptions.file_writer import FileWriter
from spa_desktop.descriptions.model import DescriptionRequest
from spa_desktop.errors import InputError
from spa_desktop.jobs import Job

SECONDS = 10.0  # of the processor


def refused(path: Path) -> str:
    """The one line that says why a file is not read, and that it took no long time to find out."""
    began = time.process_time()
    with pytest.raises(InputError) as caught:
        FileWriter(path)
    assert time.process_time() - began < SECONDS
    line = str(caught.value)
    assert line.isprintable()
    assert path.name in line
    assert len(line) < 600 + len(str(path))
    return line


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipes_and_devices_are_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for name in ("a.json", "a.csv", "folder/a.txt"):
        os.mkfifo(tmp_path / name)
        assert "cannot be read: it is no plain file" in refused(tmp_path / name)
    assert "a.txt cannot be read: it is no plain file" in refused(tmp_path / "folder")


def test_a_file_of_any_size_is_not_read_whole(tmp_path: Path) -> None:
    with (tmp_path / "a.json").open("wb") as stream:
        stream.truncate(1 << 40)
    assert "it is larger than 32 MB" in refused(tmp_path / "a.json")


BAD = {
    "a long phrase": ("a.json", lambda: json.dumps({"cat": ["long tail " * 100_000]}), "20,000 letters"),
    "a long name": ("a.json", lambda: json.dumps({"cat\x1b[2J" * 100_000: ["long tail"]}), "too long a name"),
    "a name twice": ("a.json", lambda: '{"%s": [], "%s": []}' % (("\u202e" + "x" * 10_000,) * 2), "stands there twice"),
    "many classes": ("a.json", lambda: json.dumps({str(n): ["a b"] for n in range(20_001)}), "20,000 classes"),
    "a deep value": ("a.json", lambda: '{"cat": [' + "[" * 900 + "]" * 901 + "}", "phrase 1 is not text"),
    "an endless cell": ("a.csv", lambda: 'cat,"' + "a" * 5_000_000, "is not a table"),
    "many phrases": (
        "a.json",
        lambda: json.dumps({"cat": ["a b"] * 30_000, "dog": ["a b"] * 30_000}),
        "50,000 phrases",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_refused_is_one_line(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_writer, "_MOST_TEXTS", 50_000)
    name, content, said = BAD[case]
    (tmp_path / name).write_text(content(), encoding="utf-8", errors="surrogatepass")
    assert said in refused(tmp_path / name)


# A tenth of what a file may hold: a time that grows with the square of it would still be far too long.
GOOD: dict[str, tuple[str, Callable[[], str]]] = {
    "many phrases": ("a.json", lambda: json.dumps({"cat": [f"mark of shape number {n}" for n in range(50_000)]})),
    "runs of blanks": ("a.json", lambda: json.dumps({"cat": ["a" + " " * 19_000 + "tail"] * 500})),
    "many pairs": ("a.json", lambda: json.dumps({"cat": {f"c{n}": ["long tail"] for n in range(50_000)}})),
    "commas": ("a.json", lambda: json.dumps({"cat": ["tail, " * 3000] * 100 + ["long tail"]})),
    "many rows": ("a.csv", lambda: "cat,long tail\n" * 50_000),
}


@pytest.mark.parametrize("case", GOOD)
def test_what_is_read_is_read_in_seconds(case: str, tmp_path: Path) -> None:
    name, content = GOOD[case]
    (tmp_path / name).write_text(content())
    judged = []
    began = time.process_time()
    writer = FileWriter(tmp_path / name, lambda text: not judged.append(text))  # type: ignore[func-returns-value]
    text = writer.write(DescriptionRequest("cat", ()), Job())
    assert 1 <= len(text.phrases) <= 8
    assert len(text.notes) <= 22
    assert time.process_time() - began < SECONDS
    assert len(judged) <= 1000
    assert all(len(text) <= 4000 for text in judged)


def test_many_names_meet_many_classes_once(tmp_path: Path) -> None:
    """A run asks for one class after the other: what the file has for all of them is looked up once."""
    names = [f"kind of thing {number}" for number in range(1000)]
    content = {f"Other_{number}": ["long tail"] for number in range(10_000)} | {name: ["long tail"] for name in names}
    (tmp_path / "a.json").write_text(json.dumps(content))
    began = time.process_time()
    writer = FileWriter(tmp_path / "a.json")
    for name in names:
        others = dict.fromkeys((other for other in names if other != name), ())
        assert writer.write(DescriptionRequest(name, (), others), Job()).texts == ("long tail",)
    assert time.process_time() - began < SECONDS
