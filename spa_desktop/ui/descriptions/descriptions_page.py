"""The Descriptions page: what each class looks like in words: to have written, to read, to put right, to approve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from PySide6.QtCore import QLocale, QObject, Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QLabel, QLineEdit, QMenu, QPlainTextEdit, QPushButton, QWidget

from spa_desktop.errors import InputError, SpaError
from spa_desktop.jobs import Job
from spa_desktop.project import Waiting
from spa_desktop.project.records import Description, PhotoRecord
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import OneWork, Operation, WorkFailure
from spa_desktop.ui.descriptions.description_cards import PHOTO, CardDelegate, DescribedModel
from spa_desktop.ui.descriptions.description_editor import DescriptionEditor
from spa_desktop.ui.descriptions.exemplar_strip import Swapping
from spa_desktop.ui.descriptions.phrase_editor import Change, same_words, with_sentence
from spa_desktop.ui.page import Page
from spa_desktop.ui.plain_text import caption, error_text
from spa_desktop.ui.preferences import service_address, writer_options
from spa_desktop.ui.style.icons import Sign, icon
from spa_desktop.ui.style.theme import Size, Space, set_role, set_type
from spa_desktop.ui.thumbnails.photo_model import LargePhoto, ThumbnailSource
from spa_desktop.ui.widgets import words
from spa_desktop.ui.widgets.class_list import ClassListView, ClassNode, ListSplitter
from spa_desktop.ui.widgets.forms import choices, column, row
from spa_desktop.ui.widgets.labels import ask_line, slot, wrapped
from spa_desktop.ui.widgets.words import count, listed, some_names
from spa_desktop.visible import visible
from spa_desktop.workbench import describing
from spa_desktop.workbench.describing import language_of, set_language
from spa_desktop.workbench.method_settings import MethodSettings, method_of

if TYPE_CHECKING:
    from spa_desktop.workbench.describing import Described
    from spa_desktop.workbench.open_project import OpenProject

_BADGE_ICON = 16
# In their own words: whoever wants a language can read its name.
_LANGUAGES = {
    "en": "English",
    "zh-Hans": "简体中文",
    "es": "Español",
    "fr": "Français",
    "de": "Deutsch",
    "pt-BR": "Português (Brasil)",
    "ja": "日本語",
    "nl": "Nederlands",
}


def language_name(tag: str) -> str:
    """A language in its own words, with its tag where Qt has no name for it."""
    name = QLocale(tag).nativeLanguageName()
    return name[:1].upper() + name[1:] if name and QLocale(tag).language() != QLocale.Language.C else visible(tag)


class WriterPicker(QWidget):
    """A button with the writers and the language that a service writes in, and a badge on what leaves this computer."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self.button = QPushButton()
        self.button.setToolTip(self.tr("Who writes the descriptions, and in which language"))
        menu = QMenu(self.button, toolTipsVisible=True)
        texts = (("offline", self.tr("Offline (photos stay here)")), ("openai", ""))
        self.actions_by_writer = choices(menu, texts, partial(context.settings.keep, "writer"))
        for name, picture in (("offline", "offline"), ("openai", "send")):
            self.actions_by_writer[name].setIcon(icon(picture))
        menu.addSeparator()
        self.local = menu.addAction(icon("lock"), self.tr("Keep this project's photos on this computer"))
        self.local.setToolTip(self.tr("Nothing of this project is sent to a service, whoever asks"))
        self.local.setCheckable(True)
        self.local.triggered.connect(self._keep_local)
        menu.addSeparator()
        self.actions_by_language = choices(menu, _LANGUAGES.items(), self._keep_language)
        self.other = menu.addAction(icon("language"), "")
        self.other.triggered.connect(self._ask_language)
        for action in (*self.actions_by_language.values(), self.other):
            action.setToolTip(self.tr("Most backbones read English best; the offline writer knows English only"))
        self.button.setMenu(menu)
        self._sign = Sign("offline", "good", _BADGE_ICON)
        self.badge = set_type(QLabel(), Size.CAPTION)
        row(self._sign, self.badge, Space.XS, self.button, spacing=Space.XS, of=self)
        for changed in (context.settings.changed, context.project_opened, context.project_changed):
            changed.connect(self.refresh)
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
        values = self._context.settings.value
        address = service_address(values)
        host = urlsplit(address).netloc or address
        online = self.actions_by_writer["openai"]
        online.setText(
            self.tr("{model} (sends {photos} a class to {host})").format(
                model=caption(values.model), photos=words.small_photos(self._exemplars()), host=caption(host)
            )
        )
        is_local, sends = self.is_local, self.writer == "openai"
        online.setEnabled(not is_local)
        self.local.setChecked(is_local)
        self.local.setEnabled(self._context.is_writable)
        tag = language_of(self._context.contents.settings if self._context.contents else {})
        for offered, action in self.actions_by_language.items():
            action.setChecked(offered == tag)
            action.setEnabled(self._context.is_writable)
        self.other.setEnabled(self._context.is_writable)
        other = self.tr("Another language ({name})...").format(name=caption(language_name(tag)))
        self.other.setText(self.tr("Another language...") if tag in _LANGUAGES else other)
        online.setToolTip(self.tr("You are asked before anything is sent, with the address and the cost"))
        self.actions_by_writer[self.writer].setChecked(True)
        writer = visible(values.model) if sends else self.tr("Offline")
        self.button.setText(caption(writer))
        self.button.setAccessibleName(self.tr("Writer: {name}").format(name=writer))
        stays = self.tr("This project's photos stay here") if is_local else self.tr("Stays on this computer")
        self.badge.setText(self.tr("Sends photos to {host}").format(host=visible(host)) if sends else stays)
        set_role(self.badge, "warn" if sends else "good")
        self._sign.show_icon(*(("send", "warn") if sends else ("offline", "good")))

    def _exemplars(self) -> int:
        try:
            return method_of(self._context.contents.settings if self._context.contents else {}).exemplars
        except InputError:
            return MethodSettings.exemplars

    @Slot(bool)
    def _keep_local(self, is_local: bool) -> None:
        self._context.run("", lambda bench, job: describing.keep_local(bench, is_local))

    @Slot()
    def _ask_language(self) -> None:
        question = self.tr("Its tag, such as sv, ko or pt-PT")
        box = ask_line(self, self.tr("Another language"), question, self._keep_language)
        self._context.project_opened.connect(box.reject)  # what is typed is not for another project

    @Slot(str)
    def _keep_language(self, tag: str) -> None:
        self._context.run("", lambda bench, job: set_language(bench.project, tag))


