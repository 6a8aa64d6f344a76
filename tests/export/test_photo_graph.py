"""A photo's way into the graph against the encoder's own."""

import numpy as np
import onnxruntime
import pytest
import torch
from onnx import TensorProto, helper
from PIL import Image
from torch.nn.functional import cosine_similarity

from spa_desktop.encoders.lite_files import TRANSFORM
from spa_desktop.encoders.photo_stream import encode_views, inputs_of
from spa_desktop.encoders.transform import PhotoTransform
from spa_desktop.export.graph_builder import GraphBuilder
from spa_desktop.export.model_graph import write_features, write_views
from spa_desktop.feature_store import loaded_encoder
from spa_desktop.spa.config import THING_VIEWS

SIDE = 260


class _Preprocess:
    """As much of an encoder as `inputs_of` asks."""

    def __init__(self) -> None:
        self.preprocess = PhotoTransform(TRANSFORM)


@pytest.fixture(scope="module")
def session() -> onnxruntime.InferenceSession:
    graph = GraphBuilder()
    whole = graph.add("Transpose", "photo", perm=[0, 3, 1, 2])
    views = write_views(graph, whole, SIDE, TRANSFORM["mean"], TRANSFORM["std"])
    graph.add("Concat", *views, axis=0, named="views")
    model = graph.model(
        "views",
        [helper.make_tensor_value_info("photo", TensorProto.UINT8, [None, "height", "width", 3])],
        [helper.make_tensor_value_info("views", TensorProto.FLOAT, [2, 3, SIDE, SIDE])],
        {},
    )
    return onnxruntime.InferenceSession(model.SerializeToString())


@pytest.mark.parametrize("size", [(640, 480), (261, 259), (33, 50), (1, 1), (1600, 90), (70, 1203)])
def test_views_are_those_of_the_encoder(session: onnxruntime.InferenceSession, size: tuple[int, int]) -> None:
    cells = np.random.default_rng(size[0]).integers(0, 256, (max(2, size[1] // 6), max(2, size[0] // 6), 3))
    photo = Image.fromarray(cells.astype(np.uint8)).resize(size, Image.Resampling.BILINEAR)
    found = session.run(None, {"photo": np.asarray(photo)[None]})[0]
    expected = inputs_of(_Preprocess(), photo).numpy()  # type: ignore[arg-type]
    levels = np.abs(found - expected) * 255 / 2
    assert levels.max() < 2.1
    assert levels.mean() < 0.02


def test_the_square_of_each_photo_is_found_in_the_graph() -> None:
    size = 300, 700
    encoder, graph = loaded_encoder("spa-lite", "cpu"), GraphBuilder()
    features = dict(zip(("pooled", "patches"), write_features(graph, "photo", encoder, THING_VIEWS), strict=True))
    for name, made in features.items():
        graph.add("Identity", made, named=name)
    model = graph.model(
        "features",
        [helper.make_tensor_value_info("photo", TensorProto.UINT8, ["batch", "height", "width", 3])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in features],
        {},
    )
    session = onnxruntime.InferenceSession(model.SerializeToString())
    photos = [Image.new("RGB", size, "gray") for _ in range(2)]
    things = [(0.05, 0.55), (0.6, 0.2)]  # where a small thing begins
    for photo, (left, top) in zip(photos, things, strict=True):
        cells = np.random.default_rng(0).integers(0, 256, (9, 9, 3), dtype=np.uint8)
        thing = Image.fromarray(cells).resize((min(size) // 4,) * 2, Image.Resampling.BICUBIC)
        photo.paste(thing, tuple(round(share * side) for share, side in zip((left, top), size, strict=True)))
    found = session.run(None, {"photo": np.stack([np.asarray(photo) for photo in photos])})
    inputs = torch.stack([inputs_of(encoder, photo) for photo in photos])
    expected = encode_views(encoder, inputs, THING_VIEWS, photos)
    for answer, rows in zip(found, expected, strict=True):
        of_views = torch.from_numpy(answer).unflatten(0, rows.shape[1::-1]).transpose(0, 1)
        of_views[:, 3:] = of_views[:, 3:].flip(3) if of_views.ndim > 3 else of_views[:, 3:]  # mirrored back later
        assert cosine_similarity(of_views.flatten(2), rows.flatten(2), dim=2).min() > 0.9999
