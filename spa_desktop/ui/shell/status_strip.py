"""The one place for background work: what, how far, how long, and a way to stop it. At its left, the engine."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Slot
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QSizePolicy,
    QWidget,
)

from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkHandle, later, stage_words
from spa_desktop.ui.page import Page
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.widgets.forms import column, row
from spa_desktop.ui.widgets.labels import ElidedLabel, button
from spa_desktop.ui.widgets.words import count, device_name, devices_of_training, time_left
from spa_desktop.visible import visible

_HEIGHT = 36
_LIST_WIDTH = 560


class WorkRow(QWidget):
    """One task: its name, count, bar, time left, and Cancel."""

    def __init__(self, handle: WorkHandle, parent: QWidget | None = None, *, is_in_list: bool = False) -> None:
        super().__init__(parent)
        self.handle = handle
        self._text = set_type(ElidedLabel(), Size.CAPTION)
        if not is_in_list:  # as wide as its text where there is room
            self._text.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self._bar = QProgressBar()
        self._bar.setFixedWidth(160)
        self._bar.setTextVisible(False)
        self._left = set_type(QLabel(), Size.CAPTION, role="muted")
        self._left.setMinimumWidth(72)
        self.cancel = button(self.tr("Cancel"), self._cancel, kind="small", is_steady=True)
        # Nothing moves when the page that is shown has a Cancel of its own for this.
        policy = self.cancel.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.cancel.setSizePolicy(policy)
        self._keep_width()
        row((self._text, int(is_in_list)), self._bar, self._left, self.cancel, spacing=Space.M, of=self)
        self.show_state()

    def show_state(self) -> None:
        """Draw where the task stands."""
        handle, event = self.handle, self.handle.event
        stage = stage_words(event.stage) if event and event.stage else handle.title
        total = event.total if event else None
        if handle.state == "waiting":
            text = self.tr("{title} (waiting)").format(title=handle.title)
        elif event and total:
            text = self.tr("{stage} {done} of {total}").format(
                stage=stage, done=count(min(event.done, total)), total=count(total)
            )
        else:
            text = stage
        self._text.setText(text)
        self._text.setToolTip(tip(handle.title))
        self._bar.setAccessibleName(stage)
        self._bar.setVisible(handle.state != "waiting")
        # A bar without an end would move by itself; a still one is calmer, and the words say what goes on.
        self._bar.setRange(0, total or 1)
        self._bar.setValue(min(event.done, total) if event and total else 0)
        self._left.setText(time_left(event.seconds_left if event else None))
        self.cancel.setEnabled(not handle.is_cancelling)
        self.cancel.setText(self.tr("Cancelling...") if handle.is_cancelling else self.tr("Cancel"))
        self.cancel.setAccessibleName(self.tr("Cancel: {title}").format(title=handle.title))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._keep_width()

    def _keep_width(self) -> None:
        """Make room for the longer of the button's texts, so that nothing moves under the pointer that clicks it."""
        now = self.cancel.text()
        self.cancel.ensurePolished()
        widths = []
        for text in (self.tr("Cancel"), self.tr("Cancelling...")):
            self.cancel.setText(text)
            widths.append(self.cancel.sizeHint().width())
        self.cancel.setText(now)
        self.cancel.setMinimumWidth(max(widths))

    @Slot()
    def _cancel(self) -> None:
        self.handle.cancel()


