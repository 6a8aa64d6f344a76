"""The Python API: scikit-learn's manners, tasks without forgetting, files, and bad input that leaves all as it was."""

import copy
import enum
import io
import json
import multiprocessing
import os
import pickle
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import sklearn
import torch
from PIL import Image
from sklearn.base import clone
from sklearn.metrics import get_scorer
from sklearn.model_selection import cross_val_score, learning_curve
from sklearn.neighbors import KNeighborsClassifier as KNN
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import estimator_checks_generator
from torch.nn.functional import normalize

import spa_desktop
from spa_desktop import SpaClassifier, SpaConfig, classifier, photo_inputs
from spa_desktop.encoders import backbones
from spa_desktop.encoders.backbones import checked_name
from spa_desktop.encoders.device import choose_device
from spa_desktop.encoders.photo_stream import encode_closely, inputs_of
from spa_desktop.errors import InputError, SpaError
from spa_desktop.export import classifier_folder
from spa_desktop.jobs import JobEvent
from spa_desktop.photo_inputs import BadInput, photos_of
from spa_desktop.photos.sidecars import read_keywords
from spa_desktop.project.folders import add_classes
from spa_desktop.saved_classifier import LARGEST
from spa_desktop.spa.learner_format import read_notes
from spa_desktop.workbench import training
from spa_desktop.workbench.open_project import OpenProject
from tests.conftest import REPOSITORY
from tests.workbench.tiny import LOOKS, TinyEncoder, draw_classes, draw_photo, load_tiny, writer_of_six_phrases

TASKS = (("red", "green", "blue"), ("amber", "violet"))
ALL = [look for task in TASKS for look in task]


pytestmark = pytest.mark.usefixtures("tiny")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return draw_classes(tmp_path / "photos", list(LOOKS))


def data(photos: Path, looks: tuple[str, ...] | list[str], part: str = "train") -> tuple[list[Path], list[str]]:
    files = [file for look in looks for file in sorted((photos / part / look).iterdir())]
    return files, [file.parent.name for file in files]


@pytest.fixture
def two() -> SpaClassifier:
    """Has learned a photo of each of two labels, the later one first in the alphabet."""
    return SpaClassifier(progress=False, writer=None, cache=False).fit([filled(200), filled(20)], ["white", "black"])


@pytest.fixture(scope="module")
def taught_once(tmp_path_factory: pytest.TempPathFactory) -> SpaClassifier:
    made, photos = SpaClassifier(progress=False, cache=False), draw_classes(tmp_path_factory.mktemp("taught"), ALL)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backbones, "load_encoder", load_tiny())
        for task in TASKS:
            made.partial_fit(*data(photos, task))
    return made.set_params(cache=True)


@pytest.fixture
def taught(taught_once: SpaClassifier) -> SpaClassifier:
    """Has learned two tasks, the first of text labels."""
    return copy.deepcopy(taught_once)


def filled(grey: int, *shape: int) -> np.ndarray:
    return np.full(shape or (8, 9, 3), grey, np.uint8)


class Table:
    """What a DataFrame of pandas or polars has of which the classifier makes use."""

    def __init__(self, **columns):
        self.cells, self.columns, self.shape = columns, list(columns), (1, len(columns))

    def __iter__(self):
        return iter(self.columns)

    def __getitem__(self, column):
        return self.cells[column]


class Pairs(torch.utils.data.Dataset):
    """Photos with labels, as torchvision has them; going through it by `iter` would never end."""

    def __init__(self, photos, labels):
        self.photos, self.labels = photos, labels

    def __len__(self):
        return len(self.photos)

    def __getitem__(self, place):
        return self.photos[place % len(self)], self.labels[place % len(self)]


def clone_of(made: SpaClassifier, **settings) -> SpaClassifier:
    """Another one with other settings that has learned the same."""
    return copy.deepcopy(made).set_params(**settings)


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


def test_photos_that_help_each_other(taught, photos):
    files, labels = data(photos, ALL, "test")
    before = copy.deepcopy(taught.learner_.memory.globals.means)
    assert taught.predict(files, together=True).tolist() == labels
    assert [one or "none" for one in taught.predict(files, reject=True, together=True)] == labels
    probability = taught.predict_proba(files, together=True)
    assert np.allclose(probability.sum(axis=1), 1)
    assert not np.allclose(probability, taught.predict_proba(files), atol=1e-3)
    assert np.array_equal(taught.predict_proba(files[:1], together=True), taught.predict_proba(files[:1]))
    assert np.array_equal(before, taught.learner_.memory.globals.means)


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
    assert str(taught.accuracy(*data(photos, TASKS[1], "test"))) == "6 of 6 right (61 to 100 %)"


def test_scores_are_the_logarithms_of_the_probabilities(taught, two, photos):
    files, labels = data(photos, ALL, "test")
    scores = taught.decision_function(files)
    assert scores.shape == (15, 5)
    assert np.allclose(scores - np.logaddexp.reduce(scores, axis=1, keepdims=True), np.log(taught.predict_proba(files)))
    pair = [filled(200), filled(20), filled(110)]
    of_two, probability = two.decision_function(pair), two.predict_proba(pair)
    assert of_two.shape == (3,), "as scikit-learn has it: of classes_[1] against classes_[0]"
    assert np.allclose(of_two, np.log(probability[:, 1] / probability[:, 0]))
    assert get_scorer("roc_auc")(two, pair[:2], ["white", "black"]) == 1.0
    assert get_scorer("roc_auc_ovr")(taught, files, labels) == 1.0
    alone = SpaClassifier(progress=False, writer=None, cache=False).fit(filled(20), "black")
    assert alone.decision_function(pair).shape == (3, 1)