class Writing(OneWork):
    """One run of a writer at a time."""

    def __init__(self, context: AppContext, page: Page) -> None:
        super().__init__(page)
        self._context, self._page = context, page
        self._before: Description | None = None
        self._writer, self._is_again = "offline", False
        self.class_ids: frozenset[int] = frozenset()  # that are being described now

    def start(self, class_ids: Sequence[int], writer: str, *, again: bool = False, keeps_own: bool = True) -> None:
        """Describe classes; `again` also replaces a text that was approved, but for the user's own words in it.

        Without `keeps_own` these too: the writer's answer is known from just before.
        """
        contents = self._context.contents
        if self.is_busy or contents is None or not class_ids:
            return
        ids = list(class_ids)
        self.class_ids = frozenset(ids)
        self._before = contents.descriptions.get(ids[0]) if again else None
        self._writer, self._is_again = writer, again
        consent, options = self._context.asker.sending_consent, writer_options(self._context.settings.value)

        def work(bench: OpenProject, job: Job) -> Described:
            from spa_desktop.descriptions.openai.service import WriterOptions

            return describing.describe(
                bench,
                writer,
                job,
                class_ids=ids,
                replace_edited=again,
                keeps_own=keeps_own,
                afresh=again and keeps_own,
                consent=consent,
                options=WriterOptions.from_settings(options) if writer == "openai" else None,
            )

        operation = self._context.run(self.tr("Describing"), work)
        done, failed = partial(self._on_done, ids), partial(self._on_failed, ids)
        self.begin(operation.success(done).failure(failed).cancelled(self._on_cancelled))

    def forget(self) -> None:
        super().forget()
        self.class_ids = frozenset()

    def _on_done(self, class_ids: Sequence[int], described: Described) -> None:
        before, self._before = self._before, None
        number = len(described.descriptions)
        if before is not None and "person" in (text.writer for text in described.descriptions.values()):
            write = partial(self.start, class_ids, self._writer, again=True, keeps_own=False)
            self._page.banner(self.tr("Your own sentence was kept."), self.tr("Replace my words"), write)
            return
        if number == 1 and before is not None and same_words(before, next(iter(described.descriptions.values()))):
            self._say(self.tr("The writer gave the same text again."))
            return
        contents = self._context.opened
        shown = {contents.stored_names[class_.id]: class_.name for class_ in contents.classes}
        parts = []
        texts = described.descriptions.items()
        unknown = some_names([shown.get(name, name) for name, text in texts if not text.phrases])
        written = sum(bool(text.phrases) for _, text in texts)
        if unknown and written:
            text = self.tr("{n} of {all} classes were described; of {names} nothing is known for sure.")
            parts.append(text.format(n=count(written), all=count(number), names=unknown))
        elif unknown:
            parts.append(self.tr("Of {names} nothing is known for sure.").format(names=unknown))
        elif number == 1:
            parts.append(self.tr("1 class was described."))
        elif number or not described.kept:
            parts.append(self.tr("{n} classes were described.").format(n=count(number)))
        if described.kept:
            names = listed(shown.get(stored_name, stored_name) for stored_name in described.kept)
            parts.append(self.tr("Your own text of {names} was kept.").format(names=names))
        if described.failed:
            name, reason = described.failed[0]
            parts.append(
                self.tr("{n} failed: {name}: {reason}").format(
                    n=count(len(described.failed)), name=shown.get(name, name), reason=reason
                )
            )
        self._say(" ".join(parts), described.failed_ids)

    def _on_failed(self, class_ids: Sequence[int], failure: WorkFailure) -> None:
        self._say(failure.message, class_ids)

    def _on_cancelled(self) -> None:
        kept = self.tr("Cancelled. Texts that had come by then are kept.")  # they were paid for
        self._say(self.tr("Cancelled. The descriptions are as they were.") if self._writer == "offline" else kept)

    def _say(self, line: str, left: Sequence[int] = ()) -> None:
        """Say how it went; the offline writer is offered for the classes that are `left` by a service."""
        go_on = self.tr("Write offline"), partial(self.start, left, "offline", again=self._is_again)
        self._page.banner(line, *(go_on if left and self._writer != "offline" else ()))


