"""A photo's way into the graph against the encoder's own."""

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper
from PIL import Image

from spa_desktop.encoders.lite_files import TRANSFORM
from spa_desktop.encoders.photo_stream import inputs_of
from spa_desktop.encoders.transform import PhotoTransform
from spa_desktop.export.graph_builder import GraphBuilder
from spa_desktop.export.model_graph import write_views

SIDE = 260


class _Preprocess:
    """As much of an encoder as `inputs_of` asks."""

    def __init__(self) -> None:
        self.preprocess = PhotoTransform(TRANSFORM)


@pytest.fixture(scope="module")
def session() -> onnxruntime.InferenceSession:
    graph = GraphBuilder()
    views = write_views(graph, "photo", side=SIDE, mean=TRANSFORM["mean"], std=TRANSFORM["std"])
    graph.add("Identity", views, named="views")
    model = graph.model(
        "views",
        [helper.make_tensor_value_info("photo", TensorProto.UINT8, [None, "height", "width", 3])],
        [helper.make_tensor_value_info("views", TensorProto.FLOAT, [3, 3, SIDE, SIDE])],
        {},
    )
    return onnxruntime.InferenceSession(model.SerializeToString())


@pytest.mark.parametrize(
    "size",
    [
        (640, 480),
        (480, 641),
        (260, 260),
        (261, 259),
        (100, 75),
        (33, 50),
        (3, 2),
        (1, 1),
        (1600, 90),
        (70, 1203),
        (9, 1),
    ],
)
def test_views_are_those_of_the_encoder(session: onnxruntime.InferenceSession, size: tuple[int, int]) -> None:
    cells = np.random.default_rng(size[0]).integers(0, 256, (max(2, size[1] // 6), max(2, size[0] // 6), 3))
    photo = Image.fromarray(cells.astype(np.uint8)).resize(size, Image.Resampling.BILINEAR)
    found = session.run(None, {"photo": np.asarray(photo)[None]})[0]
    whole, middle = inputs_of(_Preprocess(), photo).numpy()  # type: ignore[arg-type]
    expected = np.stack([whole, whole[:, :, ::-1], middle])
    levels = np.abs(found - expected) * 255 / 2
    assert levels.max() < 2.1
    assert levels.mean() < 0.02
