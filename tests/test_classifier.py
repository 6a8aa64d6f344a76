"""The Python API: scikit-learn's manners, tasks without forgetting, files, and bad input that leaves all as it was."""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score

import spa_desktop
from spa_desktop import SpaClassifier, SpaConfig, classifier
from spa_desktop.encoders import backbones
from spa_desktop.errors import InputError, SpaError
from spa_desktop.feature_store import PhotoRef
from spa_desktop.project import Project
from spa_desktop.workbench import Workbench
from tests.workbench.tiny import LOOKS, TinyEncoder, draw_classes, draw_photo, load_tiny, writer_of_six_phrases

TASKS = (("red", "green", "blue"), ("amber", "violet"))
ALL = [look for task in TASKS for look in task]


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[TinyEncoder]]:
    made: list[TinyEncoder] = []
    monkeypatch.setattr(backbones, "load_encoder", load_tiny(made))
    monkeypatch.setenv("SPA_DESKTOP_CACHE_DIR", str(tmp_path / "cache"))
    classifier._loaded_encoder.cache_clear()
    yield made
    classifier._loaded_encoder.cache_clear()


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return draw_classes(tmp_path / "photos", list(LOOKS))


def data(photos: Path, looks: tuple[str, ...] | list[str], part: str = "train") -> tuple[list[Path], list[str]]:
    files = [file for look in looks for file in sorted((photos / part / look).iterdir())]
    return files, [file.parent.name for file in files]


@pytest.fixture
def taught(photos: Path) -> SpaClassifier:
    """Has learned two tasks, the first of text labels."""
    made = SpaClassifier(progress=False)
    for task in TASKS:
        made.partial_fit(*data(photos, task))
    return made


def state(made: SpaClassifier) -> dict[str, object]:
    return {name: value for name, value in vars(made).items() if name.endswith("_")}


def test_tasks_are_learned_one_after_the_other_and_kept(taught, photos):
    files, labels = data(photos, ALL, "test")
    assert taught.classes_.tolist() == sorted(ALL)
    assert taught.labels_ == ALL
    assert taught.score(files, labels) == 1.0
    assert taught.predict(files).tolist() == labels
    probability = taught.predict_proba(files)
    assert probability.shape == (15, 5)
    assert np.allclose(probability.sum(axis=1), 1)
    assert [sorted(ALL)[column] for column in probability.argmax(axis=1)] == labels


def test_photos_of_a_known_label_are_added_to_its_class(taught, photos):
    before = taught.learner_.memory.globals.counts.tolist()
    extra = [draw_photo(photos / "more" / f"{seed}.png", "green", seed) for seed in range(50, 53)]
    taught.partial_fit(extra, ["green"] * 3)
    after = taught.learner_.memory.globals.counts.tolist()
    assert [b - a for a, b in zip(before, after, strict=True)] == [0, 9, 0, 0, 0], "three views of three photos"
    assert taught.labels_ == ALL


def test_new_and_known_labels_in_one_call(photos):
    made = SpaClassifier(progress=False, writer=None).partial_fit(*data(photos, TASKS[0]))
    extra = draw_photo(photos / "more.png", "red", 99)
    files, labels = data(photos, TASKS[1])
    made.partial_fit([*files, extra], [*labels, "red"])
    assert made.labels_ == ALL
    assert made.learner_.memory.globals.counts.tolist() == [21, 18, 18, 18, 18]


def test_fit_starts_over(taught, photos):
    taught.fit(*data(photos, TASKS[1]))
    assert taught.classes_.tolist() == ["amber", "violet"]
    assert taught.score(*data(photos, TASKS[1], "test")) == 1.0


def test_paths_pictures_and_arrays_are_the_same_photos(taught, photos):
    files, _ = data(photos, ALL, "test")
    pictures = [Image.open(file).convert("RGB") for file in files]
    by_path = taught.predict_proba([str(file) for file in files])
    assert np.allclose(by_path, taught.predict_proba(pictures), atol=1e-6)
    assert np.allclose(by_path, taught.predict_proba([np.asarray(picture) for picture in pictures]), atol=1e-6)
    grey = np.asarray(pictures[0].convert("L"))
    assert taught.predict_proba([grey]).shape == (1, 5)


def test_learning_from_pictures_alone(photos):
    files, labels = data(photos, TASKS[0])
    made = SpaClassifier(progress=False, cache=False).fit([Image.open(file) for file in files], labels)
    assert made.score(*data(photos, TASKS[0], "test")) == 1.0


def test_without_a_cache_no_file_is_written(photos, tmp_path):
    files, labels = data(photos, TASKS[0])
    SpaClassifier(progress=False, cache=False, writer=None).fit(files, labels).predict(files)
    assert not (tmp_path / "cache" / "features").exists()