class DescriptionEdits(QObject):
    """Changes texts. An edit starts from the text that the file holds when its turn comes, not from what is shown."""

    changed = Signal()

    def __init__(self, context: AppContext, page: Page) -> None:
        super().__init__(page)
        self._context, self._page = context, page
        self._pending: list[int] = []
        self._shown: dict[int, Description] = {}

    def shown(self, class_id: int) -> Description | None:
        """The text of a class with the edits that are not stored yet."""
        contents = self._context.contents
        stored = contents.descriptions.get(class_id) if contents else None
        return self._shown.get(class_id, stored)

    def change(self, class_id: int, verb: str, change: Change) -> None:
        contents = self._context.contents
        record = contents.class_(class_id) if contents else None
        text = self.shown(class_id)
        if record is None or text is None:
            return
        try:
            self._shown[class_id] = change(text)
        except SpaError as error:
            self._page.banner(error_text(error))
            return
        self._pending.append(class_id)

        def work(bench: OpenProject, job: Job) -> None:
            stored = bench.project.description(class_id)
            if stored is not None:
                with bench.project.transaction(verb, record.name, waiting=Waiting(job=job)) as tx:
                    tx.put_description(change(stored))

        self._context.run("", work).over(self._on_over)
        self.changed.emit()

    def approve(self, class_id: int, is_approved: bool) -> None:
        record = self._context.opened.class_(class_id)
        verb = self.tr("approve") if is_approved else self.tr("take back the approval of")
        name = record.name if record else ""
        self._context.edit(verb, name, lambda tx: tx.approve_descriptions([class_id], is_approved))

    def forget(self) -> None:
        self._pending.clear()
        self._shown.clear()

    def _on_over(self) -> None:
        # Edits are stored one after the other, so the one that was made first is the one that is done.
        if self._pending:
            class_id = self._pending.pop(0)
            if class_id not in self._pending:
                self._shown.pop(class_id, None)
        self.changed.emit()


_LIST_WIDTH = 260


