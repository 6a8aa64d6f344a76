"""restore, recover and check on the command line."""

import sqlite3
from contextlib import closing


def test_a_training_is_taken_back_by_restoring(run, taught, photos):
    before = run("info", taught, "--json").json
    assert run("add", taught, photos / "2").code == 0
    assert run("train", taught).code == 0
    assert "before training" in run("restore", taught, "--list").out
    ran = run("restore", taught, "--version", "2", "--json")
    assert ran.json["number"] == 2
    assert [item["state"] for item in run("info", taught, "--json").json["classes"]] == ["described"] * 3
    ran = run("restore", taught)
    assert ran.code == 0
    assert ran.err.startswith(f"{taught} is as it was on ")
    after = run("info", taught, "--json").json
    assert {item["name"] for item in after["classes"]} > {item["name"] for item in before["classes"]}
    assert run("check", taught).code == 0


def test_what_cannot_be_restored(run, taught, tmp_path):
    assert "There is no earlier version of" in run("restore", tmp_path / "none.spa").error
    assert run("restore", tmp_path / "none.spa", "--list", "--json").json["versions"] == []
    assert "--version" in run("restore", taught, "--version", "0").error


def test_recovering(run, taught, tmp_path):
    new = tmp_path / "new.spa"
    data = bytearray(taught.read_bytes())
    taught.write_bytes(data[:-8192])
    assert "is damaged" in run("info", taught).error
    ran = run("recover", taught, new)
    assert ran.code == 0
    assert "classes: 3 saved, 0 lost, 0 added" in ran.err
    assert ran.err.splitlines()[-1] == f"Saved in {new}"
    assert run("check", new).code == 0
    assert run("evaluate", new, "--json").json["last"] == 100.0
    assert "exists already" in run("recover", taught, new).error
    assert "is not a project" in run("recover", __file__, tmp_path / "other.spa").error


def test_checking_a_damaged_file_fails(run, taught):
    with closing(sqlite3.connect(taught)) as file, file:
        file.execute("UPDATE tasks SET position = 7")
    ran = run("check", taught)
    assert (ran.code, ran.err.splitlines()[-1]) == (1, f"{taught} is damaged")