def test_whole_numbers_as_labels(photos):
    files, labels = data(photos, TASKS[0])
    numbers = np.array([TASKS[0].index(label) + 7 for label in labels])
    made = SpaClassifier(progress=False).fit(files, numbers)
    assert made.classes_.tolist() == [7, 8, 9]
    assert made.predict(files).dtype.kind == "i"
    assert made.score(files, numbers) == 1.0


def test_a_class_alone(photos):
    files, labels = data(photos, ["red"])
    made = SpaClassifier(progress=False).fit(files, labels)
    assert made.predict_proba(files[:2]).tolist() == [[1.0], [1.0]]
    assert made.explain(files[0]).against_id is None
    made.partial_fit(*data(photos, ["blue"]))
    assert made.score(*data(photos, ["red", "blue"], "test")) == 1.0


def test_descriptions_are_those_that_are_given(photos):
    files, labels = data(photos, TASKS[0])
    made = SpaClassifier(progress=False, writer=None)
    made.fit(files, labels, {"red": ["red as a rose", "without stripes"], "blue": "a blue thing"})
    assert made.phrases_ == {"red": ("red as a rose", "without stripes"), "green": (), "blue": ()}
    assert made.explain(files[0], "red").phrases == ("red as a rose", "without stripes")


def test_the_writer_describes_the_others(photos, monkeypatch):
    writer_of_six_phrases(monkeypatch)
    files, labels = data(photos, TASKS[0])
    made = SpaClassifier(progress=False).fit(files, labels, {"red": ["red as a rose"]})
    assert made.phrases_["red"] == ("red as a rose",)
    assert all(len(made.phrases_[label]) == 6 for label in ("green", "blue"))


def test_explanations_add_up(taught, photos):
    for file in data(photos, ALL, "test")[0]:
        probability = taught.predict_proba([file])[0]
        first, second = np.sort(probability)[::-1][:2]
        found = taught.explain(file)
        assert sum(found.shares.values()) == pytest.approx(np.log(first / second), abs=1e-3)
        assert taught.labels_[found.class_id] == taught.classes_[probability.argmax()]
    one, other = (taught.explain(file, *pair) for pair in (("red", "blue"), ("blue", "red")))
    assert sum(one.shares.values()) == pytest.approx(-sum(other.shares.values()), abs=1e-4)
    with pytest.raises(ValueError, match=r"'teal' was not learned\. Learned are: red"):
        taught.explain(file, "teal")


def test_the_likeliest_label_is_not_compared_with_itself(taught, photos):
    files, _ = data(photos, ["red"])
    best = taught.predict([files[0]])[0]
    found = taught.explain(files[0], against=best)
    assert (taught.labels_[found.against_id], taught.labels_[found.class_id]) != (best, best)
    assert sum(found.shares.values()) < 0, "it says why the other one is not the answer"
    with pytest.raises(ValueError, match="compared with itself"):
        taught.explain(files[0], "red", "red")
    alone = SpaClassifier(progress=False).partial_fit(files[:2], ["red", "red"])
    with pytest.raises(ValueError, match="compared with itself"):
        alone.explain(files[0], against="red")


def test_saved_and_loaded_it_says_the_same_and_learns_on(taught, photos, tmp_path):
    files, labels = data(photos, list(LOOKS), "test")
    file = tmp_path / "colours.safetensors"
    taught.save(file)
    loaded = SpaClassifier.load(file)
    assert np.array_equal(loaded.predict_proba(files), taught.predict_proba(files))
    assert loaded.phrases_ == taught.phrases_
    loaded.partial_fit(*data(photos, ["teal"]))
    assert loaded.score(files, labels) == 1.0
    assert taught.labels_ == ALL


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda blob: blob[:100], "no saved classifier"),
        (lambda blob: b"", "no saved classifier"),
        (lambda blob: blob[:-1], "damaged"),
        (lambda blob: blob[:-40] + bytes(40), "damaged"),
        (lambda blob: blob.replace(b'\\"version\\":1', b'\\"version\\":9'), "newer version"),
        (lambda blob: blob.replace(b"tiny-fingerprint", b"tiny-fingerprinT"), "other weights"),
        (lambda blob: blob.replace(b'\\"green\\",\\"blue\\"', b'\\"green\\",\\"gree\\"'), "digest|damaged|fit"),
        (lambda blob: blob.replace(b'\\"red\\",', b'\\"red\\"  '), "damaged"),
    ],
)
def test_files_that_are_damaged_or_of_others(taught, tmp_path, change, complaint):
    file = tmp_path / "colours.safetensors"
    taught.save(file)
    blob = file.read_bytes()
    changed = change(blob)
    if changed == blob:
        pytest.fail("nothing was changed")
    file.write_bytes(changed)
    if b"gree" in changed and complaint.startswith("digest"):
        SpaClassifier.load(file)  # other names are other names: nothing is wrong with the file
        return
    with pytest.raises(InputError, match=complaint) as told:
        SpaClassifier.load(file)
    assert "\n" not in str(told.value)


