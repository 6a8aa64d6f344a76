"""Shows a page of the guide. It opens no file but pictures of the guide, and no address but one that was clicked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, QTimer, QUrl, Signal, Slot
from PySide6.QtGui import (
    QDesktopServices,
    QFont,
    QImage,
    QResizeEvent,
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
from PySide6.QtWidgets import QTextBrowser, QTextEdit, QWidget

from spa_desktop import paths
from spa_desktop.ui.guide.guide_pages import PICTURES, GuidePage
from spa_desktop.ui.style.theme import Size, Space, theme

_LINE_HEIGHT, _ROW_HEIGHT = 140, 115  # per cent, of text and of tables
_PICTURE = 600  # px, the widest
_SETTLE_MS = 150
_HEADINGS = {1: Size.TITLE, 2: Size.STRONG}


class GuideBrowser(QTextBrowser):
    """A document of ours. Pages of strangers are never shown here."""

    page_wanted = Signal(str, str)  # name, anchor

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        self.setAccessibleName(self.tr("Text of the guide"))
        self.setObjectName("guideText")
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(_SETTLE_MS)
        self._settled.timeout.connect(self._fit_pictures)
        self._page: GuidePage | None = None
        self._picture_width = _PICTURE
        self._pictures: dict[str, QImage] = {}
        self._headings: list[QTextBlock] = []
        self._shown: QTextDocument | None = None
        self.anchorClicked.connect(self._follow)

    def show_page(self, page: GuidePage) -> None:
        """Show a page from its beginning, in the colours of now."""
        self._page = page
        self._picture_width = self._room()
        font = QFont(self.font())
        font.setPixelSize(int(Size.BODY))
        # Made before it is shown: a document that is shown is laid out anew after each change.
        document = QTextDocument(self)
        document.setUndoRedoEnabled(False)
        document.setDocumentMargin(Space.L)
        document.setDefaultFont(font)
        document.setMarkdown(page.text, QTextDocument.MarkdownFeature.MarkdownDialectGitHub | _NO_HTML)
        self._headings = _lay_out(document)
        self.setExtraSelections([])  # they point into the document before
        before, self._shown = self._shown, document
        self.setDocument(document)
        if before is not None:
            before.deleteLater()
        self.moveCursor(QTextCursor.MoveOperation.Start)

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

    def mark(self, wanted: Sequence[str]) -> int:
        """Mark all places of some words. Gives how many there are."""
        found: list[QTextEdit.ExtraSelection] = []
        for word in filter(None, wanted):
            cursor = self.document().find(word)
            while not cursor.isNull():
                found.append(_marked(cursor))
                cursor = self.document().find(word, cursor)
        self.setExtraSelections(found)
        return len(found)

    def go_to_next(self, wanted: Sequence[str]) -> bool:
        """Go to the next place of any of the words. Gives False at the end of the page."""
        places = [self.document().find(word, self.textCursor()) for word in filter(None, wanted)]
        places = [place for place in places if not place.isNull()]
        if not places:
            return False
        self.setTextCursor(min(places, key=QTextCursor.selectionStart))
        self.ensureCursorVisible()
        return True

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        """A picture of the guide, by its file name; nothing else, wherever it lies."""
        file = QUrl(name).fileName()
        if kind != QTextDocument.ResourceType.ImageResource.value or not file.endswith(".png"):
            return None
        if file not in self._pictures:
            self._pictures[file] = QImage(str(paths.guide_dir() / PICTURES / file))
        picture = self._pictures[file]
        if picture.isNull() or picture.width() <= self._picture_width:
            return picture
        return picture.scaledToWidth(self._picture_width, Qt.TransformationMode.SmoothTransformation)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._room() != self._picture_width:
            self._settled.start()

    def _room(self) -> int:
        """How wide a picture may be."""
        return max(1, min(_PICTURE, self.viewport().width() - 2 * Space.L))

    @Slot()
    def _fit_pictures(self) -> None:
        if self._page is not None and self._room() != self._picture_width:
            place = self.verticalScrollBar().value()
            self.show_page(self._page)
            self.verticalScrollBar().setValue(place)

    @Slot(QUrl)
    def _follow(self, url: QUrl) -> None:
        if url.scheme() in ("http", "https"):
            QDesktopServices.openUrl(url)
        elif not url.scheme():
            self.page_wanted.emit(
                url.fileName().removesuffix(".md"), url.fragment(QUrl.ComponentFormattingOption.FullyDecoded)
            )


_NO_HTML = QTextDocument.MarkdownFeature.MarkdownNoHTML


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
    block = document.begin()
    while block.isValid():
        level = block.blockFormat().headingLevel()
        cursor = QTextCursor(block)
        spaces = QTextBlockFormat()
        is_in_table = cursor.currentTable() is not None
        code_places, has_picture = _parts_of(block)
        height = _ROW_HEIGHT if is_in_table else 100 if has_picture else _LINE_HEIGHT
        spaces.setLineHeight(height, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        spaces.setTopMargin(Space.L if level > 1 else 0)
        spaces.setBottomMargin(0 if is_in_table else Space.XS if level or block.textList() else Space.S)
        cursor.mergeBlockFormat(spaces)
        if level:
            headings.append(QTextBlock(block))
            # Not merged: what Markdown says of the size would hold on.
            size = QTextCharFormat()
            size.setProperty(QTextFormat.Property.FontPixelSize.value, int(_HEADINGS.get(level, Size.BODY)))
            size.setFontWeight(QFont.Weight.DemiBold)
            cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
            cursor.setCharFormat(size)
        for start, end in code_places:
            cursor.setPosition(start)
            cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
            cursor.mergeCharFormat(code)
        block = block.next()
    for frame in document.rootFrame().childFrames():
        if isinstance(frame, QTextTable):
            _lay_out_table(frame)
    return headings


def _parts_of(block: QTextBlock) -> tuple[list[tuple[int, int]], bool]:
    """Where code is in a block, and whether there is a picture in it."""
    places, has_picture = [], False
    at = block.begin()
    while not at.atEnd():
        fragment = at.fragment()
        if fragment.isValid() and fragment.charFormat().fontFixedPitch():
            places.append((fragment.position(), fragment.position() + fragment.length()))
        has_picture = has_picture or fragment.charFormat().isImageFormat()
        at += 1
    return places, has_picture


def _lay_out_table(table: QTextTable) -> None:
    shape = table.format()
    shape.setBorder(0)
    shape.setBorderCollapse(True)
    shape.setCellPadding(6)
    shape.setCellSpacing(0)
    shape.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
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
    for row in range(table.rows()):
        for column in range(table.columns()):
            cell = table.cellAt(row, column)
            cell.setFormat(line)