def test_keywords_into_sidecars(taught, photos, tmp_path):
    paths, _ = data(photos, ["red", "green"], "test")
    assert taught.write_keywords(paths, branch="Colours", reject=False).done == len(paths)
    own = [read_keywords(path.with_name(f"{path.name}.xmp").read_bytes())[1] for path in paths]
    assert [mark.keyword for mark in own] == list(taught.predict(paths))
    assert taught.write_keywords(paths, unsure_below=1.0, reject=False).done == len(paths)  # these have none now
    assert not any(path.with_name(f"{path.name}.xmp").exists() for path in paths)
    with pytest.raises(BadInput, match="Photo 0 is"):
        taught.write_keywords(filled(9, 32, 32), reject=False)


def test_embeddings_are_those_of_the_backbone(photos, tiny):
    files, labels = data(photos, TASKS[0])
    made = SpaClassifier(progress=False, writer=None)
    found = made.transform(files)
    assert (found.shape, found.dtype) == ((18, TinyEncoder.dim), np.float32)
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)
    inputs = inputs_of(tiny[0], Image.open(files[0]).convert("RGB"))
    views = tiny[0].project(encode_closely(tiny[0], inputs[None], 3, with_maps=False)[0][0])
    assert len(views) == 3
    assert np.allclose(found[0], normalize(views.mean(0), dim=-1), atol=1e-5)
    assert np.array_equal(made.fit(files, labels).transform(files), found)
    assert len(made.get_feature_names_out()) == TinyEncoder.dim
    assert cross_val_score(make_pipeline(clone(made), KNN(1)), files, labels).mean() > 0.9
    assert len(tiny) == 1, "copies share the encoder"


def test_scikit_learns_names_for_the_seed_and_the_labels_to_come(photos):
    files, labels = data(photos, TASKS[0])
    one, other = (
        SpaClassifier(progress=False, writer=None, **seeds).fit(files, labels)
        for seeds in ({"seed": 7}, {"random_state": 7})
    )
    third = SpaClassifier(progress=False, writer=None).fit(files, labels)
    assert np.array_equal(one.decision_function(files), other.decision_function(files))
    assert not np.array_equal(one.decision_function(files), third.decision_function(files))
    made = SpaClassifier(progress=False, writer=None).partial_fit(files[:6], labels[:6], classes=np.unique(labels))
    assert made.classes_.tolist() == [labels[0]]
    refused(
        f"{labels[6]!r} is a label, but not in classes", lambda: made.partial_fit(files, labels, classes=labels[:6])
    )
    found = learning_curve(
        made, files, labels, cv=2, train_sizes=[4, 9], exploit_incremental_learning=True, shuffle=True
    )
    assert found[2].mean(axis=1)[-1] > 0.8
    with pytest.raises(TypeError, match="unexpected keyword argument 'sample_weight'"):
        made.fit(files, labels, sample_weight=[1] * len(files))


def test_one_photo_alone_is_one_photo_in_every_method(two, tmp_path):
    array = filled(200)
    file = tmp_path / "white.png"
    Image.fromarray(array).save(file)
    for one in (str(file), file, Image.fromarray(array), Image.open(file), array, array[..., 0]):
        assert two.predict(one).tolist() == ["white"]
        assert two.predict(one, reject=False).shape == two.familiarity(one).shape == (1,)
        assert np.allclose(two.predict_proba(one), two.predict_proba([array]), atol=1e-6)
        assert two.score(one, "white") == two.score(one, ["white"]) == 1.0
        assert two.explain(one).probability == pytest.approx(two.explain([one]).probability)
        made = SpaClassifier(progress=False, writer=None).fit(one, "white").partial_fit(filled(20), "black")
        assert made.predict_proba(one).shape == (1, 2)
        assert made.learner_.memory.globals.counts.tolist() == [3, 3], "three views of one photo each"


def test_many_photos_come_in_whatever_holds_them(two, tmp_path):
    arrays = [filled(200), filled(20), filled(210)]
    for place, array in enumerate(arrays):
        Image.fromarray(array).save(tmp_path / f"{place}.png")
    paths = sorted(tmp_path.glob("*.png"))
    for many in (np.stack(arrays), tuple(arrays), (one for one in arrays), np.array(paths), np.array(paths, str)):
        assert two.predict(many).tolist() == ["white", "black", "white"]


def test_whatever_holds_the_same_pixels_is_the_same_photo(two, tmp_path):
    array = np.random.default_rng(0).integers(0, 256, (8, 9, 3), np.uint8)
    Image.fromarray(array).save(tmp_path / "photo.png")
    wanted = two.predict_proba(array)
    chw = torch.from_numpy(array).permute(2, 0, 1)
    opaque = np.dstack([array, filled(255, 8, 9)])
    photos = {
        "bytes of a file": (tmp_path / "photo.png").read_bytes(),
        "fractions": array / 255,
        "half fractions": (array / 255).astype(np.float32),
        "RGBA": opaque,
        "a tensor": chw,
        "a tensor of fractions": (chw / 255).requires_grad_(),
        "a tensor with channels last": torch.from_numpy(array),
    }
    for name, one in photos.items():
        assert np.array_equal(two.predict_proba(one), wanted), name
        pair = two.predict_proba([array, one])
        assert np.array_equal(pair[0], pair[1]), name
        assert np.allclose(pair, wanted, rtol=1e-5), name  # products of two rows round otherwise than those of one
    for name, many in {"a batch": chw[None] / 255, "arrays": opaque[None], "a table": Table(photo=[array])}.items():
        assert np.array_equal(two.predict_proba(many), wanted), name
    grey = two.predict_proba(array[..., 0])
    assert np.array_equal(two.predict_proba(array[..., :1]), grey)
    assert np.array_equal(two.predict_proba(chw[:1]), grey)


def test_a_dataset_of_pairs_is_photos_and_labels():
    pairs = Pairs([filled(200), filled(20)], torch.tensor([1, 0]))
    made = SpaClassifier(progress=False, writer=None, cache=False).fit(pairs)
    assert made.labels_ == [1, 0]
    assert made.predict(pairs).tolist() == [1, 0]
    assert made.score(pairs) == 1.0
    made.partial_fit([(filled(120), 2), (filled(121), 2)])
    assert made.labels_ == [1, 0, 2]