def test_a_pickle_and_a_copy_say_the_same_and_learn_the_same(taught, photos):
    files, labels = data(photos, list(LOOKS), "test")
    for copied in (pickle.loads(pickle.dumps(taught)), copy.deepcopy(taught)):
        assert np.array_equal(copied.predict_proba(files), taught.predict_proba(files))
        copied.partial_fit(*data(photos, ["teal"]))
        assert copied.score(files, labels) == 1.0
    assert taught.labels_ == ALL


def test_what_was_loaded_learns_with_the_settings_that_were_saved(photos, tmp_path):
    files, labels = data(photos, TASKS[0])
    SpaClassifier(config=SpaConfig(patches=4), progress=False).fit(files, labels).save(tmp_path / "four")
    loaded = SpaClassifier.load(tmp_path / "four")
    assert clone(loaded).fit(files, labels).learner_.config.patches == 4


def test_the_same_photo_twice_is_found_without_comparing_all_of_them(photos, monkeypatch):
    files, labels = data(photos, TASKS[0])
    compared = 0
    equal = PhotoRef.__eq__

    def counting(one, other):
        nonlocal compared
        compared += 1
        return equal(one, other)

    monkeypatch.setattr(PhotoRef, "__eq__", counting)
    made = SpaClassifier(progress=False).fit([*files, files[0]], [*labels, labels[0]])
    assert made.learner_.memory.globals.counts.tolist() == [18.0] * 3  # six photos, three views each
    assert compared < 2 * len(files)


def test_a_learner_of_a_project_is_no_saved_classifier(taught, tmp_path):
    from spa_desktop.spa.state import to_bytes

    file = tmp_path / "learner"
    file.write_bytes(to_bytes(taught.learner_))
    with pytest.raises(InputError, match="no saved classifier"):
        SpaClassifier.load(file)
    with pytest.raises(InputError, match=r"gone.* cannot be read"):
        SpaClassifier.load(tmp_path / "gone")


def test_saving_where_it_cannot_be_keeps_what_was_there(taught, tmp_path):
    with pytest.raises(SpaError, match="cannot be written"):
        taught.save(tmp_path / "no folder" / "file")
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(SpaError, match="cannot be written"):
        taught.save(folder)
    (tmp_path / "a file").touch()
    with pytest.raises(SpaError, match="cannot be written"):
        taught.save(tmp_path / "a file" / "file")
    assert list(folder.iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a file", "cache", "folder", "photos"]


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_saving_replaces_a_saved_classifier_and_nothing_else(taught, tmp_path):
    Project.create(tmp_path / "x.spa").close()
    (tmp_path / "diary").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "diary")
    before = (tmp_path / "x.spa").read_bytes()
    for name, why in (("x.spa", "a project"), ("diary", "was not made by this app"), ("link", "a link")):
        with pytest.raises(InputError, match=why):
            taught.save(tmp_path / name)
    # A name that the app could write to on its way to the file is no way to another file.
    (tmp_path / ".saved.new").symlink_to(tmp_path / "diary")
    for _ in range(2):
        taught.save(tmp_path / "saved")
    assert SpaClassifier.load(tmp_path / "saved").labels_ == taught.labels_
    assert (tmp_path / "x.spa").read_bytes() == before
    assert (tmp_path / "diary").read_text() == "mine"


def test_a_project_opens_as_a_classifier(photos, tmp_path):
    path = tmp_path / "Colours.spa"
    with Workbench.create(path) as bench:
        for number, task in enumerate(TASKS):
            folders = [photos / "train" / look for look in task]
            bench.add(folders, task=f"Task {number}", test_share=0.0)
            bench.train()
        before = path.read_bytes()
        made = SpaClassifier.from_project(path)
    files, labels = data(photos, ALL, "test")
    assert made.labels_ == ALL
    assert made.score(files, labels) == 1.0
    made.partial_fit(*data(photos, ["teal"]))
    assert made.score(*data(photos, list(LOOKS), "test")) == 1.0
    assert path.read_bytes() == before
    with Workbench.create(tmp_path / "Empty.spa"), pytest.raises(InputError, match="learned nothing yet"):
        SpaClassifier.from_project(tmp_path / "Empty.spa")


