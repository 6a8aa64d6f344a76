"""The Descriptions page: what each class looks like in words, to read, to put right, and to approve."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from spa_desktop.errors import SpaError
from spa_desktop.project import Waiting
from spa_desktop.project.records import Description, PhotoCounts, PhotoRecord
from spa_desktop.ui.app_state.contents import Contents
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.background.work import WorkHandle
from spa_desktop.ui.descriptions.describing_work import WriterPicker, Writing
from spa_desktop.ui.descriptions.description_editor import DescriptionEditor
from spa_desktop.ui.descriptions.editor_lookup import LookUp
from spa_desktop.ui.descriptions.exemplar_strip import Swapping
from spa_desktop.ui.descriptions.phrase_editor import Change, with_sentence
from spa_desktop.ui.lightbox.photo_lightbox import LargePhoto
from spa_desktop.ui.page import Page
from spa_desktop.ui.style.icons import set_icon
from spa_desktop.ui.style.theme import Space
from spa_desktop.ui.widgets import words
from spa_desktop.ui.widgets.class_list import ClassListModel, ClassListView, ClassNode, ListSplitter, Node
from spa_desktop.ui.widgets.forms import column
from spa_desktop.ui.widgets.labels import wrapped
from spa_desktop.ui.widgets.tables import Column
from spa_desktop.ui.widgets.words import count

if TYPE_CHECKING:
    from spa_desktop.jobs import Job
    from spa_desktop.workbench import Workbench

# Edits of descriptions: shown at once, stored in the order they were made, each undoable.


class DescriptionEdits(QObject):
    """Changes texts. An edit starts from the text that the file holds when its turn comes, not from what is shown."""

    changed = Signal()
    said = Signal(str)

    def __init__(self, context: AppContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._pending: list[int] = []
        self._shown: dict[int, Description] = {}

    def shown(self, class_id: int) -> Description | None:
        """The text of a class with the edits that are not stored yet."""
        contents = self._context.contents
        stored = contents.descriptions.get(class_id) if contents else None
        return self._shown.get(class_id, stored)

    def change(self, class_id: int, verb: str, change: Change) -> None:
        """Change the text of a class."""
        contents = self._context.contents
        record = contents.class_(class_id) if contents else None
        text = self.shown(class_id)
        if record is None or text is None:
            return
        try:
            self._shown[class_id] = change(text)
        except SpaError as error:
            self.said.emit(str(error))
            return
        self._pending.append(class_id)

        def work(bench: Workbench, job: Job) -> None:
            stored = bench.project.description(class_id)
            if stored is not None:
                with bench.project.transaction(verb, record.name, waiting=Waiting(job=job)) as tx:
                    tx.put_description(change(stored))

        self._context.run(f"{verb} {record.name}", work, over=self._on_over, is_quiet=True)
        self.changed.emit()

    def approve(self, class_ids: list[int], is_approved: bool) -> None:
        """Approve texts, or take that back."""
        first = self._context.opened.class_(class_ids[0])
        name = first.name if first and len(class_ids) == 1 else words.texts(len(class_ids))
        verb = self.tr("approve") if is_approved else self.tr("take back the approval of")
        self._context.edit(verb, name, lambda tx: tx.approve_descriptions(class_ids, is_approved))

    def forget(self) -> None:
        """Another project."""
        self._pending.clear()
        self._shown.clear()

    def _on_over(self) -> None:
        # Edits are stored one after the other, so the one that was made first is the one that is done.
        if self._pending:
            class_id = self._pending.pop(0)
            if class_id not in self._pending:
                self._shown.pop(class_id, None)
        self.changed.emit()


# The classes, and how far their text is.


class DescribedModel(ClassListModel):
    """Classes; the state of each is "none", "writing", "draft" or "approved"."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns = (Column("", lambda node: node.name, tip=lambda node: node.name),)

    def fill(self, contents: Contents | None, writing: Collection[int]) -> bool:
        """Show the classes; those in `writing` are being described. Gives True if rows came or went."""
        classes = contents.classes if contents is not None else ()

        def state(class_id: int) -> str:
            if class_id in writing:
                return "writing"
            if contents is None or class_id not in contents.descriptions:
                return "none"
            return "approved" if contents.is_approved(class_id) else "draft"

        return self.show([ClassNode(one, PhotoCounts(), state(one.id)) for one in classes])

    def state_text(self, node: Node) -> str:
        words = {
            "none": self.tr("no text yet"),
            "writing": self.tr("writing..."),
            "draft": self.tr("to approve"),
            "approved": self.tr("approved"),
        }
        return words[node.state] if isinstance(node, ClassNode) else ""

    def state_role(self, node: Node) -> str:
        roles = {"none": "muted", "writing": "accent", "draft": "warn", "approved": "good"}
        return roles[node.state] if isinstance(node, ClassNode) else "muted"


