from __future__ import annotations

from dataclasses import replace

import pytest

from spa_desktop.descriptions.model import DescriptionRequest, Writer
from spa_desktop.descriptions.offline_writer import OfflineWriter
from spa_desktop.jobs import Cancelled, Job


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("SPA_DESKTOP_CACHE_DIR", str(tmp_path))


@pytest.fixture
def request_(make_photo):  # type: ignore[no-untyped-def]
    own = tuple(make_photo({0: "red", i: "wing", 3: "spot"}, f"own{i}") for i in (1, 2))
    other = tuple(make_photo({0: "red", i: "wheel"}, f"other{i}") for i in (1, 2))
    return DescriptionRequest("zzyzx", own, {"brrt": other})


def _write(encoder, bank, request):  # type: ignore[no-untyped-def]
    writer: Writer = OfflineWriter(encoder, bank)
    return writer.write(request, Job())


def test_phrases_are_supported_by_the_class_and_not_by_its_rivals(encoder, bank, request_) -> None:  # type: ignore[no-untyped-def]
    description = _write(encoder, bank, request_)
    assert set(description.texts[:2]) == {"pair of wings", "round spots"}
    assert 4 <= len(description.phrases) <= 8
    assert "spoked wheels" not in description.texts
    assert {phrase.provenance for phrase in description.phrases} == {"offline"}
    assert (description.writer, description.model, description.cost) == ("offline", "words", 0.0)


def test_each_phrase_carries_the_patch_that_supports_it(encoder, bank, request_) -> None:  # type: ignore[no-untyped-def]
    by_text = {phrase.text: phrase.support for phrase in _write(encoder, bank, request_).phrases}
    wings, spots = by_text["pair of wings"], by_text["round spots"]
    assert wings.sha256 == request_.exemplars[wings.exemplar].sha256
    assert wings.patch == (1, 2)[wings.exemplar]
    assert spots.patch == 3


def test_the_sentence_holds_the_name_and_the_best_phrases(encoder, bank, request_) -> None:  # type: ignore[no-untyped-def]
    description = _write(encoder, bank, request_)
    assert description.sentence == f"a photo of a zzyzx, {', '.join(description.texts[:5])}"
    encoder.context_length = 10
    assert encoder.fits(_write(encoder, bank, request_).sentence)


def test_the_gloss_is_the_one_that_the_photos_agree_with(encoder, bank, make_photo) -> None:  # type: ignore[no-untyped-def]
    leafy = tuple(make_photo({0: "leaf", i: "green"}, f"leaf{i}") for i in (1, 2))
    wheels = tuple(make_photo({0: "wheel", i: "shiny"}, f"wheel{i}") for i in (1, 2))
    # Of the meanings of "car", the gloss of the motor car alone speaks of wheels.
    as_car = _write(encoder, bank, DescriptionRequest("car", wheels, {"leaves": leafy}))
    assert "a motor vehicle with four wheels" in as_car.sentence
    assert any("n02958343" in note for note in as_car.notes)
    no_car = _write(encoder, bank, DescriptionRequest("car", leafy, {"water": wheels}))
    assert "motor vehicle" not in no_car.sentence


def test_a_meaning_that_the_photos_speak_against_is_not_told(encoder, bank, make_photo) -> None:  # type: ignore[no-untyped-def]
    spotted = tuple(make_photo({0: "spot", i: "wing"}, f"spot{i}") for i in (1, 2))
    plain = {
        word: tuple(make_photo({0: word, i: word}, f"{word}{i}") for i in (1, 2)) for word in ("red", "green", "water")
    }
    agreed = _write(encoder, bank, DescriptionRequest("dalmatian", spotted, {"brrt": plain["red"]}))
    assert "black or brown spots" in agreed.sentence
    # Names of another kind, so that the company does not speak for the meaning either.
    rivals = {"wheels": spotted, "leaves": plain["green"], "water": plain["water"]}
    refused = _write(encoder, bank, DescriptionRequest("dalmatian", plain["red"], rivals))
    assert refused.sentence.startswith("a photo of a dalmatian, ")
    assert "breed" not in refused.sentence


def test_no_phrase_names_a_rival_or_only_the_class(encoder, bank, request_) -> None:  # type: ignore[no-untyped-def]
    rivals = {"Wings": request_.rivals["brrt"]}
    assert "pair of wings" not in _write(encoder, bank, replace(request_, rivals=rivals)).texts
    assert "round spots" not in _write(encoder, bank, replace(request_, class_name="round_spot")).texts


def test_a_class_alone_or_without_photos_is_described_too(encoder, bank, request_) -> None:  # type: ignore[no-untyped-def]
    alone = _write(encoder, bank, replace(request_, rivals={}))
    assert {"pair of wings", "bright red skin"} & set(alone.texts)
    bare = _write(encoder, bank, DescriptionRequest("zzyzx", (), {}))
    assert len(bare.phrases) >= 4
    assert all(phrase.support is None for phrase in bare.phrases)


def test_the_same_request_gives_the_same_text(encoder, bank, request_) -> None:  # type: ignore[no-untyped-def]
    assert _write(encoder, bank, request_) == _write(encoder, bank, request_)


def test_another_language_is_owned_up_to(encoder, bank, request_) -> None:  # type: ignore[no-untyped-def]
    assert not _write(encoder, bank, request_).notes
    assert _write(encoder, bank, replace(request_, language="de")).notes == ("The offline writer writes English only",)


def test_a_cancelled_job_writes_nothing(encoder, bank, request_) -> None:  # type: ignore[no-untyped-def]
    job = Job()
    job.cancel()
    with pytest.raises(Cancelled):
        OfflineWriter(encoder, bank).write(request_, job)