def test_scikit_learn_clones_and_validates_it(photos, tiny):
    files, labels = data(photos, TASKS[0])
    made = SpaClassifier(progress=False, writer=None, config=SpaConfig(patches=4), seed=3)
    assert clone(made).get_params() == made.get_params()
    assert made.set_params(seed=4).seed == 4
    assert cross_val_score(made, files, labels, cv=3).mean() > 0.9
    assert len(tiny) == 1, "copies share the encoder"
    search = GridSearchCV(made, {"config": [SpaConfig(patches=2), SpaConfig(patches=4)]}, cv=2).fit(files, labels)
    assert search.best_score_ > 0.8
    assert search.best_estimator_.score(files, labels) > 0.9


@pytest.mark.parametrize("use", ["predict", "predict_proba", "explain", "save", "score"])
def test_nothing_can_be_asked_before_it_has_learned(use, photos, tmp_path):
    made = SpaClassifier(progress=False)
    files, labels = data(photos, ["red"], "test")
    arguments = {"explain": (files[0],), "save": (tmp_path / "x",), "score": (files, labels)}.get(use, (files,))
    with pytest.raises(NotFittedError, match="learned nothing yet"):
        getattr(made, use)(*arguments)


BAD = {
    "no photo": (lambda files, labels: ([], []), "There is no photo"),
    "fewer labels": (lambda files, labels: (files, labels[:-1]), "12 photos and 11 labels"),
    "a label that is a fraction": (lambda files, labels: (files, [*labels[:-1], 1.5]), "label of photo 11 is 1.5"),
    "a label that is None": (lambda files, labels: (files, [None, *labels[1:]]), "label of photo 0 is None"),
    "a label that is True": (lambda files, labels: (files, [True, *labels[1:]]), "label of photo 0 is True"),
    "an empty label": (lambda files, labels: (files, [" ", *labels[1:]]), "label of photo 0 is empty"),
    "a label that is no text": (lambda files, labels: (files, ["\udcff", *labels[1:]]), "photo 0 is .*no valid text"),
    "a name that no file has": (
        lambda files, labels: ([*files[:3], "a\0", *files[4:]], labels),
        "Photo 3: .*null byte",
    ),
    "text and numbers": (lambda files, labels: (files, [1, *labels[1:]]), "text and numbers at once"),
    "a missing photo": (lambda files, labels: ([*files[:3], "gone.png", *files[4:]], labels), "Photo 3: .*gone.png"),
    "no photo at all": (lambda files, labels: ([*files[:3], 7, *files[4:]], labels), "Photo 3 is int: give a path"),
    "an array of fractions": (lambda files, labels: ([np.zeros((4, 4)), *files[1:]], labels), "Photo 0 is an array"),
    "an array of nothing": (
        lambda files, labels: ([np.zeros((0, 4), np.uint8), *files[1:]], labels),
        "Photo 0 is an array",
    ),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("verb", ["partial_fit", "fit"])
def test_bad_input_leaves_the_classifier_as_it_was(taught, photos, name, verb):
    make, complaint = BAD[name]
    before = state(taught)
    with pytest.raises(ValueError, match=complaint) as told:
        getattr(taught, verb)(*make(*data(photos, ["teal", "red"])))
    assert "\n" not in str(told.value)
    assert state(taught) == before


def test_a_photo_that_is_none(taught, photos, tmp_path):
    bad = tmp_path / "bad.jpg"
    bad.write_text("this is no photo")
    before = state(taught)
    for use in (
        lambda: taught.predict([bad]),
        lambda: taught.explain(bad),
        lambda: taught.partial_fit([bad], ["teal"]),
    ):
        with pytest.raises(ValueError, match=r"Photo 0: .*bad.jpg"):
            use()
    assert state(taught) == before


def test_descriptions_that_are_none(photos):
    files, labels = data(photos, TASKS[0])
    made = SpaClassifier(progress=False)
    with pytest.raises(ValueError, match="description of 'teal', but no photo"):
        made.fit(files, labels, {"teal": "a teal thing"})
    with pytest.raises(ValueError, match="neither text nor a list of texts"):
        made.fit(files, labels, {"red": 7})
    with pytest.raises(ValueError, match="neither text nor a list of texts"):
        made.fit(files, labels, {"red": ["half a character \udcff"]})
    with pytest.raises(ValueError, match="'red' has 65 phrases: give at most 64"):
        made.fit(files, labels, {"red": ["a phrase"] * 65})
    assert not hasattr(made, "learner_")


def test_importing_the_package_loads_neither_torch_nor_qt():
    code = (
        "import sys, spa_desktop; print(spa_desktop.__version__);"
        "print([name for name in ('torch', 'PySide6', 'sklearn', 'ot') if name in sys.modules]);"
        "spa_desktop.SpaClassifier; print('PySide6' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert found.stdout.splitlines()[1:] == ["[]", "False"]
    with pytest.raises(AttributeError, match="no attribute 'SpaClasifier'"):
        spa_desktop.SpaClasifier  # noqa: B018