def test_batches_of_a_loader_are_photos_and_labels():
    pictures = torch.cat([torch.full((2, 3, 30, 40), share) for share in (0.1, 0.9)])
    loader = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(pictures, torch.tensor([0, 0, 1, 1])), batch_size=3
    )
    made = SpaClassifier(progress=False, writer=None, cache=False).fit(loader)
    assert made.predict(loader).tolist() == [0, 0, 1, 1] == made.predict(pictures).tolist()
    assert made.score(loader) == 1
    refused("target y is None", lambda: made.fit(torch.utils.data.DataLoader(list(pictures), batch_size=2)))


def test_photos_and_labels_of_folders_and_tables(photos):
    files, labels = spa_desktop.from_folder(photos)
    assert sorted(zip(files, labels, strict=True)) == sorted(zip(*data(photos, list(LOOKS)), strict=True))
    assert sorted(spa_desktop.from_folder(photos, "test")[0]) == sorted(data(photos, list(LOOKS), "test")[0])
    table = Table(file=["a.jpg", "b.jpg"], label=["x", "y"])
    assert spa_desktop.from_dataframe(table, path="file") == (["a.jpg", "b.jpg"], ["x", "y"])
    refused("no column 'path': it has file, label", lambda: spa_desktop.from_dataframe(table))
    refused("split is 'val'", lambda: spa_desktop.from_folder(photos, "val"))
    with pytest.raises(InputError, match="no photo to test with"):
        spa_desktop.from_folder(photos / "train", "test")


@pytest.mark.parametrize(("values", "expected"), [((0, 100, 255), (0, 100, 255)), ((0, 25_700, 65535), (0, 100, 255))])
def test_a_picture_of_32_bits_is_read_by_its_values(values, expected):
    picture = Image.fromarray(np.array([values] * 3, np.int32))
    assert picture.mode == "I"
    read = photo_inputs.converted(picture, 0, Path, lambda image: image)
    assert np.asarray(read)[0, :, 0].tolist() == list(expected)


def test_a_label_is_forgotten_or_renamed(taught, photos):
    files, _ = data(photos, ALL, "test")
    before = taught.predict_proba(files)
    taught.rename_class("red", "crimson")
    assert (taught.labels_[0], set(taught.phrases_)) == ("crimson", set(taught.labels_))
    order = [taught.classes_.tolist().index({"red": "crimson"}.get(name, name)) for name in sorted(ALL)]
    assert taught.predict_proba(files)[:, order].tolist() == before.tolist()
    taught.forget_class("green")
    assert "green" not in {*taught.classes_, *taught.predict(files), *taught.phrases_}
    again = taught.partial_fit(*data(photos, ["green"]))
    assert again.score(*data(photos, ["green", "blue"], "test")) == 1
    refused("was not learned", lambda: taught.forget_class("red"), lambda: taught.rename_class("red", "x"))
    refused(
        "another kind, or learned", lambda: taught.rename_class("blue", "green"), lambda: taught.rename_class("blue", 1)
    )
    refused("only label", lambda: SpaClassifier(progress=False, writer=None).fit([filled(9)], ["a"]).forget_class("a"))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_forked_process_is_told_and_does_not_wait_for_ever(two):
    two.predict([filled(7)])
    pool, told = multiprocessing.get_context("fork").Pool(1), r"was forked from one that has loaded an encoder"
    with pool:
        for asked, *given in (
            (two.predict, [filled(7)]),
            (two.score, [filled(7)], ["black"]),
            (two.forget_class, "black"),
        ):
            with pytest.raises(SpaError, match=told):
                pool.apply_async(asked, given).get(60)
    assert two.predict([filled(20)]).tolist() == ["black"]


def test_truth_values_as_labels(tmp_path):
    photos, labels = [filled(200), filled(20)], np.array([True, False])
    made = SpaClassifier(progress=False, writer=None, cache=False).fit(photos, labels)
    made.save(tmp_path / "truth")
    for one in (made, SpaClassifier.load(tmp_path / "truth")):
        assert one.classes_.tolist() == [False, True]
        assert one.predict(photos).dtype == bool
        assert one.score(photos, labels) == 1.0
    refused("1 was not learned", lambda: made.explain(photos[0], 1))


def test_without_a_cache_no_file_is_written(photos, tmp_path):
    files, labels = data(photos, TASKS[0])
    SpaClassifier(progress=False, cache=False, writer=None).fit(files, labels).predict(files)
    assert not (tmp_path / "cache" / "features").exists()


def test_a_class_alone(photos):
    files, labels = data(photos, ["red"])
    made = SpaClassifier(progress=False).fit(files, labels)
    assert made.predict_proba(files[:2]).tolist() == [[1.0], [1.0]]
    assert made.explain(files[0]).against_id is None
    assert str(made.accuracy(*data(photos, ["red"], "test"))) == "not measured"
    made.partial_fit(*data(photos, ["blue"]))
    assert made.score(*data(photos, ["red", "blue"], "test")) == 1.0


def test_fewer_views_are_those_of_photos_that_are_asked_about(taught, photos, tiny):
    files, labels = data(photos, ALL, "test")
    taught.set_params(views=2).partial_fit(*data(photos, ["teal"]))
    assert taught.learner_.memory.globals.counts.tolist() == [18] * 6, "three views of what is learned"
    before, probability = tiny[0].encoded, taught.predict_proba(files)
    assert tiny[0].encoded - before == 2 * len(files)
    assert np.array_equal(taught.predict_proba(files), probability)
    assert tiny[0].encoded - before == 2 * len(files), "each photo is encoded once"
    assert taught.score(files, labels) == 1.0
    assert taught.explain(files[0]).probability == pytest.approx(probability[0].max(), abs=1e-5)
    assert not np.allclose(taught.set_params(views=3).predict_proba(files), probability, atol=1e-4)


