"""A corrected frame lies beside the project, and nowhere else."""

from __future__ import annotations

import os
from datetime import datetime

import pytest
from PySide6.QtGui import QColor, QImage

from spa_desktop.errors import InputError
from spa_desktop.ui.corrections.correction_card import keep_frame

WHEN = datetime(2026, 1, 2, 3, 4, 5)


@pytest.fixture
def frame() -> QImage:
    image = QImage(8, 6, QImage.Format.Format_RGB32)
    image.fill(QColor("teal"))
    return image


def test_a_frame_is_written_beside_the_project(tmp_path, frame):
    file = keep_frame(tmp_path / "Moths.spa", frame, WHEN)
    assert file.relative_to(tmp_path).parts[:2] == ("Moths frames", "corrected")
    assert QImage(str(file)).size() == frame.size()


def test_no_frame_replaces_a_file(tmp_path, frame):
    file = keep_frame(tmp_path / "Moths.spa", frame, WHEN)
    file.write_text("mine")
    with pytest.raises(InputError, match="it is there"):
        keep_frame(tmp_path / "Moths.spa", frame, WHEN)
    assert file.read_text() == "mine"


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
@pytest.mark.parametrize("place", ["Moths frames", "Moths frames/corrected"])
def test_nothing_is_written_through_a_link_beside_a_project(tmp_path, frame, place):
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    mine.mkdir()
    (theirs / place).parent.mkdir(parents=True)
    (theirs / place).symlink_to(mine, target_is_directory=True)
    with pytest.raises(InputError, match="is a link"):
        keep_frame(theirs / "Moths.spa", frame, WHEN)
    assert list(mine.iterdir()) == []
