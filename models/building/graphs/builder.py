"""Nodes, constants and weights of a graph, collected one after the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

# Opset 18 is known to every ONNX Runtime that runs on the Pythons that the app runs on.
_OPSET, _IR_VERSION = 18, 9


class Builder:
    """A graph as it grows. Names are given by number, so that the same steps give the same bytes."""

    def __init__(self) -> None:
        self._nodes: list[NodeProto] = []
        self._tensors: dict[str, TensorProto] = {}

    def add(self, operator: str, *inputs: str, named: str = "", **attributes: object) -> str:
        """A node with one output, which is called `named` or by number."""
        output = named or f"{operator}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def constant(self, values: Sequence[float] | Sequence[int] | float | np.ndarray) -> str:
        """Numbers that are part of the graph: float32, or whole numbers as they are, Python's own in int64."""
        array = np.asarray(values)
        if array.dtype.kind == "f":
            array = array.astype(np.float32)
        for name, tensor in self._tensors.items():
            if (
                not tensor.external_data
                and np.array_equal(numpy_helper.to_array(tensor), array)
                and (tensor.data_type == helper.np_dtype_to_tensor_dtype(array.dtype))
            ):
                return name
        name = f"constant_{len(self._tensors)}"
        self._tensors[name] = numpy_helper.from_array(array, name)
        return name

    def weight(self, name: str, *shape: int) -> str:
        """A float32 tensor that the graph lacks: it is handed over when the graph is loaded."""
        if name not in self._tensors:
            tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=shape, data_location=TensorProto.EXTERNAL)
            tensor.external_data.add(key="location", value="handed over when the graph is loaded")
            self._tensors[name] = tensor
        return name

    def model(self, name: str, inputs: Sequence[ValueInfoProto], outputs: Sequence[ValueInfoProto]) -> ModelProto:
        """The graph from `inputs` to `outputs`."""
        graph = helper.make_graph(self._nodes, name, inputs, outputs, list(self._tensors.values()))
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR_VERSION)