def test_photos_in_a_batch(taught, photos, monkeypatch):
    files, _ = data(photos, ALL, "test")
    assert np.allclose(taught.predict_proba(files), clone_of(taught, batch_size=4).predict_proba(files), atol=1e-6)
    monkeypatch.setattr(TinyEncoder, "device", torch.device("cuda"))
    sizes, encode = [], TinyEncoder.encode_images
    monkeypatch.setattr(
        TinyEncoder, "encode_images", lambda one, batch, **how: sizes.append(len(batch)) or encode(one, batch, **how)
    )
    SpaClassifier(progress=False, cache=False, batch_size=4, views=1).transform(files)
    assert sizes == [4, 4, 4, 3]


def test_a_frame_of_a_video(taught, photos, tmp_path, monkeypatch):
    monkeypatch.setenv("SPA_DESKTOP_CACHE_DIR", str(tmp_path / "untouched"))
    of_files = clone_of(taught, views=1, cache=False)
    for file in data(photos, ALL, "test")[0]:
        rgb = np.array(Image.open(file))
        label, probability = taught.predict_frame(rgb[..., ::-1], "BGR")
        assert label == file.parent.name
        assert taught.predict_frame(rgb, "RGB") == (label, probability)
        assert probability == pytest.approx(of_files.predict_proba(file).max(), abs=1e-5)
        assert taught.predict_frame(rgb, "RGB", reject=True)[0] == of_files.predict(file, reject=True)[0]
    noise = np.random.default_rng(0).integers(0, 256, (24, 24, 3), np.uint8)
    assert taught.predict_frame(noise, "RGB", reject=True)[0] is None
    assert taught.predict_frame(noise, "RGB")[0] in ALL
    assert not (tmp_path / "untouched").exists()
    refused("The frame is None: give a uint8 array", lambda: taught.predict_frame(None, "BGR"))
    refused("channels is 'bgr': give \"BGR\"", lambda: taught.predict_frame(rgb, "bgr"))
    refused("reject is 2", lambda: taught.predict_frame(rgb, "RGB", reject=2))
    for wrong in (rgb[..., 0], rgb / 255, rgb[:0], rgb[None]):
        refused("The frame is an array .*: give uint8", lambda wrong=wrong: taught.predict_frame(wrong, "RGB"))


def test_training_is_followed_step_by_step(two, photos):
    seen: list[spa_desktop.JobEvent] = []
    made = SpaClassifier(progress=False, writer=None, on_progress=seen.append)
    made.fit(*data(photos, TASKS[0]))
    steps = [event for event in seen if event.values]
    assert [event.done for event in steps] == list(range(1, SpaConfig().steps + 1))
    assert {(str(event.stage), event.total) for event in steps} == {("Learning projectors", SpaConfig().steps)}
    losses = [dict(event.values)["loss"] for event in steps]
    assert losses[-1] < losses[0]
    assert 50 < dict(steps[-1].values)["accuracy"] <= 100, "in per cent"
    assert [event.done for event in seen if event.stage == "Encoding photos"] == list(range(19))
    assert clone(made).on_progress == seen.append
    bar = spa_desktop.jobs.Job()  # it has a lock: it cannot be copied, nor would a copy be of use
    assert clone(SpaClassifier(on_progress=bar.message)).on_progress == bar.message
    with sklearn.config_context(enable_metadata_routing=True):
        weighed = clone(SpaClassifier().set_score_request(sample_weight=True))
        assert weighed.get_metadata_routing().score.requests["sample_weight"] is True
    assert pickle.loads(pickle.dumps(made)).on_progress is None

    def stop(event):
        if event.values:
            raise InterruptedError("enough")

    before = state(two)
    with pytest.raises(InterruptedError, match="enough"):
        two.set_params(on_progress=stop).partial_fit([filled(120), filled(122)], ["grey", "grey"])
    assert state(two) == before


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
        assert [found.class_id, found.against_id] == probability.argsort()[:-3:-1].tolist()
        assert found.probability == pytest.approx(probability[found.class_id], abs=1e-5)
    one, other = (taught.explain(file, *pair) for pair in (("red", "blue"), ("blue", "red")))
    assert sum(one.shares.values()) == pytest.approx(-sum(other.shares.values()), abs=1e-4)
    assert (one.class_id, one.against_id) == tuple(taught.classes_.searchsorted(["red", "blue"]))
    with pytest.raises(ValueError, match=r"'teal' was not learned\. Learned are: red"):
        taught.explain(file, "teal")


def test_the_likeliest_label_is_not_compared_with_itself(taught, photos):
    files, _ = data(photos, ["red"])
    best = taught.predict([files[0]])[0]
    found = taught.explain(files[0], against=best)
    assert taught.classes_[found.against_id] == best != taught.classes_[found.class_id]
    assert sum(found.shares.values()) < 0, "it says why the other one is not the answer"
    with pytest.raises(ValueError, match="compared with itself"):
        taught.explain(files[0], "red", "red")
    alone = SpaClassifier(progress=False).partial_fit(files[:2], ["red", "red"])
    with pytest.raises(ValueError, match="compared with itself"):
        alone.explain(files[0], against="red")


def test_the_evidence_and_the_forgetting_are_drawn(taught, photos, monkeypatch):
    tests = data(photos, ALL, "test")
    curve = SpaClassifier(progress=False).forgetting_curve([data(photos, task) for task in TASKS], *tests)
    told = taught.accuracy(*data(photos, TASKS[0], "test"))
    assert np.isnan(curve.accuracies[0, 1])
    assert curve.accuracies[1, 0] == told.right / told.photos
    refused("'red' is a label of a test photo, but of no task", lambda: taught.forgetting_curve([], *tests))
    found = taught.explain(tests[0][0])
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "matplotlib", None)
        for drawn in (found, curve):
            with pytest.raises(InputError, match="pip install matplotlib"):
                drawn.plot()
    pytest.importorskip("matplotlib").use("agg")
    where, kinds = found.plot()
    assert [bar.get_width() for bar in kinds.patches] == list(found.shares.values())
    assert where.get_xlim() == (0, found.photo.width)
    assert [line.get_ydata()[-1] for line in curve.plot().lines] == (100 * curve.accuracies[-1]).tolist()


