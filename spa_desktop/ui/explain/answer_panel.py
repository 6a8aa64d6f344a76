"""The right of the page: what decided, the class to compare with, the most probable classes, and the phrases."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from spa_desktop.project.records import ClassRecord
from spa_desktop.ui.explain.evidence_bars import Decided
from spa_desktop.ui.explain.phrase_list import PhraseList
from spa_desktop.ui.photo.phrase_model import PhraseModel, Row
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.widgets.number_words import percent
from spa_desktop.ui.widgets.probability_bars import Bar, TopBars
from spa_desktop.ui.widgets.unknown_photo import UnknownPhoto
from spa_desktop.ui.widgets.what_is_this import titled

_WIDTH, _NARROWEST, _WIDEST = 320, 300, 460
_LEAST_PHRASES = 44  # pixels: what is above it needs the room in a small window, and it scrolls
_NOTABLE = 0.005  # of a patch that no phrase takes


class Answers(QWidget):
    """Emits which class the person wants explained, which compared, and which phrase they point at."""

    class_chosen = Signal(int)
    class_pinned = Signal(object)  # class id, None for none
    row_pointed = Signal(object)  # Row, or None

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumWidth(_NARROWEST)
        self.setMaximumWidth(_WIDEST)
        policy = self.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # the photo must not jump when the answer comes
        self.setSizePolicy(policy)
        self.heading = set_type(QLabel(self.tr("Taken for")), Size.STRONG, strong=True)
        self.bars = TopBars()
        self.compare = QComboBox()
        self.compare.setAccessibleName(self.tr("Why not another class"))
        about = self.tr(
            "Compares with this class: what decided, and where the photo speaks for the one or for the other"
        )
        self.compare.setToolTip(tip(about))
        self.compare.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.unknown = UnknownPhoto()
        self.decided = Decided()
        self.decided.hide()
        self.model = PhraseModel(self)
        self.phrases = PhraseList(self.model)
        self.phrases.setMinimumHeight(_LEAST_PHRASES)
        self.hint = set_type(QLabel(), Size.CAPTION, role="muted")
        self.hint.setWordWrap(True)
        self.rewritten = set_type(
            QLabel(self.tr("These words were learned. The text of the class was changed since.")),
            Size.CAPTION,
            role="warn",
        )
        self.rewritten.setWordWrap(True)
        self.rewritten.hide()
        phrases = set_type(QLabel(self.tr("Phrases")), Size.STRONG, strong=True)
        about = self.tr(
            "Transport matches the selected patches of the photo with the phrases of the class: "
            "each patch shares itself out among the phrases it fits best. A phrase is lit where its patches speak for "
            "the class, and where the photo has the colours that the phrase names."
        )
        phrases.setToolTip(tip(about))
        label = QLabel(self.tr("Why not"))
        label.setBuddy(self.compare)
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        row.addWidget(label)
        row.addWidget(self.compare, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addWidget(self.unknown)
        column.addWidget(self.decided)
        column.addLayout(row)
        column.addSpacing(Space.S)
        column.addLayout(titled(self.heading, "probabilities"))
        column.addWidget(self.bars)
        column.addSpacing(Space.S)
        column.addLayout(titled(phrases, "matched phrases"))
        column.addWidget(self.hint)
        column.addWidget(self.phrases, 100)
        column.addWidget(self.rewritten)
        column.addStretch(1)
        self.bars.chosen.connect(self.class_chosen)
        self.bars.pinned.connect(self.class_pinned)
        self.compare.activated.connect(self._on_compare)
        self.phrases.row_pointed.connect(self.row_pointed)

    def sizeHint(self) -> QSize:
        return QSize(_WIDTH, super().sizeHint().height())

    def set_classes(self, classes: Sequence[ClassRecord], pinned: int | None) -> None:
        """Offer classes to compare with."""
        self.compare.clear()
        self.compare.addItem(self.tr("the next best class"), None)
        for item in classes:
            self.compare.addItem(item.name, item.id)
        self.show_pinned(pinned)

    def show_pinned(self, pinned: int | None) -> None:
        """Show which class is compared with."""
        self.compare.setCurrentIndex(max(self.compare.findData(pinned), 0))

    def show_bars(self, bars: Sequence[Bar], chosen: int | None, pinned: int | None, *, is_known: bool = True) -> None:
        """Show the most probable classes, and whether the photo belongs to any."""
        self.unknown.setVisible(not is_known)
        self.heading.setText(self.tr("Taken for") if is_known else self.tr("Nearest to"))
        self.bars.show_bars(bars, chosen, pinned)
        self.show_pinned(pinned)

    def show_rows(self, rows: Sequence[Row], *, is_rewritten: bool = False) -> None:
        """Show phrases, and whether the text is another by now."""
        self.rewritten.setVisible(is_rewritten)
        self.model.show_rows(rows)
        self.show_shares(())

    def show_shares(self, shares: Sequence[Sequence[float] | None]) -> None:
        """Show how the patch that is pointed at is shared out among the phrases; empty: none is pointed at."""
        self.model.show_shares(shares)
        if not shares:
            self.hint.setText(self.tr("Point at a phrase to light its places, at a patch to see its phrases."))
        elif all(of_side is None for of_side in shares):
            self.hint.setText(self.tr("No phrase is matched here: other patches tell the class better."))
        else:
            rest = 1 - sum(next(of_side for of_side in shares if of_side is not None))
            if rest >= _NOTABLE:
                text = self.tr("How this patch is shared out among the phrases. {share} of it fits none.")
                self.hint.setText(text.format(share=percent(100 * rest)))
            else:
                self.hint.setText(self.tr("How this patch is shared out among the phrases."))

    @Slot(int)
    def _on_compare(self, index: int) -> None:
        self.class_pinned.emit(self.compare.itemData(index))