class DescriptionsPage(Page):
    """The classes as cards; behind More all that belongs to the one that is chosen."""

    name = "descriptions"
    scrolls = True

    def __init__(self, context: AppContext) -> None:
        super().__init__(context, context.tr("Descriptions"))
        self.writing = Writing(context, self)
        self.edits = DescriptionEdits(context, self)
        self.swapping = Swapping(context, self)
        self.pictures = ThumbnailSource(context, PHOTO, parent=self)
        self.model = DescribedModel(self.pictures, self)
        self.classes = ClassListView(self.model, self.tr("Classes"), 240)
        self.classes.setItemDelegate(CardDelegate(self.classes))
        self.pictures.loaded.connect(slot(self, self.classes.viewport().update))
        self.editor = DescriptionEditor(context)
        self.editor.hide()
        self.writer = WriterPicker(context)
        left = QWidget()  # as high as the page, which the list is not
        column((self.classes, 100), None, spacing=0, of=left)
        self._splitter = ListSplitter(left, self.editor, self.classes, _LIST_WIDTH)
        about = self.tr("What the model reads about each class. You can leave it; F2 or a double-click changes a line.")
        reason = wrapped(about, Size.BODY)
        column(reason, (self._splitter, 1), spacing=Space.M, of=self.body)
        self.train = self.set_primary(self.tr("Train"), slot(self, context.go_to, "train"), "train")
        self.add_to_header(self.writer)
        self.write = self.add_action(self.tr("Write {n} missing").format(n=0), self._write_missing, "edit")
        self.more = self.add_action(self.tr("More"), self._show_more, "list")
        self.more.setCheckable(True)
        self.openers[self.editor] = self.more
        self.more.setToolTip(self.tr("Photos and phrases of the chosen class, to compare and to have written again"))
        self.cancel = self.add_action(self.tr("Cancel"), self.writing.cancel, "close")
        self.cancel.hide()
        self._connect()

    def _connect(self) -> None:
        self.model.line_given.connect(self._on_line)
        self.classes.chosen.connect(self._show_class)
        self.classes.picked.connect(self.context.choose_class)
        for changed in (self.writing.changed, self.edits.changed):
            changed.connect(self.refresh_soon)
        editor = self.editor
        editor.phrase_model.wanted.connect(self._change)
        editor.phrase_model.said.connect(partial(self.banner, is_error=True))  # it stays when what was kept is stored
        insert = QShortcut(QKeySequence("Insert"), self, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
        insert.activated.connect(self._insert)
        editor.sentence.committed.connect(self._on_sentence)
        editor.before.use.clicked.connect(self._use_previous)
        editor.approve.clicked.connect(self._approve)
        editor.again.clicked.connect(self._write_again)
        editor.strip.opened.connect(self._open_photo)
        editor.swap_action.triggered.connect(self._swap)
        self.swapping.swapped.connect(self._on_swapped)

    def refresh(self) -> None:
        contents = self.context.opened
        self._show_buttons()
        if not contents.classes:
            self.empty.say(
                "descriptions",
                self.tr("Nothing to describe yet"),
                self.tr("Add photos"),
                partial(self.context.go_to, "classes"),
                self.tr("Add folders of photos first."),
            )
            return
        if not contents.has_texts:
            self.empty.say(
                "descriptions",
                self.tr("This project's backbone reads photos, not words: its classes need no descriptions"),
                self.tr("Train"),
                partial(self.context.go_to, "train"),
            )
            return
        self.show_body()
        ids = [class_.id for class_ in contents.classes]
        texts = {key: text for key in ids if (text := self.edits.shown(key)) is not None}
        self.classes.filled(has_changed=self.model.fill(contents, texts, self.writing.class_ids))

        def faces(bench: OpenProject, job: Job) -> dict[int, int]:
            photos = {key: bench.project.exemplars(key) or bench.project.photos(key) for key in ids}
            return {key: found[0].id for key, found in photos.items() if found}

        self.context.read(faces).newest(self._on_faces)
        self._splitter.share()
        self._show_class()

    def _on_faces(self, photos: dict[int, int]) -> None:
        if photos != self.model.photos:
            self.model.photos = photos
            self.classes.viewport().update()

    @Slot()
    def _show_more(self) -> None:
        self.editor.setVisible(self.more.isChecked())
        self._splitter.share()

    def set_project(self) -> None:
        self.writing.forget()
        self.edits.forget()
        self.editor.forget()
        self.classes.forget()
        self.model.show(())

    def show_item(self, item: object) -> None:
        if isinstance(item, int):
            self.classes.choose(ClassNode, item)

    def take_class(self, class_id: int) -> None:
        if class_id != self.classes.class_id:
            self.classes.choose(ClassNode, class_id)

    def on_theme(self) -> None:
        self.refresh_soon()
        self.classes.viewport().update()
        self.editor.phrases.viewport().update()

    def can_cancel(self, handle: Operation[Any]) -> bool:
        return handle is self.writing.handle

    @property
    def bare(self) -> list[int]:
        contents = self.contents
        if contents is None or not contents.has_texts:
            return []
        return [class_.id for class_ in contents.classes if class_.id not in contents.descriptions]

    def _show_buttons(self) -> None:
        bare, handle = self.bare, self.writing.handle
        is_busy, is_cancelling = handle is not None, handle is not None and handle.is_cancelling
        can = self.context.is_writable and not is_busy
        self.write.setText(self.tr("Write {n} missing").format(n=count(len(bare))))
        contents = self.contents
        has_cards = contents is not None and bool(contents.classes) and contents.has_texts
        with self.keeping_focus():
            self.writer.setVisible(has_cards)
            self.more.setVisible(has_cards)
            self.writer.setEnabled(can)
            self.cancel.setVisible(is_busy)
            self.cancel.setEnabled(not is_cancelling)
            self.cancel.setText(self.tr("Cancelling...") if is_cancelling else self.tr("Cancel"))
            self.write.setVisible(bool(bare))
            self.write.setEnabled(can)
            self.train.setVisible(contents is not None and bool(contents.to_learn) and has_cards)

    @Slot()
    def _show_class(self) -> None:
        node = self.classes.node
        if not isinstance(node, ClassNode):
            return
        text = self.edits.shown(node.id)
        is_writable = self.context.is_writable
        self.editor.show_class(node, self.model, text, is_writable=is_writable)
        self.editor.look()
        if text is None:
            if node.state == "writing":
                self.editor.empty.say("edit", self.tr("Looking at the photos..."))
            else:
                button = self.tr("Describe this class") if is_writable and not self.writing.is_busy else ""
                write = partial(self._write, node.id)
                self.editor.empty.say("edit", self.tr("This class has no text yet"), button, write)

    @Slot(str, object)
    def _change(self, verb: str, change: Change) -> None:
        if self.editor.description is not None and self.context.is_writable:
            self.edits.change(self.editor.description.class_id, verb, change)

    @Slot()
    def _insert(self) -> None:
        """Ask for a phrase, wherever on the page the keyboard is, but for a text."""
        is_typing = isinstance(self.focusWidget(), QLineEdit | QPlainTextEdit)
        if self.editor.add.isVisible() and self.editor.add.isEnabled() and not is_typing:
            self.editor.phrases.ask()

    @Slot(int, str)
    def _on_line(self, class_id: int, line: str) -> None:
        self.edits.change(class_id, self.tr("change the sentence of"), with_sentence(line))

    @Slot(str)
    def _on_sentence(self, text: str) -> None:
        self._change(self.tr("change the sentence of"), with_sentence(text))

    @Slot()
    def _use_previous(self) -> None:
        previous = self.editor.before.previous
        if previous is not None:
            new = replace(previous, created="", is_approved=False)
            self._change(self.tr("change the text of"), lambda _: new)

    @Slot()
    def _approve(self) -> None:
        """Approve the text that is shown, or take the approval back."""
        text = self.editor.description
        if text is not None:
            self.edits.approve(text.class_id, not text.is_approved)

    @Slot()
    def _write_missing(self) -> None:
        self.writing.start(self.bare, self.writer.writer)

    def _write(self, class_id: int, *, again: bool = False) -> None:
        self.writing.start([class_id], self.writer.writer, again=again)

    @Slot()
    def _write_again(self) -> None:
        if self.editor.description is not None:
            self._write(self.editor.description.class_id, again=True)

    @Slot(object)
    def _open_photo(self, photo: PhotoRecord) -> None:
        photos = self.editor.strip.photos
        record = self.contents.class_(photo.class_id) if self.contents else None
        if record is not None:
            large = [LargePhoto.of_record(exemplar, record.name, self.tr("exemplar")) for exemplar in photos]
            self.enlarge(large, photos.index(photo), self.editor.strip.follow)

    @Slot()
    def _swap(self) -> None:
        strip = self.editor.strip
        if strip.current is not None:
            self.swapping.start(strip.current, strip.photos)

    @Slot(int)
    def _on_swapped(self, class_id: int) -> None:
        line = self.tr("Another photo shows the class now. The text is still the one before.")
        has_text = self.contents is not None and class_id in self.contents.descriptions
        can = has_text and class_id == self.classes.class_id and not self.writing.is_busy
        # Another class may be shown when the offer is taken.
        write = partial(self._write, class_id, again=True) if can else None
        self.banner(line, self.tr("Write again") if can else "", write)
