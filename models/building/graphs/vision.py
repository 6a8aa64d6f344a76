"""EfficientNet-Lite2 as spa-lite uses it: the same steps as `EfficientNetTower`, in one graph."""

from __future__ import annotations

import timm
from onnx import ModelProto, TensorProto, helper
from timm.layers.norm_act import BatchNormAct2d
from torch import nn

from models.building.graphs.builder import Builder
from spa_desktop.encoders.features import CHANNELS
from spa_desktop.encoders.lite_files import INPUT_SIZE, vision_weights
from spa_desktop.encoders.lite_onnx import TEXTURE
from spa_desktop.encoders.lite_torch import TIMM_NAME


def vision_graph() -> ModelProto:
    """Photos ``(B, 3, S, S)`` to pooled features ``(B, W + T)``, patches ``(B, h, w, W')``, and the maps behind them.

    These are ``(B, C, h, w)`` of the stage before the last, and ``(B, k, n)`` cells of the finer one.
    """
    network = timm.create_model(TIMM_NAME, pretrained=False).eval()
    writer = _Writer(network)
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
        kernel, stride = layer.kernel_size[0], layer.stride[0]
        after = -(-size // stride)
        padding = max((after - 1) * stride + kernel - size, 0)
        before = padding // 2
        name = self._names[id(layer)]
        result = self.graph.add(
            "Conv",
            given,
            self.graph.weight(f"{name}.weight", *layer.weight.shape),
            group=layer.groups,
            kernel_shape=[kernel, kernel],
            pads=[before, before, padding - before, padding - before],
            strides=[stride, stride],
        )
        name = self._names[id(norm)]
        parts = ("weight", "bias", "running_mean", "running_var")
        numbers = [self.graph.weight(f"{name}.{part}", layer.out_channels) for part in parts]
        result = self.graph.add("BatchNormalization", result, *numbers, epsilon=norm.eps)
        if isinstance(norm.act, nn.ReLU6):
            result = self.graph.add("Clip", result, self.graph.constant(0.0), self.graph.constant(6.0))
        return result, after

    def block(self, given: str, block: nn.Module, size: int) -> tuple[str, int]:
        """One block: depthwise and pointwise, or an inverted residual."""
        if hasattr(block, "conv_pwl"):
            layers = [(block.conv_pw, block.bn1), (block.conv_dw, block.bn2), (block.conv_pwl, block.bn3)]
        else:
            layers = [(block.conv_dw, block.bn1), (block.conv_pw, block.bn2)]
        result = given
        for layer, norm in layers:
            result, size = self.convolution(result, layer, norm, size)
        return (self.graph.add("Add", result, given) if block.has_skip else result), size

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
        cells = graph.add("Conv", fine, graph.weight(TEXTURE, channels, reads, 1, 1), kernel_shape=[1, 1])
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
