"""Only regular files are opened, without waiting, once, and what is hashed is what is decoded."""

import hashlib
import os
import socket
import sys
import tempfile
from pathlib import Path

import pytest
from PIL import Image

from spa_desktop.feature_store import PhotoRef
from spa_desktop.photos.opening import PhotoError, hash_photo, open_photo, read_photo
from tests.photos.pieces import flat, saved
from tests.photos.watched import watch


@pytest.fixture
def photo(tmp_path) -> Path:
    file = tmp_path / "photo.png"
    flat(40, 30).save(file)
    return file


def refused(path) -> str:
    with pytest.raises(PhotoError) as caught:
        open_photo(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc, and a file of it never ends")
def test_what_never_ends_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    targets = {"zero.jpg": "/dev/zero", "random.png": "/dev/random", "log.jpg": "/proc/kmsg", "tty.jpg": "/dev/tty"}
    for name, target in targets.items():
        (tmp_path / name).symlink_to(target)
    names = ["pipe.jpg", *targets]
    ended = watch([tmp_path / name for name in names], patience=20)
    assert [one.how for one in ended] == ["refused"] * len(names), ended
    reasons = {one.path.name: one.text for one in ended}
    assert all("it is no plain file" in reasons[name] for name in names if name not in ("log.jpg", "tty.jpg"))


@pytest.mark.skipif(os.name == "nt", reason="sockets are no files there")
def test_a_socket_and_a_folder(tmp_path):
    with tempfile.TemporaryDirectory() as short, socket.socket(socket.AF_UNIX) as server:
        server.bind(f"{short}/a.jpg")
        assert "it is no plain file" in refused(Path(short, "a.jpg"))
    assert "folder" in refused(tmp_path)
    with pytest.raises(PhotoError, match="folder"):
        PhotoRef.of(tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_links_to_photos_are_followed(photo, tmp_path):
    (tmp_path / "link.png").symlink_to(photo)
    assert open_photo(tmp_path / "link.png").size == (40, 30)


def test_a_sparse_file_is_refused_unread(tmp_path, monkeypatch):
    for name, size in (("huge.jpg", 1 << 40), ("zeros.jpg", 30 << 20)):
        with (tmp_path / name).open("wb") as file:
            file.truncate(size)
    assert "not a photo" in refused(tmp_path / "zeros.jpg")
    monkeypatch.setattr(os, "read", None)  # this one is not read
    assert "up to 320 MB" in refused(tmp_path / "huge.jpg")
    with pytest.raises(PhotoError, match="320"):
        hash_photo(tmp_path / "huge.jpg")


def test_a_file_is_opened_once_and_its_bytes_are_those_that_are_hashed(photo, monkeypatch):
    whole = photo.read_bytes()
    opened = []
    real = os.open

    def opening(path, *rest):
        descriptor = real(path, *rest)
        opened.append(path)
        # Whoever opens the path again gets another photo.
        photo.unlink()
        flat(8, 8).save(photo)
        return descriptor

    monkeypatch.setattr(os, "open", opening)
    found = read_photo(photo)
    assert opened == [photo]
    assert (found.sha256, found.image.size) == (hashlib.sha256(whole).hexdigest(), (40, 30))
    assert (found.size, found.width, found.height) == (len(whole), 40, 30)


def test_a_photo_is_refused_before_it_is_hashed(tmp_path, monkeypatch):
    file = tmp_path / "large.png"
    file.write_bytes(saved(Image.new("1", (30_001, 1)), "PNG"))
    monkeypatch.setattr(hashlib, "sha256", None)
    assert "no side" in refused(file)
