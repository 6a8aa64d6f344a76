"""Three small pictures on the start page: drop, train, look."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from spa_desktop import paths
from spa_desktop.ui.style.theme import RADIUS, Size, Space, set_type, theme

_WIDTH, _HEIGHT = 216, 116


def start_picture(name: str) -> str:
    """The file of a picture of the start page."""
    return str(paths.resources_dir() / "start" / f"{name}.png")


class StepPicture(QWidget):
    """A picture as wide as there is room for, with round corners."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture = QPixmap()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_file(self, file: str) -> None:
        """Show another picture."""
        self._picture = QPixmap(file)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(_WIDTH, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(_WIDTH // 2, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._picture.isNull():
            return
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        around = QPainterPath()
        around.addRoundedRect(self.rect().toRectF().adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        painter.setClipPath(around)
        size = self._picture.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatioByExpanding)
        painter.drawPixmap(
            (self.width() - size.width()) // 2, (self.height() - size.height()) // 2, size.width(), size.height(),
            self._picture,
        )  # fmt: skip
        painter.setClipping(False)
        painter.setPen(theme().color("line"))
        painter.drawPath(around)
        painter.end()


class FirstSteps(QWidget):
    """What one does, and what it looks like."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pictures: dict[str, StepPicture] = {}
        steps = (
            ("drop", self.tr("1. Drop"), self.tr("Folders of photos: each folder is a class.")),
            ("train", self.tr("2. Train"), self.tr("It learns on this computer, and keeps what it knew.")),
            ("look", self.tr("3. Look"), self.tr("See how good it is, and what decided.")),
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.L)
        for name, title, text in steps:
            picture = self._pictures[name] = StepPicture()
            about = set_type(QLabel(text), Size.CAPTION, role="muted")
            about.setWordWrap(True)
            column = QVBoxLayout()
            column.setSpacing(Space.XS)
            column.addWidget(picture)
            column.addWidget(set_type(QLabel(title), Size.BODY, strong=True))
            column.addWidget(about, 1, Qt.AlignmentFlag.AlignTop)
            row.addLayout(column, 1)
        self.draw()

    def draw(self) -> None:
        """Show the pictures of the theme of now."""
        for name, picture in self._pictures.items():
            picture.show_file(start_picture(f"train-{theme().name}" if name == "train" else name))
