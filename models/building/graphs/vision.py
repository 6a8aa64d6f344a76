"""EfficientNet-Lite2 as spa-lite uses it: the same steps as `EfficientNetTower`, in one graph.

Its twin of eight bits ("quantize, dequantize", which the runtime fuses into integer convolutions) is written from the
weights alone, and no photo is seen: Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias
Correction", 2019, 4.2 and appendix C. Batch norms say what mean and spread the channels of a map have, which gives the
ranges of maps, and what rounded weights add to a mean, which biases take back.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import timm
from onnx import ModelProto, TensorProto, helper
from scipy.stats import norm as normal
from timm.layers.norm_act import BatchNormAct2d
from torch import nn

from models.building.graphs.builder import Builder
from spa_desktop.encoders.features import CHANNELS
from spa_desktop.encoders.lite_files import INPUT_SIZE, vision_weights
from spa_desktop.encoders.lite_onnx import TEXTURE, vision_graph_weights
from spa_desktop.encoders.lite_torch import TIMM_NAME


def vision_graph(*, is_eight_bit: bool = False) -> ModelProto:
    """Photos ``(B, 3, S, S)`` to pooled features ``(B, W + T)``, patches ``(B, h, w, W')``, and the maps behind them.

    These are ``(B, C, h, w)`` of the stage before the last, and ``(B, k, n)`` cells of the finer one. In eight bits the
    weights are part of the graph.
    """
    network = timm.create_model(TIMM_NAME, pretrained=False).eval()
    writer = (_EightBitWriter if is_eight_bit else _Writer)(network)
    result, size = writer.convolution("images", network.conv_stem, network.bn1, INPUT_SIZE)
    results = []
    for stage in network.blocks:
        for block in stage:
            result, size = writer.block(result, block, size)
        results.append((result, size))
    (fine, fine_size), (middle, _) = results[-3:-1]
    last, _ = writer.convolution(result, network.conv_head, network.bn2, size)
    graph = writer.graph
    patches = graph.add("Transpose", last, named="patches", perm=[0, 2, 3, 1])
    middle = graph.add("Identity", middle, named="middle")
    negative = graph.add("Neg", middle)
    parts = [
        writer.mean(last),
        writer.mean(graph.add("Relu", middle)),
        writer.mean(graph.add("Relu", negative)),
        writer.texture(fine, fine_size, patches, network.blocks[-2][0].conv_pw.in_channels),
    ]
    graph.add("Concat", *parts, named="pooled", axis=1)
    width = network.blocks[-2][-1].conv_pwl.out_channels
    shape = ["B", 3, INPUT_SIZE, INPUT_SIZE]
    return graph.model(
        "vision",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, shape)],
        [
            helper.make_tensor_value_info("pooled", TensorProto.FLOAT, ["B", "W + T"]),
            helper.make_tensor_value_info("patches", TensorProto.FLOAT, ["B", size, size, network.num_features]),
            helper.make_tensor_value_info("middle", TensorProto.FLOAT, ["B", width, size, size]),
            helper.make_tensor_value_info("cells", TensorProto.FLOAT, ["B", CHANNELS, fine_size * fine_size]),
        ],
    )


_BATCH_NORM = ("weight", "bias", "running_mean", "running_var")
_MOST = 6.0  # where ReLU6 cuts


class _Writer:
    """Writes timm's modules into a graph, with weights under the names that the package has for them."""

    def __init__(self, network: nn.Module) -> None:
        self.graph = Builder()
        # Both follow the order in which the layers are built; only the names differ.
        stored = dict(zip(network.state_dict(), vision_weights(), strict=True))
        self._names = {
            id(module): stored[f"{name}.weight"].removesuffix(".weight")
            for name, module in network.named_modules()
            if f"{name}.weight" in stored
        }

    def convolution(self, given: str, layer: nn.Conv2d, norm: BatchNormAct2d, size: int) -> tuple[str, int]:
        """A convolution, its batch norm and activation; and the size of the map behind it.

        The runtime folds the batch norm. Padding is TensorFlow's: what is odd about it goes to the right and below.
        """
        result, after = self._layer(given, layer, size, self.weight(self._weight_of(layer), *layer.weight.shape))
        name = self._names[id(norm)]
        numbers = [self.weight(f"{name}.{part}", layer.out_channels) for part in _BATCH_NORM]
        result = self.graph.add("BatchNormalization", result, *numbers, epsilon=norm.eps)
        return self._activated(result, norm), after

    def weight(self, name: str, *shape: int) -> str:
        """A weight by the name that the package has for it."""
        return self.graph.weight(name, *shape)

    def sum(self, one: str, other: str) -> str:
        """Of a block's result and what it was given."""
        return self.graph.add("Add", one, other)

    def _weight_of(self, layer: nn.Conv2d) -> str:
        return f"{self._names[id(layer)]}.weight"

    def _layer(self, given: str, layer: nn.Conv2d, size: int, *numbers: str) -> tuple[str, int]:
        kernel, stride = layer.kernel_size[0], layer.stride[0]
        after = -(-size // stride)
        padding = max((after - 1) * stride + kernel - size, 0)
        before = padding // 2
        pads = [before, before, padding - before, padding - before]
        shape = {"kernel_shape": [kernel, kernel], "pads": pads, "strides": [stride, stride]}
        return self.graph.add("Conv", given, *numbers, group=layer.groups, **shape), after

    def _activated(self, result: str, norm: BatchNormAct2d) -> str:
        if not isinstance(norm.act, nn.ReLU6):
            return result
        return self.graph.add("Clip", result, self.graph.constant(0.0), self.graph.constant(_MOST))

    def block(self, given: str, block: nn.Module, size: int) -> tuple[str, int]:
        """One block: depthwise and pointwise, or an inverted residual."""
        if hasattr(block, "conv_pwl"):
            layers = [(block.conv_pw, block.bn1), (block.conv_dw, block.bn2), (block.conv_pwl, block.bn3)]
        else:
            layers = [(block.conv_dw, block.bn1), (block.conv_pw, block.bn2)]
        result = given
        for layer, norm in layers:
            result, size = self.convolution(result, layer, norm, size)
        return (self.sum(result, given) if block.has_skip else result), size

    def mean(self, given: str) -> str:
        """Of each channel of a map."""
        return self.graph.add("ReduceMean", given, self.graph.constant([2, 3]), keepdims=0)

    def texture(self, fine: str, size: int, patches: str, reads: int) -> str:
        """As `spa_desktop.encoders.features.texture_of` does it; cells are columns here."""
        graph, channels = self.graph, CHANNELS
        first, second, third = graph.constant([1]), graph.constant([2]), graph.constant([3])
        lengths = graph.add("Unsqueeze", graph.add("ReduceL2", patches, third, keepdims=0), first)
        lengths = graph.add(
            "Resize",
            lengths,
            "",
            "",
            graph.constant([size, size]),
            axes=[2, 3],
            coordinate_transformation_mode="align_corners",
            mode="linear",
        )
        lengths = graph.add("Reshape", lengths, graph.constant([-1, 1, size * size]))
        weights = self._shares(lengths, graph.add("ReduceSum", lengths, second))
        cells = graph.add("Conv", fine, self.weight(TEXTURE, channels, reads, 1, 1), kernel_shape=[1, 1])
        cells = graph.add("Reshape", cells, graph.constant([-1, channels, size * size]), named="cells")
        mean = graph.add("ReduceSum", graph.add("Mul", cells, weights), second)
        cells = graph.add("Sub", cells, mean)
        moments = graph.add("MatMul", graph.add("Mul", cells, weights), graph.add("Transpose", cells, perm=[0, 2, 1]))
        moments = graph.add("Reshape", moments, graph.constant([-1, channels * channels]))
        upper = [row * channels + column for row in range(channels) for column in range(row, channels)]
        upper = graph.add("Gather", moments, graph.constant(upper), axis=1)
        roots = graph.add("Mul", graph.add("Sign", upper), graph.add("Sqrt", graph.add("Abs", upper)))
        return self._shares(roots, graph.add("ReduceL2", roots, first))

    def _shares(self, numbers: str, whole: str) -> str:
        """Numbers over their whole; zero where there is nothing, as torch's `normalize` does it."""
        return self.graph.add("Div", numbers, self.graph.add("Max", whole, self.graph.constant(1e-12)))


# Standard deviations that a range holds on either side. Chosen among 3 to 7 by cosines to the float features, on 85
# training photos of five sets: 4 and 5 are as good as each other, 3 cuts too much.
_DEVIATIONS = 4
# The largest whole number of a weight. Processors without dot products of bytes (VNNI) add two products of bytes and
# weights in sixteen bits: 2 * 255 * 64 is the most that fits. They sum depthwise layers in 32 bits.
_LARGEST, _LARGEST_DEPTHWISE = 64, 127


class _Map(NamedTuple):
    """What is known of a map of bytes: the step between two of them, and of each channel mean and variance."""

    step: np.float32
    mean: np.ndarray
    variance: np.ndarray


class _EightBitWriter(_Writer):
    """Writes layers that read bytes, with whole numbers for weights.

    The first layer reads photos and the second what it gave, both in single precision: their few channels vary too
    differently for one range.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__(network)
        self._weights = {name: tensor.double().numpy() for name, tensor in vision_graph_weights().items()}
        self._maps: dict[str, _Map] = {}

    def weight(self, name: str, *shape: int) -> str:
        return self.graph.constant(self._weights[name].reshape(shape))

    def sum(self, one: str, other: str) -> str:
        first, second = self._maps[one], self._maps[other]
        result = super().sum(one, other)
        return self._in_bytes(result, first.mean + second.mean, first.variance + second.variance)

    def convolution(self, given: str, layer: nn.Conv2d, norm: BatchNormAct2d, size: int) -> tuple[str, int]:
        name = self._names[id(norm)]
        scale, mean, learned_mean, learned_variance = (self._weights[f"{name}.{part}"] for part in _BATCH_NORM)
        if given in self._maps:
            share = scale / np.sqrt(learned_variance + norm.eps)
            weight = self._weights[self._weight_of(layer)] * share[:, None, None, None]
            numbers = self._whole(weight, mean - learned_mean * share, self._maps[given], is_depthwise=layer.groups > 1)
            result, after = self._layer(given, layer, size, *numbers)
            result = self._activated(result, norm)
        else:
            result, after = super().convolution(given, layer, norm, size)
        if given == "images":
            return result, after
        return self._in_bytes(result, mean, scale**2, is_cut=isinstance(norm.act, nn.ReLU6)), after

    def _whole(self, weight: np.ndarray, bias: np.ndarray, read: _Map, *, is_depthwise: bool) -> tuple[str, str]:
        """A weight and a bias of whole numbers, with a step for each channel."""
        graph = self.graph
        steps = np.abs(weight).max(axis=(1, 2, 3)) / (_LARGEST_DEPTHWISE if is_depthwise else _LARGEST)
        # A channel of next to no weight is its bias, which must fit 32 bits.
        steps = np.maximum(steps, np.maximum(np.abs(bias), 1e-9) / (float(read.step) * 2**30)).astype(np.float32)
        wide = steps.astype(np.float64)[:, None, None, None]
        whole = np.rint(weight / wide)
        means = read.mean[:, None, None, None] if is_depthwise else read.mean[None, :, None, None]
        bias = bias - ((whole * wide - weight) * means).sum(axis=(1, 2, 3))
        of_bias = steps * read.step
        return (
            graph.add("DequantizeLinear", graph.constant(whole.astype(np.int8)), graph.constant(steps), axis=0),
            graph.add(
                "DequantizeLinear",
                graph.constant(np.rint(bias / of_bias.astype(np.float64)).astype(np.int32)),
                graph.constant(of_bias),
                axis=0,
            ),
        )

    def _in_bytes(self, result: str, mean: np.ndarray, variance: np.ndarray, *, is_cut: bool = False) -> str:
        deviation = np.sqrt(variance)
        low, high = 0.0, _MOST
        if is_cut:
            # The mean of a normal variable that is cut at both ends.
            ends = [(end - mean) / np.maximum(deviation, 1e-9) for end in (low, high)]
            (below, above), (before, behind) = ([of(end) for end in ends] for of in (normal.cdf, normal.pdf))
            mean = mean * (above - below) + deviation * (before - behind) + high * (1 - above)
        else:
            low = min(float((mean - _DEVIATIONS * deviation).min()), 0.0)
            high = max(float((mean + _DEVIATIONS * deviation).max()), 0.0)
        step = np.float32((high - low) / 255)
        numbers = self.graph.constant(step), self.graph.constant(np.uint8(round(-low / float(step))))
        named = self.graph.add("DequantizeLinear", self.graph.add("QuantizeLinear", result, *numbers), *numbers)
        self._maps[named] = _Map(step, mean, variance)
        return named
