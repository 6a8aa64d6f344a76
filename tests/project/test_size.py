"""A project of a thousand photos opens and lists without reading its pictures."""

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
