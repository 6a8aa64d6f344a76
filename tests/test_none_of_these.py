"""A photo of a thing that was never learned is "none of these": the embedded backbone, demo photos."""

import numpy as np
import pytest

from spa_desktop import SpaClassifier
from spa_desktop.photo_inputs import BadInput

pytestmark = pytest.mark.usefixtures("shared_cache")


def known(answers: np.ndarray) -> np.ndarray:
    """Which photos were not rejected."""
    return np.array([answer is not None for answer in answers])


def test_things_of_the_house_are_no_animals(animal_model, demo_set):
    animals, indoors = demo_set
    photos, labels = animals.labelled("test")
    answers = animal_model.predict(photos, reject=True)
    kept = known(answers)
    assert kept.mean() >= 0.8
    assert (answers[kept] == np.array(labels)[kept]).mean() >= 0.9
    strange = indoors.labelled("test")[0]
    assert known(animal_model.predict(strange, reject=True)).mean() <= 0.1
    # Without the question each photo gets a label, as in scikit-learn.
    assert set(animal_model.predict(strange)) <= set(animals.classes)


def test_a_share_says_how_strict(animal_model, demo_set):
    photos = demo_set[0].labelled("test")[0]
    familiar = animal_model.familiarity(photos)
    for share in (0.01, 0.3):
        expected = familiar >= animal_model.learner_.known_scale(1 - share).threshold
        assert known(animal_model.predict(photos, reject=share)).tolist() == expected.tolist()
    assert animal_model.learner_.known_scale(0.7).threshold > animal_model.learner_.threshold
    assert known(animal_model.predict(photos, reject=0.0)).all()
    for wrong in (1.0, -0.1, float("nan"), "strictly"):
        with pytest.raises(BadInput, match="reject is"):
            animal_model.predict(photos, reject=wrong)


def test_what_is_learned_is_known_from_then_on(animal_model, demo_set, tmp_path):
    indoors = demo_set[1]
    animal_model.save(tmp_path / "animals.spa")
    more = SpaClassifier.load(tmp_path / "animals.spa")
    assert more.learner_.threshold == animal_model.learner_.threshold
    more.progress = False
    more.partial_fit(*indoors.labelled())
    answers = more.predict(indoors.labelled("test")[0], reject=True)
    assert known(answers).mean() >= 0.8


def test_one_photo_a_class_cannot_tell(demo_set):
    animals = demo_set[0]
    made = SpaClassifier(progress=False, writer=None)
    made.fit([animals.photos(name)[0] for name in animals.classes], animals.classes)
    with pytest.raises(BadInput, match="cannot tell known photos from unknown ones"):
        made.predict([animals.photos("rhino")[1]], reject=True)
    assert len(made.predict([animals.photos("rhino")[1]])) == 1
