"""A service that is asked for a name of a group: by the person's yes alone, and it names nothing by itself."""

import base64
import hashlib
import io
import json

import pytest
from PIL import Image
from PySide6.QtCore import Qt

from spa_desktop import keys
from spa_desktop.ui.sort.sort_page import SortPage
from spa_desktop.workbench.method_settings import MethodSettings
from tests.descriptions.openai.conftest import KEY, Loopback
from tests.descriptions.openai.conftest import _process as _process
from tests.ui.conftest import questions

NAMES = json.dumps({"names": ["Poppy field.", "poppy field", "sunset\u202e\n sky", "red wall", "brick"]})


@pytest.fixture
def service(_process: Loopback, monkeypatch: pytest.MonkeyPatch, sorting: SortPage) -> Loopback:
    """The service, which is the writer of the project whose photos are sorted."""
    _process.reset()
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setattr(keys, "_session", {})
    monkeypatch.setattr(keys, "_seen", set())
    sorting.context.settings.update(writer="openai", address=_process.url)
    return _process


def ask(page: SortPage) -> None:
    menu = page.more.menu()
    menu.aboutToShow.emit()
    assert page.service.isVisible()
    assert page.service.isEnabled()
    page.service.trigger()


def answer(qtbot, settle, text: str) -> str:
    """Press a button of the question, and give what it asked."""
    qtbot.waitUntil(lambda: bool(questions()))
    (box,) = questions()
    said = box.text()
    next(one for one in box.buttons() if one.text() == text).click()
    settle()
    return said


def suggested(page: SortPage) -> list[str]:
    return [one.text for one in page.view.row.suggestions]


def test_names_of_a_service_come_first_and_name_nothing(sorting, service, qtbot, settle, key):
    service.script("chat", {"say": NAMES})
    sorting.context.workbench.set_method(MethodSettings(exemplars=3))
    row = sorting.view.row
    ask(sorting)
    qtbot.waitUntil(lambda: bool(questions()))
    assert service.asked() == [], "nothing is sent before the yes"
    said = answer(qtbot, settle, "Send")
    assert said.startswith("3 small photos of a group without a name will be sent to gpt-5 at " + service.url)
    assert suggested(sorting) == ["Poppy field", "sunset sky", "red wall"]
    assert not any(one.name for one in sorting.model.rows)
    assert not sorting.contents.undo
    (request,) = service.log()
    system, user = request["body"]["messages"]
    assert "names" in request["body"]["response_format"]["json_schema"]["schema"]["properties"]
    text, *photos = user["content"]
    assert len(photos) == 3, "as many as of a class, though the group has more"
    assert len(row.photos) > 3
    assert "without a name" not in system["content"] + text["text"]
    assert "IMG_" not in json.dumps(request["body"])
    for one in photos:
        sent = Image.open(io.BytesIO(base64.b64decode(one["image_url"]["url"].split(",", 1)[1])))
        assert max(sent.size) <= 512
    key(sorting, Qt.Key.Key_Return)
    assert sorting.view.field.text() == "", "it is not what Enter alone says"
    key(sorting, Qt.Key.Key_Escape, "1")
    assert [one.name for one in sorting.model.rows if one.name] == ["Poppy field"]
    assert next(one for one in sorting.model.rows if one.name).photos == row.photos


def test_a_yes_holds_for_these_photos(sorting, service, qtbot, settle):
    service.script("chat", {"say": NAMES}, {"say": '{"names": ["rose"]}'})
    ask(sorting)
    answer(qtbot, settle, "Send")
    ask(sorting)
    settle()
    assert suggested(sorting)[0] == "rose", "it is not asked again for what was agreed to"
    assert len(service.asked()) == 2
    sorting.view.go_to(sorting.model.rows[1].id)
    ask(sorting)
    answer(qtbot, settle, "Cancel")
    assert len(service.asked()) == 2, "of another group, other photos would be sent"
    assert sorting.message_bar.text


def test_no_one_is_asked_where_photos_stay_here_or_no_service_is_the_writer(sorting, service, qtbot, settle):
    settings = sorting.context.settings
    for writer, is_offered in (("offline", False), ("openai", True)):
        settings.update(writer=writer)
        sorting._refresh_menu()
        assert sorting.service.isVisible() is is_offered
    ask(sorting)
    answer(qtbot, settle, "Keep this project local")
    assert service.asked() == []
    assert "keeps its photos on this computer" in sorting.message_bar.text
    sorting._refresh_menu()
    assert not sorting.service.isVisible()


def test_a_bad_reply_is_one_line(sorting, service, qtbot, settle):
    before = suggested(sorting)
    for reply, said in (
        ("I see a lot of red.", 'The answer for "a group without a name"'),
        (json.dumps({"names": ["x" * 61, "12", " "]}), "gave no short name"),
    ):
        service.script("chat", {"say": reply})
        ask(sorting)
        if not service.asked():  # once agreed to, it is not asked again
            answer(qtbot, settle, "Send")
        settle()
        assert said in sorting.message_bar.text
        assert "\n" not in sorting.message_bar.text
        assert suggested(sorting) == before
        assert not sorting.work.asking.is_busy


def test_a_photo_that_changed_since_is_not_sent(sorting, service, qtbot, settle):
    for place, one in enumerate(sorting.view.row.photos):
        Image.new("RGB", (40, 40), (place, 0, 99)).save(sorting.work.photos[one].path)
        assert hashlib.sha256(sorting.work.photos[one].path.read_bytes()).hexdigest() != one
    ask(sorting)
    answer(qtbot, settle, "Send")
    assert service.asked() == []
    assert "There is no photo" in sorting.message_bar.text