def through_a_file(made: SpaClassifier, folder: Path) -> SpaClassifier:
    made.save(folder / "colours.safetensors")
    # As earlier versions write it: labels as they were learned.
    assert json.loads(read_notes((folder / "colours.safetensors").read_bytes())["classifier"])["labels"] == ALL
    return SpaClassifier.load(folder / "colours.safetensors")


@pytest.mark.parametrize(
    "copied",
    [through_a_file, lambda made, _: pickle.loads(pickle.dumps(made)), lambda made, _: copy.deepcopy(made)],
    ids=["file", "pickle", "copy"],
)
def test_saved_or_copied_it_says_the_same_and_learns_on(taught, photos, tmp_path, copied):
    files, labels = data(photos, list(LOOKS), "test")
    other = copied(taught, tmp_path)
    assert np.array_equal(other.predict_proba(files), taught.predict_proba(files))
    assert other.explain(files[0], "red", "blue").class_id == other.classes_.tolist().index("red")
    assert other.phrases_ == taught.phrases_
    other.partial_fit(*data(photos, ["teal"]))
    assert other.score(files, labels) == 1.0
    assert taught.labels_ == ALL


def test_who_saves_agrees_to_the_checkpoint_file_of_the_backbone(photos, tmp_path):
    (tmp_path / "own.pt").write_bytes(b"weights")
    files, labels = data(photos, TASKS[0])
    made = SpaClassifier(f"RN50:{tmp_path / 'own.pt'}", progress=False).fit(files, labels)
    made.save(tmp_path / "own.safetensors")
    assert list(SpaClassifier.load(tmp_path / "own.safetensors").predict(files)) == list(made.predict(files))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda blob: blob[:100], "no saved classifier"),
        (lambda blob: blob[:-1], "damaged"),
        (lambda blob: blob[:-40] + bytes(40), "damaged"),
        (lambda blob: blob.replace(b'\\"version\\":1', b'\\"version\\":9'), "newer version"),
        (lambda blob: blob.replace(b"tiny-fingerprint", b"tiny-fingerprinT"), "other weights"),
        (lambda blob: blob.replace(b'e\\":\\"spa-lite', b'e\\":\\"RN50:/xy'), "file /xy, which was not agreed to"),
        (lambda blob: blob.replace(b'\\"red\\",', b'\\"blue\\"'), "damaged"),
        (lambda blob: blob.replace(b'\\"amber\\"', b'\\"     \\"'), "damaged: The label is empty"),
    ],
)
def test_files_that_are_damaged_or_of_others(taught, tmp_path, change, complaint):
    file = tmp_path / "colours.safetensors"
    taught.save(file)
    blob = file.read_bytes()
    file.write_bytes(change(blob))
    assert file.read_bytes() != blob
    with pytest.raises(InputError, match=complaint) as told:
        SpaClassifier.load(file)
    assert "\n" not in str(told.value)


def test_what_was_loaded_learns_with_the_settings_that_were_saved(photos, tmp_path):
    files, labels = data(photos, TASKS[0])
    SpaClassifier(config=SpaConfig(patches=4), progress=False).fit(files, labels).save(tmp_path / "four")
    loaded = SpaClassifier.load(tmp_path / "four")
    assert clone(loaded).fit(files, labels).learner_.config.patches == 4
    settings = {"views": 2, "focus": "photo", "batch_size": 5, "seed": 3, "random_state": 9}
    SpaClassifier(**settings, progress=False).fit(files, labels).save(tmp_path / "set")
    assert (
        SpaClassifier.load(tmp_path / "set").get_params() | settings
        == SpaClassifier.load(tmp_path / "set").get_params()
    )


def test_the_same_photo_twice_is_one_photo(photos):
    files, labels = data(photos, TASKS[0])
    copy = shutil.copy(files[0], photos / "under another name.png")
    seen: list[str] = []
    made = SpaClassifier(progress=False, on_progress=lambda event: seen.append(event.detail) if event.photo else None)
    made.fit([*files, files[0], copy], [*labels, labels[0], labels[0]])
    assert made.learner_.memory.globals.counts.tolist() == [18.0] * 3  # six photos, three views each
    assert seen == [file.name for file in files], "encoded once"


@pytest.mark.parametrize("is_copy", [False, True])
def test_one_photo_with_two_labels_is_refused_before_anything_is_encoded(two, photos, is_copy):
    file = data(photos, ["red"])[0][0]
    again = shutil.copy(file, photos / "again.png") if is_copy else file
    before = state(two)
    complaint = rf"photo 0 \(.*{file.name}\) is 'red', photo 2 \(.*{Path(again).name}\) is 'blue'"
    steps: list[JobEvent] = []
    two.set_params(on_progress=steps.append)
    refused(complaint, lambda: two.partial_fit([file, filled(9), again], ["red", "black", "blue"]))
    assert state(two) == before
    assert steps == []


def test_what_is_no_file_is_not_read_as_a_classifier(tmp_path):
    with (tmp_path / "sparse").open("wb") as sparse:
        sparse.truncate(LARGEST + 1)
    names = [(tmp_path / "gone", "cannot be read"), (tmp_path / "sparse", "larger than")]
    for path, why in [*names, ("a\0", "no name of a file"), (None, "no name of a file")]:
        with pytest.raises(InputError, match=why):
            SpaClassifier.load(path)


def test_saving_replaces_a_saved_classifier_and_nothing_else(taught, tmp_path):
    (tmp_path / "diary").write_text("mine")
    with pytest.raises(InputError, match="was not made by this app"):
        taught.save(tmp_path / "diary")
    assert (tmp_path / "diary").read_text() == "mine"
    for _ in range(2):
        taught.save(tmp_path / "saved")
    assert SpaClassifier.load(tmp_path / "saved").labels_ == taught.labels_


