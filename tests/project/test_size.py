"""A project of 4,000 photos opens and lists without reading its pictures."""

import hashlib
from pathlib import Path

import pytest

from spa_desktop.project import Project
from spa_desktop.project.records import NewPhoto


@pytest.fixture
def big(path):
    picture = b"\xff\xd8\xff" + bytes(5000)
    with Project.create(path) as project, project.transaction("add") as tx:
        task = tx.add_task("Task 1")
        for index in range(40):
            record = tx.add_class(f"class {index}", task.id)
            hashes = [hashlib.sha256(f"{index} {number}".encode()).hexdigest() for number in range(100)]
            tx.add_photos(
                record.id,
                [
                    NewPhoto(Path(f"/{index}/{n}.jpg"), h, "test" if n % 5 == 0 else "train", 640, 480, 9, picture)
                    for n, h in enumerate(hashes)
                ],
            )
    return path


def test_listing_reads_no_pictures(big):
    if not Path("/proc/self/io").exists():
        pytest.skip("only Linux counts the bytes that a process reads")

    def bytes_read() -> int:
        return int(Path("/proc/self/io").read_text().split()[1])

    start = bytes_read()
    with Project.open(big) as project:
        assert len(project.classes()) == 40
        assert sum(counts.train for counts in project.photo_counts().values()) == 3200
        project.tasks(), project.descriptions(), project.evaluations(), project.history(), project.settings()
        assert len(project.photos()) == 4000
        listing = bytes_read() - start
        assert len(project.thumbnails(range(1, 101))) == 100
    assert big.stat().st_size > 20_000_000
    assert listing < 2_000_000
