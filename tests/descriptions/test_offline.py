from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from spa_desktop.descriptions import offline_writer
from spa_desktop.descriptions.model import DescriptionRequest, Exemplar, ExemplarFeatures, Writer
from spa_desktop.descriptions.offline_writer import NOTHING_KNOWN, OfflineWriter
from spa_desktop.errors import InputError
from spa_desktop.jobs import Cancelled, Job
from spa_desktop.project.class_names import sha256


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("SPA_DESKTOP_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def request_(make_photo):  # type: ignore[no-untyped-def]
    own = tuple(make_photo({0: "red", i: "wing", 3: "spot"}, f"own{i}") for i in (1, 2))
    other = tuple(make_photo({0: "red", i: "wheel"}, f"other{i}") for i in (1, 2))
    return DescriptionRequest("zzyzx", own, {"brrt": other})


def _write(encoder, bank, request):  # type: ignore[no-untyped-def]
    writer: Writer = OfflineWriter(encoder, bank)
    return writer.write(request, Job())


def test_nothing_is_said_of_a_class_of_which_nothing_is_known(encoder, bank, request_) -> None:  # type: ignore[no-untyped-def]
    description = _write(encoder, bank, request_)
    # The photos are like "pair of wings" and "round spots"; nothing vouches for either.
    assert description.phrases == ()
    assert description.sentence == "a photo of a zzyzx"
    assert description.notes == (NOTHING_KNOWN,)
    assert (description.writer, description.model, description.cost) == ("offline", "words", 0.0)


def test_a_name_with_one_meaning_tells_what_wordnet_says_of_it(encoder, bank) -> None:  # type: ignore[no-untyped-def]
    description = _write(encoder, bank, DescriptionRequest("Flamingos", (), {}))
    assert description.texts[0] == "large pink to scarlet web-footed wading bird with down-bent bill"
    assert "aquatic bird" in description.texts
    assert {phrase.knowledge.basis for phrase in description.phrases} == {"name"}
    assert all(phrase.provenance == "offline" and phrase.knowledge.certainty > 0.5 for phrase in description.phrases)
    assert any("flamingo" in note for note in description.notes)
    assert description.sentence.startswith("a photo of flamingos, large pink")


def test_a_measured_colour_carries_how_it_was_measured_and_where(encoder, bank, tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    patches = torch.full((2, 4, 10), 0.1)
    patches[:, 3, 4] += 2.0
    blue = [_photo(tmp_path / f"{i}.png", (30, 60, 200), patches) for i in range(6)]
    other = torch.full((2, 4, 10), 0.1)
    other[:, 0, 5] += 2.0
    rest = [_photo(tmp_path / f"r{i}.png", (128, 128, 128), other) for i in range(4)]
    request = DescriptionRequest("zzyzx", tuple(blue), {"brrt": tuple(rest)})
    description = _write(encoder, bank, request)
    phrase = next(phrase for phrase in description.phrases if "blue" in phrase.text)
    assert phrase.knowledge.basis == "measured"
    assert "% of the thing; not so brrt" in phrase.knowledge.detail
    assert phrase.support.patch == 3  # the lower right of four
    assert phrase.support.sha256 == blue[phrase.support.exemplar].sha256
    # What is measured is not said where the text tower puts it below the phrases of the bank.
    monkeypatch.setattr(OfflineWriter, "height_of", lambda *_: lambda texts: torch.full((len(texts),), -0.1))
    assert _write(encoder, bank, request).phrases == ()


def test_no_phrase_only_names_the_class(encoder, bank) -> None:  # type: ignore[no-untyped-def]
    texts = _write(encoder, bank, DescriptionRequest("aquatic_bird", (), {})).texts
    assert "aquatic bird" not in texts


def test_another_language_is_owned_up_to(encoder, bank, request_) -> None:  # type: ignore[no-untyped-def]
    notes = _write(encoder, bank, replace(request_, language="de")).notes
    assert "The offline writer writes English only" in notes


def test_a_cancelled_job_writes_nothing(encoder, bank, request_) -> None:  # type: ignore[no-untyped-def]
    job = Job()
    job.cancel()
    with pytest.raises(Cancelled):
        OfflineWriter(encoder, bank).write(request_, job)


def _photo(path, colour, patches) -> Exemplar:  # type: ignore[no-untyped-def]
    """Grey, with a coloured lower right quarter."""
    pixels = np.full((64, 64, 3), 128, np.uint8)
    pixels[32:, 32:] = colour
    Image.fromarray(pixels).save(path)
    features = ExemplarFeatures(patches.mean(1), patches)
    return Exemplar(path, sha256(path.read_bytes()), lambda: features)


def test_what_most_classes_share_is_said_of_none_of_them_and_once_for_all(encoder, bank) -> None:  # type: ignore[no-untyped-def]
    names = ("flamingo", "black-footed albatross", "mallard", "accordion")
    writer = OfflineWriter(encoder, bank)
    texts = {}
    for name in names:
        others = {other: () for other in names if other != name}
        texts[name] = writer.write(DescriptionRequest(name, (), others), Job()).texts
        assert {"aquatic bird", "bird"} <= set(writer.shared), "three of four are"
        assert "musical instrument" not in writer.shared
    assert not {"aquatic bird", "bird"} & {text for several in texts.values() for text in several}
    assert "musical instrument" in texts["accordion"]
    # Of two classes nothing is called common.
    assert "aquatic bird" in writer.write(DescriptionRequest("flamingo", (), {"mallard": ()}), Job()).texts
    assert writer.shared == ()


def test_features_of_a_photo_are_loaded_a_few_times_however_many_classes_there_are(encoder, bank) -> None:  # type: ignore[no-untyped-def]
    from tests.descriptions.conftest import photo

    calls: list[str] = []
    shown = {f"zz{i}": tuple(photo({i % 4: "wing"}, f"{i}-{n}", calls) for n in range(5)) for i in range(12)}
    writer = OfflineWriter(encoder, bank)
    for name in shown:
        others = {other: found for other, found in shown.items() if other != name}
        writer.write(DescriptionRequest(name, shown[name], others), Job())
    assert max(map(calls.count, calls)) <= 3


def test_a_lost_photo_of_another_class_stops_no_class_but_its_own(encoder, bank, make_photo) -> None:  # type: ignore[no-untyped-def]
    def load() -> ExemplarFeatures:
        raise InputError("lost.jpg is gone")

    readable = make_photo({0: "wing"}, "mallard")
    shown = {
        "flamingo": tuple(make_photo({0: "wing", i: "red"}, f"own{i}") for i in range(1, 4)),
        "black-footed albatross": (Exemplar(Path("lost.jpg"), "lost", load),),
        "mallard": (readable, readable, Exemplar(Path("late.jpg"), "late", load)),  # the third is gone
        "white pelican": (Exemplar(Path("gone.jpg"), "gone", load),),
    }
    writer = OfflineWriter(encoder, bank)

    def write(name: str) -> None:
        writer.write(DescriptionRequest(name, shown[name], {one: shown[one] for one in shown if one != name}), Job())

    write("flamingo")
    assert "aquatic bird" in writer.shared, "their names still say so"
    with pytest.raises(InputError, match="gone"):
        write("mallard")


def test_a_text_does_not_depend_on_what_was_described_before(encoder, bank, tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(offline_writer, "_MOST_SHARING", 1)

    def photos(name: str, colour: tuple[int, int, int], *shown: dict[int, float]) -> tuple[Exemplar, ...]:
        exemplars = []
        for number, where in enumerate(shown):
            patches = torch.full((2, 4, 10), 0.1)
            for axis, much in where.items():
                patches[:, 3, axis] += much
            own = (*colour[:2], colour[2] + number)  # another file
            exemplars.append(_photo(tmp_path / f"{name}{number}.png", own, patches))
        return tuple(exemplars)

    shown = {"zzyzx": photos("own", (30, 60, 200), *[{1: 2.0}] * 6)}
    shown |= {f"zz{i}": photos(f"zz{i}", (200, 20 + i, 30), *[{1: 2.0, 2 + i: 2.0}] * 6) for i in range(3)}
    shown["brrt"] = photos("brrt", (200, 30, 20), *[{5: 2.0}] * 2, *[{1: 2.0}] * 10)

    def written(*names: str) -> object:
        writer = OfflineWriter(encoder, bank)
        for name in names:
            others = {one: found for one, found in shown.items() if one != name}
            text = writer.write(DescriptionRequest(name, shown[name], others), Job())
        return text

    first = written("zzyzx")
    assert "not so" in str(first)
    assert first == written("brrt", "zzyzx")
