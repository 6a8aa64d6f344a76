"""From a photo's pixels to the encoder's inputs, as nodes of a graph: what `PhotoTransform` and `inputs_of` do."""

from __future__ import annotations

import numpy as np

from spa_desktop.export.graph_builder import GraphBuilder

# As in spa_desktop.encoders.transform and spa_desktop.encoders.photo_stream, where they are not public; the test of
# agreement notices when they change.
_LONGEST_ASPECT = 8
_MIDDLE = 0.75
# Pillow's bicubic filter.
_CUBIC = -0.5


def write_views(graph: GraphBuilder, photo: str, *, side: int, mean: tuple[float, ...], std: tuple[float, ...]) -> str:
    """A photo ``(H, W, 3)`` of bytes to its three views ``(3, 3, S, S)``: itself, mirrored, its middle enlarged.

    The shorter side is brought to S pixels by the same bicubic filter, with the same rounding to bytes, as Pillow's,
    and the middle square is cut out. Single pixels may come out one of 255 levels off.

    Args:
        graph: to write into.
        photo: name of the pixels, RGB, upright.
        side: S.
        mean: of the three channels, of numbers from 0 to 1.
        std: likewise.
    """
    whole = graph.add("Unsqueeze", graph.add("Transpose", photo, perm=[2, 0, 1]), graph.constant([0]))
    middle = _cut(graph, whole, *_middle(graph, whole))
    inputs = [_normalised(graph, _square(graph, one, side), mean, std) for one in (whole, middle)]
    last = graph.constant([3])
    mirrored = graph.add(
        "Slice", inputs[0], graph.constant([-1]), graph.constant([-(2**31)]), last, graph.constant([-1])
    )
    return graph.add("Concat", inputs[0], mirrored, inputs[1], axis=0)


def _size(graph: GraphBuilder, pixels: str) -> str:
    """``(2,)``, height and width of ``(1, 3, H, W)``."""
    return graph.add("Shape", pixels, start=2, end=4)


def _middle(graph: GraphBuilder, pixels: str) -> tuple[str, str]:
    """Where the middle of a photo begins and ends."""
    from onnx import TensorProto

    size = _size(graph, pixels)
    numbers = graph.add("Cast", size, to=TensorProto.DOUBLE)
    eighth = graph.add("Cast", graph.constant((1 - _MIDDLE) / 2), to=TensorProto.DOUBLE)
    # Halves go to the even number, as Python's round does it.
    start = graph.add("Cast", graph.add("Round", graph.add("Mul", numbers, eighth)), to=TensorProto.INT64)
    return start, graph.add("Sub", size, start)


def _cut(graph: GraphBuilder, pixels: str, start: str, end: str) -> str:
    return graph.add("Slice", pixels, start, end, graph.constant([2, 3]))


def _square(graph: GraphBuilder, pixels: str, side: int) -> str:
    """``(1, 3, H, W)`` to ``(1, 3, S, S)``."""
    from onnx import TensorProto

    size = _size(graph, pixels)
    # A banner would grow a thousandfold before the cut: its ends are cut off first.
    short = graph.add("ReduceMin", size, graph.constant([0]), keepdims=1)
    kept = graph.add("Min", size, graph.add("Mul", short, graph.constant([_LONGEST_ASPECT])))
    two = graph.constant([2])
    start = graph.add("Div", graph.add("Sub", size, kept), two)
    pixels = _cut(graph, pixels, start, graph.add("Add", start, kept))
    small = graph.add("Div", graph.add("Mul", kept, graph.constant([side])), short)
    resized = graph.add(
        "Resize",
        pixels,
        "",
        "",
        graph.add("Concat", graph.constant([1, 3]), small, axis=0),
        mode="cubic",
        antialias=1,
        cubic_coeff_a=_CUBIC,
        exclude_outside=1,
        coordinate_transformation_mode="half_pixel",
    )
    spare = graph.add("Cast", graph.add("Sub", small, graph.constant([side])), to=TensorProto.FLOAT)
    corner = graph.add("Round", graph.add("Mul", spare, graph.constant(0.5)))
    corner = graph.add("Cast", corner, to=TensorProto.INT64)
    return _cut(graph, resized, corner, graph.add("Add", corner, graph.constant([side])))


def _normalised(graph: GraphBuilder, pixels: str, mean: tuple[float, ...], std: tuple[float, ...]) -> str:
    from onnx import TensorProto

    numbers = graph.add("Div", graph.add("Cast", pixels, to=TensorProto.FLOAT), graph.constant(255.0))
    for operator, values in (("Sub", mean), ("Div", std)):
        by_channel = np.asarray(values, dtype=np.float32).reshape(1, 3, 1, 1)
        numbers = graph.add(operator, numbers, graph.constant(by_channel))
    return numbers
