"""Answers without a model, and photos that lie about."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from spa_desktop.classify.answer_files import PhotoAnswer, stamp_of

NAMES = {1: "red", 2: "a/b", 3: "=sum"}

Answered = Callable[..., PhotoAnswer]


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("CACHE", "DATA"):
        monkeypatch.setenv(f"SPA_DESKTOP_{kind}_DIR", str(tmp_path / f"own-{kind}"))


@pytest.fixture
def answered(tmp_path: Path) -> Answered:
    """``answered("holiday/1.jpg", 2)`` writes a file and gives an answer for it."""

    def make(name: str, class_id: int = 1, *, content: str = "", **settings: object) -> PhotoAnswer:
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content or f"photo {name}")
        size, changed = stamp_of(str(path))
        others = tuple(key for key in NAMES if key != class_id)
        return PhotoAnswer(
            str(path),
            (class_id, *others),
            (0.8, 0.15, 0.05),
            12.5,
            size=size,
            changed=changed,
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            **settings,
        )

    return make
