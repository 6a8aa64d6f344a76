"""Having classes described, in the background, and what is said of it afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QMenu, QPushButton, QWidget

from spa_desktop.errors import InputError
from spa_desktop.jobs import Job
from spa_desktop.project.records import Description
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkFailure, WorkHandle
from spa_desktop.ui.descriptions.phrase_editor import same_words
from spa_desktop.ui.plain_text import caption
from spa_desktop.ui.preferences import service_address, writer_options
from spa_desktop.ui.style.icons import icon, icon_pixmap
from spa_desktop.ui.style.theme import Size, Space, set_role, set_type
from spa_desktop.ui.widgets import words
from spa_desktop.ui.widgets.forms import choices, row
from spa_desktop.ui.widgets.words import count
from spa_desktop.visible import visible

if TYPE_CHECKING:
    from spa_desktop.workbench import Described, Workbench
    from spa_desktop.workbench.describing import SendingConsent

# Who writes: the offline writer or a service, with a plain badge on what leaves this computer.

_BADGE_ICON = 16


class WriterPicker(QWidget):
    """A button with the writers, and a badge."""

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.button = QPushButton()
        self.button.setToolTip(self.tr("Who writes the descriptions"))
        menu = QMenu(self.button, toolTipsVisible=True)
        self.actions_by_writer = choices(menu, (("offline", ""), ("openai", "")), self._choose)
        for name, picture in (("offline", "offline"), ("openai", "send")):
            self.actions_by_writer[name].setIcon(icon(picture))
        menu.addSeparator()
        self.local = menu.addAction(icon("lock"), self.tr("Keep this project's photos on this computer"))
        self.local.setToolTip(self.tr("Nothing of this project is sent to a service, whoever asks"))
        self.local.setCheckable(True)
        self.local.triggered.connect(self._keep_local)
        self.button.setMenu(menu)
        self._sign = QLabel()
        self.badge = set_type(QLabel(), Size.CAPTION)
        row(self._sign, self.badge, Space.XS, self.button, spacing=Space.XS, of=self)
        changed = (context.settings.changed, context.theme_changed, context.project_opened, context.project_changed)
        for signal in changed:
            signal.connect(self.refresh)
        self.refresh()

    @property
    def writer(self) -> str:
        """The name of the writer: `offline` or `openai`."""
        return "offline" if self.is_local else self._context.settings.value.writer

    @property
    def is_local(self) -> bool:
        """Whether the project keeps its photos here, whatever writer is chosen."""
        kept = self._context.contents.settings.get("consent") if self._context.contents else None
        return isinstance(kept, dict) and kept.get("answer") == "keep-local"

    @Slot()
    def refresh(self) -> None:
        """Show what the settings say."""
        values = self._context.settings.value
        address = service_address(values)
        host = urlsplit(address).netloc or address
        self.actions_by_writer["offline"].setText(self.tr("Offline (photos stay here)"))
        online = self.actions_by_writer["openai"]
        online.setText(
            self.tr("{model} (sends {photos} a class to {host})").format(
                model=caption(values.model), photos=words.small_photos(self._exemplars()), host=caption(host)
            )
        )
        is_local = self.is_local
        online.setEnabled(not is_local)
        self.local.setChecked(is_local)
        self.local.setEnabled(self._context.is_writable)
        online.setToolTip(self.tr("You are asked before anything is sent, with the address and the cost"))
        sends = self.writer == "openai"
        for name, action in self.actions_by_writer.items():
            action.setChecked(name == self.writer)
        writer = visible(values.model) if sends else self.tr("Offline")
        self.button.setText(caption(writer))
        self.button.setAccessibleName(self.tr("Writer: {name}").format(name=writer))
        self.badge.setText(
            self.tr("Sends photos to {host}").format(host=visible(host))
            if sends
            else self.tr("This project's photos stay here")
            if is_local
            else self.tr("Stays on this computer")
        )
        role = "warn" if sends else "good"
        set_role(self.badge, role)
        self._sign.setPixmap(icon_pixmap("send" if sends else "offline", role, _BADGE_ICON, self.devicePixelRatioF()))

    def _exemplars(self) -> int:
        from spa_desktop.workbench.method_settings import MethodSettings, method_of

        try:
            return method_of(self._context.contents.settings if self._context.contents else {}).exemplars
        except InputError:
            return MethodSettings.exemplars

    @Slot(bool)
    def _keep_local(self, is_local: bool) -> None:
        self._context.run(self.tr("Keeping the answer"), lambda bench, job: bench.keep_local(is_local), is_quiet=True)

    @Slot(QAction)
    def _choose(self, action: QAction) -> None:
        self._context.settings.update(writer=action.data())
        self.refresh()


class Writing(QObject):
    """One run of a writer at a time.

    Attributes:
        class_ids: classes that are being described now.
    """

    changed = Signal()
    said = Signal(str, object, object)  # a line, the text of an action or None, the action or None

    def __init__(self, context: AppContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._handle: WorkHandle | None = None
        self._before: Description | None = None
        self._is_service = self._is_again = False
        self._left: list[int] = []  # classes that a service failed for
        self.class_ids: frozenset[int] = frozenset()

    @property
    def is_busy(self) -> bool:
        return self._handle is not None

    def is_work(self, handle: WorkHandle) -> bool:
        """Whether that is the run that goes on."""
        return handle is self._handle

    def start(self, class_ids: Sequence[int], writer: str, *, again: bool = False) -> None:
        """Describe classes; `again` also replaces a text that was approved, but for the person's own phrases."""
        contents = self._context.contents
        if self.is_busy or contents is None or not class_ids:
            return
        ids = list(class_ids)
        self.class_ids = frozenset(ids)
        self._before = contents.descriptions.get(ids[0]) if again else None
        self._is_service, self._is_again, self._left = writer != "offline", again, ids
        consent, values = self._context.asker.sending_consent, self._context.settings.value
        options = writer_options(values)
        self._handle = self._context.run(
            self.tr("Describing"),
            lambda bench, job: _describe(bench, job, ids, writer, options, is_again=again, consent=consent),
            over=self._end,
            done=self._on_done,
            failed=self._on_failed,
            cancelled=self._on_cancelled,
        )
        self.changed.emit()

    def forget(self) -> None:
        """Another project."""
        self._handle, self.class_ids = None, frozenset()

    @Slot()
    def cancel(self) -> None:
        """Stop writing; no text is changed."""
        if self._handle is not None:
            self._handle.cancel()
            self.changed.emit()

    @property
    def is_cancelling(self) -> bool:
        return self._handle is not None and self._handle.is_cancelling

    def _on_done(self, described: Described) -> None:
        before, self._before = self._before, None
        number = len(described.descriptions)
        if number == 1 and before is not None and same_words(before, next(iter(described.descriptions.values()))):
            self._say(self.tr("The writer gave the same text again."))
            return
        contents = self._context.opened
        shown = {contents.stored_names[one.id]: one.name for one in contents.classes}
        parts = []
        if number == 1:
            parts.append(self.tr("1 class was described."))
        elif number or not described.kept:
            parts.append(self.tr("{n} classes were described.").format(n=count(number)))
        if described.kept:
            names = ", ".join(shown.get(one, one) for one in described.kept)
            parts.append(self.tr("Your own text of {names} was kept.").format(names=names))
        if described.failed:
            name, reason = described.failed[0]
            parts.append(
                self.tr("{n} failed: {name}: {reason}").format(
                    n=count(len(described.failed)), name=shown.get(name, name), reason=reason
                )
            )
        self._left = list(described.failed_ids)
        self._say(" ".join(parts), can_go_on=bool(self._left))

    def _on_failed(self, failure: WorkFailure) -> None:
        if failure.is_expected:
            self._say(failure.message, can_go_on=bool(self._left))
        else:
            self._context.show_failure(failure)

    def _on_cancelled(self) -> None:
        kept = self.tr("Cancelled. Texts that had come by then are kept.")  # they were paid for
        self._say(kept if self._is_service else self.tr("Cancelled. The descriptions are as they were."))

    @Slot()
    def write_offline(self) -> None:
        """Have the offline writer describe what a service failed for, now that the person asks for it."""
        self.start(self._left, "offline", again=self._is_again)

    def _say(self, line: str, *, can_go_on: bool = False) -> None:
        if can_go_on and self._is_service:
            self.said.emit(line, self.tr("Write offline"), self.write_offline)
        else:
            self.said.emit(line, None, None)

    def _end(self) -> None:
        self._handle, self.class_ids = None, frozenset()
        self.changed.emit()


def _describe(
    bench: Workbench,
    job: Job,
    class_ids: list[int],
    writer: str,
    options: Mapping[str, object],
    *,
    is_again: bool,
    consent: SendingConsent,
) -> Described:
    from spa_desktop.descriptions.openai.service import WriterOptions

    return bench.describe(
        writer,
        job,
        class_ids=class_ids,
        replace_edited=is_again,
        keeps_own=True,
        afresh=is_again,
        consent=consent,
        options=WriterOptions.from_settings(options) if writer == "openai" else None,
    )
