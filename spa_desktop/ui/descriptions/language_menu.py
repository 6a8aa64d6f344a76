"""In which language a class is described: a small menu, kept with the class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QInputDialog, QMenu, QPushButton, QWidget

from spa_desktop.jobs import Job
from spa_desktop.ui.app_state.contents import Contents
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.plain_text import caption, tip
from spa_desktop.ui.style.icons import set_icon
from spa_desktop.visible import visible

if TYPE_CHECKING:
    from spa_desktop.workbench import Workbench

ENGLISH = "en"
# In their own words: whoever wants a language can read its name.
_OFFERED = {
    ENGLISH: "English",
    "zh-Hans": "简体中文",
    "es": "Español",
    "fr": "Français",
    "de": "Deutsch",
    "pt-BR": "Português (Brasil)",
    "ja": "日本語",
    "nl": "Nederlands",
}


def language_in(contents: Contents, class_id: int) -> str:
    """The language that a class is described in, as a tag."""
    kept = contents.settings.get("languages")
    tag = kept.get(str(class_id)) if isinstance(kept, dict) else None
    return tag if isinstance(tag, str) else ENGLISH


def language_name(tag: str) -> str:
    """A language in its own words, with its tag where Qt has no name for it."""
    if tag in _OFFERED:
        return _OFFERED[tag]
    name = QLocale(tag).nativeLanguageName()
    return name[:1].upper() + name[1:] if name and QLocale(tag).language() != QLocale.Language.C else visible(tag)


class LanguagePicker(QPushButton):
    """Shows the language of a class, and lets it be changed. The text is written in it from the next time on."""

    kept = Signal(int)  # number of the class that has another language now

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._class_id: int | None = None
        self._input: QInputDialog | None = None
        self._hint = self.tr(
            "The language that a service writes this class in.\n"
            "Most backbones read English best; the offline writer knows English only."
        )
        set_icon(self, "language")
        self.setToolTip(self._hint)
        self.setAccessibleName(self.tr("Language"))
        menu = QMenu(self)
        group = QActionGroup(self)
        self.choices: dict[str, QAction] = {}
        for tag in _OFFERED:
            action = menu.addAction(language_name(tag))
            action.setCheckable(True)
            action.setData(tag)
            action.triggered.connect(self._on_chosen)
            group.addAction(action)
            self.choices[tag] = action
        menu.addSeparator()
        self.other = menu.addAction(self.tr("Another language..."))
        self.other.triggered.connect(self._ask)
        self.setMenu(menu)

    def show_class(self, class_id: int | None) -> None:
        """Show the language of a class."""
        self._class_id = class_id
        contents = self._context.contents
        if contents is None or class_id is None:
            return
        tag = language_in(contents, class_id)
        # Its short name, for the name of the class needs the room.
        self.setText(caption(tag.partition("-")[0].upper()))
        self.setToolTip(tip(language_name(tag), *self._hint.split("\n")))
        self.setAccessibleName(self.tr("Language: {name}").format(name=language_name(tag)))
        for offered, action in self.choices.items():
            action.setChecked(offered == tag)

    @Slot()
    def _on_chosen(self) -> None:
        action = self.sender()
        assert isinstance(action, QAction), "only actions are connected"
        self._keep(str(action.data()))

    @Slot()
    def _ask(self) -> None:
        self._input = QInputDialog(self)
        self._input.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._input.setWindowTitle(self.tr("Another language"))
        self._input.setLabelText(self.tr("Its tag, such as sv, ko or pt-PT"))
        self._input.textValueSelected.connect(self._keep)
        self._input.open()

    @Slot(str)
    def _keep(self, tag: str) -> None:
        class_id, contents = self._class_id, self._context.contents
        if class_id is None or contents is None or not tag.strip() or tag == language_in(contents, class_id):
            self.show_class(class_id)
            return
        self._context.run(
            self.tr("Keeping the language"),
            lambda bench, job: _store(bench, job, class_id, tag),
            done=self._on_kept,
            is_quiet=True,
        )

    @Slot(object)
    def _on_kept(self, class_id: int) -> None:
        self.kept.emit(class_id)


def _store(bench: Workbench, job: Job, class_id: int, tag: str) -> int:
    from spa_desktop.workbench.description_requests import LANGUAGES, with_language

    languages = with_language(bench.project, [class_id], tag)
    name = bench.project.class_(class_id).name
    # Settings are not undone: this is no step of its own.
    with bench.project.transaction("language", f"{name}: {tag.strip()}", undo="with_previous") as tx:
        tx.set_setting(LANGUAGES, languages)
    return class_id
