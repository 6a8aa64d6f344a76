"""A learner to bytes and back: the very same learner, also of the format before."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from spa_desktop.errors import InputError
from spa_desktop.spa.learner import SpaLearner, from_bytes, to_bytes
from spa_desktop.spa.learner_format import FORMAT, read_notes, validate

# Three classes and then two of the small world, learned and written by the version of the app before this format.
FORMAT_3 = Path(__file__).parent / "data" / "format3.safetensors"


@pytest.fixture(scope="module")
def learner(world, config):
    first = SpaLearner(world.projection, config).learn(
        [world.samples(0), world.samples(1, 1), world.samples(2)], seed=4
    )
    return first.learn([world.samples(3)], seed=4)


def test_saved_and_loaded_scores_are_identical(world, learner, blob):
    loaded = from_bytes(blob, world.projection)
    assert loaded.keys == learner.keys
    assert loaded.config == learner.config
    for index in range(4):
        probe = world.photos(index, 9, seed=6)
        assert torch.equal(loaded.scores(*probe), learner.scores(*probe))
        there, here = (made.explain(made.score(*probe), f"class {index}") for made in (loaded, learner))
        for name in ("shares", "patch_shares", "plan", "dustbin", "similarity"):
            assert torch.equal(getattr(there, name), getattr(here, name)), name


def test_saving_again_gives_the_same_bytes(world, blob):
    assert to_bytes(from_bytes(blob, world.projection)) == blob


def test_a_loaded_learner_goes_on_as_the_one_that_was_saved(world, learner, blob):
    probe = world.photos(3, 9, seed=6)
    loaded = from_bytes(blob, world.projection)
    for go_on in (
        lambda made: made.learn([world.samples(4), world.samples(5)], seed=8),
        lambda made: made.top_up(world.samples(1, 7, seed=3)),
        lambda made: made.forget("class 2"),
        lambda made: made.merge("class 3", "class 0"),
        lambda made: made.top_up(world.samples(0, 7, seed=3)).forget("class 2").learn([world.samples(4)], seed=8),
    ):
        here, there = go_on(learner), go_on(loaded)
        assert torch.equal(here.scores(*probe), there.scores(*probe))
        assert to_bytes(here) == to_bytes(there)
    # And the loaded one, too, is left as it was.
    assert to_bytes(loaded) == blob


def test_keys_in_any_script(world, config):
    sample = replace(world.samples(0), key='Ägyptische "Katze" 猫\n')
    made = SpaLearner(world.projection, config).learn([sample])
    assert from_bytes(to_bytes(made), world.projection).keys == [sample.key]


def test_a_learner_of_the_format_before_gives_the_same_answers(world):
    blob = FORMAT_3.read_bytes()
    loaded = from_bytes(blob, world.projection, keys=[f"class {index}" for index in range(5)])
    # It had the weights of patches and of the photo as a whole the other way round.
    assert loaded.memory.weights.tolist() == pytest.approx([2.5, 0.75, 0.3, 20.0])
    assert loaded.memory.weight_photos == 50
    assert [known.task for known in loaded.memory.classes] == [0, 0, 0, 1, 1]
    assert loaded.config.rank == 8
    for index in range(5):
        assert loaded.scores(*world.photos(index, 9, seed=6)).argmax(dim=1).tolist() == [index] * 9
    # It is written in the present format, and goes on to learn.
    again = to_bytes(loaded)
    assert validate(again).about.format == FORMAT
    assert to_bytes(from_bytes(again, world.projection)) == again
    more = loaded.learn([world.samples(5)])
    assert more.scores(*world.photos(5, 9, seed=6)).argmax(dim=1).tolist() == [5] * 9


def test_notes_are_kept_beside_a_learner(learner, blob, world):
    notes = {"backbone": "RN50", "title": 'Ägyptische "Katze" 猫\n', "empty": ""}
    noted = to_bytes(learner, notes=notes)
    assert read_notes(noted) == notes
    assert read_notes(blob) == {}
    assert to_bytes(from_bytes(noted, world.projection)) == blob
    assert to_bytes(learner, notes={"spa": "{}"}) == blob, "a note cannot stand for the learner"


def test_nothing_learned_cannot_be_saved(world, config):
    with pytest.raises(ValueError, match="nothing was learned"):
        to_bytes(SpaLearner(world.projection, config))


def test_no_photo_is_inside(world, config):
    """The size does not depend on the number of photos."""
    few, many = (
        SpaLearner(world.projection, config).learn([world.samples(i, count) for i in range(2)]) for count in (5, 60)
    )
    assert abs(len(to_bytes(few)) - len(to_bytes(many))) < 128


def test_the_classes_that_are_asked_for_must_be_inside(world, blob):
    keys = [f"class {index}" for index in range(4)]
    assert validate(blob, keys=keys).keys == keys
    for other in (keys[:3], keys[::-1], [*keys, "more"], []):
        with pytest.raises(InputError, match="other classes"):
            from_bytes(blob, world.projection, keys=other)


@pytest.mark.parametrize("shape", [(25, 12), (24, 13)], ids=str)
def test_another_encoder_is_refused(blob, shape):
    with pytest.raises(InputError, match="another backbone"):
        from_bytes(blob, torch.zeros(*shape))
