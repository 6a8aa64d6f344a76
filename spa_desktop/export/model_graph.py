"""The whole classifier as one ONNX file: a photo's pixels in, probabilities and patch weights out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from spa_desktop.errors import InputError
from spa_desktop.export.graph_builder import GraphBuilder, value
from spa_desktop.export.score_graph import write_score, write_unit
from spa_desktop.spa.config import KEPT_SHARE, THING_VIEWS
from spa_desktop.visible import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from spa_desktop.encoders.encoder import ClipEncoder
    from spa_desktop.spa.learner import SpaLearner

# The backbone's image side as nodes of a graph: the embedded backbones' own graphs with their weights in them.


def check_backbone(encoder: ClipEncoder) -> None:
    """See that the export knows how to write a backbone. Raises InputError if it does not."""
    from spa_desktop.encoders.lite_files import EIGHT_BIT, EMBEDDED, NAME

    if encoder.name not in EMBEDDED:
        text = QT_TRANSLATE_NOOP(
            "errors",
            "Only classifiers on {first} and {second} can be exported, and this one is on {backbone}: make a project "
            "on {first} with the same photos to export it",
        )
        raise InputError(text, first=NAME, second=EIGHT_BIT, backbone=encoder.name)


def write_backbone(graph: GraphBuilder, images: str, name: str) -> tuple[str, str]:
    """The backbone of a name: views ``(V, 3, S, S)`` to pooled features ``(V, W + T)`` and patches ``(V, h, w, W')``.

    Raises InputError if a file of the backbone is missing or another than pinned.
    """
    import onnx

    from spa_desktop.encoders.lite_onnx import vision_content, vision_graph_weights

    model = onnx.load_model_from_string(vision_content(name))
    arrays = {key: tensor.contiguous().numpy() for key, tensor in vision_graph_weights(name).items()}
    pooled, patches, *_ = graph.graft(model.graph, {model.graph.input[0].name: images}, arrays)
    return pooled, patches


# From a photo's pixels to the encoder's inputs, as nodes of a graph: what `PhotoTransform` and `inputs_of` do.

_CUBIC = -0.5  # of Pillow's bicubic filter


def write_features(graph: GraphBuilder, photo: str, encoder: ClipEncoder, views: int) -> tuple[str, str]:
    """N photos ``(N, H, W, 3)`` of bytes to features of V views, view by view: what `encode_views` gives.

    Photos are RGB, upright, all of one size. Pooled features are ``(V N, W + T)``, patches ``(V N, h, w, W')``. Where
    the thing is looked at, the first of two passes finds its square.
    """
    from spa_desktop.encoders.lite_files import TRANSFORM

    settings: dict[str, Any] = TRANSFORM
    side, mean, std = encoder.input_size, settings["mean"], settings["std"]
    whole = graph.add("Transpose", photo, perm=[0, 3, 1, 2])
    photos, middles = write_views(graph, whole, side, mean, std)
    if views != THING_VIEWS:
        return write_backbone(
            graph, graph.add("Concat", photos, _mirrored(graph, photos), middles, axis=0), encoder.name
        )
    scene = write_backbone(graph, graph.add("Concat", photos, middles, axis=0), encoder.name)
    first = graph.add("Slice", scene[1], [0], graph.add("Shape", photos, start=0, end=1), [0])
    pixels = _squares(graph, whole, _corners(graph, whole, first, encoder.grid), side)
    squares = _normalised(graph, pixels, mean, std)
    thing = write_backbone(graph, graph.add("Concat", squares, _mirrored(graph, squares), axis=0), encoder.name)
    pooled, patches = (graph.add("Concat", *parts, axis=0) for parts in zip(scene, thing, strict=True))
    return pooled, patches


def write_views(
    graph: GraphBuilder, whole: str, side: int, mean: tuple[float, ...], std: tuple[float, ...]
) -> tuple[str, str]:
    """N photos ``(N, 3, H, W)`` of bytes to two views ``(N, 3, S, S)``: all as they are, and their middles.

    The shorter side is brought to S pixels by the same bicubic filter, with the same rounding to bytes, as Pillow's,
    and the middle square is cut out. Single pixels may come out one of 255 levels off. Mean and deviation of the three
    channels are of numbers from 0 to 1.
    """
    from spa_desktop.encoders.features import MIDDLE

    size = _size(graph, whole)
    eighth = graph.add("Mul", graph.cast(size, "DOUBLE"), graph.cast((1 - MIDDLE) / 2, "DOUBLE"))
    start = graph.cast(graph.add("Round", eighth), "INT64")  # halves go to the even number, as Python's round does it
    middle = _cut(graph, whole, start, graph.add("Sub", size, start))
    photos, middles = (_normalised(graph, _square(graph, view, side), mean, std) for view in (whole, middle))
    return photos, middles


def _mirrored(graph: GraphBuilder, views: str) -> str:
    return graph.add("Slice", views, [-1], [-(2**31)], [3], [-1])


def _corners(graph: GraphBuilder, whole: str, patches: str, grid: tuple[int, int]) -> str:
    """Where the square of each photo ``(N, 3, H, W)`` lies: ``(N, 4)``, top, left, bottom and right in pixels.

    By the patches ``(N, h, w, W')`` of the photos, as :func:`spa_desktop.encoders.features.salient_boxes`.
    """
    from spa_desktop.encoders.features import salient_squares

    lengths = graph.add("Transpose", graph.add("ReduceL2", patches, [3], keepdims=1), perm=[0, 3, 1, 2])
    lengths = graph.add("Sub", lengths, graph.add("ReduceMean", lengths, [2, 3], keepdims=1))
    sides, boxes = salient_squares(grid)
    means = [graph.add("AveragePool", lengths, kernel_shape=[side, side]) for side in sides]
    sums = [graph.add("Flatten", graph.add("Mul", mean, float(side))) for side, mean in zip(sides, means, strict=True)]
    most = graph.add("ArgMax", graph.add("Concat", *sums, axis=1), axis=1, keepdims=0)
    shares = graph.add("Gather", boxes[:, [1, 0, 3, 2]].numpy(), most, axis=0)
    size = graph.cast(_size(graph, whole), "DOUBLE")
    short = graph.add("ReduceMin", size, [0], keepdims=1)
    start = graph.add("Div", graph.add("Sub", size, short), graph.cast([2], "DOUBLE"))
    corners = graph.add("Mul", graph.cast(shares, "DOUBLE"), short)
    corners = graph.add("Add", corners, graph.add("Concat", start, start, axis=0))
    return graph.cast(graph.add("Round", corners), "INT64")


def _squares(graph: GraphBuilder, whole: str, corners: str, side: int) -> str:
    """What lies between the corners ``(N, 4)`` of photos ``(N, 3, H, W)``, ``(N, 3, S, S)``."""
    body = GraphBuilder(within=graph)  # one photo after another: each square has a size of its own
    start, end = (body.add("Slice", "corners", [place], [place + 2]) for place in (0, 2))
    pixels = _cut(body, body.add("Unsqueeze", "whole", [0]), start, end)
    body.add("Squeeze", _square(body, pixels, side), [0], named="square")
    begins = [value("whole", "UINT8", [3, None, None]), value("corners", "INT64", [4])]
    ends = [value("square", "UINT8", [3, side, side])]
    return graph.add("Scan", whole, corners, num_scan_inputs=2, body=body.graph("square", begins, ends))


def _size(graph: GraphBuilder, pixels: str) -> str:
    """``(2,)``, height and width of ``(N, 3, H, W)``."""
    return graph.add("Shape", pixels, start=2, end=4)


def _cut(graph: GraphBuilder, pixels: str, start: str, end: str) -> str:
    return graph.add("Slice", pixels, start, end, [2, 3])


def _square(graph: GraphBuilder, pixels: str, side: int) -> str:
    """``(N, 3, H, W)`` to ``(N, 3, S, S)``."""
    from spa_desktop.encoders.transform import LONGEST_ASPECT

    size = _size(graph, pixels)
    short = graph.add("ReduceMin", size, [0], keepdims=1)
    kept = graph.add("Min", size, graph.add("Mul", short, [LONGEST_ASPECT]))
    start = graph.add("Div", graph.add("Sub", size, kept), [2])
    pixels = _cut(graph, pixels, start, graph.add("Add", start, kept))
    small = graph.add("Div", graph.add("Mul", kept, [side]), short)
    resized = graph.add(
        "Resize",
        pixels,
        "",
        "",
        graph.add("Concat", graph.add("Shape", pixels, start=0, end=2), small, axis=0),
        mode="cubic",
        antialias=1,
        cubic_coeff_a=_CUBIC,
        exclude_outside=1,
        coordinate_transformation_mode="half_pixel",
    )
    spare = graph.cast(graph.add("Sub", small, [side]), "FLOAT")
    corner = graph.cast(graph.add("Round", graph.add("Mul", spare, 0.5)), "INT64")
    return _cut(graph, resized, corner, graph.add("Add", corner, [side]))


def _normalised(graph: GraphBuilder, pixels: str, mean: tuple[float, ...], std: tuple[float, ...]) -> str:
    numbers = graph.add("Div", graph.cast(pixels, "FLOAT"), 255.0)
    for operator, values in (("Sub", mean), ("Div", std)):
        by_channel = np.asarray(values, dtype=np.float32).reshape(1, 3, 1, 1)
        numbers = graph.add(operator, numbers, by_channel)
    return numbers


# Names of what goes in and what comes out.
PHOTO, VIEWS, PROBABILITIES, PATCH_WEIGHTS, KNOWN = "photo", "views", "probabilities", "patch_weights", "known"


def model_bytes(
    encoder: ClipEncoder,
    learner: SpaLearner,
    about: Mapping[str, str],
    *,
    kept: float = KEPT_SHARE,
    is_half: bool = False,
) -> bytes:
    """The content of ``model.onnx``. The same bytes for the same learner, which knows at least one class.

    Its input `photo` is ``(N, height, width, 3)`` uint8: N photos of one size, any size, RGB, upright. Its outputs are
    `probabilities` ``(N, C)`` and `patch_weights` ``(N, h, w)``, on the grid that covers the middle square of a photo:
    how much each patch spoke for the first class against the second, the most as 1. A third output `known` ``(N,)``
    says from 0 to 1 whether the photo belongs to any class, 0.5 being the threshold, where the learner tells it; `kept`
    is the share of known photos that it keeps. `is_half` keeps weights in half precision. Raises InputError if the
    backbone cannot be exported.
    """
    check_backbone(encoder)
    learner, views = learner.to("cpu"), learner.config.views
    graph = GraphBuilder(is_half=is_half)
    pooled, patches = write_features(graph, PHOTO, encoder, views)
    height, width = encoder.grid
    pooled = graph.add("Reshape", pooled, [views, -1, encoder.pooled_width])
    features = (graph.add("Transpose", pooled, perm=[1, 0, 2]), _projected(graph, patches, encoder, views))
    # One photo after another: the score has its own numbers of classes and patches for each.
    body = GraphBuilder(within=graph)
    count = height * width
    inputs = {"pooled": [views, encoder.pooled_width], "patches": [views, count, encoder.dim]}
    scores, weights, known = write_score(body, "pooled", "patches", learner, views=views, patch_count=count, kept=kept)
    given = {PROBABILITIES: (body.add("Softmax", scores, axis=-1), [len(learner.keys)])}
    given[PATCH_WEIGHTS] = (body.add("Reshape", weights, [height, width]), [height, width])
    if known is not None:
        given[KNOWN] = (body.add("Identity", known), [])
    ends = [value(name, "FLOAT", shape) for name, shape in given.values()]
    begins = [value(name, "FLOAT", shape) for name, shape in inputs.items()]
    graph.add_many("Scan", *features, named=tuple(given), num_scan_inputs=2, body=body.graph("photo", begins, ends))
    taken = [value(PHOTO, "UINT8", ["batch", "height", "width", 3])]
    answers = [value(name, "FLOAT", ["batch", *shape]) for name, (_, shape) in given.items()]
    model = graph.model("classifier", taken, answers, about)
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def fixed_model_bytes(
    encoder: ClipEncoder, learner: SpaLearner, about: Mapping[str, str], *, is_half: bool = False
) -> bytes:
    """The content of ``fixed.onnx``: one photo, all shapes fixed, no Scan and no Loop, for OpenCV's dnn.

    Its input `views` is ``(2, 3, S, S)`` float32: the photo and its middle three quarters, each brought to S pixels at
    its shorter side and cut to a square, from -1 to 1. Its output is `probabilities` ``(C,)``. Raises InputError if the
    backbone cannot be exported, or the model looks at the thing, which takes a second pass on the photo.
    """
    check_backbone(encoder)
    from onnx import numpy_helper

    learner, views = learner.to("cpu"), learner.config.views
    if views == THING_VIEWS:
        raise InputError(
            QT_TRANSLATE_NOOP(
                "errors", "A model that looks at the thing has no fixed shapes: train one with the focus photo"
            )
        )
    side, count = encoder.input_size, encoder.grid[0] * encoder.grid[1]
    graph = GraphBuilder(is_half=is_half, is_flat=True)
    photo, middle = (graph.add("Slice", VIEWS, [place], [place + 1], [0]) for place in (0, 1))
    # By places, as OpenCV reads no steps backwards.
    mirrored = graph.add("Gather", photo, np.arange(side)[::-1], axis=3)
    pooled, patches = write_backbone(graph, graph.add("Concat", photo, mirrored, middle, axis=0), encoder.name)
    pooled = graph.add("Reshape", pooled, [views, encoder.pooled_width])
    patches = graph.add("Reshape", _projected(graph, patches, encoder, views), [views, count, encoder.dim])
    scores, *_ = write_score(graph, pooled, patches, learner, views=views, patch_count=count, kept=KEPT_SHARE)
    graph.add("Softmax", scores, axis=-1, named=PROBABILITIES)
    begins, ends = value(VIEWS, "FLOAT", [2, 3, side, side]), value(PROBABILITIES, "FLOAT", [len(learner.keys)])
    model = graph.model("classifier", [begins], [ends], about)
    for node in model.graph.node:  # OpenCV wants the sizes of all axes
        if node.op_type == "Resize":
            kept = [attribute for attribute in node.attribute if attribute.name != "axes"]
            del node.attribute[:]
            node.attribute.extend(kept)
            (sizes,) = (numpy_helper.to_array(n) for n in model.graph.initializer if n.name == node.input[3])
            model.graph.initializer.append(numpy_helper.from_array(np.array([views, 1, *sizes]), f"{node.name}_size"))
            node.input[3] = f"{node.name}_size"
        elif node.op_type == "Max":  # onnx2tf takes a small second number for 0: divisions by it are no numbers then
            node.input[:] = reversed(node.input)
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def _projected(graph: GraphBuilder, patches: str, encoder: ClipEncoder, views: int) -> str:
    """Patches ``(V N, h, w, W')`` in the joint space, ``(N, V, P, D)``, rounded as the feature cache keeps them.

    Those of mirrored views stay mirrored: no answer goes by their places.
    """
    height, width = encoder.grid
    patches = graph.add("Reshape", patches, [views, -1, height * width, encoder.patch_width])
    patches = graph.add("Transpose", patches, perm=[1, 0, 2, 3])
    projection = encoder.image_projection[: encoder.patch_width].numpy()
    patches = write_unit(graph, graph.add("MatMul", patches, graph.weight(projection)))
    # See `spa_desktop.feature_store.quantized`.
    most = graph.add("ReduceMax", graph.add("Abs", patches), [-1], keepdims=1)
    scale = graph.add("Max", graph.add("Div", most, 127.0), 1e-6)
    scale = graph.cast(graph.cast(scale, "FLOAT16"), "FLOAT")
    levels = graph.add("Round", graph.add("Div", patches, scale))
    levels = graph.add("Clip", levels, -127.0, 127.0)
    return write_unit(graph, graph.add("Mul", levels, scale))
