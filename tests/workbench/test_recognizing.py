"""A photo is encoded once for all that is asked of it, and explained in the words that were learned."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from spa_desktop.project.records import Phrase
from spa_desktop.workbench import class_changes, recognition
from spa_desktop.workbench.open_project import OpenProject
from tests.workbench.conftest import ids
from tests.workbench.tiny import draw_photo, writer_of_six_phrases


@pytest.fixture(autouse=True)
def _wordy(tiny, monkeypatch):
    writer_of_six_phrases(monkeypatch)


@pytest.fixture
def red(tmp_path: Path) -> Image.Image:
    return Image.open(draw_photo(tmp_path / "probe.png", "red", 77)).convert("RGB")


def rewrite(bench: OpenProject, name: str, *texts: str) -> None:
    """As a person would after the training."""
    text = bench.project.description(ids(bench)[name])
    with bench.project.transaction("edit", name) as tx:
        tx.put_description(replace(text, phrases=tuple(Phrase(line, "edited") for line in texts)))


def phrases(bench: OpenProject, photo: Image.Image, name: str) -> tuple[str, ...]:
    return recognition.recognizer(bench).explain(photo, ids(bench)[name]).phrases


@pytest.mark.parametrize("views", [1, 3])
def test_one_photo_is_encoded_once(taught, red, tiny, views):
    ready, known = recognition.recognizer(taught, views=views), ids(taught)
    before = tiny[-1].encoded
    found, explanations = ready.recognize_and_explain(red, [(known["blue"], None), (known["red"], known["blue"])])
    assert tiny[-1].encoded == before + views
    assert [(one.class_id, one.against_id) for one in explanations] == [
        (known["blue"], known["red"]),
        (known["red"], known["blue"]),
    ]
    assert found.explanation.class_id == found.top[0].class_id == known["red"]
    assert found.explanation.against_id == found.top[1].class_id
    seen = ready.see(red)
    again, others = ready.recognize_and_explain(seen, [(known["blue"], None)])
    assert tiny[-1].encoded == before + 2 * views
    assert (again.top, again.explanation.shares) == (found.top, found.explanation.shares)
    assert np.array_equal(again.explanation.patch_map, found.explanation.patch_map)
    assert others[0].phrases == explanations[0].phrases
    assert np.array_equal(others[0].plan, explanations[0].plan)
    assert again.milliseconds >= seen.milliseconds > 0


@pytest.fixture
def two_threads():
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(threads)


def test_a_live_picture_is_answered_alike_by_two_threads_and_by_one(taught, red, two_threads):
    ready, known = recognition.recognizer(taught, views=1), ids(taught)
    seen = ready.see(red, closely=True)
    assert seen.whole is not None
    alone = replace(seen, whole=None)
    found, (why,) = ready.recognize_and_explain(seen, [(known["red"], known["blue"])])
    expected, (because,) = ready.recognize_and_explain(alone, [(known["red"], known["blue"])])
    assert [one.class_id for one in found.top] == [one.class_id for one in expected.top]
    assert [one.probability for one in found.top] == pytest.approx([one.probability for one in expected.top], abs=1e-6)
    assert found.familiarity == pytest.approx(expected.familiarity, abs=1e-6)
    assert why.shares == pytest.approx(because.shares, abs=1e-5)


def test_explained_are_the_words_that_were_learned(taught, teach, red):
    """Not those that somebody has written since, however often; another training learns only its own classes."""
    learned = tuple(phrase.text for phrase in taught.project.description(ids(taught)["red"]).phrases)
    for text in ("first", "second", "third"):
        rewrite(taught, "red", text, f"{text} again")
    assert phrases(taught, red, "red") == learned
    teach(taught, 2)
    assert phrases(taught, red, "red") == learned
    new = tuple(phrase.text for phrase in taught.project.description(ids(taught)["amber"]).phrases)
    assert phrases(taught, red, "amber") == new
    class_changes.forget_class(taught, ids(taught)["green"])
    assert phrases(taught, red, "red") == learned
    assert phrases(taught, red, "amber") == new


def test_a_project_that_does_not_say_what_it_learned_shows_its_text(taught, red):
    """As files do that were made before it was kept."""
    with taught.project.transaction("edit", "") as tx:
        tx._run("UPDATE learners SET meta = json_remove(meta, '$.phrases')")
    rewrite(taught, "red", "what stands there now", "and nothing else")
    assert phrases(taught, red, "red")[:2] == ("what stands there now", "and nothing else")
