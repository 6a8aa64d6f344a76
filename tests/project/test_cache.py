"""The feature cache: whatever the disk does, it is a hit or a miss."""

import errno
import hashlib
import os
import shutil
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from spa_desktop.project import FeatureCache, feature_cache

KEYS = [hashlib.sha256(str(index).encode()).hexdigest() for index in range(40)]


@pytest.fixture
def store(tmp_path):
    return FeatureCache(tmp_path / "features")


def files(store):
    return sorted(path for path in store.root.rglob("*") if path.is_file())


def age(path, seconds):
    time = path.stat().st_mtime - seconds
    os.utime(path, (time, time))


def test_what_goes_in_comes_out(store):
    assert store.get("clip", KEYS[0]) is None
    store.put("clip", KEYS[0], b"features")
    store.put("other/../clip v2", KEYS[0], b"others")
    store.put("clip", KEYS[1], b"")
    assert store.get("clip", KEYS[0]) == b"features"
    assert store.get("other/../clip v2", KEYS[0]) == b"others"
    assert store.get("clip", KEYS[1]) == b""
    assert store.has("clip", KEYS[0])
    assert not store.has("clip", KEYS[2])
    store.put("clip", KEYS[0], b"newer")
    assert FeatureCache(store.root).get("clip", KEYS[0]) == b"newer"
    assert all(store.root in path.parents for path in files(store))


def test_broken_entries_are_misses_and_go(store):
    store.put("clip", KEYS[0], b"features" * 100)
    (file,) = files(store)
    whole = file.read_bytes()
    flipped = bytearray(whole)
    flipped[-1] ^= 1
    for broken in (b"", whole[:10], whole[:-1], whole + b"x", bytes(flipped), b"x" * len(whole)):
        file.write_bytes(broken)
        assert store.get("clip", KEYS[0]) is None
        assert not file.exists()
    store.put("clip", KEYS[0], b"again")
    assert store.get("clip", KEYS[0]) == b"again"


def test_least_recently_used_entries_go_first(tmp_path):
    store = FeatureCache(tmp_path, max_bytes=10_400)
    for index in range(10):
        store.put("clip", KEYS[index], bytes(1000))
        age(store._path("clip", KEYS[index]), 1000 - index)
    assert store.get("clip", KEYS[0]) is not None  # used again: not the oldest any more
    store.put("clip", KEYS[10], bytes(1000))
    kept = [index for index in range(11) if store.has("clip", KEYS[index])]
    assert kept == [0, 3, 4, 5, 6, 7, 8, 9, 10]
    assert store.size() <= 0.9 * 10_400


@pytest.mark.parametrize(("free", "kept"), [(100_000, 12), (0, 8)])
def test_a_disk_with_much_room_keeps_more(tmp_path, monkeypatch, free, kept):
    """A quarter of the room, but no less than the one bound and no more than the other."""
    monkeypatch.setattr(feature_cache, "MAX_BYTES", 8_500)
    monkeypatch.setattr(feature_cache, "MOST_BYTES", 12_800)
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=free))
    store = FeatureCache(tmp_path)
    for index, key in enumerate(KEYS):
        store.put("clip", key, bytes(1000))
        if index >= 8:
            assert len(files(store)) <= kept
        if index == 11:
            assert len(files(store)) >= kept - 1


def test_the_bound_holds_over_processes(tmp_path):
    first, second = (FeatureCache(tmp_path, max_bytes=20_000) for _ in range(2))
    for index, key in enumerate(KEYS):
        (first if index % 2 else second).put("clip", key, bytes(1000))
    for key in KEYS[:12]:
        FeatureCache(tmp_path, max_bytes=20_000).put("clip", key, bytes(1000))
    assert first.size() <= 20_000


def test_what_a_killed_process_left_goes(tmp_path):
    store = FeatureCache(tmp_path, max_bytes=3000)
    store.put("clip", KEYS[0], b"x")
    folder = files(store)[0].parent
    old, young = folder / "old.tmp", folder / "young.tmp"
    for path in (old, young):
        path.write_bytes(b"half")
    age(old, 7200)
    store.put("clip", KEYS[1], bytes(4000))
    assert (old.exists(), young.exists()) == (False, True)


def test_the_folder_may_be_deleted_at_any_time(store):
    stop = threading.Event()

    def delete():
        while not stop.is_set():
            shutil.rmtree(store.root, ignore_errors=True)

    thread = threading.Thread(target=delete)
    thread.start()
    try:
        for _ in range(20):
            for key in KEYS:
                store.put("clip", key, key.encode() * 10)
                assert store.get("clip", key) in (None, key.encode() * 10)
    finally:
        stop.set()
        thread.join()
    store.put("clip", KEYS[0], b"still works")
    assert store.get("clip", KEYS[0]) == b"still works"


@pytest.mark.parametrize(("code", "why"), [(errno.ENOSPC, "the disk is full"), (errno.EROFS, "Read-only file system")])
def test_a_full_disk_only_turns_it_off(tmp_path, monkeypatch, code, why):
    messages = []
    store = FeatureCache(tmp_path, on_message=messages.append)
    store.put("clip", KEYS[0], b"before")

    def fail(path: Path, data: bytes) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(feature_cache, "write_own_file", fail)
    for key in KEYS[1:5]:
        store.put("clip", key, b"x")
    assert len(messages) == 1
    assert why in messages[0]
    assert "\n" not in messages[0]
    assert store.get("clip", KEYS[0]) == b"before"
    assert store.get("clip", KEYS[1]) is None


NO_HASHES = (
    "../" * 21 + "x",
    "/" + "a" * 63,
    "A" * 64,
    "a" * 63,
    "a" * 64 + "\n",
    "a" * 64 + "\0" + "/../x",
    "a" * 60 + "/../",
    "",
)


@pytest.mark.parametrize("name", NO_HASHES)
def test_a_hash_that_is_none_becomes_no_path(store, name):
    store.put("clip", KEYS[0], b"features")
    before = sorted(store.root.parent.rglob("*"))
    for use in (
        lambda: store.get("clip", name),
        lambda: store.has("clip", name),
        lambda: store.put("clip", name, b"x"),
        lambda: list(store.get_many("clip", [name])),
    ):
        with pytest.raises(ValueError, match="no SHA-256"):
            use()
    assert sorted(store.root.parent.rglob("*")) == before


def test_nothing_outside_of_the_folder_is_deleted(store, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    letter = mine / KEYS[0]
    letter.write_text("not an entry at all")
    store.put("clip", KEYS[0], b"features")
    (file,) = files(store)
    shutil.rmtree(file.parent)
    file.parent.symlink_to(mine)  # a link in the cache to a folder of the user
    assert store.get("clip", KEYS[0]) is None
    store.clear()
    small = FeatureCache(store.root, max_bytes=1)
    small.put("clip", KEYS[1], b"more than fits")
    assert letter.read_text() == "not an entry at all"
