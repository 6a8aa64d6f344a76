from pathlib import Path

import pytest

from spa_desktop.descriptions.consent import prepare, question_for
from spa_desktop.descriptions.model import DescriptionRequest, Exemplar
from spa_desktop.descriptions.offline_writer import OfflineWriter
from spa_desktop.descriptions.openai.openai_writer import OpenAIWriter
from spa_desktop.descriptions.openai.service import WriterOptions
from spa_desktop.errors import InputError


def _writer(**options: object) -> OpenAIWriter:
    return OpenAIWriter(lambda _: True, WriterOptions.from_settings(options))


def _requests() -> list[DescriptionRequest]:
    photos = [Exemplar(Path(f"/p/{name}.jpg"), name, lambda: pytest.fail("not needed")) for name in "abc"]
    return [DescriptionRequest("cat", tuple(photos[:2])), DescriptionRequest("dog", tuple(photos[1:]))]


def test_the_question_says_what_where_and_how_much():
    writer, requests = _writer(), _requests()
    question = question_for(writer, requests)
    assert question.photos == (Path("/p/a.jpg"), Path("/p/b.jpg"), Path("/p/c.jpg"))
    assert question.cost == pytest.approx(sum(writer.estimate_cost(request) for request in requests))
    assert question.text.startswith(
        "3 small photos of 2 classes (cat, dog) would go to gpt-5 at https://api.openai.com/v1, for about $0.0"
    )
    assert question.contents == {"a", "b", "c"}
    assert f"(prices of {writer.prices.as_of})" in question.text


def test_a_price_that_is_not_known_is_not_invented():
    question = question_for(_writer(model="llava", base_url="http://localhost:11434/v1"), _requests()[:1])
    assert question.cost is None
    assert (
        "2 small photos of 1 class (cat) would go to llava at http://localhost:11434/v1, at a cost that is not known."
        in question.text
    )


def test_folders_are_named_where_there_are_several():
    def asked(*paths: str) -> str:
        photos = tuple(Exemplar(Path(path), path, lambda: pytest.fail("not needed")) for path in paths)
        return question_for(_writer(), [DescriptionRequest("cat", photos)]).folders

    assert asked("/p/a.jpg", "/p/b.jpg") == ""
    assert asked("/p/a.jpg", "/home/me/private/b.jpg", "/p/c.jpg") == "/home/me/private, /p"
    many = asked(*(f"/p{number}/a.jpg" for number in range(9)))
    assert many == "/p0, /p1, /p2, /p3, /p4, /p5 and 3 more"


def test_names_of_a_stranger_are_short_and_of_letters_that_can_be_seen():
    photo = Exemplar(Path("/p/a.jpg"), "a", lambda: pytest.fail("not needed"))
    question = question_for(_writer(), [DescriptionRequest("\x1b[2Jcat\u202e" + "x" * 1000, (photo,))])
    assert question.classes.isprintable()
    assert question.classes.startswith("[2Jcat xxx")
    assert len(question.classes) == 80


def test_keep_local_holds_for_all_addresses(encoder, bank):
    for address in ("https://host/v1", "http://127.0.0.1:9/v1"):
        with pytest.raises(InputError, match="keeps its photos on this computer"):
            prepare(_writer(base_url=address), is_local=True)
    offline = OfflineWriter(encoder, bank)
    prepare(offline, is_local=True)
    assert question_for(offline, _requests()) is None, "nothing is asked where nothing is sent"
    assert question_for(_writer(), []) is None
