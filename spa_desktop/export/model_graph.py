"""The whole classifier as one ONNX file: a photo's pixels in, probabilities and patch weights out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from spa_desktop.export.backbone_graph import check_backbone, write_backbone
from spa_desktop.export.graph_builder import GraphBuilder, require_onnx
from spa_desktop.export.photo_graph import write_views
from spa_desktop.export.score_graph import write_score, write_unit

if TYPE_CHECKING:
    from spa_desktop.encoders.encoder import ClipEncoder
    from spa_desktop.spa.learner import SpaLearner

VIEWS = 3
# Names of what goes in and what comes out.
PHOTO, PROBABILITIES, PATCH_WEIGHTS, KNOWN = "photo", "probabilities", "patch_weights", "known"


def model_bytes(encoder: ClipEncoder, learner: SpaLearner, about: Mapping[str, str], *, is_half: bool = False) -> bytes:
    """The content of ``model.onnx``. The same bytes for the same learner.

    Its input `photo` is ``(height, width, 3)`` uint8, RGB, upright, of any size. Its outputs are `probabilities`
    ``(C,)`` and `patch_weights` ``(h, w)``, on the grid that covers the middle square of the photo: how much each patch
    spoke for the first class against the second, the most as 1. A third output `known` ``()`` says from 0 to 1 whether
    the photo belongs to any class, 0.5 being the threshold, where the learner tells it.

    Args:
        encoder: whose features the learner learned from.
        learner: that knows at least one class.
        about: what the file says of itself.
        is_half: keep weights in half precision.

    Raises:
        InputError: if the package `onnx` is missing, or the backbone cannot be exported.
    """
    check_backbone(encoder)
    require_onnx()
    from onnx import TensorProto, helper

    from spa_desktop.encoders.lite_files import TRANSFORM

    learner = learner.to("cpu")
    graph = GraphBuilder(is_half=is_half)
    settings: dict[str, Any] = TRANSFORM
    views = write_views(graph, PHOTO, side=encoder.input_size, mean=settings["mean"], std=settings["std"])
    pooled, patches = write_backbone(graph, views)
    height, width = encoder.grid
    patches = _projected(graph, patches, encoder)
    found = write_score(graph, pooled, patches, learner, views=VIEWS, patch_count=height * width)
    graph.add("Softmax", found.scores, named=PROBABILITIES, axis=-1)
    graph.add("Reshape", found.patch_weights, graph.constant([height, width]), named=PATCH_WEIGHTS)
    outputs = [(PROBABILITIES, [len(learner.keys)]), (PATCH_WEIGHTS, [height, width])]
    if found.known is not None:
        graph.add("Identity", found.known, named=KNOWN)
        outputs.append((KNOWN, []))
    model = graph.model(
        "classifier",
        [helper.make_tensor_value_info(PHOTO, TensorProto.UINT8, ["height", "width", 3])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs],
        about,
    )
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def _projected(graph: GraphBuilder, patches: str, encoder: ClipEncoder) -> str:
    """Patches ``(V, h, w, W')`` in the joint space, ``(V, N, D)``, rounded as the feature cache keeps them."""
    from onnx import TensorProto

    height, width = encoder.grid
    # The grid of the mirrored view is mirrored back, so that a patch is the same place in the first two views.
    places = [graph.constant([place]) for place in (0, 1, 2, 3)]
    mirrored = graph.add("Slice", patches, places[1], places[2], places[0])
    mirrored = graph.add(
        "Slice", mirrored, graph.constant([-1]), graph.constant([-(2**31)]), places[2], graph.constant([-1])
    )
    before = graph.add("Slice", patches, places[0], places[1], places[0])
    after = graph.add("Slice", patches, places[2], places[3], places[0])
    patches = graph.add("Concat", before, mirrored, after, axis=0)
    patches = graph.add("Reshape", patches, graph.constant([VIEWS, height * width, encoder.patch_width]))
    projection = encoder.image_projection[: encoder.patch_width].numpy()
    patches = write_unit(graph, graph.add("MatMul", patches, graph.weight(projection)))
    # See `spa_desktop.feature_store.quantized`.
    most = graph.add("ReduceMax", graph.add("Abs", patches), graph.constant([-1]), keepdims=1)
    scale = graph.add("Max", graph.add("Div", most, graph.constant(127.0)), graph.constant(1e-6))
    scale = graph.add("Cast", graph.add("Cast", scale, to=TensorProto.FLOAT16), to=TensorProto.FLOAT)
    levels = graph.add("Round", graph.add("Div", patches, scale))
    levels = graph.add("Clip", levels, graph.constant(-127.0), graph.constant(127.0))
    return write_unit(graph, graph.add("Mul", levels, scale))
