"""A project of a thousand photos opens and lists without reading its pictures; a file that is a hole takes no room."""

import os
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from spa_desktop.project import Project


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="only Linux counts the bytes that a process reads")
def test_listing_reads_no_pictures(path, photo):
    picture = b"\xff\xd8\xff" + bytes(20_000)
    with Project.create(path) as project, project.transaction("add") as tx:
        class_id = tx.add_class("moth", tx.add_task("Task 1").id).id
        tx.add_photos(class_id, [replace(photo(f"{number}"), thumbnail=picture) for number in range(1000)])

    def bytes_read() -> int:
        return int(Path("/proc/self/io").read_text().split()[1])

    start = bytes_read()
    with Project.open(path) as project:
        assert project.photo_counts()[class_id].train == 1000
        project.tasks(), project.classes(), project.descriptions(), project.evaluations(), project.history()
        assert len(project.photos()) == 1000
        listing = bytes_read() - start
        assert len(project.thumbnails(range(1, 101))) == 100
    assert path.stat().st_size > 20_000_000
    assert listing < 2_000_000


@pytest.mark.skipif(not hasattr(os, "SEEK_DATA"), reason="holes are asked for in the way of Linux")
def test_a_copy_for_a_reader_has_the_holes_of_a_file_that_claims_to_be_large(project, path, sql, tmp_path, monkeypatch):
    project.close()
    sql(path, "PRAGMA journal_mode = WAL")  # reading it would change it: a copy is read
    os.truncate(path, 1 << 30)
    copies = tmp_path / "copies"
    copies.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(copies))
    with Project.open(path) as again:
        assert again.classes() == []
        (copied,) = copies.rglob(path.name)
        assert copied.stat().st_size == 1 << 30
        assert 512 * copied.stat().st_blocks < 10 << 20
