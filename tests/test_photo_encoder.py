"""An encoder of the user's own, and other backbones without texts, in Python: all but words works."""

import pickle
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.base import clone

import spa_desktop
from spa_desktop import BadInput, InputError, PhotoEncoder, SpaClassifier
from spa_desktop.feature_store import FeatureStore, MemoryCache, loaded_encoder
from spa_desktop.jobs import Job
from spa_desktop.spa.config import SpaConfig
from spa_desktop.workbench.searching import file_search


class Colours:
    """Mean colours of a grid of 3 x 3, and of the photo as a whole with how they vary."""

    fingerprint, input_size = "colours 1", 24

    def __init__(self) -> None:
        self.asked: list[tuple[int, ...]] = []
        self._lock = threading.Lock()

    def __getstate__(self) -> dict[str, object]:
        return {}

    def __setstate__(self, state: object) -> None:
        self.__init__()  # type: ignore[misc]

    def encode(self, images):
        assert self._lock.acquire(blocking=False), "asked by two threads at once"
        self.asked.append(tuple(images.shape))
        assert images.dtype == torch.float32
        assert 0 <= float(images.min()) <= float(images.max()) <= 1
        time.sleep(0.002)
        cells = torch.nn.functional.avg_pool2d(images, 8).flatten(2).mT
        self._lock.release()
        return torch.cat([cells.mean(1), cells.std(1)], dim=1).double().numpy(), cells, (3, 3)


def photos_of(colour: tuple[int, int, int], count: int = 8) -> list[Image.Image]:
    random = np.random.RandomState(sum(colour))
    noise = random.randint(-30, 30, (count, 40, 50, 3))
    return [Image.fromarray(np.clip(np.array(colour) + some, 0, 255).astype(np.uint8)) for some in noise]


TASKS = {"red": (200, 40, 40), "green": (40, 200, 40), "blue": (40, 40, 200)}


def taught(encoder: PhotoEncoder, **settings: object) -> SpaClassifier:
    """Two tasks, the second of one class."""
    classifier = SpaClassifier(backbone=encoder, progress=False, cache=False, **settings)
    for names in (("red", "green"), ("blue",)):
        photos = [photo for name in names for photo in photos_of(TASKS[name])]
        classifier.partial_fit(photos, [name for name in names for _ in range(8)])
    return classifier


@pytest.fixture(scope="module")
def colours():
    encoder = Colours()
    return encoder, taught(encoder)


ASKED = [photo for colour in TASKS.values() for photo in photos_of(colour, 9)[8:]]


def test_an_object_learns_answers_and_explains_without_words(colours):
    encoder, classifier = colours
    assert isinstance(encoder, PhotoEncoder)
    assert classifier.predict(ASKED).tolist() == list(TASKS)
    assert classifier.predict([Image.new("RGB", (40, 40), "white")], reject=True).tolist() == [None]
    assert classifier.phrases_ == dict.fromkeys(TASKS, ())
    found = classifier.explain(ASKED[0], "red", "blue")
    assert found.shares["text"] == 0
    assert found.shares["global"] > 0
    assert found.grid == (3, 3)
    assert np.count_nonzero(found.patch_shares) == 9
    groups = spa_desktop.discover([photo for colour in TASKS.values() for photo in photos_of(colour)], classifier)
    assert {group.names for group in groups} == {()}
    with pytest.raises(BadInput, match=r"reads photos, not words: .*Leave the descriptions out"):
        classifier.partial_fit(ASKED[:1], ["red"], {"red": ["all red"]})
    with pytest.raises(InputError, match=r"Only classifiers on spa-lite and .* can be exported"):
        classifier.export("folder")


def test_what_was_learned_with_an_object_needs_it_again(colours, tmp_path):
    encoder, classifier = colours
    file = tmp_path / "colours.safetensors"
    classifier.save(file)
    with pytest.raises(
        InputError, match=r"object:Colours is an object of Python: give it as backbone of SpaClass\S*load$"
    ):
        SpaClassifier.load(file)
    other = Colours()
    other.fingerprint = "colours 2"
    with pytest.raises(InputError, match="was made with other weights of object:Colours"):
        SpaClassifier.load(file, backbone=other)
    for same in (SpaClassifier.load(file, backbone=Colours()), pickle.loads(pickle.dumps(classifier))):
        np.testing.assert_array_equal(same.decision_function(ASKED), classifier.decision_function(ASKED))
    assert clone(classifier).backbone is encoder


def test_features_are_of_the_fingerprint_and_kept_under_it():
    encoder = Colours()
    classifier = SpaClassifier(backbone=encoder, progress=False)
    before = classifier.transform(ASKED)
    encoder.asked.clear()
    np.testing.assert_array_equal(classifier.transform(ASKED), before)
    assert not encoder.asked
    encoder.fingerprint = "colours 2"
    classifier.transform(ASKED)
    assert sum(shape[0] for shape in encoder.asked) == 1 + 3 * len(ASKED)  # an empty one, and three views each
    assert {shape[1:] for shape in encoder.asked} == {(3, 24, 24)}


def test_two_classifiers_ask_an_encoder_one_after_the_other():
    """It fails itself where two threads ask at once."""
    encoder = Colours()
    classifiers = [SpaClassifier(backbone=encoder, progress=False, cache=False) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda classifier: classifier.transform(ASKED), classifiers)
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"fingerprint": ""}, "Colours.fingerprint is '': give a text"),
        ({"input_size": 24.0}, "Colours.input_size is 24.0: give the side"),
        (
            {"encode": lambda images: (images.mean((2, 3)), torch.zeros(len(images), 8, 3), (3, 3))},
            r"grid \(3, 3\) for 1",
        ),
        ({"encode": lambda images: (images.mean((2, 3)), torch.zeros(len(images), 9, 4), (3, 3))}, "D at most W"),
        ({"encode": lambda images: (images.mean((2, 3)), None, (3, 3))}, "gave something else than pooled features"),
        ({"encode": lambda images: (images.mean((2, 3)) / 0, torch.zeros(len(images), 9, 3), (3, 3))}, "not finite"),
    ],
)
def test_what_is_no_encoder_is_one_line(change, says):
    encoder = Colours()
    vars(encoder).update(change)
    with pytest.raises(InputError, match=says):
        SpaClassifier(backbone=encoder, progress=False, cache=False).transform(ASKED)


def test_other_settings_say_what_they_cannot():
    with pytest.raises(BadInput, match=r"backbone is <object.*: give its name as text, or an object with encode"):
        SpaClassifier(backbone=object()).transform(ASKED)
    with pytest.raises(BadInput, match="leave ray out"):
        SpaClassifier(backbone=Colours(), ray="local").transform(ASKED)
    settings = SpaConfig(patches=4)
    assert taught(Colours(), config=settings).learner_.config.patches == 4


def test_photos_can_be_ranked_and_not_searched(tmp_path):
    """The window ranks those of a folder that are most useful to label by the same index as it searches."""
    for place, photo in enumerate(ASKED):
        photo.save(tmp_path / f"{place}.png")
    store = FeatureStore(loaded_encoder(Colours(), "cpu"), MemoryCache())
    paths, index = file_search(store, sorted(map(str, tmp_path.iterdir())), Job())
    assert (len(paths), index.joint.shape) == (3, (3, 6))
    with pytest.raises(InputError, match="reads photos, not words"):
        index.find("red")