def test_a_project_opens_as_a_classifier(photos, tmp_path):
    path = tmp_path / "Colours.spa"
    with OpenProject.create(path) as bench:
        for number, task in enumerate(TASKS):
            folders = [photos / "train" / look for look in task]
            add_classes(bench.project, folders, task=f"Task {number}", test_share=0.0)
            training.train(bench)
        before = path.read_bytes()
        made = SpaClassifier.from_project(path)
    files, labels = data(photos, ALL, "test")
    assert made.labels_ == ALL
    assert made.score(files, labels) == 1.0
    made.partial_fit(*data(photos, ["teal"]))
    assert made.score(*data(photos, list(LOOKS), "test")) == 1.0
    assert path.read_bytes() == before
    with OpenProject.create(tmp_path / "Empty.spa"), pytest.raises(InputError, match="learned nothing yet"):
        SpaClassifier.from_project(tmp_path / "Empty.spa")


# Of scikit-learn's checks of an estimator, what can be asked of one that takes photos: docs/python.md says why not all.
CHECKS = """
    check_decision_proba_consistency check_dict_unchanged check_do_not_raise_errors_in_init_or_set_params
    check_dont_overwrite_parameters check_estimator_cloneable check_estimator_repr check_estimators_fit_returns_self
    check_estimators_overwrite_params check_estimators_pickle check_estimators_unfitted check_fit_check_is_fitted
    check_fit_idempotent check_get_params_invariance check_mixin_order check_no_attributes_set_in_init
    check_parameters_default_constructible check_requires_y_none check_set_params check_valid_tag_types
"""


def test_scikit_learns_own_checks(monkeypatch):
    def of_rows(given):
        """A photo for each row of a matrix of numbers, which is what scikit-learn checks with."""
        if not isinstance(given, np.ndarray) or given.ndim != 2:
            return photos_of(given)
        # Large numbers that differ by little are photos that can be told apart, too.
        return [(1 + np.sin(np.outer(range(1, 9), row))) / 2 for row in given.astype(float)]

    monkeypatch.setattr(photo_inputs, "photos_of", of_rows)
    monkeypatch.setattr(classifier, "photos_of", of_rows)
    made = SpaClassifier(progress=False, writer=None, cache=False)
    asked = [(one, check) for one, check in estimator_checks_generator(made) if check.func.__name__ in CHECKS.split()]
    assert {check.func.__name__ for _, check in asked} == set(CHECKS.split())
    for one, check in asked:
        check(one)


HUGE = np.broadcast_to(filled(0, 1, 1, 3), (20_000, 20_000, 3))  # of no memory
BAD_PHOTOS = {
    "none": ([], "There is no photo: give at least one"),
    "None": (None, "The photos are None: give paths"),
    "a tensor of channels first or last": (torch.zeros(3, 8, 3), r"tensor \(3, 8, 3\), whose channels may be first or"),
    "fractions of 255": (filled(7).astype(float), "Photo 0 has fractions from 7 to 7: give them from 0 to 1, or uint8"),
    "a mask": (np.zeros((8, 9), bool), r"Photo 0 is an array \(8, 9\) of bool: give uint8, or fractions"),
    "a table of two columns": (Table(path=["a.jpg"], size=[3]), "A table of 2 columns was given: give one"),
    "grey photos in one array": (filled(0, 5, 8, 9), r"array \(5, 8, 9\) of uint8: give \(n, height, width, 3\)"),
    "an open file": (io.BytesIO(b"a.jpg"), "The photos are BytesIO: give paths, bytes of files"),
    "a number in a list": ([filled(0), 7], "Photo 1 is int: give paths"),
    "an array of nothing": (filled(0, 0, 4), "Photo 0 is a picture of 4 x 0 pixels"),
    "an array of too many pixels": (HUGE, "Photo 0 has more than 250 million pixels: make it smaller"),
    "no name": ("", "Photo 0 is '', which is no name of a file"),
    "an address": ("https://example.org/a.jpg", "Photo 0 is the address 'https.*nothing is fetched: download it"),
    "numbers of 32 bits": (Image.fromarray(np.full((8, 9), 70_000, np.int32)), "whole numbers from 70000 to 70000"),
    "a missing photo": ([filled(0), Path("gone.png")], "Photo 1: .*gone.png"),
    "a file that is no photo": ([filled(0), Path(__file__)], "Photo 1: .*test_classifier.py is not a photo"),
}
BAD_LABELS = {
    "fewer": (["white"], "2 photos and 1 labels"),
    "a fraction": (["white", 1.5], "label of photo 1 is 1.5: give text or a whole number"),
    "None": ([None, "white"], "label of photo 0 is None"),
    "True": ([True, "white"], "text and truth values at once"),
    "not given": (None, "target y is None: give labels, or a list or torch Dataset of pairs"),
    "empty": ([" ", "white"], "label of photo 0 is empty"),
    "half a character": (["\udcff", "white"], "photo 0 is .*no valid text"),
    "of more bits than are stored": ([-1, 2**63 + 1], "photo 1 is a number of more than 64 bits"),
    "text and numbers": ([1, "1"], "text and numbers at once"),
}
BAD_SETTINGS = {
    "seed": ("x", True, None, 1.0, 2**63),
    "random_state": ("x", True, 1.0, 2**63, np.random.RandomState(0)),
    "config": ({}, SpaConfig),
    "device": ("warp", None, 0),
    "backbone": ("warp", None, ["spa-lite"], "ViT-B-16:a\0"),
    "writer": ("warp", 7, "a\0.json"),
    "on_progress": ("print", 7),
    "views": (0, 4, 1.0, "1", True, None),
    "batch_size": (0, -1, 2.5, True),
}


def refused(complaint: str, *calls: Callable[[], object]) -> None:
    for call in calls:
        with pytest.raises(ValueError, match=complaint) as told:
            call()
        assert isinstance(told.value, InputError)
        assert "\n" not in str(told.value)


