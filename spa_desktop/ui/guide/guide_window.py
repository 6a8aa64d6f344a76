"""The window of the guide: its pages in a list that can be searched, and the page that is read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QByteArray, QLocale, QRect, QRectF, QSettings, QSignalBlocker, QSize, QSizeF, Qt, QUrl, Slot
from PySide6.QtGui import (
    QCloseEvent,
    QDesktopServices,
    QFont,
    QImage,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPyTextObject,
    QShortcut,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextLength,
    QTextTable,
    QTextTableCellFormat,
    QTextTableFormat,
)
from PySide6.QtWidgets import (
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMainWindow,
    QSplitter,
    QTextBrowser,
    QTextEdit,
    QWidget,
)

from spa_desktop import paths
from spa_desktop.ui.plain_text import name_keys
from spa_desktop.ui.style.icons import icon
from spa_desktop.ui.style.theme import Size, Space, font_of, set_type, theme
from spa_desktop.ui.widgets.forms import column, row
from spa_desktop.ui.widgets.labels import open_with, tool_button

# In the order of the list. The names of pages of the window are the same there.
_OF_WINDOW = ("sort", "classes", "descriptions", "train", "results", "explain", "live", "use")
PAGE_FILES = ("first-model", *_OF_WINDOW, "keywords", "bursts", "script", "clip", "shortcuts", "glossary", "privacy")
FIRST = PAGE_FILES[0]
PICTURES = "pictures"

_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")


@dataclass(frozen=True)
class GuidePage:
    """A page of the guide."""

    name: str  # of its file, without `.md`; the same in all languages
    title: str  # its first heading
    text: str  # Markdown

    @property
    def anchors(self) -> tuple[str, ...]:
        """Of all headings, in order, as GitHub makes them."""
        return tuple(slug(line.lstrip("#")) for line in self.text.splitlines() if line.startswith("#"))

    @property
    def words(self) -> str:
        """What there is to read: the text without links, tables and emphasis, in lower case."""
        return re.sub(r"[*`#|]", "", _LINK.sub(r"\1", self.text)).casefold()

    def count(self, wanted: Sequence[str]) -> int:
        """How often the words (in lower case) are on the page; 0 if one of them is not on it at all."""
        words = self.words
        numbers = [words.count(word) for word in wanted]
        return sum(numbers) if numbers and all(numbers) else 0


def slug(heading: str) -> str:
    """The anchor that GitHub gives to a heading.

    >>> slug("None of these"), slug("1. Sort photos into folders")
    ('none-of-these', '1-sort-photos-into-folders')
    """
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def read_guide(locale: str) -> dict[str, GuidePage]:
    """All pages by name, in order, in the language of a locale such as ``zh_CN``; English where there is none."""
    folder = paths.guide_dir()
    own = folder / locale.split("_")[0]
    if locale and own.is_dir():
        folder = own
    pages = {}
    for name in PAGE_FILES:
        text = name_keys((folder / f"{name}.md").read_text(encoding="utf-8"))
        title = next(line for line in text.splitlines() if line.startswith("# ")).removeprefix("# ")
        pages[name] = GuidePage(name, title, text)
    return pages


def heading_number(page: GuidePage, english: GuidePage, anchor: str) -> int:
    """Which heading an anchor means, of a page or of its English one with the same order; 0, the title, for none."""
    for anchors in (page.anchors, english.anchors):
        if anchor in anchors:
            return anchors.index(anchor)
    return 0


_LINE_HEIGHT, _ROW_HEIGHT = 140, 115  # per cent, of text and of tables
_PICTURE = 600  # px, the widest
_HEADINGS = {1: Size.TITLE, 2: Size.STRONG}


class _Pictures(QPyTextObject):
    """Pictures no wider than there is room, drawn smoothly: Qt's own would lose rows and columns of their pixels."""

    def intrinsicSize(self, document: QTextDocument, position: int, look: QTextFormat) -> QSizeF:
        size = QSizeF(self._read(document, look).size())
        room = document.textWidth() - 2 * document.documentMargin()
        return size * min(1.0, _PICTURE / max(1.0, size.width()), max(1.0, room) / max(1.0, size.width()))

    def drawObject(
        self, painter: QPainter, area: QRectF | QRect, document: QTextDocument, position: int, look: QTextFormat
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(area, self._read(document, look))

    def _read(self, document: QTextDocument, look: QTextFormat) -> QImage:
        address = QUrl(look.toImageFormat().name())
        picture = document.resource(QTextDocument.ResourceType.ImageResource.value, address)
        return picture if isinstance(picture, QImage) else QImage()


class GuideBrowser(QTextBrowser):
    """A page of ours. It opens no file but pictures of the guide, and no address but one that was clicked."""

    def __init__(self, pages: Mapping[str, GuidePage]) -> None:
        super().__init__(openLinks=False, openExternalLinks=False)
        self.setAccessibleName(self.tr("Text of the guide"))
        self.setObjectName("guideText")
        self._pages = pages
        self._pictures = _Pictures()
        self.document().documentLayout().registerHandler(QTextFormat.ObjectTypes.ImageObject.value, self._pictures)
        self._headings: list[QTextBlock] = []  # of the page that is shown; none while it has no sizes and spaces yet
        self.document().setDocumentMargin(Space.L)
        self.document().setDefaultFont(font_of(self.font(), Size.BODY))
        self.anchorClicked.connect(self._follow)
        self.sourceChanged.connect(self._on_source)

    def show_page(self, name: str, anchor: str = "") -> None:
        url = QUrl(f"{_SCHEME}:/{name if name in self._pages else FIRST}.md")
        url.setFragment(anchor)
        self.setSource(url)

    def scroll_to_heading(self, number: int) -> None:
        """Bring a heading to the top, and mark it; 0 is the title, which is not marked."""
        if not 0 <= number < len(self._headings):
            return
        block = self._headings[number]
        self.setTextCursor(QTextCursor(block))
        top = self.document().documentLayout().blockBoundingRect(block).top()
        self.verticalScrollBar().setValue(max(0, round(top - Space.S)) if number else 0)
        # Near the end of a page it does not come to the top, and would have to be looked for.
        place = QTextCursor(block)
        place.select(QTextCursor.SelectionType.LineUnderCursor)
        self.setExtraSelections([_marked(place)] if number else [])

    def mark(self, wanted: Sequence[str]) -> None:
        selections: list[QTextEdit.ExtraSelection] = []
        for word in wanted:
            cursor = self.document().find(word)
            while not cursor.isNull():
                selections.append(_marked(cursor))
                cursor = self.document().find(word, cursor)
        self.setExtraSelections(selections)

    def go_to_next(self, wanted: Sequence[str]) -> bool:
        """Go to the next place of any of the words. Gives False at the end of the page."""
        places = [self.document().find(word, self.textCursor()) for word in wanted]
        places = [place for place in places if not place.isNull()]
        if not places:
            return False
        self.setTextCursor(min(places, key=QTextCursor.selectionStart))
        self.ensureCursorVisible()
        return True

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        """A page or a picture of the guide, by its file name; nothing else, wherever it lies."""
        file = QUrl(name).fileName()
        page, kinds = self._pages.get(file.removesuffix(".md")), QTextDocument.ResourceType
        if kind == kinds.MarkdownResource.value and page is not None:
            self._headings = []
            return page.text
        if kind != kinds.ImageResource.value or not file.endswith(".png"):
            return None
        return QImage(str(paths.guide_dir() / PICTURES / file))

    @Slot(QUrl)
    def _follow(self, url: QUrl) -> None:
        if url.scheme() in ("http", "https"):
            QDesktopServices.openUrl(url)
        elif url.scheme() == _SCHEME:
            self.show_page(*_place_of(url))

    @Slot()
    def _on_source(self) -> None:
        if not self._headings:
            self._headings = _lay_out(self.document())


_SCHEME = "guide"


def _place_of(url: QUrl) -> tuple[str, str]:
    """Page and anchor of an address in the guide."""
    return url.fileName().removesuffix(".md"), url.fragment(QUrl.ComponentFormattingOption.FullyDecoded)


def _marked(place: QTextCursor) -> QTextEdit.ExtraSelection:
    selection = QTextEdit.ExtraSelection()
    selection.cursor = place
    selection.format.setBackground(theme().color("accent_soft"))
    return selection


def _lay_out(document: QTextDocument) -> list[QTextBlock]:
    """Give blocks, headings, code and tables their sizes and spaces. Gives the headings."""
    headings: list[QTextBlock] = []
    code = QTextCharFormat()
    code.setBackground(theme().color("hover"))
    whole = QTextCursor(document)
    whole.beginEditBlock()  # else the page is laid out anew after each change
    block = document.begin()
    while block.isValid():
        level = block.blockFormat().headingLevel()
        cursor = QTextCursor(block)
        spaces = QTextBlockFormat()
        is_in_table = cursor.currentTable() is not None
        fragments = [at.fragment() for at in block]  # type: ignore[attr-defined]  # the stubs know no iterator
        has_picture = any(fragment.charFormat().isImageFormat() for fragment in fragments)
        is_code, goes_on = _is_code(block), _is_code(block.next())
        height = _ROW_HEIGHT if is_in_table else 100 if has_picture or is_code else _LINE_HEIGHT
        spaces.setLineHeight(height, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        spaces.setTopMargin(Space.L if level > 1 else 0)
        is_joined = is_in_table or (is_code and goes_on)
        spaces.setBottomMargin(0 if is_joined else Space.XS if level or block.textList() else Space.S)
        if is_code:
            spaces.setBackground(theme().color("hover"))
            spaces.setNonBreakableLines(False)  # a line that is too long goes on beneath
        cursor.mergeBlockFormat(spaces)
        if level:
            headings.append(QTextBlock(block))
            # Not merged: what Markdown says of the size would hold on.
            size = QTextCharFormat()
            size.setProperty(QTextFormat.Property.FontPixelSize.value, int(_HEADINGS.get(level, Size.BODY)))
            size.setFontWeight(QFont.Weight.Bold)
            cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
            cursor.setCharFormat(size)
        for fragment in fragments:
            look = fragment.charFormat()
            if look.fontFixedPitch():
                cursor.setPosition(fragment.position())
                cursor.setPosition(fragment.position() + fragment.length(), QTextCursor.MoveMode.KeepAnchor)
                cursor.mergeCharFormat(code)
        block = block.next()
    for frame in document.rootFrame().childFrames():
        if isinstance(frame, QTextTable):
            _lay_out_table(frame)
    whole.endEditBlock()
    return headings


def _is_code(block: QTextBlock) -> bool:
    """Whether it is a line of a block of code."""
    return block.blockFormat().hasProperty(QTextFormat.Property.BlockCodeFence.value)


def _lay_out_table(table: QTextTable) -> None:
    shape = table.format()
    shape.setBorder(0)
    shape.setBorderCollapse(True)
    shape.setCellPadding(6)
    shape.setCellSpacing(0)
    shape.setWidth(QTextLength(QTextLength.Type.PercentageLength, 99))  # of 100, rounded, a bar to scroll may come
    shape.setTopMargin(Space.XS)
    shape.setBottomMargin(Space.M)
    shape.setAlignment(Qt.AlignmentFlag.AlignLeft)
    if table.columns() == 2:
        widths = [QTextLength(QTextLength.Type.PercentageLength, share) for share in (36, 64)]
        shape.setColumnWidthConstraints(widths)
    table.setFormat(shape)
    line = QTextTableCellFormat()
    line.setBottomBorder(1)
    line.setBottomBorderStyle(QTextTableFormat.BorderStyle.BorderStyle_Solid)
    line.setBottomBorderBrush(theme().color("line"))
    for at in range(table.rows() * table.columns()):
        table.cellAt(*divmod(at, table.columns())).setFormat(line)


_SIZE, _SMALLEST, _LIST, _ROW = (920, 680), (640, 420), 232, 28
_GEOMETRY = "guide/geometry"


class GuideWindow(QMainWindow):
    """Not modal: it stands beside the window that it is about, and closes with it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Guide – SPA Desktop"))
        self.setWindowIcon(icon("app"))
        open_with(self, *_SIZE)
        self.setMinimumSize(*_SMALLEST)
        self.pages = read_guide(QLocale().name())
        self._english = read_guide("")
        self.shown = ""  # name of the page
        self.search = QLineEdit(placeholderText=self.tr("Search the guide"), clearButtonEnabled=True)
        self.search.setAccessibleName(self.tr("Search the guide"))
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Pages of the guide"))
        self.list.setObjectName("guideList")
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for page in self.pages.values():
            QListWidgetItem(page.title, self.list).setSizeHint(QSize(0, _ROW))
        self.nothing = set_type(QLabel(self.tr("Nothing fits")), Size.BODY, role="muted")
        self.nothing.hide()
        self.browser = GuideBrowser(self.pages)
        self.back = tool_button("left", name_keys(self.tr("Back (Alt+Left)")), self.browser.backward)
        self.forward = tool_button("right", name_keys(self.tr("Forward (Alt+Right)")), self.browser.forward)
        self.browser.backwardAvailable.connect(self.back.setEnabled)
        self.browser.forwardAvailable.connect(self.forward.setEnabled)
        self.browser.clearHistory()  # which tells both that there is nothing yet
        # Not keys of the buttons, which are pressed for a tenth of a second first.
        for keys, action in (
            (QKeySequence.StandardKey.Find, self._focus_search),
            (QKeySequence.StandardKey.FindNext, self._go_to_next),
            (QKeySequence("Alt+Left"), self.browser.backward),
            (QKeySequence("Alt+Right"), self.browser.forward),
        ):
            QShortcut(keys, self).activated.connect(action)
        tools = row(self.back, self.forward, None, spacing=Space.XS)
        left, right = QWidget(), QWidget()
        margins = (Space.L, Space.M, Space.S, Space.L)
        column(self.search, (self.list, 1), self.nothing, spacing=Space.S, margins=margins, of=left)
        margins = (Space.S, Space.M, Space.L, Space.L)
        column(tools, (self.browser, 1), spacing=Space.XS, margins=margins, of=right)
        splitter = QSplitter(Qt.Orientation.Horizontal, childrenCollapsible=False)
        splitter.addWidget(left)
        splitter.addWidget(right)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([_LIST, _SIZE[0] - _LIST])
        self.setCentralWidget(splitter)  # of a plain widget a screen reader would not know that it is a window
        self.search.textChanged.connect(self._show_fitting)
        self.search.returnPressed.connect(self._go_to_next)
        self.list.currentRowChanged.connect(self._on_row)
        self.browser.sourceChanged.connect(self._on_source)
        geometry = QSettings().value(_GEOMETRY)
        if isinstance(geometry, QByteArray):
            self.restoreGeometry(geometry)

    @Slot(str, str)
    def show_page(self, name: str, anchor: str = "") -> None:
        """Show a page, at a heading of it. "" is the page that is shown; any other name is the first page."""
        self.browser.show_page(name or self.shown, anchor)

    @Slot()
    def restyle(self) -> None:
        bar = self.browser.verticalScrollBar()
        place = bar.value()
        self.browser.reload()
        bar.setValue(place)
        self.browser.mark(self.wanted)

    @property
    def wanted(self) -> list[str]:
        return self.search.text().casefold().split()

    @Slot(QUrl)
    def _on_source(self, url: QUrl) -> None:
        name, anchor = _place_of(url)
        self.shown = name
        self.browser.scroll_to_heading(heading_number(self.pages[name], self._english[name], anchor))
        with QSignalBlocker(self.list):
            self.list.setCurrentRow(PAGE_FILES.index(name))

    @Slot(int)
    def _on_row(self, number: int) -> None:
        if number >= 0:
            self.show_page(PAGE_FILES[number])
            self._show_first_place()

    @Slot(str)
    def _show_fitting(self, typed: str) -> None:
        counts = {name: page.count(self.wanted) for name, page in self.pages.items()}
        for place, (name, number) in enumerate(counts.items()):
            title, item = self.pages[name].title, self.list.item(place)
            item.setText(f"{title}  ({number})" if number else title)
            item.setHidden(bool(self.wanted) and not number)
        fitting = [name for name, number in counts.items() if number]
        self.nothing.setVisible(bool(self.wanted) and not fitting)
        if fitting and self.shown not in fitting:
            self.show_page(fitting[0])
        self._show_first_place()

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
    def _focus_search(self) -> None:
        self.search.setFocus()
        self.search.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        elif event.key() == Qt.Key.Key_Down and self.search.hasFocus():
            self.list.setFocus()
        elif event.key() in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown) and self.search.hasFocus():
            self.browser.keyPressEvent(event)
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        QSettings().setValue(_GEOMETRY, self.saveGeometry())
        super().closeEvent(event)
