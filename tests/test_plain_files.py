from __future__ import annotations

import os
from pathlib import Path

import pytest

from spa_desktop.plain_files import NotPlainError, read_plain_file


def test_a_file_up_to_the_limit(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(bytes(range(256)) * 10)
    assert read_plain_file(file, 2560) == file.read_bytes()
    with pytest.raises(NotPlainError) as caught:
        read_plain_file(file, 2559)
    assert caught.value.strerror == "it is larger than 2 kB"
    (tmp_path / "none").touch()
    assert read_plain_file(tmp_path / "none", 0) == b""


def test_a_huge_file_without_content_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as stream:
        stream.truncate(1 << 40)
    with pytest.raises(NotPlainError, match="it is larger than 1 MB"):
        read_plain_file(tmp_path / "sparse", 1 << 20)


def test_what_is_no_plain_file(tmp_path: Path) -> None:
    with pytest.raises(NotPlainError, match="it is a folder"):
        read_plain_file(tmp_path, 10)
    with pytest.raises(FileNotFoundError):
        read_plain_file(tmp_path / "gone", 10)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        for path in (tmp_path / "pipe", Path("/dev/zero")):
            with pytest.raises(NotPlainError, match="it is no plain file"):
                read_plain_file(path, 10)
