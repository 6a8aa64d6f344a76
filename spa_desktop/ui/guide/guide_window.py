"""The window of the guide: its pages in a list that can be searched, and the page that is read."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QLocale, QSettings, QSize, Qt, Slot
from PySide6.QtGui import QAction, QCloseEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from spa_desktop.ui.guide.guide_browser import GuideBrowser
from spa_desktop.ui.guide.guide_pages import FIRST, PAGE_FILES, heading_number, read_guide
from spa_desktop.ui.style.icons import icon
from spa_desktop.ui.style.theme import Size, Space, set_type

_SIZE, _SMALLEST, _LIST, _ROW = (920, 680), (640, 420), 232, 28
_GEOMETRY = "guide/geometry"


class GuideWindow(QWidget):
    """Not modal: it stands beside the window that it is about, and closes with it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setWindowTitle(self.tr("Guide – SPA Desktop"))
        self.setWindowIcon(icon("app"))
        self.resize(*_SIZE)
        self.setMinimumSize(*_SMALLEST)
        self.pages = read_guide(QLocale().name())
        self._english = read_guide("")
        self.shown = ""  # name of the page
        self._visited: list[tuple[str, str]] = []
        self._place = -1
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search the guide"))
        self.search.setAccessibleName(self.tr("Search the guide"))
        self.search.setClearButtonEnabled(True)
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Pages of the guide"))
        self.list.setObjectName("guideList")
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for page in self.pages.values():
            QListWidgetItem(page.title, self.list).setSizeHint(QSize(0, _ROW))
        self.nothing = set_type(QLabel(self.tr("Nothing fits")), Size.BODY, role="muted")
        self.nothing.hide()
        self.browser = GuideBrowser()
        self.back = self._tool("left", self.tr("Back (Alt+Left)"), self._go_back)
        self.forward = self._tool("right", self.tr("Forward (Alt+Right)"), self._go_forward)
        self._add_key(QKeySequence.StandardKey.Find, self._focus_search)
        self._add_key(QKeySequence.StandardKey.FindNext, self._go_to_next)
        # Not keys of the buttons, which are pressed for a tenth of a second first.
        self._add_key(QKeySequence("Alt+Left"), self._go_back)
        self._add_key(QKeySequence("Alt+Right"), self._go_forward)
        self._lay_out()
        self.search.textChanged.connect(self._show_fitting)
        self.search.returnPressed.connect(self._go_to_next)
        self.list.currentRowChanged.connect(self._on_row)
        self.browser.page_wanted.connect(self.show_page)
        geometry = QSettings().value(_GEOMETRY)
        if isinstance(geometry, QByteArray):
            self.restoreGeometry(geometry)

    @Slot(str, str)
    def show_page(self, name: str, anchor: str = "") -> None:
        """Show a page, at a heading of it. "" is the page that is shown; any other name is the first page."""
        name = name or self.shown
        name = name if name in self.pages else FIRST
        del self._visited[self._place + 1 :]
        self._visited.append((name, anchor))
        self._place += 1
        self._show(name, anchor)

    @Slot()
    def restyle(self) -> None:
        """Take the colours of the theme of now."""
        if self.shown:
            place = self.browser.verticalScrollBar().value()
            self._draw()
            self.browser.verticalScrollBar().setValue(place)

    @property
    def wanted(self) -> list[str]:
        """The words that are searched."""
        return self.search.text().casefold().split()

    def _lay_out(self) -> None:
        tools = QHBoxLayout()
        tools.setSpacing(Space.XS)
        tools.addWidget(self.back)
        tools.addWidget(self.forward)
        tools.addStretch(1)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(Space.L, Space.M, Space.S, Space.L)
        column.setSpacing(Space.S)
        for layout_or_widget in (self.search, self.list, self.nothing):
            column.addWidget(layout_or_widget)
        column.setStretchFactor(self.list, 1)
        right = QWidget()
        text = QVBoxLayout(right)
        text.setContentsMargins(Space.S, Space.M, Space.L, Space.L)
        text.setSpacing(Space.XS)
        text.addLayout(tools)
        text.addWidget(self.browser, 1)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(left)
        splitter.addWidget(right)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([_LIST, _SIZE[0] - _LIST])
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(splitter)

    def _tool(self, picture: str, name: str, slot: object) -> QToolButton:
        button = QToolButton()
        button.setIcon(icon(picture))
        button.setAccessibleName(name)
        button.setToolTip(name)
        button.clicked.connect(slot)
        return button

    def _add_key(self, keys: QKeySequence.StandardKey | QKeySequence, slot: object) -> None:
        action = QAction(self)
        if isinstance(keys, QKeySequence):
            action.setShortcut(keys)
        else:
            action.setShortcuts(keys)
        action.triggered.connect(slot)
        self.addAction(action)

    def _show(self, name: str, anchor: str) -> None:
        if name != self.shown:
            self.shown = name
            self._draw()
        page = self.pages[name]
        self.browser.scroll_to_heading(heading_number(page, self._english[name], anchor))
        self.list.blockSignals(True)
        self.list.setCurrentRow(PAGE_FILES.index(name))
        self.list.blockSignals(False)
        self.back.setEnabled(self._place > 0)
        self.forward.setEnabled(self._place + 1 < len(self._visited))

    def _draw(self) -> None:
        self.browser.show_page(self.pages[self.shown])
        self.browser.mark(self.wanted)

    @Slot(int)
    def _on_row(self, row: int) -> None:
        if row >= 0:
            self.show_page(PAGE_FILES[row])
            self._show_first_place()

    @Slot(str)
    def _show_fitting(self, typed: str) -> None:
        wanted = self.wanted
        first = None
        for row, page in enumerate(self.pages.values()):
            number = page.count(wanted)
            item = self.list.item(row)
            item.setText(f"{page.title}  ({number})" if number else page.title)
            item.setHidden(bool(wanted) and not number)
            if number and first is None:
                first = page.name
        self.nothing.setVisible(bool(wanted) and first is None)
        if wanted and first is not None and not self.pages[self.shown or FIRST].count(wanted):
            self.show_page(first)
        if wanted:
            self.browser.scroll_to_heading(0)
            self.browser.go_to_next(wanted)
        self.browser.mark(wanted)

    @Slot()
    def _go_to_next(self) -> None:
        """The next place on this page; after the last one, the next page that has any."""
        wanted = self.wanted
        if not wanted or self.browser.go_to_next(wanted):
            return
        names = list(self.pages)
        at = names.index(self.shown)
        for name in (*names[at + 1 :], *names[: at + 1]):
            if self.pages[name].count(wanted):
                self.show_page(name)
                self._show_first_place()
                return

    def _show_first_place(self) -> None:
        if self.wanted:
            self.browser.scroll_to_heading(0)
            self.browser.go_to_next(self.wanted)
            self.browser.mark(self.wanted)

    @Slot()
    def _go_back(self) -> None:
        if self._place > 0:
            self._place -= 1
            self._show(*self._visited[self._place])

    @Slot()
    def _go_forward(self) -> None:
        if self._place + 1 < len(self._visited):
            self._place += 1
            self._show(*self._visited[self._place])

    @Slot()
    def _focus_search(self) -> None:
        self.search.setFocus()
        self.search.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        elif event.key() == Qt.Key.Key_Down and self.search.hasFocus():
            self.list.setFocus()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        QSettings().setValue(_GEOMETRY, self.saveGeometry())
        super().closeEvent(event)
