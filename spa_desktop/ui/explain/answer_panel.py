"""The right of the page: what decided, the class to compare with, the most probable classes, and the phrases."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from PySide6.QtCore import QCoreApplication, QEvent, QModelIndex, QPointF, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QListView,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from spa_desktop.project.records import ClassRecord
from spa_desktop.ui.app_state.contents import Contents
from spa_desktop.ui.photo.explanation_words import Explained, PhraseModel, RowRole, ShareRole, bars_of
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.theme import Size, Space, class_style, font_of, set_type, theme
from spa_desktop.ui.widgets import forms
from spa_desktop.ui.widgets.figure_texts import WhatIsThis, titled
from spa_desktop.ui.widgets.labels import draw_box, fit_height, show_tips_below, wrapped
from spa_desktop.ui.widgets.probability_bars import MARK, TopBars, paint_mark, why_none_of_these
from spa_desktop.ui.widgets.tables import Index
from spa_desktop.ui.widgets.words import listed, percent, sentences

_HEIGHT, _BAR, _NARROWEST = 18, 8, 60
# A kind that adds less than this share of all that was added hardly counted.
_HARDLY = 0.05
_STRONG = 0.5  # of the largest: what counts as much counted strongly
_ALIKE = 0.8  # of the other: shares that are nearly equal, which is no rank


translate = QCoreApplication.translate


def kinds_of(shares: Mapping[str, float]) -> tuple[tuple[str, str, float], ...]:
    """The method's five kinds of evidence as four that the user can tell apart: name, tooltip and share.

    A share is what the kind adds to the difference of the two scores; the four add up to the same as the five.
    """
    photo = translate("decided", "How near the photo as a whole lies to what was learned of the classes")
    surface = translate("decided", "How near its textures, prints and patterns lie to those of the classes")
    parts = translate("decided", "What the selected patches say by themselves")
    text = translate("decided", "How well the photo and its patches fit the description of the class and its phrases")
    by_parts, by_words = shares["patches"], shares["text"] + shares["alignment"]
    if not shares["text"]:  # the backbone reads none: patches were aligned with patches
        by_parts, by_words = by_parts + by_words, 0.0
    return (
        (translate("decided", "whole photo"), photo, shares["global"]),
        (translate("decided", "surface"), surface, shares["texture"]),
        (translate("decided", "parts"), parts, by_parts),
        (translate("decided", "words"), text, by_words),
    )


def decided_in_words(shares: Mapping[str, float]) -> str:
    """What decided, in a sentence or two: kinds whose shares are nearly equal are named together, and not ranked.

    >>> decided_in_words({"global": 0.41, "texture": 0.12, "patches": 0.03, "text": -0.01, "alignment": 0.0})
    'Mostly by the whole photo, then by its surface. Words hardly counted.'
    >>> decided_in_words({"global": 0.4, "texture": 0.0, "patches": 0.0, "text": 0.0, "alignment": 0.3})
    'Mostly by the whole photo, then by its parts. Words hardly counted.'
    """
    names = (
        translate("decided", "the whole photo"),
        translate("decided", "its surface"),
        translate("decided", "its parts"),
        translate("decided", "words"),
    )
    by_share = sorted(zip((share for *_, share in kinds_of(shares)), names, strict=True), key=lambda pair: -pair[0])
    least = _HARDLY * sum(abs(share) for share, _ in by_share)
    groups: list[tuple[float, list[str]]] = []  # the largest share, and whose it is
    for share, name in by_share:
        if share > least:
            if groups and share > _ALIKE * groups[-1][0]:
                groups[-1][1].append(name)
            else:
                groups.append((share, [name]))
    both = translate("decided", "{one} and {other}")
    ranked = [both.format(one=listed(some[:-1]), other=some[-1]) if some[1:] else some[0] for _, some in groups]
    said = []
    if ranked[1:]:
        text = translate("decided", "Mostly by {first}, then by {second}.")
        said.append(text.format(first=ranked[0], second=ranked[1]))
    elif ranked:
        said.append(translate("decided", "By {first}.").format(first=ranked[0]))
    against = [name for share, name in reversed(by_share) if share < -least]
    if against:
        text = translate("decided", "Against it: {names}.")
        said.append(text.format(names=listed(against)))
    if abs(kinds_of(shares)[-1][2]) <= least:
        said.append(translate("decided", "Words hardly counted."))
    return " ".join(said)


def weight_in_words(share: float, largest: float, least: float) -> str:
    """How much a share counted beside the largest, and for which side; up to `least` it hardly did.

    >>> weight_in_words(0.41, 0.41, 0.03), weight_in_words(-0.12, 0.41, 0.03)
    ('strongly for', 'a little against')
    """
    if abs(share) <= least:
        return translate("decided", "hardly counted")
    if abs(share) < _STRONG * largest:
        return translate("decided", "a little for") if share > 0 else translate("decided", "a little against")
    return translate("decided", "strongly for") if share > 0 else translate("decided", "strongly against")


class ShareBar(QWidget):
    """A bar to the right of a middle line for evidence for the class, to the left for evidence against it."""

    def __init__(self) -> None:
        super().__init__()
        self.part = 0.0  # from -1 to 1
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_part(self, part: float) -> None:
        """Show a share as a part of the largest."""
        self.part = max(-1.0, min(part, 1.0))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(_NARROWEST, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        zero, top = self.width() / 2, (self.height() - _BAR) / 2  # both sides have one scale
        length = zero * abs(self.part)
        bar = QRectF(zero if self.part > 0 else zero - length, top, length, _BAR)
        draw_box(painter, bar, theme().color("accent" if self.part > 0 else "warn"), radius=2)
        painter.setPen(theme().color("border"))
        painter.drawLine(int(zero), 1, int(zero), self.height() - 1)


class Decided(QWidget):
    """What decided, in words; beneath it four lines with their bars; pointing at one shows its figure."""

    def __init__(self) -> None:
        super().__init__()
        self.sentence = set_type(wrapped(), Size.STRONG, strong=True)
        self.heading = wrapped("", Size.BODY)
        grid = forms.grid(Space.S, Space.XS, stretch={1: 1}, of=self)
        top = forms.row((self.sentence, 1), (WhatIsThis("decided"), 0, Qt.AlignmentFlag.AlignTop), spacing=Space.S)
        grid.addLayout(top, 0, 0, 1, 3)
        grid.addWidget(self.heading, 1, 0, 1, 3)
        self.rows: list[tuple[QLabel, ShareBar, QLabel]] = []
        for row in range(2, 6):
            name, bar, figure = QLabel(), ShareBar(), QLabel()
            figure.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            for column, widget in enumerate((name, bar, figure)):
                grid.addWidget(widget, row, column)
            self.rows.append((name, bar, figure))
        show_tips_below(self, *itertools.chain(*self.rows))

    def show_shares(
        self, first: str, other: str | None, shares: Mapping[str, float], *, is_known: bool, is_answer: bool
    ) -> None:
        """Show what decided for one class against another, by kind of evidence; nothing where there is no other class.

        Of a photo that is not `is_known` this is why one class is nearest; of no other than the answer it is said.
        """
        self.setVisible(other is not None)
        if other is None:
            return
        self.heading.setText(self.tr("{first} against {other}").format(first=first, other=other))
        kinds = kinds_of(shares)
        sizes = [abs(share) for _, _, share in kinds]
        adds_up = self.tr(
            "The lines add up to the lead of the score. A lead of 1 makes a class 2.7 times as probable as the other, "
            "a lead of 5 makes it 148 times."
        )
        for (name, bar, figure), (kind, about, share) in zip(self.rows, kinds, strict=True):
            name.setText(kind)
            said, number = weight_in_words(share, max(sizes), _HARDLY * sum(sizes)), f"{share:+.2f}"
            figure.setText(said)
            bar.show_part(share / (max(sizes) or 1.0))
            for widget in (name, bar, figure):
                widget.setToolTip(tip(f"{kind} {number}".replace("-", "\u2212"), sentences([about, adds_up])))
            bar.setAccessibleName(f"{kind} {number}")
        said = decided_in_words(shares) if is_answer else ""
        self.sentence.setText(said if is_known or not said else self.tr("Why nearest: {said}").format(said=said))


_ROW, _HEAD = 26, 28
_LEAST_PHRASES = 192  # pixels: six lines are read without scrolling; in a small window the page scrolls
_CORNER = 4
_WRAPPED = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap)


class _PhraseDelegate(QStyledItemDelegate):
    def __init__(self, view: PhraseList) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        row = index.data(RowRole)
        if row.is_name:
            return QSize(120, _HEAD)
        metrics = QFontMetrics(font_of(option.font, Size.BODY))
        # Room for a share is kept, so that no line moves when a patch is pointed at.
        room = self._view.viewport().width() - 2 * Space.S - 2 - metrics.horizontalAdvance(percent(100)) - Space.S
        text = metrics.boundingRect(QRect(0, 0, max(room, 1), 10 * _ROW), _WRAPPED, row.text)
        return QSize(120, max(text.height() + 2 * Space.XS + 2, _ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row, share, colours = index.data(RowRole), index.data(ShareRole), theme()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(option.rect).adjusted(1, 1, -1, -1)
        painter.setFont(font_of(option.font, Size.CAPTION if row.is_name else Size.BODY, strong=row.is_name))
        line = box.adjusted(Space.S, 0, -Space.S, 0)
        if row.is_name:
            paint_mark(painter, QPointF(line.left() + MARK / 2, line.center().y()), class_style(row.color))
            line.setLeft(line.left() + MARK + Space.S)
            painter.setPen(colours.color("muted"))
        else:
            self._paint_ground(painter, option, box, share)
            painter.setPen(colours.color("text"))
        if share is not None:
            figure = percent(100 * share)
            painter.drawText(line, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), figure)
            line.setRight(line.right() - painter.fontMetrics().horizontalAdvance(figure) - Space.S)
        if row.is_name:
            text = painter.fontMetrics().elidedText(row.text, Qt.TextElideMode.ElideRight, round(line.width()))
            painter.drawText(line, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), text)
        else:
            room = box.width() - 2 * Space.S - painter.fontMetrics().horizontalAdvance(percent(100)) - Space.S
            line.setRight(min(line.right(), line.left() + room))
            painter.drawText(line, _WRAPPED, row.text)
        painter.restore()

    @staticmethod
    def _paint_ground(painter: QPainter, option: QStyleOptionViewItem, box: QRectF, share: float | None) -> None:
        if share is not None:
            part = QRectF(box.topLeft(), QPointF(box.left() + box.width() * share, box.bottom()))
            draw_box(painter, part, theme().color("accent_soft"), radius=_CORNER)
        is_current = bool(option.state & QStyle.StateFlag.State_HasFocus)
        if option.state & QStyle.StateFlag.State_MouseOver or is_current:
            fill = theme().color("hover") if share is None else Qt.BrushStyle.NoBrush
            draw_box(painter, box, fill, theme().color("accent" if is_current else "line"), _CORNER)


class PhraseList(QListView):
    """Emits the line that is pointed at."""

    row_pointed = Signal(object)  # Row, or None

    def __init__(self, model: PhraseModel) -> None:
        super().__init__(resizeMode=QListView.ResizeMode.Adjust)
        self.setModel(model)
        self.setItemDelegate(_PhraseDelegate(self))
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Phrases of the class"))
        self.entered.connect(self._enter)
        model.rowsInserted.connect(self._fit)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    @Slot()
    def _fit(self) -> None:
        fit_height(self)
        self.setMinimumHeight(min(self.maximumHeight(), _LEAST_PHRASES))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_H):
            event.ignore()  # the page goes to another photo, or shows the heat map
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._enter(self.currentIndex())

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        if self.hasFocus():
            self._enter(current)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self.row_pointed.emit(None)
        return super().viewportEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.row_pointed.emit(None)

    @Slot(QModelIndex)
    def _enter(self, index: Index) -> None:
        row = index.data(RowRole)
        self.row_pointed.emit(row if row is not None and not row.is_name else None)


_WIDTH, _LEAST_WIDTH, _WIDEST = 320, 300, 460
_NOTABLE = 0.005  # of a patch that no phrase takes


class Answers(QWidget):
    """What decided, a class to compare with, the most probable classes, and the phrases."""

    def __init__(self) -> None:
        super().__init__(minimumWidth=_LEAST_WIDTH, maximumWidth=_WIDEST)
        policy = self.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # the photo must not jump when the answer comes
        self.setSizePolicy(policy)
        self._classes: Sequence[ClassRecord] = ()
        self.heading = set_type(QLabel(self.tr("Predicted as")), Size.STRONG, strong=True)
        self.bars = TopBars()
        self.compare = QComboBox(sizeAdjustPolicy=QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.compare.setAccessibleName(self.tr("Why not another class"))
        about = self.tr(
            "Compares with this class: what decided, and where the photo has evidence for the one or for the other"
        )
        self.compare.setToolTip(tip(about))
        why_not = QLabel(self.tr("Why not"))
        why_not.setBuddy(self.compare)
        self.unknown = set_type(wrapped(), Size.STRONG, strong=True, role="warn")
        self.unknown.hide()
        self.decided = Decided()
        self.decided.hide()
        self.model = PhraseModel(self)
        self.phrases = PhraseList(self.model)
        self.hint = wrapped()
        changed = self.tr("These words were learned. The text of the class was changed since.")
        self.rewritten = wrapped(changed, role="warn")
        self.rewritten.hide()
        phrases = set_type(QLabel(self.tr("Phrases")), Size.STRONG, strong=True)
        probable, matched = titled(self.heading, "probabilities"), titled(phrases, "matched phrases")
        for title in (probable, matched):
            title.setContentsMargins(0, Space.S, 0, 0)
        forms.column(
            self.unknown,
            self.decided,
            forms.row(why_not, (self.compare, 1), spacing=Space.S),
            probable,
            self.bars,
            matched,
            self.hint,
            (self.phrases, 100),
            self.rewritten,
            None,
            spacing=Space.S,
            of=self,
        )

    def sizeHint(self) -> QSize:
        return QSize(_WIDTH, super().sizeHint().height())

    def set_classes(self, classes: Sequence[ClassRecord], pinned: int | None) -> None:
        self._classes = classes
        self._offer(pinned)

    def _offer(self, pinned: int | None, explained: int | None = None) -> None:
        """Offer the classes to compare with: all others than the one that is explained."""
        others = [(item.name, item.id) for item in self._classes if item.id != explained]
        forms.refill(self.compare, [(self.tr("the next best class"), None), *others], pinned)

    def show_explained(self, shown: Explained, contents: Contents | None, kept: float) -> None:
        """Show the most probable classes, whether the photo belongs to any, what decided, and the phrases.

        `kept` is the share of known photos that is to be kept from "none of these".
        """
        pinned, is_known = None if shown.second is None else shown.second.class_id, shown.found.is_known
        self.unknown.setText("" if is_known else shown.none_sentence(contents))
        self.unknown.setVisible(not is_known)
        self.unknown.setToolTip(tip(why_none_of_these(kept)))
        self.unknown.setAccessibleDescription(why_none_of_these(kept))
        self.heading.setText(self.tr("Predicted as") if is_known else self.tr("If it were one of these"))
        self.bars.show_bars(bars_of(contents, shown.found), shown.first.class_id, pinned)
        self._offer(pinned, shown.first.class_id)
        is_answer = shown.first.class_id == shown.found.top[0].class_id
        self.decided.show_shares(*shown.names(contents), shown.first.shares, is_known=is_known, is_answer=is_answer)
        self.show()
        reworded = contents.reworded if contents is not None else ()
        self.rewritten.setVisible(any(explanation.class_id in reworded for explanation in shown.explanations))
        self.model.show_rows(shown.rows(contents))
        self.show_shares(())

    def clear(self) -> None:
        self.bars.show_bars([], None, None)
        self.model.show_rows([])
        self.hide()

    def show_shares(self, shares: Sequence[Sequence[float] | None]) -> None:
        """Show how the patch that is pointed at is shared out among the phrases; empty: none is pointed at."""
        # Of nearly equal shares none comes first.
        are_alike = [side is None or (len(side) > 1 and min(side) > _ALIKE * max(side)) for side in shares]
        self.model.show_shares([None if alike else share for share, alike in zip(shares, are_alike, strict=True)])
        if not shares:
            self.hint.setText(self.tr("Point at a phrase to light its places, at a patch to see its phrases."))
        elif all(of_side is None for of_side in shares):
            self.hint.setText(self.tr("No phrase is matched here: other patches tell the class better."))
        elif all(are_alike):
            self.hint.setText(self.tr("This patch fits all phrases about equally."))
        else:
            rest = 1 - sum(next(of_side for of_side in shares if of_side is not None))
            if rest >= _NOTABLE:
                text = self.tr("How this patch is shared out among the phrases. {share} of it fits none.")
                self.hint.setText(text.format(share=percent(100 * rest)))
            else:
                self.hint.setText(self.tr("How this patch is shared out among the phrases."))
