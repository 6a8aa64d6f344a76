"""An explanation in the words, names and hues of the project as it is now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QImage, QStandardItem, QStandardItemModel

from spa_desktop.project.records import PhotoRecord
from spa_desktop.ui.app_state.contents import Contents
from spa_desktop.ui.photo.colour_maps import attention, difference
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.widgets.probability_bars import Bar, none_of_these
from spa_desktop.ui.widgets.words import percent, share_words
from spa_desktop.visible import visible

if TYPE_CHECKING:
    from spa_desktop.recognizer import Explanation, Recognition, Seen

translate = QCoreApplication.translate
RowRole = Qt.ItemDataRole.UserRole  # the Row
ShareRole = Qt.ItemDataRole.UserRole + 1  # float 0 to 1, or None


@dataclass(frozen=True)
class Row:
    """A line of the list."""

    text: str  # what it says
    color: int  # number of the class's hue
    side: int  # 0 for the class that is explained, 1 for the one it is compared with
    phrase: int | None  # which phrase of that class, None for its name and its sentence
    is_name: bool = False


class PhraseModel(QStandardItemModel):
    """Lines: the name of a class, its phrases, and its sentence; then perhaps those of a second class."""

    def show_rows(self, rows: Sequence[Row]) -> None:
        self.clear()
        self.setColumnCount(1)
        items = []
        for row in rows:
            item = QStandardItem(row.text)
            item.setData(row, RowRole)
            item.setToolTip(tip(row.text) if row.is_name else "")  # the others are seen whole
            item.setFlags(
                Qt.ItemFlag.NoItemFlags if row.is_name else Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
            )
            items.append(item)
        self.invisibleRootItem().appendRows(items)

    def show_shares(self, shares: Sequence[Sequence[float] | None]) -> None:
        """Show how a patch's mass is shared out, by side; None where it is not used. Empty takes the shares away."""
        by_side = dict(enumerate(shares))
        for item in map(self.item, range(self.rowCount())):
            row: Row = item.data(RowRole)
            of_side = by_side.get(row.side)
            share = of_side[row.phrase] if of_side and row.phrase is not None else None
            item.setData(share, ShareRole)
            item.setAccessibleText(row.text if share is None else f"{row.text}, {percent(100 * share)}")


@dataclass(frozen=True)
class Explained:
    """A photo, what it was predicted as, and how it meets the phrases of one or two classes."""

    photo: QImage  # as the model saw it
    seen: Seen  # its features, for questions about other classes
    found: Recognition  # the most probable classes
    first: Explanation  # the class that is explained
    second: Explanation | None = None  # the class it is compared with, None for none
    # Size and time of the last change of the file, None for a photo of the project or a picture in memory.
    stamp: tuple[int, int] | None = field(default=None, kw_only=True)

    @property
    def explanations(self) -> tuple[Explanation, ...]:
        return (self.first,) if self.second is None else (self.first, self.second)

    # Classes may be renamed after they were learned: names and hues come from what the project holds now.

    def rows(self, contents: Contents | None) -> list[Row]:
        """The phrases, under the name of their class, and what else it was learned with."""
        rows = []
        for side, explanation in enumerate(self.explanations):
            name, hue = _class_of(contents, explanation.class_id)
            rows.append(Row(name, hue, side, None, is_name=True))
            for number, text in enumerate(explanation.phrases):
                rows.append(Row(visible(text) or translate("explain", "(no phrase)"), hue, side, number))
            if explanation.sentence:
                rows.append(Row(visible(explanation.sentence), hue, side, None))
        return rows

    def names(self, contents: Contents | None) -> tuple[str, str | None]:
        """The class that is explained and the one it is compared with, None for none.

        Both with how probable they are, but not where the photo belongs to no class: probabilities are among classes.
        """
        first = self.first

        def named(class_id: int, probability: float) -> str:
            name, _ = _class_of(contents, class_id)
            return f"{name} {share_words(probability)}" if self.found.is_known else name

        other = None if first.against_id is None else named(first.against_id, first.against_probability)
        return named(first.class_id, first.probability), other

    def none_sentence(self, contents: Contents | None) -> str:
        """The sentence about a photo that belongs to no class."""
        return none_of_these(_class_of(contents, self.found.top[0].class_id)[0])

    def legend(self, contents: Contents | None) -> tuple[str, str]:
        """The two ends of the colours."""
        first, _ = _class_of(contents, self.first.class_id)
        if self.second is None:
            return translate("explain", "says little"), first
        return _class_of(contents, self.second.class_id)[0], first

    def caption(self, contents: Contents | None, photo: Path | QImage | None, record: PhotoRecord | None) -> str:
        """The photo's name, and whether the answer was right where that is known."""
        name = visible(photo.name) if isinstance(photo, Path) else translate("explain", "a frame")
        if record is None:
            return name
        answer = self.found.top[0].class_id
        if not self.found.is_known:
            return f"{name} · {_class_of(contents, record.class_id)[0]} · {self.none_sentence(contents)}"
        if record.class_id == answer and record.is_learned:  # the model knows it: that says nothing of its label
            text = translate("explain", "{name} · learned as {truth}")
        elif record.class_id == answer:
            text = translate("explain", "{name} · {truth}, recognised")
        else:
            text = translate("explain", "{name} · {truth}, predicted as {answer}")
        truth, predicted = (_class_of(contents, class_id)[0] for class_id in (record.class_id, answer))
        return text.format(name=name, truth=truth, answer=predicted)


def overlay_of(shown: Explained) -> QImage:
    """What supported the class; or, where another is pinned, what supported the one and what the other."""
    if shown.second is None:
        return attention(shown.first.heat)
    if shown.first.places is not None:  # of the same two classes: one's gain is the other's loss
        return difference(shown.first.places.clip(min=0), (-shown.first.places).clip(min=0))
    return difference(shown.first.heat, shown.second.heat)


def patches_of_phrase(explanation: Explanation, phrase: int) -> dict[int, float]:
    """How much a phrase takes of each patch that the score used, beside the one of which it takes most: 0 to 1."""
    column = explanation.plan[:, phrase]
    most = max(float(column.max()), 1e-12)
    return {int(patch): float(mass) / most for patch, mass in zip(explanation.selected, column, strict=True)}


def phrases_of_patch(explanation: Explanation, patch: int) -> list[float] | None:
    """The share of a patch's mass that goes to each phrase; the rest goes to none. None if it was not used."""
    places = np.flatnonzero(explanation.selected == patch)
    if not len(places):
        return None
    row = explanation.plan[places[0]]
    total = float(row.sum() + explanation.dustbin[places[0]])
    return [float(mass) / total for mass in row]


def _class_of(contents: Contents | None, class_id: int) -> tuple[str, int]:
    """The name of a class, and its number in the order of hues."""
    item = contents.class_(class_id) if contents is not None else None
    if item is None:
        return translate("explain", "a class that was deleted"), 0
    return item.name, item.color


def bars_of(contents: Contents | None, recognition: Recognition) -> list[Bar]:
    """The most probable classes."""
    return [
        Bar(answer.class_id, *_class_of(contents, answer.class_id), answer.probability) for answer in recognition.top
    ]