@pytest.mark.parametrize("name", BAD_PHOTOS)
def test_bad_photos_leave_the_classifier_as_it_was(two, name):
    photos, complaint = BAD_PHOTOS[name]
    before = state(two)
    count = len(photos) if isinstance(photos, list) else 1
    labels = ["white"] * count
    if count == 1:
        refused(complaint, lambda: two.explain(photos))
    refused(complaint, lambda: two.predict(photos), lambda: two.score(photos, labels))
    refused(complaint, lambda: two.fit(photos, labels), lambda: two.partial_fit(photos, labels))
    assert state(two) == before


@pytest.mark.parametrize("name", BAD_LABELS)
def test_bad_labels_leave_the_classifier_as_it_was(two, name):
    labels, complaint = BAD_LABELS[name]
    photos, before = [filled(200), filled(20)], state(two)
    refused(complaint, lambda: two.partial_fit(photos, labels), lambda: two.score(photos, labels))
    assert state(two) == before


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, bad in BAD_SETTINGS.items() for value in bad])
def test_settings_that_are_wrong_are_told_before_anything_is_encoded(name, value, tiny, monkeypatch):
    def load(backbone: str, *, device: str, **_: object) -> TinyEncoder:
        choose_device(device)
        checked_name(backbone)
        return load_tiny(tiny)(backbone)

    monkeypatch.setattr(backbones, "load_encoder", load)
    made = SpaClassifier(progress=False, cache=False).set_params(**{name: value})
    with pytest.raises(InputError, match=rf"(?i){name}|provider") as told:
        made.fit([filled(200), filled(20)], ["white", "black"])
    assert "\n" not in str(told.value)
    assert [one.encoded for one in tiny] in ([], [0])


def test_labels_of_other_kinds_of_text_and_numbers_are_kept_as_plain_ones(two, tmp_path):
    Text, Number = enum.StrEnum("Text", ["black"]), enum.IntEnum("Number", ["one"])
    assert type(two.partial_fit(filled(30), Text.black).labels_[1]) is str
    made = SpaClassifier(progress=False, writer=None, seed=np.int8(1)).fit(
        [filled(200), filled(20)], [Number.one, np.uint8(2)]
    )
    made.save(tmp_path / "numbers")
    assert SpaClassifier.load(tmp_path / "numbers").classes_.tolist() == [1, 2]


def test_an_explanation_is_of_one_photo_and_learned_labels(two):
    photo = filled(200)
    refused("2 photos are given: give one", lambda: two.explain([photo, photo]))
    refused("1.5: give text or a whole number", lambda: two.explain(photo, 1.5))
    refused("True was not learned", lambda: two.explain(photo, True))
    refused("1 was not learned", lambda: two.explain(photo, 1))


def test_paths_that_no_file_has(two):
    refused(r"The folder is 'a\\x00'", lambda: two.export("a\0"))
    refused("The runtime is None|The runtime is 7", lambda: two.export("a", runtime=7))
    refused("The project is None", lambda: SpaClassifier.from_project(None))


@pytest.mark.parametrize(
    ("descriptions", "complaint"),
    [
        ({"teal": "a teal thing"}, "description of 'teal', but no photo"),
        ({"red": 7}, "neither text nor a list of texts"),
        ({"red": ["half a character \udcff"]}, "neither text nor a list of texts"),
        ({"red": []}, "neither text nor a list of texts"),
        ({"red": ["a phrase"] * 65}, "'red' has 65 phrases: give at most 64"),
        (["a phrase"], r"descriptions are \['a phrase'\]: give a dict"),
    ],
)
def test_descriptions_that_are_none(descriptions, complaint):
    made = SpaClassifier(progress=False)
    refused(complaint, lambda: made.fit([filled(200), filled(20)], ["red", "blue"], descriptions))
    assert not hasattr(made, "learner_")


def test_every_public_name_is_there_when_it_is_asked_for():
    for name in spa_desktop.__all__:
        assert getattr(spa_desktop, name) is not None
    assert issubclass(spa_desktop.BadInput, spa_desktop.InputError)
    assert spa_desktop.Explanation.__name__ == "Explanation"
    with pytest.raises(AttributeError, match="no attribute 'SpaClasifier'"):
        spa_desktop.SpaClasifier  # noqa: B018
    code = "import sys, spa_desktop; print(sorted({'torch', 'numpy', 'PIL', 'sklearn'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"


def all_recipes() -> list[str]:
    pages = [(REPOSITORY / "docs" / page).read_text("utf-8") for page in ("python.md", "guide/script.md")]
    return re.findall(r"^```python\n(.*?)^```", "\n".join(pages), re.M | re.S)


@pytest.mark.parametrize("library", ["tensorboard", "mlflow"])
def test_a_training_is_followed_in_a_library(photos, tmp_path, monkeypatch, library):
    pytest.importorskip(library)
    monkeypatch.chdir(tmp_path)
    # The smaller package of MLflow keeps runs in files alone; and nobody is told of the test.
    settings = {"ALLOW_FILE_STORE": "1", "DISABLE_TELEMETRY": "1", "TRACKING_URI": f"file:{tmp_path}/runs"}
    for name, value in settings.items():
        monkeypatch.setenv(f"MLFLOW_{name}", value)
    paths, labels = data(photos, TASKS[0])
    recipe = next(text for text in all_recipes() if library in text)
    exec(compile(recipe, "docs/python.md", "exec"), {"SpaClassifier": SpaClassifier, "paths": paths, "labels": labels})
    assert any("loss" in file.name or "tfevents" in file.name for file in (tmp_path / "runs").rglob("*"))


