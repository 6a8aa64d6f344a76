"""`spa_desktop.discover`: photos of things come as groups of one kind, beside what is known; what is refused."""

import inspect

import numpy as np
import pytest
from PIL import Image

import spa_desktop
from spa_desktop.demo import DemoTask
from spa_desktop.descriptions.bank import bank_features
from spa_desktop.discover.names import Name, Namer
from spa_desktop.errors import InputError
from spa_desktop.photo_inputs import BadInput
from tests.workbench.tiny import draw_photo


def test_a_notebook_completes_the_arguments():
    """`photos` was missing: what Python takes for the object itself was the first of them."""
    assert [*inspect.signature(spa_desktop.discover).parameters] == ["photos", "classifier", "progress"]


@pytest.mark.slow
def test_things_of_one_kind_come_together_and_beside_what_is_known(
    demo_set: tuple[DemoTask, ...], animal_model, shared_cache, monkeypatch
):
    """Names are chosen among those of the demo alone here: to encode all nouns takes longer than all the rest."""
    names = [name for task in demo_set for name in task.classes]
    bank = [f"a photo of a {name}." for name in names]
    monkeypatch.setattr(Namer, "_texts", property(lambda namer: bank_features(bank, namer._encoder)))
    monkeypatch.setattr(
        "spa_desktop.discover.names.names_apart",
        lambda evidence, *_: [(Name(names[int(heights.argmax())], 1.0),) for heights, _ in evidence],
    )
    photos = [photo for task in demo_set for photo in task.labelled()[0]]
    things = [thing for task in demo_set for thing in task.labelled()[1]]
    groups = spa_desktop.discover(photos, progress=False)
    assert [len(group.photos) for group in groups] == sorted((len(group.photos) for group in groups), reverse=True)
    rows = [row for group in groups for row in group.indices]
    assert len(rows) == len(set(rows)) > len(photos) / 2
    assert all([photos[row] for row in group.indices] == group.photos for group in groups)
    pure = [{things[row] for row in group.indices} for group in groups]
    assert sum(len(one) == 1 for one in pure) >= 5
    assert sum(group.names[0].name in one for group, one in zip(groups, pure, strict=True)) >= len(groups) - 2
    assert all(group.known_class is None and 0 < group.tightness <= 1 for group in groups)

    beside = spa_desktop.discover(photos, animal_model, progress=False)
    known = {things[row]: group.known_class for group in beside if group.known_class for row in group.indices}
    assert len(known) >= 3
    assert all(thing == label for thing, label in known.items())
    assert [len(group.photos) for group in beside if not group.known_class]


def test_photos_come_back_as_they_were_given(tiny, tmp_path):
    file = draw_photo(tmp_path / "red.png", "red", 1)
    with Image.open(file) as opened:
        image = opened.convert("RGB")
    array = np.asarray(image)
    (group,) = spa_desktop.discover([str(file), image, array, file], progress=False)
    assert {id(photo) for photo in group.photos} == {id(group.photos[group.indices.index(row)]) for row in range(4)}
    assert any(photo is image for photo in group.photos)
    assert any(photo is array for photo in group.photos)


def test_what_is_no_photo_or_no_classifier_is_named(tiny, tmp_path):
    file = draw_photo(tmp_path / "red.png", "red", 1)
    (tmp_path / "broken.jpg").write_bytes(b"no photo")
    with pytest.raises(BadInput, match=r"Photo 1: .*broken\.jpg"):
        spa_desktop.discover([file, tmp_path / "broken.jpg"], progress=False)
    with pytest.raises(BadInput, match="There is no photo"):
        spa_desktop.discover([], progress=False)
    with pytest.raises(InputError, match="classifier is 5: give an SpaClassifier"):
        spa_desktop.discover([file], 5, progress=False)
