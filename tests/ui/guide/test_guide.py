"""The guide: its files, and its window as a person reads it."""

import re

import pytest
from PySide6.QtCore import QLocale, Qt, QUrl
from PySide6.QtGui import QAccessible, QDesktopServices, QImage, QTextDocument
from PySide6.QtWidgets import QWidget

from spa_desktop import paths
from spa_desktop.ui.guide.guide_window import PAGE_FILES, GuideBrowser, GuidePage, GuideWindow, read_guide
from spa_desktop.ui.style.theme import install_language

LOCALES = ("en", "zh_CN")
LINK = re.compile(r"(!?)\[[^\]]*\]\(([^)]*)\)")


@pytest.fixture(autouse=True)
def _english():
    install_language("en")
    yield
    install_language("en")
    QLocale.setDefault(QLocale("en"))


@pytest.fixture
def guide(context, qtbot):
    around = QWidget()
    qtbot.addWidget(around)
    window = GuideWindow(around)
    with qtbot.waitActive(window):
        window.show()
    window.show_page("")
    yield window
    window.close()


@pytest.mark.parametrize("locale", LOCALES)
def test_every_link_leads_to_a_page_a_heading_or_a_picture_of_ours(locale):
    pages = read_guide(locale)
    for page in pages.values():
        for sign, target in LINK.findall(page.text):
            if sign:
                assert not QImage(str(paths.guide_dir() / "pictures" / target.rpartition("/")[2])).isNull(), target
                continue
            assert "://" not in target, f"{page.name} leads outside: {target}"
            file, _, anchor = target.partition("#")
            name = file.removesuffix(".md")
            assert name in pages, (page.name, target)
            assert not anchor or anchor in pages[name].anchors, (page.name, target)


def test_f1_opens_the_guide_at_the_page_that_is_shown_and_it_follows_the_theme(window, make_project, qtbot):
    qtbot.keyClick(window, Qt.Key.Key_F1)
    guide = window.guide
    assert not guide.isModal()
    assert QAccessible.queryAccessibleInterface(guide).role() == QAccessible.Role.Window
    assert guide.shown == "first-model"
    qtbot.keyClick(guide, Qt.Key.Key_Escape)
    assert not guide.isVisible()
    with qtbot.waitSignal(window.context.project_opened):
        window.projects.open(make_project())
    window.show_page("train")
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, Qt.Key.Key_F1)
    assert window.guide is guide
    assert guide.shown == "train"
    assert guide.isVisible()
    window.show_guide("glossary", "forgetting")
    assert guide.shown == "glossary"
    assert guide.browser.textCursor().block().text() == "Forgetting"
    # It stays where it was.
    place = guide.browser.verticalScrollBar().value()
    assert place > 0
    window.context.settings.update(appearance="dark")
    assert guide.browser.verticalScrollBar().value() == place
    window.context.settings.update(appearance="light")


def test_search_leaves_the_pages_that_have_the_words_and_enter_goes_on(guide, qtbot):
    qtbot.keyClick(guide, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert guide.search.hasFocus()
    qtbot.keyClicks(guide.search, "keyring")
    rows = {guide.list.item(row).text(): guide.list.item(row).isHidden() for row in range(guide.list.count())}
    assert [text for text, is_hidden in rows.items() if not is_hidden] == ["Privacy  (1)"]
    assert guide.shown == "privacy"
    assert guide.browser.textCursor().selectedText() == "keyring"
    guide.search.setText("test photos")
    pages = [guide.shown]
    while len(pages) < 400 and pages.count("first-model") < 20:
        qtbot.keyClick(guide.search, Qt.Key.Key_Return)
        pages.append(guide.shown)
    assert set(pages) >= {"first-model", "train", "results", "glossary"}, "Enter walks through all pages"
    guide.search.setText("zyzzyva")
    assert guide.nothing.isVisible()
    guide.search.clear()
    assert not any(guide.list.item(row).isHidden() for row in range(guide.list.count()))
    assert not guide.nothing.isVisible()


def test_page_keys_scroll_the_text_while_the_search_has_the_focus(guide, qtbot):
    guide.search.setFocus()
    bar = guide.browser.verticalScrollBar()
    qtbot.keyClick(guide.search, Qt.Key.Key_PageDown)
    assert bar.value() > 0
    qtbot.keyClick(guide.search, Qt.Key.Key_PageUp)
    assert bar.value() == 0
    assert guide.search.hasFocus()


def test_links_lead_on_and_alt_left_leads_back(guide, qtbot):
    guide.browser.anchorClicked.emit(QUrl("guide:/glossary.md#forgetting"))
    assert guide.shown == "glossary"
    assert guide.browser.textCursor().block().text() == "Forgetting"
    assert guide.list.currentRow() == PAGE_FILES.index("glossary")
    qtbot.keyClick(guide, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert guide.shown == "first-model"
    assert not guide.back.isEnabled()
    qtbot.keyClick(guide, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert guide.shown == "glossary"
    assert guide.browser.textCursor().block().text() == "Forgetting"
    assert not guide.forward.isEnabled()
    place = guide.browser.verticalScrollBar().value()
    assert place > 0
    guide.browser.anchorClicked.emit(QUrl("guide:/no-such-page.md"))
    assert guide.shown == "first-model"
    guide.back.click()
    assert (guide.shown, guide.browser.verticalScrollBar().value()) == ("glossary", place), "where it was read"
    guide.show_page("train")
    assert not guide.forward.isEnabled(), "what was ahead is another way now"
    guide.show_page("first-model")
    guide.list.setFocus()
    qtbot.keyClick(guide.list, Qt.Key.Key_Down)
    assert guide.shown == "sort"


def test_an_address_is_opened_by_a_click_alone_and_no_file_but_our_pictures_is_read(qtbot, monkeypatch):
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    hostile = "# Title\n\n![a](https://example.org/a.png)\n\n![b](file:///etc/b.png) [link](https://example.org/)\n\n"
    browser = GuideBrowser({"x": GuidePage("x", "Title", hostile + "<img src='file:///etc/c.png'>\n")})
    qtbot.addWidget(browser)
    browser.show_page("x")
    browser.show()
    assert opened == []
    assert browser.toPlainText().startswith("Title\n")
    kind = QTextDocument.ResourceType
    for address in ("https://example.org/a.png", "file:///etc/b.png", "../../../etc/hostname.png"):
        assert browser.loadResource(kind.ImageResource.value, QUrl(address)).isNull(), address
    assert browser.loadResource(kind.ImageResource.value, QUrl("file:///etc/hostname")) is None
    assert browser.loadResource(kind.MarkdownResource.value, QUrl("file:///etc/passwd.md")) is None
    assert browser.loadResource(kind.StyleSheetResource.value, QUrl("pictures/classes.png")) is None
    assert not browser.loadResource(kind.ImageResource.value, QUrl("../pictures/classes.png")).isNull()
    for address in ("file:///etc/passwd", "javascript:alert(1)", "mailto:a@example.org"):
        browser.anchorClicked.emit(QUrl(address))
    assert opened == []
    browser.anchorClicked.emit(QUrl("https://example.org/"))
    assert opened == ["https://example.org/"]
