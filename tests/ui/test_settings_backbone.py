"""Choosing a backbone for new projects, and hearing how fast it is here."""

import pytest
from PySide6.QtWidgets import QInputDialog

from spa_desktop.encoders import backbones
from spa_desktop.encoders.backbones import Backbone, names_of_file
from spa_desktop.errors import InputError
from spa_desktop.ui.preferences import SettingsStore
from spa_desktop.ui.settings import settings_dialog
from spa_desktop.ui.settings.settings_dialog import BackboneChoice
from spa_desktop.workbench import method_settings
from tests.ui.conftest import choose


@pytest.fixture
def choice(context, qtbot, monkeypatch):
    listed = [
        Backbone("spa-lite", "Small", 117, 0.4, "MIT", True, True),
        Backbone("ViT-B-16/far", "Large", 599, 1.5, "", False, False),
    ]
    monkeypatch.setattr(backbones, "list_backbones", lambda: listed)
    monkeypatch.setattr(method_settings, "_SECONDS", 0.05)
    found = BackboneChoice(context)
    qtbot.addWidget(found)
    qtbot.addWidget(found.box)
    qtbot.waitUntil(lambda: found.box.count() == 2)
    return found


def test_speed_is_measured_and_remembered(choice, context, qtbot):
    assert choice.speed.text() == ""
    choice.measure.click()
    assert choice.speed.text() == "Measuring..."
    assert not choice.measure.isEnabled()
    qtbot.waitUntil(lambda: "photos a second here" in choice.speed.text())
    assert choice.measure.isEnabled()
    kept = SettingsStore(context.settings.path).value.speeds
    assert kept["spa-lite"] > 0
    assert f"{kept['spa-lite']:.1f}" in choice.speed.text()
    choose(choice.box, "ViT-B-16/far")
    assert choice.speed.text() == ""


def test_a_file_is_the_backbone_once_its_weights_were_loaded(choice, context, qtbot, monkeypatch, tmp_path):
    file = tmp_path / "mine-vit-b-16.pt"
    monkeypatch.setattr(settings_dialog, "choose_file", lambda *_: file)

    def choose_file(architecture):
        choice.file.click()
        qtbot.waitUntil(lambda: choice.findChildren(QInputDialog) != [])
        (box,) = choice.findChildren(QInputDialog)
        assert box.textValue() == "ViT-B-16", "the file is called after it"
        box.setTextValue(architecture)
        box.accept()
        qtbot.waitUntil(lambda: not choice.findChildren(QInputDialog))
        qtbot.waitUntil(lambda: not context.background.operations)

    with monkeypatch.context() as patch:

        def refuse(name, **_):
            raise InputError(f"{name.partition(':')[0]} is unknown")

        patch.setattr(backbones, "load_encoder", refuse)
        choose_file("ViT-B-17")
    assert choice.about.text() == "ViT-B-17 is unknown"
    assert context.settings.value.backbone == "spa-lite"
    choose_file("ViT-B-16")
    assert context.settings.value.backbone == choice.box.currentText() == f"ViT-B-16:{file}"
    assert "photos a second here" in choice.speed.text()
    assert choice.about.text() == "A project keeps the backbone that it was made with."


def test_a_file_in_a_copy_of_a_repository_is_named_by_its_folder(tmp_path):
    (tmp_path / "open_clip_config.json").touch()
    assert names_of_file(tmp_path / "open_clip_model.safetensors") == [f"local-dir:{tmp_path}"]