def test_the_recipes_of_the_documentation_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    writer_of_six_phrases(monkeypatch)  # to look for words takes a quarter of the time of a fit
    exported = []
    monkeypatch.setattr(classifier_folder, "export_classifier", lambda *given, **how: exported.append(given))
    looks = {"cat": "red", "dog": "green", "llama": "blue"}
    kinds = {
        kind: [draw_photo(tmp_path / kind / f"{seed}.png", look, seed) for seed in range(6)]
        for kind, look in looks.items()
    }
    draw_photo(tmp_path / "who.jpg", "blue", 9)
    with OpenProject.create(tmp_path / "pets.spa") as bench:
        add_classes(bench.project, [tmp_path / kind for kind in kinds], task="Pets", test_share=0.0)
        training.train(bench)
    paths = [file for files in kinds.values() for file in files]
    names = {f"{kind}s": files[:5] for kind, files in kinds.items()} | {
        "more_cats": kinds["cat"][5:],
        "paths": paths,
        "labels": [file.parent.name for file in paths],
        "unlabelled": list(paths),
        "ask": lambda files: [file.parent.name for file in files],
        "frame": np.array(Image.open(tmp_path / "who.jpg"))[..., ::-1],
        "more": [draw_photo(tmp_path / "horse" / f"{seed}.png", "amber", seed) for seed in range(2)],
    }
    recipes = [text for text in all_recipes() if not re.search("tensorboard|mlflow|from_pretrained", text)]
    assert len(recipes) >= 10
    for recipe in recipes:
        exec(compile(recipe, "docs/python.md", "exec"), names)
    assert names["classifier"].predict("who.jpg").tolist() == ["llama"]
    assert "answer" in names, "that of the guide"
    assert names["unlabelled"] == []
    assert sum(names["found"].shares.values()) > 0, "a llama rather than a cat"
    assert [given[1] for given in exported] == [Path("pets export")]


USES = """
import logging, os, signal, sys, threading, warnings
from PIL import Image, ImageFile
import scipy, sklearn, torch
from huggingface_hub import constants

def settings():
    return {
        "pixels": Image.MAX_IMAGE_PIXELS, "cut off": ImageFile.LOAD_TRUNCATED_IMAGES, "warn": warnings.showwarning,
        "hooks": (sys.excepthook, threading.excepthook), "records": logging.getLogRecordFactory(),
        "handlers": list(logging.root.handlers), "signals": {s: signal.getsignal(s) for s in signal.valid_signals()},
        "cores": resource and resource.getrlimit(resource.RLIMIT_CORE), "environment": dict(os.environ),
        "threads": torch.get_num_threads(), "random": torch.initial_seed(), "hub": constants.HF_HUB_OFFLINE,
    }

try:
    import resource
except ImportError:
    resource = None
before = settings()
from spa_desktop import SpaClassifier
from tests.workbench.tiny import load_tiny
from spa_desktop.encoders import backbones
backbones.load_encoder = load_tiny([])
paths = sys.argv[1:]
made = SpaClassifier().fit(paths, ["a", "b"] * (len(paths) // 2))
made.predict(paths), made.explain(paths[0])
after = settings()
print({name: (before[name], after[name]) for name in before if before[name] != after[name]})
"""


def test_a_program_that_uses_it_keeps_its_own_settings(photos, tmp_path):
    odd = tmp_path / "odd.jpg"
    Image.open(data(photos, ["red"])[0][0]).save(odd, exif=b"Exif\0\0II*\0\xff\xff\xff\xff" + b"\xff" * 30)
    files = [str(odd), *map(str, data(photos, ["green"])[0][:3])]
    environment = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE", "OPENAI_API_KEY": "sk-of-the-program"}
    found = subprocess.run(
        [sys.executable, "-c", USES, *files], capture_output=True, text=True, timeout=200, env=environment
    )
    assert (found.returncode, found.stdout) == (0, "{}\n"), found.stderr[-2000:]


def test_what_to_label_next_is_typical_at_first_and_then_doubtful(photos, tiny):
    files, labels = data(photos, ["red", "green", "blue"])
    classifier = SpaClassifier(progress=False, writer=None)
    first = classifier.most_useful(files, 3)
    assert {labels[place] for place in first} == {"red", "green", "blue"}, "one of each look, with nothing learned"
    classifier.partial_fit([files[place] for place in first], [labels[place] for place in first])
    both = [
        Image.blend(*(Image.open(files[labels.index(look)]) for look in looks), 0.5) for looks in (("red", "blue"),)
    ]
    pile = [*both, *files]
    encoded = tiny[0].encoded
    order = classifier.most_useful(pile, len(pile))
    assert sorted(order) == list(range(len(pile)))
    assert tiny[0].encoded == encoded + 3, "three views of the photo that is new"
    shares = classifier.predict_proba(pile)
    doubt = -(shares * np.log(shares + 1e-12)).sum(axis=1)
    assert doubt[order[:5]].mean() > doubt[order[-5:]].mean()
    assert classifier.most_useful(files[0], 10).tolist() == [0]
    for wrong in (0, -1, 2.5, True, "ten"):
        with pytest.raises(InputError, match="whole number"):
            classifier.most_useful(files, wrong)
    with pytest.raises(InputError, match="no photo"):
        classifier.most_useful([], 3)


def test_it_looks_at_the_thing_where_it_is_told_to(photos, tmp_path, monkeypatch):
    monkeypatch.setattr(TinyEncoder, "finds_things", True)
    made = SpaClassifier(progress=False, focus="thing").fit(*data(photos, ALL))
    files, labels = data(photos, ALL, "test")
    assert made.learner_.config.views == 4
    assert made.score(files, labels) > 0.6
    made.save(tmp_path / "saved")
    loaded = SpaClassifier.load(tmp_path / "saved")
    np.testing.assert_array_equal(loaded.predict_proba(files), made.predict_proba(files))
    assert made.explain(files[0]).shares.keys() == loaded.set_params(views=1).explain(files[0]).shares.keys()
    assert made.set_params(focus="photo").fit(*data(photos, ALL)).learner_.config.views == 3
    with pytest.raises(InputError, match='give "auto", "photo" or "thing"'):
        made.set_params(focus="things").fit(*data(photos, ALL))
