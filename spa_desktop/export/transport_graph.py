"""Partial transport as nodes of a graph: what `spa_desktop.spa.transport.partial_transport` computes, by its rounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from spa_desktop.export.graph_builder import GraphBuilder

# As in spa_desktop.spa.transport: POT's rounds, how often it looks at the marginals, and when they are met. The test of
# agreement notices when they change.
_ROUNDS, _LOOKED_AT_EVERY, _TOLERANCE = 101, 10, 1e-4
_WIDEST = 60.0
# 1 - cosine lies between 0 and 2, and so does the cost of the dustbin's row and column.
_WIDEST_COST = 2.0

# A round of both scales, and the plan of both, written into a graph.
_HalfSteps: TypeAlias = Callable[[GraphBuilder, str, str], tuple[str, str]]
_Plan: TypeAlias = Callable[[GraphBuilder, str, str], str]


@dataclass(frozen=True)
class TransportNodes:
    """Names of a plan ``(P, K, J)`` and of a dustbin ``(P, K)``, P problems at once."""

    plan: str
    dustbin: str


def write_partial_transport(
    graph: GraphBuilder,
    similarity: str,
    token_mass: str,
    *,
    patches: int,
    tokens: int,
    epsilon: float,
    dustbin_similarity: float,
) -> TransportNodes:
    """Match K patches with J tokens.

    Args:
        graph: to write into.
        similarity: ``(P, K, J)``.
        token_mass: ``(P, J)``.
        patches: K.
        tokens: J.
        epsilon: weight of the entropic term.
        dustbin_similarity: s_0.
    """
    one = graph.constant(1.0)
    inner = graph.add("Sub", one, similarity)
    # One more column, at the cost of the dustbin, then one more row, at no cost but with nothing of that column.
    inner = graph.add("Pad", inner, graph.constant([0, 0, 0, 0, 0, 1]), graph.constant(1.0 - dustbin_similarity))
    cost = graph.add("Pad", inner, graph.constant([0, 0, 0, 0, 1, 0]), graph.constant(0.0))
    last = graph.constant([1, 2])
    cost = graph.add("Sub", cost, graph.add("ReduceMin", cost, last, keepdims=1))
    kernel = graph.add("Neg", graph.add("Div", cost, graph.constant(epsilon)))
    rows = graph.constant(np.array([1 / patches] * patches + [1.0], dtype=np.float32).reshape(1, patches + 1, 1))
    columns = graph.add("Unsqueeze", token_mass, graph.constant([1]))
    columns = graph.add("Pad", columns, graph.constant([0, 0, 0, 0, 0, 1]), one)
    if _WIDEST * epsilon >= _WIDEST_COST:
        plan = _products(graph, graph.add("Exp", kernel), rows, columns)
    else:
        plan = _logarithms(graph, kernel, rows, columns)
    # POT ends with the columns. One more half step places every patch in full.
    given = graph.add("Max", graph.add("ReduceSum", plan, graph.constant([2]), keepdims=1), graph.constant(1e-30))
    plan = graph.add("Mul", plan, graph.add("Div", rows, given))
    first = graph.constant([0, 0])
    matched = graph.add("Slice", plan, first, graph.constant([patches, tokens]), last)
    dustbin = graph.add("Slice", plan, graph.constant([0, tokens]), graph.constant([patches, tokens + 1]), last)
    return TransportNodes(matched, graph.add("Squeeze", dustbin, graph.constant([2])))


def _products(graph: GraphBuilder, kernel: str, rows: str, columns: str) -> str:
    """Rounds with products of exponentials."""

    def half_steps(body: GraphBuilder, f: str, g: str) -> tuple[str, str]:
        f = body.add("Div", rows, body.add("MatMul", kernel, body.add("Transpose", g, perm=[0, 2, 1])))
        return f, body.add("Div", columns, body.add("MatMul", body.add("Transpose", f, perm=[0, 2, 1]), kernel))

    def plan(body: GraphBuilder, f: str, g: str) -> str:
        return body.add("Mul", body.add("Mul", kernel, f), g)

    return _rounds(graph, half_steps, plan, rows, columns, 1.0)


def _logarithms(graph: GraphBuilder, kernel: str, rows: str, columns: str) -> str:
    """The same rounds with sums in logarithms."""
    log_rows, log_columns = graph.add("Log", rows), graph.add("Log", columns)

    def half_steps(body: GraphBuilder, u: str, v: str) -> tuple[str, str]:
        by_row = body.add("ReduceLogSumExp", body.add("Add", kernel, v), body.constant([2]), keepdims=1)
        u = body.add("Sub", log_rows, by_row)
        by_column = body.add("ReduceLogSumExp", body.add("Add", kernel, u), body.constant([1]), keepdims=1)
        return u, body.add("Sub", log_columns, by_column)

    def plan(body: GraphBuilder, u: str, v: str) -> str:
        return body.add("Exp", body.add("Add", body.add("Add", kernel, u), v))

    return _rounds(graph, half_steps, plan, rows, columns, 0.0)


def _rounds(graph: GraphBuilder, half_steps: _HalfSteps, plan: _Plan, rows: str, columns: str, start: float) -> str:
    """Ten rounds at a time in a loop, until the rows are met to the tolerance; then the plan."""
    from onnx import TensorProto, helper

    def error(body: GraphBuilder, f: str, g: str) -> str:
        """The largest distance of a problem's row sums from what they are to be."""
        off = body.add("Sub", body.add("ReduceSum", plan(body, f, g), body.constant([2]), keepdims=1), rows)
        length = body.add("ReduceL2", off, body.constant([1]), keepdims=0)
        return body.add("ReduceMax", length, keepdims=0)

    def goes_on(body: GraphBuilder, f: str, g: str) -> str:
        return body.add("GreaterOrEqual", error(body, f, g), body.constant(_TOLERANCE))

    g = graph.add("Add", graph.add("Sub", columns, columns), graph.constant(start))
    f, g = half_steps(graph, rows, g)
    body = GraphBuilder(within=graph)
    next_f, next_g = "f_in", "g_in"
    for _ in range(_LOOKED_AT_EVERY):
        next_f, next_g = half_steps(body, next_f, next_g)
    condition = goes_on(body, next_f, next_g)
    inputs = [
        helper.make_tensor_value_info("round", TensorProto.INT64, []),
        helper.make_tensor_value_info("before", TensorProto.BOOL, []),
    ]
    inputs += [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("f_in", "g_in")]
    outputs = [helper.make_tensor_value_info(condition, TensorProto.BOOL, None)]
    outputs += [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in (next_f, next_g)]
    f, g = graph.add_many(
        "Loop",
        graph.constant((_ROUNDS - 1) // _LOOKED_AT_EVERY),
        goes_on(graph, f, g),
        f,
        g,
        named=("", ""),
        body=body.graph("rounds", inputs, outputs),
    )
    return plan(graph, f, g)
