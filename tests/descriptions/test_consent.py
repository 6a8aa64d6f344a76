from __future__ import annotations

import json
from pathlib import Path

import pytest

from spa_desktop.descriptions.consent import Consent, question_for, require
from spa_desktop.descriptions.model import DescriptionRequest, Exemplar
from spa_desktop.descriptions.offline import OfflineWriter
from spa_desktop.descriptions.openai.options import WriterOptions
from spa_desktop.descriptions.openai.writer import OpenAIWriter
from spa_desktop.errors import InputError


def _writer(**options: object) -> OpenAIWriter:
    return OpenAIWriter(lambda _: True, WriterOptions.from_settings(options))


def _requests() -> list[DescriptionRequest]:
    photos = [Exemplar(Path(f"{name}.jpg"), name, lambda: pytest.fail("not needed")) for name in "abc"]
    return [DescriptionRequest("cat", tuple(photos[:2])), DescriptionRequest("dog", tuple(photos[1:]))]


def test_the_question_says_what_where_and_how_much():
    writer, requests = _writer(), _requests()
    question = question_for(writer, requests)
    assert question.photos == (Path("a.jpg"), Path("b.jpg"), Path("c.jpg"))
    assert question.cost == pytest.approx(sum(writer.estimate_cost(request) for request in requests))
    assert question.text.startswith("3 small photos of 2 classes would go to gpt-5 at api.openai.com, for about $0.0")
    assert f"(prices of {writer.prices.as_of})" in question.text


def test_a_price_that_is_not_known_is_not_invented():
    question = question_for(_writer(model="llava", base_url="http://localhost:11434/v1"), _requests()[:1])
    assert question.cost is None
    assert (
        "2 small photos of 1 class would go to llava at localhost:11434, at a cost that is not known." in question.text
    )


def test_nothing_is_asked_where_nothing_is_sent(encoder, bank):
    assert question_for(OfflineWriter(encoder, bank), _requests()) is None
    assert question_for(_writer(), []) is None
    require(None, Consent("keep-local", ""))


def test_an_answer_is_remembered_for_its_address():
    here, there = question_for(_writer(), _requests()), question_for(_writer(base_url="https://host/v1"), _requests())
    kept = Consent.from_json(json.loads(json.dumps(Consent("send", here.destination).to_json())))
    assert (kept.allows(here), kept.allows(there)) == (True, None)
    require(here, kept)
    for consent in (kept, None):
        with pytest.raises(InputError, match=r"Not agreed to yet: 3 small photos .* host.*--yes"):
            require(there, consent)


def test_keep_local_holds_for_all_addresses():
    kept = Consent.from_json(Consent("keep-local", "https://api.openai.com/v1").to_json())
    with pytest.raises(InputError, match="keeps its photos on this computer"):
        require(question_for(_writer(base_url="https://host/v1"), _requests()), kept)


@pytest.mark.parametrize("stored", [None, 1, {}, {"answer": "send"}, {"answer": "maybe", "destination": "x"}])
def test_an_answer_that_cannot_be_read_is_asked_again(stored):
    assert Consent.from_json(stored) is None
