"""CLIP as its page of the guide tells it: chosen in the settings, downloaded after a yes, learned with."""

import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from safetensors.torch import save

from spa_desktop.encoders import backbones
from spa_desktop.ui.settings.settings_dialog import SettingsDialog
from spa_desktop.ui.widgets import forms
from tests.encoders.conftest import vit_file  # noqa: F401
from tests.ui.conftest import choose, questions
from tests.ui.story.conftest import load_encoder
from tests.ui.story.person import CTRL, Person

PAIR = "ViT-B-16/laion400m_e32"
FILE = ("timm/vit_base_patch16_clip_224.laion400m_e32", "open_clip_model.safetensors")
list_backbones = backbones.list_backbones  # before a test has put another in its place


def answer(person: Person, word: str) -> str:
    """Wait for a question, and click the answer; gives what was asked."""
    person.wait(questions)
    [box] = questions()
    text = box.text() + box.informativeText()
    [button] = [button for button in box.buttons() if button.text().replace("&", "") == word]
    person.click(button)
    return text


@pytest.mark.slow
def test_clip_by_the_guide(sit, drawn, hub_here, vit_file, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setattr(backbones, "load_encoder", load_encoder)
    monkeypatch.setattr(backbones, "list_backbones", list_backbones)
    monkeypatch.setattr(forms, "new_project", lambda parent, start: tmp_path / "Colours.spa")
    hub_here.files[FILE] = save(torch.load(vit_file))
    person = sit()

    person.press(Qt.Key.Key_Comma, CTRL)
    [dialog] = [shown for shown in QApplication.topLevelWidgets() if isinstance(shown, SettingsDialog)]
    person.wait(lambda: dialog.backbone.box.findData(PAIR) >= 0)
    choose(dialog.backbone.box, PAIR)
    about = dialog.backbone.about.text()
    assert "599 MB, downloaded when it is first used · 1.5 GB of memory · licence: MIT" in about
    dialog.accept()

    person.press(Qt.Key.Key_N, CTRL)
    person.wait(lambda: person.context.contents is not None)
    person.rest()
    assert person.drop(person.page, drawn)
    person.rest()
    person.click(person.page.adding.sheet.add)
    person.rest()
    assert hub_here.asked == [], "nobody was asked yet"

    page = person.go_to("descriptions")
    hub_here.wrong = True
    person.click(page.write)
    asked = answer(person, "Download")
    assert all(part in asked for part in (PAIR, "599 MB", f"{hub_here.address}/{FILE[0]}", "MIT")), asked
    person.rest()
    assert "with the wrong checksum, and was deleted: try again" in person.message
    hub_here.wrong = False
    person.click(page.write)
    answer(person, "Download")
    person.rest()
    person.click(page.train)
    assert person.page.name == "train"
    assert person.page.plan.summary.text().endswith(" photos"), "nobody knows how long it takes yet"
    person.click(person.page.train)
    person.rest()
    assert len(person.context.contents.learned_ids) == len(drawn), person.message
    assert PAIR in person.window.status._engine.text()
    assert person.context.contents.meta.fingerprint