class StatusStrip(QWidget):
    """Backbone and device at the left, work at the right. Several tasks fold into the first one and a list."""

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.setObjectName("statusStrip")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(_HEIGHT)
        self._engine = set_type(QLabel(), Size.CAPTION, role="muted")
        self.others = button("", self._open_list, kind="small")
        self._place = QHBoxLayout()
        row(self._engine, None, self._place, self.others, spacing=Space.M, margins=(Space.M, 0, Space.M, 0), of=self)
        self._row: WorkRow | None = None
        self._list: _WorkList | None = None
        self._page: Page | None = None
        context.background.changed.connect(self._on_changed)
        context.background.ended.connect(self._on_changed)
        # Once the encoder is loaded, the device is known.
        context.background.ended.connect(self._show_engine)
        projects = (context.project_opened, context.project_changed, context.project_closed)
        for signal in (*projects, context.settings.changed):
            signal.connect(self._show_engine)
        self._show_engine()
        self._on_changed()

    @property
    def shown(self) -> WorkRow | None:
        """The row of the task that is shown, None when nothing goes on."""
        return self._row

    def set_page(self, page: Page | None) -> None:
        """Another page is shown: what it can cancel itself has no second Cancel here."""
        self._page = page
        self._on_changed()

    @Slot()
    def _show_engine(self) -> None:
        contents, bench = self._context.contents, self._context.workbench
        if contents is None or bench is None:
            self._engine.clear()
            self._engine.setToolTip("")
            return
        parts = [contents.meta.backbone, device_name(bench.device)]
        if not contents.is_writable:
            parts.append(self.tr("open for reading only"))
        self._engine.setText(" · ".join(part for part in parts if part))
        devices = devices_of_training(contents.learner.meta) if contents.learner else ""
        self._engine.setToolTip(self.tr("Last training: {devices}").format(devices=visible(devices)) if devices else "")

    @Slot()
    def _on_changed(self) -> None:
        handles = [one for one in self._context.background.handles if not one.is_quiet]
        first = next((one for one in handles if one.state == "running"), handles[0] if handles else None)
        if self._row is not None and self._row.handle is not first:
            self._place.removeWidget(self._row)
            self._row.hide()
            self._row.deleteLater()
            self._row = None
        if first is not None and self._row is None:
            self._row = WorkRow(first)
            self._place.addWidget(self._row)
            # The page that began it knows its handle after this, and whether it has a Cancel of its own.
            later(self._on_changed)
        if self._row is not None:
            self._row.show_state()
            self._row.cancel.setVisible(self._page is None or not self._page.can_cancel(self._row.handle))
        others = len(handles) - 1
        self.others.setVisible(others > 0)
        self.others.setText(self.tr("and {n} more").format(n=others))
        if self._list is not None:
            self._list.show_handles(handles)

    @Slot()
    def _open_list(self) -> None:
        self._list = _WorkList(self)
        self._list.show_handles([one for one in self._context.background.handles if not one.is_quiet])
        self._list.destroyed.connect(self._on_list_gone)
        self._list.show()

    @Slot()
    def _on_list_gone(self) -> None:
        self._list = None


class _WorkList(QFrame):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("card", True)
        self.setFixedWidth(min(_LIST_WIDTH, parent.width() - 2 * Space.M))
        self._strip = parent
        self._rows: dict[WorkHandle, WorkRow] = {}
        self._column = column(spacing=Space.S, margins=(Space.M, Space.M, Space.M, Space.M), of=self)

    def show_handles(self, handles: list[WorkHandle]) -> None:
        for handle in [one for one in self._rows if one not in handles]:
            ended = self._rows.pop(handle)
            self._column.removeWidget(ended)
            ended.deleteLater()
        for handle in handles:
            if handle not in self._rows:
                self._rows[handle] = WorkRow(handle, is_in_list=True)
                self._column.addWidget(self._rows[handle])
            self._rows[handle].show_state()
        if not handles:
            self.close()
            return
        # Right above the strip, and within the window, however many there are.
        self.ensurePolished()
        self._column.activate()
        height = self._column.totalHeightForWidth(self.width()) if self._column.hasHeightForWidth() else 0
        size = QSize(self.width(), max(height, self._column.sizeHint().height()))
        corner = self._strip.mapToGlobal(
            QPoint(self._strip.width() - Space.M - size.width(), -Space.XS - size.height())
        )
        self.setGeometry(QRect(corner, size))
