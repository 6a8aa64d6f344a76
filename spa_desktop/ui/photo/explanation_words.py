"""An explanation in the words, names and hues of the project as it is now."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QImage

from spa_desktop.project.records import PhotoRecord
from spa_desktop.ui.app_state.contents import Contents
from spa_desktop.ui.photo.phrase_model import Row
from spa_desktop.ui.photo.transport_view import Explained
from spa_desktop.ui.widgets.number_words import percent
from spa_desktop.ui.widgets.probability_bars import Bar
from spa_desktop.visible import visible


class Teller:
    """Classes may be renamed after they were learned: names and hues come from the contents of now."""

    def __init__(self, contents: Contents | None) -> None:
        self._contents = contents

    def name(self, class_id: int) -> str:
        """The name of a class."""
        item = self._contents.class_(class_id) if self._contents is not None else None
        return item.name if item is not None else QCoreApplication.translate("explain", "a class that was deleted")

    def hue(self, class_id: int) -> int:
        """The number of a class in the order of hues."""
        item = self._contents.class_(class_id) if self._contents is not None else None
        return item.color if item is not None else 0

    def bars(self, shown: Explained) -> list[Bar]:
        """The most probable classes."""
        return [
            Bar(one.class_id, self.name(one.class_id), self.hue(one.class_id), one.probability)
            for one in shown.found.top
        ]

    def rows(self, shown: Explained) -> list[Row]:
        """The phrases, under the name of their class."""
        rows = []
        for side, one in enumerate(shown.explanations):
            hue = self.hue(one.class_id)
            rows.append(Row(self.name(one.class_id), hue, side, None))
            for number, text in enumerate(one.phrases):
                said = visible(text) or QCoreApplication.translate("explain", "(no phrase)")
                rows.append(Row(said, hue, side, number))
        return rows

    def decided(self, shown: Explained) -> tuple[str, str | None, Mapping[str, float]]:
        """The class that is explained, the one it is compared with, and what each kind of evidence adds.

        Both with how probable they are, but not where the photo belongs to no class: probabilities are among classes.
        """
        one, is_known = shown.first, shown.found.is_known

        def named(class_id: int, probability: float) -> str:
            name = self.name(class_id)
            return f"{name} {percent(100 * probability)}" if is_known else name

        first = named(one.class_id, one.probability)
        if one.against_id is None:
            return first, None, one.shares
        return first, named(one.against_id, one.against_probability), one.shares

    def is_rewritten(self, shown: Explained) -> bool:
        """The text of a class that is explained is another now than the one that was learned."""
        texts = self._contents.descriptions if self._contents is not None else {}
        for one in shown.explanations:
            text = texts.get(one.class_id)
            now = [phrase.text for phrase in text.phrases[: len(one.phrases)]] if text is not None else []
            if now and now != [visible(phrase) for phrase in one.phrases if phrase]:
                return True
        return False

    def legend(self, shown: Explained) -> tuple[str, str]:
        """The two ends of the colours."""
        first = self.name(shown.first.class_id)
        if shown.second is not None:
            return self.name(shown.second.class_id), first
        return QCoreApplication.translate("explain", "says little"), first

    def caption(self, shown: Explained, photo: Path | QImage | None, record: PhotoRecord | None) -> str:
        """The photo's name, and whether the answer was right where that is known."""
        name = visible(photo.name) if isinstance(photo, Path) else QCoreApplication.translate("explain", "a frame")
        if record is None:
            return name
        answer = shown.found.top[0].class_id
        if not shown.found.is_known:
            text = QCoreApplication.translate("explain", "{name} · {truth}, none of these")
        elif record.class_id == answer:
            text = QCoreApplication.translate("explain", "{name} · {truth}, recognised")
        else:
            text = QCoreApplication.translate("explain", "{name} · {truth}, taken for {answer}")
        return text.format(name=name, truth=self.name(record.class_id), answer=self.name(answer))
