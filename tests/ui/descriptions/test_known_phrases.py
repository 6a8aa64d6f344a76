"""Phrases say how they are known, and a class of which nothing is known invites the person to write."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt

from spa_desktop.descriptions.model import Knowledge
from spa_desktop.project.records import Phrase
from spa_desktop.ui.descriptions.phrase_editor import PhraseModel


def test_a_phrase_says_how_it_is_known_and_how_surely():
    model = PhraseModel()
    known = Phrase("mostly green", "offline", (), Knowledge("measured", 0.83, "green covers 64 % of the thing"))
    model.fill((known, Phrase("red cap", "offline"), Phrase("mine", "edited")), is_writable=True)
    assert [model.mark(phrase) for phrase in model.phrases] == ["measured 83 %", "offline", "yours"]
    tip = model.index(0).data(Qt.ItemDataRole.ToolTipRole)
    assert "Measured on the exemplars themselves" in tip
    assert "green covers 64 % of the thing" in tip
    assert model.index(0).data(Qt.ItemDataRole.AccessibleTextRole) == "mostly green, measured 83 %"


def test_photos_never_lie_over_what_is_below_them(page, open_tiny, context, settle, qtbot):
    """Where nothing is known, a text of two lines stands between photos and sentence."""
    open_tiny(described=True, exemplars=4)

    def forget(bench, job) -> None:
        with bench.project.transaction("nothing known") as tx:
            for text in bench.project.descriptions().values():
                tx.put_description(replace(text, phrases=()))

    context.run("", forget)
    settle()
    editor, text = page.editor, page.editor.nothing_known
    for height in range(520, 780, 20):
        page.resize(620, height)
        qtbot.waitUntil(lambda: text.isVisible() and len(editor.strip.photos) == 4)
        qtbot.waitUntil(lambda: editor.strip.geometry().bottom() < editor.strip_caption.geometry().top())
        qtbot.waitUntil(lambda: text.height() >= text.heightForWidth(text.width()))
