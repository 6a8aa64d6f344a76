"""The classes that are taken for each other most: a photo of each side by side, their names, and how many."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QWidget

from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.results.results_report import Report
from spa_desktop.ui.style.theme import Size, Space, set_type, theme
from spa_desktop.ui.thumbnails.thumbnail_loader import ThumbnailSource
from spa_desktop.ui.widgets.elided_label import ElidedLabel
from spa_desktop.ui.widgets.number_words import count

MOST = 4
_SIDE = 64
_WIDTH = 1100  # of a row at most: what belongs together stays together on a wide screen


@dataclass(frozen=True)
class ConfusedPair:
    """A class and what its photos were taken for. Classes are places in :attr:`Report.classes`.

    Attributes:
        truth: the class.
        answer: what it was taken for.
        wrong: photos of the one that were taken for the other.
        all: test photos of the class.
        photo: one of the wrong ones, the surest: it is the one to learn from.
        other: a photo of the answer's class that was answered right, None if there is none.
    """

    truth: int
    answer: int
    wrong: int
    all: int
    photo: int
    other: int | None


def confused_pairs(report: Report, most: int = MOST) -> tuple[ConfusedPair, ...]:
    """The pairs with the most photos, the largest share of the class first among equals."""
    found = []
    for truth, row in enumerate(report.confusion):
        for answer, wrong in enumerate(row):
            if truth != answer and wrong:
                found.append((wrong, wrong / sum(row), truth, answer))
    found.sort(key=lambda one: (-one[0], -one[1], one[2], one[3]))
    pairs = []
    for wrong, _, truth, answer in found[:most]:
        photos = report.photos_of(truth, answer)
        right = report.photos_of(answer, answer)
        surest = max(photos, key=lambda one: one.confidence).id if photos else 0
        typical = max(right, key=lambda one: one.confidence).id if right else None
        pairs.append(ConfusedPair(truth, answer, wrong, sum(report.confusion[truth]), surest, typical))
    return tuple(pairs)


class ConfusedPairs(QWidget):
    """Rows of pairs. Thumbnails come from a worker."""

    chosen = Signal(int, int)  # places of the class and of what it was taken for

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pairs: tuple[ConfusedPair, ...] = ()
        self.buttons: list[QPushButton] = []
        self._pictures: dict[int, list[QLabel]] = {}
        self._source = ThumbnailSource(context, _SIDE, parent=self)
        self._source.loaded.connect(self._draw)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.addStretch(0)
        self._rows: QWidget | None = None

    def show_report(self, report: Report) -> None:
        """Show another report."""
        self.pairs = confused_pairs(report)
        self.buttons, self._pictures = [], {}
        if self._rows is not None:
            self._row.removeWidget(self._rows)
            self._rows.hide()
            self._rows.deleteLater()
        self._rows = QWidget()
        grid = QGridLayout(self._rows)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(Space.M)
        grid.setVerticalSpacing(Space.S)
        for column in (1, 4):  # the names
            grid.setColumnStretch(column, 1)
        for row, pair in enumerate(self.pairs):
            self._add(grid, row, pair, report)
        self._rows.setMaximumWidth(_WIDTH)
        self._row.insertWidget(0, self._rows, 1)
        self.setVisible(bool(self.pairs))  # without mistakes the line above the photos says so
        self._draw(set(self._pictures))

    def _add(self, grid: QGridLayout, row: int, pair: ConfusedPair, report: Report) -> None:
        truth, answer = report.classes[pair.truth].name, report.classes[pair.answer].name
        names = []
        for name in (truth, answer):
            label = set_type(ElidedLabel(), Size.BODY, strong=True)
            label.setText(name)
            label.setToolTip(tip(name))
            names.append(label)
        share = self.tr("{n} of {all}").format(n=count(pair.wrong), all=count(pair.all))
        look = self.tr("Look at it") if pair.wrong == 1 else self.tr("Look at the {n}").format(n=count(pair.wrong))
        button = QPushButton(look)
        button.setProperty("kind", "link")
        said = self.tr("{n} of {truth} taken for {answer}").format(n=count(pair.wrong), truth=truth, answer=answer)
        button.setAccessibleName(said)
        button.setToolTip(tip(said))
        button.clicked.connect(self._on_clicked)
        self.buttons.append(button)
        grid.addWidget(self._picture(pair.photo), row, 0)
        grid.addWidget(names[0], row, 1)
        grid.addWidget(set_type(QLabel(self.tr("taken for")), Size.CAPTION, role="muted"), row, 2)
        grid.addWidget(self._picture(pair.other), row, 3)
        grid.addWidget(names[1], row, 4)
        grid.addWidget(set_type(QLabel(share), Size.BODY, role="bad"), row, 5, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(button, row, 6)

    def _picture(self, photo_id: int | None) -> QLabel:
        label = QLabel()
        empty = QPixmap(_SIDE, _SIDE)
        empty.fill(theme().color("hover"))
        label.setPixmap(empty)
        label.setFixedSize(_SIDE, _SIDE)
        if photo_id is not None:
            self._pictures.setdefault(photo_id, []).append(label)
        return label

    @Slot(object)
    def _draw(self, photo_ids: set[int]) -> None:
        for photo_id in photo_ids & self._pictures.keys():
            picture = self._source.picture(photo_id, self.devicePixelRatioF())
            for label in self._pictures[photo_id]:
                if picture is not None:
                    label.setPixmap(QPixmap.fromImage(picture))

    @Slot()
    def _on_clicked(self) -> None:
        pair = self.pairs[self.buttons.index(self.sender())]  # type: ignore[arg-type]
        self.chosen.emit(pair.truth, pair.answer)