_LIST_WIDTH = 260


class DescriptionsPage(Page):
    """Left the classes, right the text of the one that is chosen."""

    name = "descriptions"

    def __init__(self, context: AppContext) -> None:
        super().__init__(context, context.tr("Descriptions"))
        self.writing = Writing(context, self)
        self.edits = DescriptionEdits(context, self)
        self.swapping = Swapping(context, self)
        self.model = DescribedModel(self)
        self.classes = ClassListView(self.model, self.tr("Classes"), 240)
        self.editor = DescriptionEditor(context)
        self.look_up = LookUp(context, self.editor)
        self.writer = WriterPicker(context)
        self.spent = wrapped()
        left = QWidget()
        column((self.classes, 100), self.spent, None, spacing=Space.S, of=left)
        self._splitter = ListSplitter(left, self.editor, self.classes, _LIST_WIDTH)
        column(self._splitter, spacing=0, of=self.body)
        self.main = self.set_primary(self.tr("Approve all"), self._act, "check")
        self.add_to_header(self.writer)
        self.cancel = self.add_action(self.tr("Cancel"), self.writing.cancel, "close")
        self._connect()

    def _connect(self) -> None:
        self.classes.chosen.connect(self._on_chosen)
        self.classes.picked.connect(self.context.choose_class)
        for changed in (self.writing.changed, self.edits.changed):
            changed.connect(self.refresh_soon)
        for said in (self.writing.said, self.edits.said, self.swapping.said):
            said.connect(self.banner)
        editor = self.editor
        editor.phrase_model.wanted.connect(self._change)
        editor.sentence.committed.connect(self._on_sentence)
        editor.before.use.clicked.connect(self._use_previous)
        editor.approve.clicked.connect(self._approve)
        editor.again.clicked.connect(self._write_again)
        editor.strip.opened.connect(self._open_photo)
        editor.swap_action.triggered.connect(self._swap)
        self.swapping.swapped.connect(self._on_swapped)
        editor.language.kept.connect(self._on_language)

    def refresh(self) -> None:
        contents = self.context.opened
        self._show_buttons()
        if not contents.classes:
            self.show_empty(
                "descriptions",
                self.tr("Nothing to describe yet"),
                self.tr("Add photos"),
                partial(self.context.go_to, "classes"),
                self.tr("Add folders of photos first."),
            )
            return
        self.show_body()
        self.classes.filled(has_changed=self.model.fill(contents, self.writing.class_ids))
        self._splitter.share()
        self.spent.setText(self.spending_text(contents))
        self.spent.setVisible(bool(self.spent.text()))
        self._show_class()
        self.look_up.look(self.classes.class_id)

    def spending_text(self, contents: Contents) -> str:
        """What services have cost this project so far; empty if none was asked."""
        from spa_desktop.workbench.spending import SPENDING, kept_spending

        kept = kept_spending(contents.settings.get(SPENDING))
        if kept is None or not kept.answers:
            return ""
        tokens, money = kept.input_tokens + kept.output_tokens, f"${kept.cost:.2f}"
        text = self.tr("So far {n} tokens, about {money}.").format(n=count(tokens), money=money)
        unknown = kept.unknown
        if unknown == 1:
            text += " " + self.tr("The cost of one answer is not known.")
        elif unknown:
            text += " " + self.tr("The cost of {n} answers is not known.").format(n=count(unknown))
        return text

    def set_project(self) -> None:
        self.look_up.forget()
        self.writing.forget()
        self.edits.forget()
        self.editor.forget()
        self.classes.forget()
        self.model.fill(None, ())

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

    def can_cancel(self, handle: WorkHandle) -> bool:
        return self.writing.is_work(handle)

    @property
    def bare(self) -> list[int]:
        """Classes that have no text yet."""
        contents = self.contents
        return [one.id for one in contents.classes if one.id not in contents.descriptions] if contents else []

    @property
    def drafts(self) -> list[int]:
        """Classes whose text is not approved yet."""
        contents = self.contents
        return [key for key, text in contents.descriptions.items() if not text.is_approved] if contents else []

    def _show_buttons(self) -> None:
        with self.keeping_focus():
            self._show_buttons_now()

    def _show_buttons_now(self) -> None:
        bare, drafts, is_busy = self.bare, self.drafts, self.writing.is_busy
        can = self.context.is_writable and not is_busy
        self.writer.setVisible(self.contents is not None and bool(self.contents.classes))
        self.writer.setEnabled(can)
        self.cancel.setVisible(is_busy)
        self.cancel.setEnabled(not self.writing.is_cancelling)
        self.cancel.setText(self.tr("Cancelling...") if self.writing.is_cancelling else self.tr("Cancel"))
        text, icon_name = self.tr("Approve all"), "check"
        if len(bare) == 1:
            text, icon_name = self.tr("Describe 1 class"), "edit"
        elif bare:
            text, icon_name = self.tr("Describe {n} classes").format(n=count(len(bare))), "edit"
        elif not drafts:
            text, icon_name = self.tr("Train"), "train"
        self.main.setText(text)
        set_icon(self.main, icon_name, "on_accent")
        to_learn = self.contents is not None and bool(self.contents.to_learn)
        self.main.setVisible(bool(bare or drafts or to_learn))
        self.main.setEnabled(can or not (bare or drafts))

    def _show_class(self) -> None:
        node = self.classes.node
        if not isinstance(node, ClassNode):
            return
        text = self.edits.shown(node.id)
        is_writable = self.context.is_writable
        self.editor.show_class(node, self.model, text, is_writable=is_writable)
        if text is None:
            if node.state == "writing":
                self.editor.empty.say("edit", self.tr("Looking at the photos..."))
            else:
                button = self.tr("Describe this class") if is_writable and not self.writing.is_busy else ""
                self.editor.empty.say("edit", self.tr("This class has no text yet"), button, self._write)

    @Slot(object)
    def _on_chosen(self, _: object) -> None:
        self._show_class()
        self.look_up.look(self.classes.class_id)

    @Slot(str, object)
    def _change(self, verb: str, change: Change) -> None:
        """Change the text that is shown."""
        if self.editor.description is not None and self.context.is_writable:
            self.edits.change(self.editor.description.class_id, verb, change)

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
        text = self.editor.description
        if text is not None:
            self.edits.approve([text.class_id], not text.is_approved)

    @Slot()
    def _act(self) -> None:
        if self.bare:
            self.writing.start(self.bare, self.writer.writer)
        elif self.drafts:
            self.edits.approve(self.drafts, True)
        else:
            self.context.go_to("train")

    @Slot()
    def _write(self) -> None:
        if self.classes.class_id is not None:
            self.writing.start([self.classes.class_id], self.writer.writer)

    @Slot()
    def _write_again(self) -> None:
        if self.classes.class_id is not None:
            self._write_anew(self.classes.class_id)

    def _write_anew(self, class_id: int) -> None:
        self.writing.start([class_id], self.writer.writer, again=True)

    @Slot(object)
    def _open_photo(self, photo: PhotoRecord) -> None:
        photos = self.editor.strip.photos
        record = self.contents.class_(photo.class_id) if self.contents else None
        if record is not None:
            large = [LargePhoto.of_record(one, record.name, self.tr("exemplar")) for one in photos]
            self.enlarge(large, photos.index(photo), self.editor.strip.select_row)

    @Slot()
    def _swap(self) -> None:
        strip = self.editor.strip
        if strip.current is not None:
            self.swapping.start(strip.current, strip.photos)

    @Slot(int)
    def _on_swapped(self, class_id: int) -> None:
        self._offer_again(class_id, self.tr("Another photo shows the class now. The text is still the one before."))

    @Slot(int)
    def _on_language(self, class_id: int) -> None:
        if self.writer.writer == "offline":
            self.banner(self.tr("A service writes in this language. The offline writer knows English only."))
        else:
            self._offer_again(class_id, self.tr("It is written in this language the next time."))

    def _offer_again(self, class_id: int, line: str) -> None:
        has_text = self.contents is not None and class_id in self.contents.descriptions
        can = has_text and class_id == self.classes.class_id and not self.writing.is_busy
        # Another class may be shown when the offer is taken.
        self.banner(line, self.tr("Write again") if can else "", partial(self._write_anew, class_id) if can else None)
