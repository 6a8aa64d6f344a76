"""What stands above the photos: the class or task that is chosen, its numbers, its state, and what to do with it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from spa_desktop.project.records import PhotoCounts
from spa_desktop.ui.classes.tree_model import ClassNode, Node
from spa_desktop.ui.icons import set_icon
from spa_desktop.ui.theme import Size, Space, set_type
from spa_desktop.ui.words import count


class ClassHeader(QWidget):
    """Name, counts, and a line where something waits to be done."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self.name = set_type(QLabel(), Size.STRONG, strong=True)
        self.name.setTextFormat(Qt.TextFormat.PlainText)
        self.counts = set_type(QLabel(), Size.CAPTION, role="muted")
        self.photos = QPushButton(self.tr("Photos"))
        set_icon(self.photos, "photos")
        self.photos.setToolTip(self.tr("What to do with the photos that are selected"))
        self.more = QPushButton(self.tr("Class"))
        set_icon(self.more, "more")
        self.more.setToolTip(self.tr("What to do with this class or task"))
        self.note = set_type(QLabel(), Size.BODY, role="warn")
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
        self.show_node(None)

    def show_node(self, node: Node | None, selected: int = 0) -> None:
        """Show a class or task, and how many of its photos are selected."""
        self._text = node.name if node else ""
        self._elide()
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
        is_stale = isinstance(node, ClassNode) and node.record.state == "stale"
        fresh = node.counts.unlearned if isinstance(node, ClassNode) else 0
        self.note.setText(
            self.tr("New photos are not learned yet") if fresh else self.tr("Its photos changed since it was learned")
        )
        self.note.setVisible(is_stale)
        self.learn.setVisible(is_stale and fresh > 0)
        self.more.setText(self.tr("Class") if isinstance(node, ClassNode) else self.tr("Task"))
        self.more.setEnabled(node is not None)
        self.photos.setEnabled(selected > 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        room = max(self.width() - self.photos.sizeHint().width() - self.more.sizeHint().width() - 2 * Space.L, 80)
        self.name.setText(QFontMetrics(self.name.font()).elidedText(self._text, Qt.TextElideMode.ElideRight, room))
        self.name.setToolTip(self._text)

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
