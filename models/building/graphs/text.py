"""MiniLM as spa-lite uses it: the same steps as transformers' BertModel, open_clip's mean and spa-lite's map."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, helper

from models.building.graphs.builder import Builder
from spa_desktop.encoders.lite_onnx import TEXT_BIAS, TEXT_PROJECTION


def text_graph(config: dict[str, Any], dim: int) -> ModelProto:
    """Token ids ``(T, L)`` to sentences ``(T, D)`` and tokens ``(T, L, D)``, not yet of unit length.

    Args:
        config: of BERT, from the package.
        dim: D of the joint space.
    """
    writer = _Writer(config, dim)
    graph = writer.graph
    padding = graph.add("Equal", "ids", graph.constant(writer.padding))
    # Places of padding are not looked at: the least float32 where they are, nothing elsewhere.
    away = graph.add("Where", padding, graph.constant(float(np.finfo(np.float32).min)), graph.constant(0.0))
    away = graph.add("Unsqueeze", away, graph.constant([1, 2]))
    states = writer.embedding()
    for number in range(writer.layers):
        states = writer.layer(states, away, f"encoder.layer.{number}")
    words = graph.add("Cast", graph.add("Not", padding), to=TensorProto.FLOAT)
    words = graph.add("Unsqueeze", words, graph.constant([2]))
    first = graph.constant([1])
    total = graph.add("ReduceSum", graph.add("Mul", states, words), first, keepdims=0)
    mean = graph.add("Div", total, graph.add("ReduceSum", words, first, keepdims=0))
    writer.map(mean, named="sentences")
    writer.map(states, named="tokens")
    return graph.model(
        "text",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, ["T", "L"])],
        [
            helper.make_tensor_value_info("sentences", TensorProto.FLOAT, ["T", dim]),
            helper.make_tensor_value_info("tokens", TensorProto.FLOAT, ["T", "L", dim]),
        ],
    )


class _Writer:
    """Writes BERT's modules into a graph, with weights under the names that the package has for them."""

    def __init__(self, config: dict[str, Any], dim: int) -> None:
        self.graph = Builder()
        self.layers, self.padding = int(config["num_hidden_layers"]), int(config["pad_token_id"])
        self._config, self._dim = config, dim
        self._width, self._heads = int(config["hidden_size"]), int(config["num_attention_heads"])

    def embedding(self) -> str:
        """Word, kind and place of each token."""
        graph, config, width = self.graph, self._config, self._width
        words = graph.weight("embeddings.word_embeddings.weight", config["vocab_size"], width)
        kinds = graph.weight("embeddings.token_type_embeddings.weight", config["type_vocab_size"], width)
        places = graph.weight("embeddings.position_embeddings.weight", config["max_position_embeddings"], width)
        length = graph.add("Shape", "ids", start=1, end=2)
        places = graph.add("Slice", places, graph.constant([0]), length, graph.constant([0]))
        kind = graph.add("Gather", kinds, graph.constant(0))
        states = graph.add("Add", graph.add("Add", graph.add("Gather", words, "ids"), kind), places)
        return self._norm(states, "embeddings.LayerNorm")

    def layer(self, given: str, away: str, name: str) -> str:
        """Attention and the two layers behind it."""
        graph, wide = self.graph, int(self._config["intermediate_size"])
        query, key, value = (self._head(given, f"{name}.attention.self.{part}") for part in ("query", "key", "value"))
        likeness = graph.add("MatMul", query, graph.add("Transpose", key, perm=[0, 1, 3, 2]))
        likeness = graph.add("Mul", likeness, graph.constant((self._width // self._heads) ** -0.5))
        shares = graph.add("Softmax", graph.add("Add", likeness, away), axis=-1)
        seen = graph.add("Transpose", graph.add("MatMul", shares, value), perm=[0, 2, 1, 3])
        seen = graph.add("Reshape", seen, graph.constant([0, 0, self._width]))
        seen = self._linear(seen, f"{name}.attention.output.dense", self._width, self._width)
        middle = self._norm(graph.add("Add", seen, given), f"{name}.attention.output.LayerNorm")
        inner = self._gelu(self._linear(middle, f"{name}.intermediate.dense", self._width, wide))
        inner = self._linear(inner, f"{name}.output.dense", wide, self._width)
        return self._norm(graph.add("Add", inner, middle), f"{name}.output.LayerNorm")

    def map(self, states: str, *, named: str) -> None:
        """Into the joint space."""
        weight = self.graph.weight(TEXT_PROJECTION, self._width, self._dim)
        mapped = self.graph.add("MatMul", states, weight)
        self.graph.add("Add", mapped, self.graph.weight(TEXT_BIAS, self._dim), named=named)

    def _head(self, given: str, name: str) -> str:
        """``(T, heads, L, width of a head)``."""
        result = self._linear(given, name, self._width, self._width)
        shape = self.graph.constant([0, 0, self._heads, self._width // self._heads])
        return self.graph.add("Transpose", self.graph.add("Reshape", result, shape), perm=[0, 2, 1, 3])

    def _linear(self, given: str, name: str, reads: int, writes: int) -> str:
        # torch keeps these matrices the other way round; the runtime turns them once, while it loads.
        weight = self.graph.add("Transpose", self.graph.weight(f"{name}.weight", writes, reads), perm=[1, 0])
        return self.graph.add("Add", self.graph.add("MatMul", given, weight), self.graph.weight(f"{name}.bias", writes))

    def _norm(self, given: str, name: str) -> str:
        parts = [self.graph.weight(f"{name}.{part}", self._width) for part in ("weight", "bias")]
        return self.graph.add("LayerNormalization", given, *parts, axis=-1, epsilon=self._config["layer_norm_eps"])

    def _gelu(self, given: str) -> str:
        """Gaussian error linear units, in the steps that the runtime knows to join."""
        graph = self.graph
        half = graph.add("Erf", graph.add("Div", given, graph.constant(2**0.5)))
        return graph.add(
            "Mul", graph.add("Mul", given, graph.add("Add", half, graph.constant(1.0))), graph.constant(0.5)
        )
