"""The exported model against the app, on test photos of each of the demo's classes."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from PIL import Image

from spa_desktop.demo import DemoTask
from spa_desktop.encoders.photo_stream import inputs_of
from spa_desktop.errors import InputError
from spa_desktop.export.model_graph import fixed_model_bytes, model_bytes
from spa_desktop.feature_store import FeatureStore, PhotoRef, loaded_encoder
from spa_desktop.learning import encode_class_text
from spa_desktop.photos.opening import open_photo
from spa_desktop.project.feature_cache import FeatureCache
from spa_desktop.spa.config import THING_VIEWS, SpaConfig
from spa_desktop.spa.learner import SpaLearner
from spa_desktop.spa.memory import ClassSamples


@pytest.fixture(scope="module")
def session(exported: Path) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(str(exported / "model.onnx"))


def test_photos_of_one_size_in_a_batch_are_answered_as_alone(session, test_photos):
    photos = [np.asarray(Image.open(path).convert("RGB").resize((320, 300))) for path in test_photos[::11]]
    together = session.run(None, {"photo": np.stack(photos)})
    alone = [session.run(None, {"photo": photo[None]}) for photo in photos]
    assert len(photos) > 2
    for place, answers in enumerate(together):
        np.testing.assert_allclose(answers, np.concatenate([one[place] for one in alone]), atol=1e-4)


def test_a_model_that_looks_at_the_thing_answers_as_the_app(demo_set: tuple[DemoTask, ...]) -> None:
    store = FeatureStore(loaded_encoder("spa-lite", "cpu"), FeatureCache(), views=THING_VIEWS)
    encoder, samples = store.encoder, list[ClassSamples]()
    for name in demo_set[0].classes:
        photos = [PhotoRef.of(photo) for photo in demo_set[0].photos(name, "train")[:3]]
        patches = [part for _, part in store.iter_patches(photos)]
        samples.append(
            ClassSamples(name, store.pooled(photos), partial(iter, patches), encode_class_text(encoder, name))
        )
    learner = SpaLearner(encoder.image_projection, SpaConfig(views=THING_VIEWS), prior=encoder.prior).learn(samples)
    with pytest.raises(InputError, match="has no fixed shapes"):
        fixed_model_bytes(encoder, learner, {})
    session = onnxruntime.InferenceSession(model_bytes(encoder, learner, {}))
    for name in demo_set[0].classes:
        photo = PhotoRef.of(demo_set[0].photos(name, "test")[0])
        _, patches = next(store.iter_patches([photo]))
        expected = learner.score(store.pooled([photo]), patches)
        picture = open_photo(photo.path, at_least=2 * encoder.input_size)
        probabilities, _, known = session.run(None, {"photo": np.asarray(picture)[None]})
        np.testing.assert_allclose(probabilities, expected.scores.softmax(dim=1), atol=0.01)
        np.testing.assert_allclose(known, [learner.known_scale().known(float(expected.familiarity[0]))], atol=0.01)


def test_fixed_shapes_without_loops_answer_as_the_app(learned, test_photos, tmp_path):
    learned.export(tmp_path / "out", fixed=True)
    model, encoder = onnx.load(tmp_path / "out" / "fixed.onnx"), loaded_encoder("spa-lite", "cpu")
    assert not {"Scan", "Loop"} & {node.op_type for node in model.graph.node}
    sizes = [one.type.tensor_type.shape.dim for one in (*model.graph.input, *model.graph.output)]
    told = json.loads((tmp_path / "out" / "signature.json").read_text(encoding="utf-8"))["fixed"]
    assert told["bytes"] == (tmp_path / "out" / told["file"]).stat().st_size
    shapes = [told[name]["shape"] for name in ("input", "output")]
    assert [[size.dim_value for size in one] for one in sizes] == shapes == [[2, 3, 260, 260], [8]]
    numbers = {tensor.name for tensor in model.graph.initializer}
    largest = [node for node in model.graph.node if node.op_type == "Max"]
    assert not any(node.input[1] in numbers for node in largest), "onnx2tf makes 0 of a small second one"
    session = onnxruntime.InferenceSession(tmp_path / "out" / "fixed.onnx")
    places = learned.classes_.searchsorted(learned.labels_)
    for path in test_photos[::10]:
        views = inputs_of(encoder, open_photo(path, at_least=520)).numpy()
        ours = learned.predict_proba(path)[0][places]
        np.testing.assert_allclose(session.run(None, {"views": views})[0], ours, atol=0.005)


def test_it_says_what_it_takes_and_gives(session: onnxruntime.InferenceSession, exported: Path) -> None:
    signature = json.loads((exported / "signature.json").read_text(encoding="utf-8"))
    (photo,) = session.get_inputs()
    assert (photo.name, photo.type, photo.shape) == (
        signature["input"]["name"],
        f"tensor({signature['input']['type']})",
        signature["input"]["shape"],
    )
    outputs = [(one.name, one.shape) for one in session.get_outputs()]
    assert outputs == [(one["name"], one["shape"]) for one in signature["outputs"]]
    assert [len(task["labels"]) for task in signature["tasks"]] == [4, 4]
    assert signature["none_of_these"] == {"output": "known", "threshold": 0.5}
    said = session.get_modelmeta().custom_metadata_map
    assert json.loads(said["labels"]) == signature["labels"]
    assert said["backbone"].split() == list(signature["backbone"].values())
    names = [node.name for node in onnx.load(exported / "model.onnx").graph.node]
    assert len(names) == len(set(names) - {""}), "a profiler tells nodes apart"
    assert signature["model"]["bytes"] == (exported / "model.onnx").stat().st_size
