"""Nodes and numbers of an ONNX graph, collected one after the other. Needs the package `onnx`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from spa_desktop.errors import InputError
from spa_desktop.visible import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from onnx import GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto

    Numbers: TypeAlias = Sequence[float] | Sequence[int] | float | NDArray[Any]

# Resize with a filter that widens where a photo is made smaller came with opset 18; every ONNX Runtime since 1.15, also
# that of browsers, knows it.
OPSET, IR_VERSION = 18, 9
# Weights with fewer numbers stay in single precision where half precision is asked for: they are no size to speak of.
_WORTH_HALVING = 4096


def require_onnx() -> None:
    """See that the package `onnx` is there. Raises InputError if it is not; the line says how to get it."""
    try:
        import onnx  # noqa: F401
    except ImportError:
        text = QT_TRANSLATE_NOOP("errors", "Export needs the package onnx: pip install 'spa-desktop[export]'")
        raise InputError(text) from None


def value(name: str, kind: str, shape: Sequence[int | str | None] | None) -> ValueInfoProto:
    """What goes into a graph, or comes out of it: numbers of an ONNX kind, such as FLOAT, in a shape if it is known."""
    from onnx import TensorProto, helper

    info: ValueInfoProto = helper.make_tensor_value_info(name, getattr(TensorProto, kind), shape)
    return info


class GraphBuilder:
    """A graph as it grows. Names are given by number, so that the same steps give the same bytes."""

    def __init__(self, *, is_half: bool = False, is_flat: bool = False, within: GraphBuilder | None = None) -> None:
        """Begin a graph, or `within` another one the body of a loop, whose constants are that one's.

        `is_half` keeps large weights in half precision. They are made single precision again when the graph is loaded,
        so it computes as before on numbers that were rounded once. What `is_flat` is written without loops.
        """
        self._is_half, self.is_flat, self._within = is_half, is_flat, within
        self._nodes: list[NodeProto] = []
        self._tensors: dict[str, TensorProto] = {}
        self._names: dict[tuple[str, tuple[int, ...], bytes], str] = {}
        self._prefix: str = "" if within is None else f"{within._prefix}{len(within._nodes)}_"

    def add(self, operator: str, *inputs: str | Numbers, named: str = "", **attributes: Any) -> str:
        """A node with one output, which is called `named` or by number. Inputs are names, or numbers (`constant`)."""
        return self.add_many(operator, *inputs, named=(named,), **attributes)[0]

    def add_many(
        self, operator: str, *inputs: str | Numbers, named: Sequence[str], **attributes: Any
    ) -> tuple[str, ...]:
        """A node with as many outputs as `named` has names; an empty name is a number."""
        from onnx import helper

        outputs = [name or f"{operator}_{self._prefix}{len(self._nodes)}_{place}" for place, name in enumerate(named)]
        names = [value if isinstance(value, str) else self.constant(value) for value in inputs]
        self._nodes.append(helper.make_node(operator, names, outputs, name=outputs[0], **attributes))
        return tuple(outputs)

    def cast(self, values: str | Numbers, kind: str) -> str:
        """The same as numbers of another ONNX kind."""
        from onnx import TensorProto

        return self.add("Cast", values, to=getattr(TensorProto, kind))

    def constant(self, values: Numbers) -> str:
        """Numbers that are part of the graph, as they are: int64 if they are whole, else float32."""
        if self._within is not None:
            return self._within.constant(values)
        array = np.asarray(values)
        return self._add_tensor(array.astype(np.int64 if array.dtype.kind == "i" else np.float32))

    def weight(self, array: NDArray[Any]) -> str:
        """Learned numbers: float32, or rounded to half precision where that was asked for and spares room."""
        if self._within is not None:
            return self._within.weight(array)
        if not self._is_half or array.size < _WORTH_HALVING:
            return self.constant(array)
        return self.cast(self._add_tensor(array.astype(np.float16)), "FLOAT")

    def graft(self, graph: GraphProto, inputs: Mapping[str, str], weights: Mapping[str, NDArray[Any]]) -> list[str]:
        """Put another graph into this one, and give what its outputs are called here.

        Its initializers without data have their numbers in `weights`; `inputs` says what each of its inputs is here.
        """
        from onnx import NodeProto, TensorProto, numpy_helper

        known = dict(inputs)
        for tensor in graph.initializer:
            is_elsewhere = tensor.data_location == TensorProto.EXTERNAL
            known[tensor.name] = (
                self.weight(weights[tensor.name]) if is_elsewhere else self._add_tensor(numpy_helper.to_array(tensor))
            )
        for node in graph.node:
            twin = NodeProto()
            twin.CopyFrom(node)
            del twin.input[:], twin.output[:]
            twin.input.extend(known.get(name, "") if name else "" for name in node.input)
            for name in node.output:
                known[name] = f"{node.op_type}_{self._prefix}{len(self._nodes)}_{len(twin.output)}"
                twin.output.append(known[name])
            twin.name = twin.output[0]
            self._nodes.append(twin)
        return [known[value.name] for value in graph.output]

    def graph(self, name: str, inputs: Sequence[ValueInfoProto], outputs: Sequence[ValueInfoProto]) -> GraphProto:
        from onnx import helper

        return helper.make_graph(self._nodes, name, inputs, outputs, list(self._tensors.values()))

    def model(
        self, name: str, inputs: Sequence[ValueInfoProto], outputs: Sequence[ValueInfoProto], about: Mapping[str, str]
    ) -> ModelProto:
        """The graph from `inputs` to `outputs` as a model that says `about` itself."""
        from onnx import helper

        model = helper.make_model(
            self.graph(name, inputs, outputs), opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
        )
        helper.set_model_props(model, dict(about))
        return model

    def _add_tensor(self, array: NDArray[Any]) -> str:
        from onnx import numpy_helper

        array = array.copy(order="C")
        key = (array.dtype.str, array.shape, hashlib.sha256(array.tobytes()).digest())
        if key not in self._names:
            name = f"numbers_{len(self._tensors)}"
            self._tensors[name] = numpy_helper.from_array(array, name)
            self._names[key] = name
        return self._names[key]
