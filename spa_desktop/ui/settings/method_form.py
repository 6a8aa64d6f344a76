"""The method's own settings, folded away: they belong to the project that is open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QDoubleSpinBox, QFormLayout, QLabel, QPushButton, QSpinBox, QVBoxLayout, QWidget

from spa_desktop.errors import InputError
from spa_desktop.jobs import Job
from spa_desktop.ui.app_state.context import AppContext
from spa_desktop.ui.plain_text import tip
from spa_desktop.ui.style.theme import Size, Space, set_type
from spa_desktop.ui.widgets.forms import Fold, form_label, form_layout

if TYPE_CHECKING:
    from spa_desktop.workbench import MethodSettings, Workbench


class MethodSection(QWidget):
    """K, epsilon and exemplars, each with what it does, and a way back to the defaults."""

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.whose = set_type(QLabel(), Size.CAPTION, role="muted")
        self.whose.setWordWrap(True)
        self.whose.setTextFormat(Qt.TextFormat.PlainText)
        self.patches, self.epsilon, self.exemplars = QSpinBox(), QDoubleSpinBox(), QSpinBox()
        self.epsilon.setDecimals(3)
        self.epsilon.setSingleStep(0.01)
        self.learned = set_type(QLabel(), Size.CAPTION, role="muted")
        self.learned.setWordWrap(True)
        self.reset = QPushButton(self.tr("Reset"))
        self.reset.setToolTip(self.tr("Back to the values that suit most photos"))
        self.reset.clicked.connect(self._reset)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addWidget(self.whose)
        column.addLayout(self._form())
        self.fold = Fold(self.tr("Advanced"), body)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, Space.S, 0, 0)
        outer.addWidget(self.fold)
        for signal in (context.project_changed, context.project_opened, context.project_closed):
            signal.connect(self.refresh)
        self._set_limits()
        self.refresh()

    def _form(self) -> QFormLayout:
        form = self._layout = form_layout()
        rows = (
            (
                self.patches,
                self.tr("Patches of a photo (K)"),
                self.tr(
                    "How many patches of a photo speak for a class. More see more of the thing, and more of what is "
                    "around it. Holds for a model that is learned from nothing."
                ),
            ),
            (
                self.epsilon,
                self.tr("Softness of the match (ε)"),
                self.tr(
                    "How softly patches are shared out among the words of a description: small gives each patch to one "
                    "word, large to many. Holds from the next task on."
                ),
            ),
            (
                self.exemplars,
                self.tr("Exemplars of a class"),
                self.tr(
                    "How many photos show a class to whoever describes it. Holds for classes without exemplars so far."
                ),
            ),
        )
        for box, label, about in rows:
            box.setKeyboardTracking(False)
            box.setToolTip(tip(about))
            box.setAccessibleName(label)
            box.setAccessibleDescription(about)
            box.valueChanged.connect(self._on_value)
            named = form_label(label)
            named.setToolTip(tip(about))
            form.addRow(named, box)
        form.addRow(form_label(""), self.learned)
        form.addRow(form_label(""), self.reset)
        form.setAlignment(self.reset, Qt.AlignmentFlag.AlignLeft)
        return form

    def _set_limits(self) -> None:
        from spa_desktop.workbench.method_settings import LIMITS

        for name, box in self._boxes.items():
            low, high = LIMITS[name]
            box.blockSignals(True)
            box.setRange(*((low, high) if box is self.epsilon else (int(low), int(high))))
            box.blockSignals(False)

    @property
    def _boxes(self) -> Mapping[str, QSpinBox | QDoubleSpinBox]:
        return {"patches": self.patches, "epsilon": self.epsilon, "exemplars": self.exemplars}

    @Slot()
    def refresh(self) -> None:
        """Show what holds in the project that is open."""
        from spa_desktop.workbench.method_settings import MethodSettings, method_of

        contents = self._context.contents
        try:
            method = method_of(contents.settings) if contents else MethodSettings()
        except InputError as error:
            method = MethodSettings()
            self.whose.setText(str(error))
        else:
            self.whose.setText(
                self.tr("Of the project {name}.").format(name=contents.name)
                if contents
                else self.tr("These belong to a project: open one to set them.")
            )
        for name, box in self._boxes.items():
            box.blockSignals(True)
            box.setValue(getattr(method, name))
            box.blockSignals(False)
            box.setEnabled(self._context.is_writable)
        is_default = contents is None or (method == MethodSettings() and not contents.settings.get("method"))
        self.reset.setEnabled(self._context.is_writable and not is_default)
        self.learned.setText(self._about_learned(method))
        self._layout.setRowVisible(self.learned, bool(self.learned.text()))

    def _about_learned(self, method: MethodSettings) -> str:
        """Where what was learned keeps to other values than those that are set."""
        from spa_desktop.workbench.method_settings import MethodSettings

        learner = self._context.contents.learner if self._context.contents else None
        if learner is None:
            return ""
        noted: Any = learner.meta.get("method")
        known = noted if isinstance(noted, dict) else {}
        lines = []
        patches = known.get("patches", MethodSettings().patches)
        if patches != method.patches:
            lines.append(
                self.tr(
                    "What was learned keeps to {n} patches. To change that, forget what was learned (Project menu) and "
                    "learn it anew."
                ).format(n=patches)
            )
        if known.get("epsilon", MethodSettings().epsilon) != method.epsilon:
            lines.append(self.tr("The new softness holds from the next task on."))
        return " ".join(lines)

    @Slot()
    def _on_value(self) -> None:
        from spa_desktop.workbench import MethodSettings

        self._store(MethodSettings(self.patches.value(), self.epsilon.value(), self.exemplars.value()))

    @Slot()
    def _reset(self) -> None:
        from spa_desktop.workbench import MethodSettings

        self._store(MethodSettings())

    def _store(self, method: MethodSettings) -> None:
        def work(bench: Workbench, job: Job) -> None:
            bench.set_method(method)

        if self._context.is_writable:
            self._context.run(self.tr("Keeping the settings"), work, is_quiet=True)
