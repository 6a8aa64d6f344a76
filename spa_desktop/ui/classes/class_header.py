"""What stands above the photos: the class or task that is chosen, its numbers, its state, and what to do with it."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from spa_desktop.project.records import PhotoCounts
from spa_desktop.ui.classes.tree_model import ClassNode, Node
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.icons import set_icon
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.widgets.elided_label import ElidedLabel
from spa_desktop.ui.widgets.number_words import count

_COUNTS_WIDTH = 144  # room for what there is to learn and to test


class ClassHeader(QWidget):
    """Name, counts, and a line where something waits to be done."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = set_type(ElidedLabel(), Size.STRONG, strong=True)
        self.counts = set_type(ElidedLabel(), Size.CAPTION, role="muted")
        self.counts.setMinimumWidth(_COUNTS_WIDTH)
        self.photos = QPushButton(self.tr("Photos"))
        set_icon(self.photos, "photos")
        self.photos.setToolTip(self.tr("What to do with the photos that are selected"))
        self.more = QPushButton(self.tr("Class"))
        set_icon(self.more, "more")
        self.more.setToolTip(self.tr("What to do with this class or task"))
        self.note = set_type(QLabel(), Size.BODY, role="warn")
        self.advice = set_type(QLabel(), Size.BODY, role="warn")
        self.advice.setWordWrap(True)
        self.advice.hide()
        self.learn = QPushButton(self.tr("Learn them"))
        self.learn.setProperty("kind", "link")
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(self.name)
        names.addWidget(self.counts)
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        row.addLayout(names, 1)
        row.addWidget(self.photos)
        row.addWidget(self.more)
        stale = QHBoxLayout()
        stale.setSpacing(Space.S)
        stale.addWidget(self.note)
        stale.addWidget(self.learn)
        stale.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addLayout(row)
        column.addLayout(stale)
        column.addWidget(self.advice)
        self.show_node(None)

    def show_node(self, node: Node | None, selected: int = 0) -> None:
        """Show a class or task, and how many of its photos are selected."""
        self.name.setText(node.name if node else "")
        self.name.setToolTip(tip(self.name.text()))
        if node is None:
            self.counts.setText("")
        elif isinstance(node, ClassNode):
            self.counts.setText(self._said(node.counts, selected))
        else:
            all_counts = [one.counts for one in node.classes]
            total = PhotoCounts(
                sum(one.train for one in all_counts),
                sum(one.test for one in all_counts),
                sum(one.set_aside for one in all_counts),
            )
            self.counts.setText(self._said(total, selected))
        self.counts.setToolTip(self.counts.text())
        is_stale = isinstance(node, ClassNode) and node.record.state == "stale"
        fresh = node.counts.unlearned if isinstance(node, ClassNode) else 0
        self.note.setText(
            self.tr("New photos are not learned yet") if fresh else self.tr("Its photos changed since it was learned")
        )
        self.note.setVisible(is_stale)
        self.learn.setText(self.tr("Learn them") if fresh else self.tr("Learn it again"))
        self.learn.setVisible(is_stale and isinstance(node, ClassNode) and node.counts.train > 0)
        self.more.setText(self.tr("Class") if isinstance(node, ClassNode) else self.tr("Task"))
        self.more.setEnabled(node is not None)
        self.photos.setEnabled(selected > 0)

    def advise(self, line: str) -> None:
        """Say what to know about the photos of the class before it is learned; "" for nothing."""
        self.advice.setText(line)
        self.advice.setVisible(bool(line))

    def show_text(self, text: str, selected: int) -> None:
        """Show what photos these are where they are not those of one class."""
        self.name.setText(text)
        self.name.setToolTip(tip(text))
        self.counts.setText(self.tr("{n} selected").format(n=count(selected)) if selected else "")
        self.photos.setEnabled(selected > 0)

    def _said(self, counts: PhotoCounts, selected: int) -> str:
        parts = [
            self.tr("{n} to learn").format(n=count(counts.train)),
            self.tr("{n} to test").format(n=count(counts.test)),
        ]
        if counts.set_aside:
            parts.append(self.tr("{n} set aside").format(n=count(counts.set_aside)))
        if selected:
            parts.append(self.tr("{n} selected").format(n=count(selected)))
        return " · ".join(parts)
