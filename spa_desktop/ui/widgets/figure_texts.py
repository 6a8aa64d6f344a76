"""What each figure of the window is, in two or three sentences, and where the guide says more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QRect, QSize, Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from spa_desktop.ui.style.theme import Size, Space, set_type

# Asks for a page of the guide from any widget, without knowing who shows it.

_TYPE = QEvent.Type(QEvent.registerEventType())


class GuideRequest(QEvent):
    """Is sent to windows, from the widget's own outwards, until one accepts it.

    Attributes:
        page: name of the page, such as "glossary".
        anchor: of a heading of the English page, such as "forgetting".
    """

    def __init__(self, page: str, anchor: str = "") -> None:
        super().__init__(_TYPE)
        self.page, self.anchor = page, anchor
        self.ignore()


def request_guide(widget: QWidget, page: str, anchor: str = "") -> bool:
    """Have the guide shown. Gives whether there was somebody to show it."""
    request = GuideRequest(page, anchor)
    window: QWidget | None = widget.window()
    while window is not None:
        QCoreApplication.sendEvent(window, request)
        if request.isAccepted():
            return True
        above = window.parentWidget()
        window = above.window() if above is not None else None
    return False


Topic = Literal[
    "accuracy now",
    "average accuracy",
    "forgotten",
    "most confused",
    "worth a look",
    "accuracy over tasks",
    "confusion matrix",
    "accuracy matrix",
    "classes table",
    "two states",
    "run card",
    "stages",
    "learning curves",
    "accuracy after",
    "history",
    "decided",
    "probabilities",
    "heat map",
    "matched phrases",
    "exemplars",
    "phrases",
    "live answer",
    "speed",
]


@dataclass(frozen=True)
class FigureText:
    """What is said of a figure.

    Attributes:
        title: its name.
        text: what it is.
        page: of the guide that says more.
        anchor: of the heading there, as the English page has it.
    """

    title: str
    text: str
    page: str
    anchor: str


def figure_text(topic: Topic) -> FigureText:
    """What to say of a figure, in the language of now."""
    return _TEXTS[topic]()


def _accuracy_now() -> FigureText:
    title = QCoreApplication.translate("figures", "Right now")
    text = QCoreApplication.translate(
        "figures",
        "How many of the test photos of all learned classes the model answers right. "
        "It never learned from these photos. With few of them it is a rough figure.",
    )
    return FigureText(title, text, "glossary", "accuracy")


def _average_accuracy() -> FigureText:
    title = QCoreApplication.translate("figures", "Average")
    text = QCoreApplication.translate(
        "figures",
        "After each task, the accuracy on all classes known by then was measured. This is the mean of these figures: "
        "how good the model was along the way.",
    )
    return FigureText(title, text, "glossary", "average-accuracy")


def _forgotten() -> FigureText:
    title = QCoreApplication.translate("figures", "Points forgotten")
    text = QCoreApplication.translate(
        "figures",
        "How many percentage points the old tasks lost since they were at their best. "
        "Below zero means that they became better by what was learned later.",
    )
    return FigureText(title, text, "glossary", "forgetting")


def _most_confused() -> FigureText:
    title = QCoreApplication.translate("figures", "Most confused")
    text = QCoreApplication.translate(
        "figures",
        "The classes that are most often taken for another one. Click a pair to see its photos. "
        "Their labels may be wrong, or the classes need more photos that show the difference.",
    )
    return FigureText(title, text, "results", "most-confused")


def _worth_a_look() -> FigureText:
    title = QCoreApplication.translate("figures", "Worth a look")
    text = QCoreApplication.translate(
        "figures",
        "Photos whose label may be wrong, test photos that the model was unsure of, near-duplicates between learning "
        "and testing, and classes with few photos. Click a line to see them. Only you can tell what is wrong.",
    )
    return FigureText(title, text, "results", "worth-a-look")


def _accuracy_over_tasks() -> FigureText:
    title = QCoreApplication.translate("figures", "Accuracy over tasks")
    text = QCoreApplication.translate(
        "figures",
        "One point after each task. The thick line is all classes known by then; the thin ones are single tasks. "
        "A line that falls is a task that is being forgotten; dotted lines are simpler methods, for comparison.",
    )
    return FigureText(title, text, "results", "accuracy-over-tasks")


def _confusion_matrix() -> FigureText:
    title = QCoreApplication.translate("figures", "Where it errs")
    text = QCoreApplication.translate(
        "figures",
        "Each row is what the photos are, each column what they were taken for; the number counts photos. "
        "What is right lies on the diagonal. Choose a cell to see its photos.",
    )
    return FigureText(title, text, "glossary", "confusion")


def _accuracy_matrix() -> FigureText:
    title = QCoreApplication.translate("figures", "Accuracy matrix")
    text = QCoreApplication.translate(
        "figures",
        "Each row is a moment: after that task was learned. Each column is a task, in per cent of its test photos. "
        "Read a column downwards to see what became of a task.",
    )
    return FigureText(title, text, "results", "accuracy-matrix")


def _classes_table() -> FigureText:
    title = QCoreApplication.translate("figures", "Classes")
    text = QCoreApplication.translate(
        "figures",
        "The accuracy of each class on its own test photos, and how many points it lost since it was learned. "
        "With 5 test photos, one more mistake is 20 points.",
    )
    return FigureText(title, text, "glossary", "accuracy")


def _two_states() -> FigureText:
    title = QCoreApplication.translate("figures", "Two states")
    text = QCoreApplication.translate(
        "figures",
        "Two moments of the model, such as before and after a task. Counted are the test photos that it answered at "
        "both moments, by the labels of today.",
    )
    return FigureText(title, text, "results", "compare")


def _run_card() -> FigureText:
    title = QCoreApplication.translate("figures", "How it was made")
    text = QCoreApplication.translate(
        "figures",
        "What is needed, beside the photos and texts, to get the same model again: backbone, order of tasks, settings, "
        "versions and seed. The seed is the number that all chance begins with.",
    )
    return FigureText(title, text, "glossary", "backbone")


def _stages() -> FigureText:
    title = QCoreApplication.translate("figures", "Stages of a training")
    text = QCoreApplication.translate(
        "figures",
        "The photos are turned into numbers, the parts that tell the classes apart are matched with the words, then "
        "the model learns and is checked. Each photo is looked at once; its numbers are kept for the next time.",
    )
    return FigureText(title, text, "train", "during")


def _learning_curves() -> FigureText:
    title = QCoreApplication.translate("figures", "Loss and accuracy")
    text = QCoreApplication.translate(
        "figures",
        "The loss says how far off the model is while it learns, and should fall; the accuracy should rise. "
        "When both lines are flat, more steps change little. How good the model is on new photos is said afterwards.",
    )
    return FigureText(title, text, "glossary", "loss")


def _accuracy_after() -> FigureText:
    title = QCoreApplication.translate("figures", "After the training")
    text = QCoreApplication.translate(
        "figures",
        "The large figure: how many test photos of all classes it knows now are answered right. "
        "The table: what the classes that it knew before gained or lost by this training.",
    )
    return FigureText(title, text, "glossary", "forgetting")


def _history() -> FigureText:
    title = QCoreApplication.translate("figures", "Learned so far")
    text = QCoreApplication.translate(
        "figures",
        "One row for each training: when it was and how long it took. The figures: how many test photos of all classes "
        "known then were answered right, and how many points the tasks before it lost by it.",
    )
    return FigureText(title, text, "train", "after")


def _decided() -> FigureText:
    title = QCoreApplication.translate("figures", "What decided")
    text = QCoreApplication.translate(
        "figures",
        "How much each kind of evidence adds to the lead of the first class over the other. To the right it speaks "
        "for the first class, to the left for the other. The lines add up to the whole lead.",
    )
    return FigureText(title, text, "explain", "what-decided")


def _probabilities() -> FigureText:
    title = QCoreApplication.translate("figures", "Probabilities")
    text = QCoreApplication.translate(
        "figures",
        "How sure the model is of each class; all learned classes together make 100 %. "
        "A photo that is like none of them is “none of these”, whatever the bars say.",
    )
    return FigureText(title, text, "glossary", "probability")


def _heat_map() -> FigureText:
    title = QCoreApplication.translate("figures", "Heat map")
    text = QCoreApplication.translate(
        "figures",
        "Bright places spoke for the class. It is no outline of the thing. "
        "Bright places beside the thing mean that the model looks at the background.",
    )
    return FigureText(title, text, "glossary", "heat-map")


def _matched_phrases() -> FigureText:
    title = QCoreApplication.translate("figures", "Phrases and patches")
    text = QCoreApplication.translate(
        "figures",
        "Each selected patch of the photo shares itself out among the phrases that it fits best. "
        "Point at a phrase to light its places, or at a patch to see its phrases.",
    )
    return FigureText(title, text, "glossary", "transport")


def _exemplars() -> FigureText:
    title = QCoreApplication.translate("figures", "Exemplars")
    text = QCoreApplication.translate(
        "figures",
        "Photos that stand for the class: typical ones that differ from each other. "
        "Whoever writes the description looks at these, and at no others.",
    )
    return FigureText(title, text, "glossary", "exemplar")


def _phrases() -> FigureText:
    title = QCoreApplication.translate("figures", "Phrases")
    text = QCoreApplication.translate(
        "figures",
        "Short words on how the class looks. The model compares pieces of a photo with them. "
        "They should be true, visible, and tell the class from the others.",
    )
    return FigureText(title, text, "glossary", "description")


def _live_answer() -> FigureText:
    title = QCoreApplication.translate("figures", "The answer")
    text = QCoreApplication.translate(
        "figures",
        "The most probable class. It is grey when the model is unsure between classes, and “none of these” when the "
        "picture is like no class that was learned. The bars show how sure it is.",
    )
    return FigureText(title, text, "glossary", "probability")


def _speed() -> FigureText:
    title = QCoreApplication.translate("figures", "Speed")
    text = QCoreApplication.translate(
        "figures",
        "How long it takes from a picture to its answer, and how many pictures a second get one. "
        "Pictures that come meanwhile are left out.",
    )
    return FigureText(title, text, "live", "what-it-says")


_TEXTS: dict[Topic, Callable[[], FigureText]] = {
    "accuracy now": _accuracy_now,
    "average accuracy": _average_accuracy,
    "forgotten": _forgotten,
    "most confused": _most_confused,
    "worth a look": _worth_a_look,
    "accuracy over tasks": _accuracy_over_tasks,
    "confusion matrix": _confusion_matrix,
    "accuracy matrix": _accuracy_matrix,
    "classes table": _classes_table,
    "two states": _two_states,
    "run card": _run_card,
    "stages": _stages,
    "learning curves": _learning_curves,
    "accuracy after": _accuracy_after,
    "history": _history,
    "decided": _decided,
    "probabilities": _probabilities,
    "heat map": _heat_map,
    "matched phrases": _matched_phrases,
    "exemplars": _exemplars,
    "phrases": _phrases,
    "live answer": _live_answer,
    "speed": _speed,
}

# A small button beside a figure that says what the figure is, and leads into the guide.

_WIDTH = 320


class WhatIsThis(QToolButton):
    """A question mark. It opens a few sentences; these are looked up then, in the language of now."""

    def __init__(self, topic: Topic, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.topic: Topic = topic
        self.popup: FigurePopup | None = None
        self.setText("?")
        self.setProperty("kind", "what")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        name = self.tr("What is this: {figure}?").format(figure=figure_text(topic).title)
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.clicked.connect(self.open_popup)

    @Slot()
    def open_popup(self) -> None:
        """Say what the figure is, beneath the button."""
        self.popup = FigurePopup(self.topic, self)
        self.popup.more_wanted.clicked.connect(self._show_guide)
        self.popup.destroyed.connect(self._on_gone)
        self.popup.open_at(self)

    @Slot()
    def _show_guide(self) -> None:
        said = figure_text(self.topic)
        if self.popup is not None:
            self.popup.close()
        request_guide(self, said.page, said.anchor)

    @Slot()
    def _on_gone(self) -> None:
        self.popup = None


class FigurePopup(QFrame):
    """The name of a figure, what it is, and a link into the guide. Escape or a click beside it closes it."""

    def __init__(self, topic: Topic, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("card", True)
        self.setObjectName("figurePopup")
        self.setFixedWidth(_WIDTH)
        said = figure_text(topic)
        self.setAccessibleName(said.title)
        self.setAccessibleDescription(said.text)
        title = set_type(QLabel(said.title), Size.BODY, strong=True)
        self.text = set_type(QLabel(said.text), Size.BODY)
        for label in (title, self.text):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.more_wanted = QPushButton(self.tr("More in the guide"))
        self.more_wanted.setProperty("kind", "link")
        self.more_wanted.setAutoDefault(True)
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(Space.L, Space.M, Space.L, Space.S)
        column.setSpacing(Space.XS)
        column.addWidget(title)
        column.addWidget(self.text)
        column.addWidget(self.more_wanted, 0, Qt.AlignmentFlag.AlignRight)

    def open_at(self, button: QWidget) -> None:
        """Open beneath a button, or above it where there is no room, within the screen."""
        self.ensurePolished()
        height = self._column.totalHeightForWidth(_WIDTH)
        place = button.mapToGlobal(QPoint(0, button.height() + Space.XS))
        screen = QGuiApplication.screenAt(place) or button.screen()
        room = screen.availableGeometry()
        if place.y() + height > room.bottom():
            place.setY(button.mapToGlobal(QPoint(0, 0)).y() - Space.XS - height)
        place.setX(max(room.left(), min(place.x(), room.right() + 1 - _WIDTH)))
        self.setGeometry(QRect(place, QSize(_WIDTH, height)))
        self.show()
        self.more_wanted.setFocus()


def titled(label: QWidget, topic: Topic) -> QHBoxLayout:
    """A row of a title and the button that says what the figure beneath it is."""
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(Space.S)
    row.addWidget(label)
    row.addWidget(WhatIsThis(topic), 0, Qt.AlignmentFlag.AlignVCenter)
    row.addStretch(1)
    return row
