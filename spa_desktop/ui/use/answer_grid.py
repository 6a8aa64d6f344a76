"""The answers of a run as a list of photos, each with the class that it was predicted as."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from spa_desktop.errors import SpaError
from spa_desktop.ui.lightbox.photo_lightbox import read_file_picture
from spa_desktop.ui.thumbnails.photo_model import Caption, Look, PhotoList, ThumbnailSource
from spa_desktop.ui.widgets.forms import has_words
from spa_desktop.ui.widgets.words import percent
from spa_desktop.visible import visible

if TYPE_CHECKING:
    from spa_desktop.workbench import PhotoAnswer, Workbench

Order = Literal["found", "doubt", "sure", "name"]
Key = int | Literal["none", "error"]
"""What photos are filtered by: a class, "none of these", or that they could not be read."""

_TIP_CLASSES = 3

_RANKS: Mapping[Order, Callable[[PhotoAnswer], object] | None] = {
    "found": None,
    "doubt": lambda one: -one.doubt,
    "sure": lambda one: one.doubt,
    "name": lambda one: Path(one.path).name.casefold(),
}


def key_of(answer: PhotoAnswer) -> Key:
    """What a photo counts for."""
    if not answer.is_answered:
        return "error"
    return "none" if answer.rejected else answer.class_ids[0]


class AnswerModel(PhotoList):
    """One row a photo that passes the filter; beneath it the class's mark, its name, and how sure.

    Attributes:
        names: of the classes, by number.
        counts: photos by what they count for.
        unsure_below: probability under which an answer is marked as unsure.
    """

    caption_height = 20

    def __init__(self, source: ThumbnailSource, hue: Callable[[int], int], parent: QObject | None = None) -> None:
        """Make an empty list; `hue` gives the number of a class in the order of hues."""
        super().__init__(source, parent)
        self.names: Mapping[int, str] = {}
        self.counts: Counter[Key] = Counter()
        self.unsure_below = 0.0
        self._hue = hue

    def clear(self, names: Mapping[int, str]) -> None:
        """Begin anew, with the names of the classes that answers can have."""
        self.names = dict(names)
        self.counts.clear()
        self.fill(())

    def add(self, answers: Sequence[PhotoAnswer]) -> None:
        self.counts.update(map(key_of, answers))
        super().add(answers)

    def rename(self, names: Mapping[int, str]) -> None:
        """Classes have other names now."""
        self.names = {key: names.get(key, name) for key, name in self.names.items()}
        if self.photos:
            self.dataChanged.emit(self.index(0), self.index(len(self.photos) - 1))

    def relocate(self, places: Mapping[str, str]) -> None:
        """Photos lie elsewhere now."""
        self.fill(replace(one, path=places.get(one.path, one.path)) for one in self.all_photos)

    def sift(self, key: Key | None, words: str, order: Order) -> None:
        """Show only what counts for `key`, with these words in its name or that of its folder, in this order."""

        def passes(one: PhotoAnswer) -> bool:
            # The name and its folder: what lies above is the same for nearly all.
            above = one.path.rfind(os.sep, 0, max(0, one.path.rfind(os.sep)))
            return (key is None or key_of(one) == key) and has_words(words, one.path[above + 1 :])

        self._passes, self._rank = passes, _RANKS[order]
        self.fill(self.all_photos)

    def said(self, answer: PhotoAnswer) -> str:
        """The class in words."""
        key = key_of(answer)
        if key == "error":
            return self.tr("cannot be read")
        return self.tr("none of these") if key == "none" else self.names.get(key, "")

    def key(self, answer: PhotoAnswer) -> str:
        return answer.path

    def look(self, answer: PhotoAnswer) -> Look:
        key, shares, said = key_of(answer), answer.probabilities, self.said(answer)
        caption, name = Caption(said), visible(Path(answer.path).name)
        if isinstance(key, int):
            figure = percent(100 * shares[0], digits=0) if shares else ""
            caption = Caption(said, self._hue(key), figure, bool(shares) and shares[0] < self.unsure_below)
        words = ", ".join(filter(None, (name, said, percent(100 * shares[0]) if shares else "")))
        picture, sign = (answer.path, "") if answer.is_answered else (None, "warning")
        return Look(picture, name, words, sign=sign, caption=caption)

    def about(self, answer: PhotoAnswer) -> Sequence[str]:
        best = zip(answer.class_ids[:_TIP_CLASSES], answer.probabilities, strict=False)
        lines = [f"{self.names.get(key, '')}  {percent(100 * share)}" for key, share in best]
        return answer.path, *lines, *filter(None, [answer.error])


def read_files(bench: Workbench, paths: Sequence[str], side: int) -> Iterator[tuple[str, QImage]]:
    """Photos by path; those that cannot be read are left out. For worker threads."""
    for path in paths:
        with contextlib.suppress(SpaError):
            yield path, read_file_picture(Path(path), side)
