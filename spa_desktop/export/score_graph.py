"""The score as nodes of a graph: the steps of `spa_desktop.spa.scorer.Scorer`, on the same numbers.

A change of the score is followed here and nowhere else in the export; the test of agreement notices where it was not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from spa_desktop.export.graph_builder import GraphBuilder, value

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from spa_desktop.spa.gaussians import SharedGaussian
    from spa_desktop.spa.learner import SpaLearner

# Partial transport as nodes of a graph: what `spa_desktop.spa.transport.partial_transport` computes, by its rounds.

# As in spa_desktop.spa.transport: POT's rounds, how often it looks at the marginals, and when they are met. The test of
# agreement notices when they change.
_ROUNDS, _LOOKED_AT_EVERY, _TOLERANCE = 101, 10, 1e-4
_WIDEST = 60.0
# 1 - cosine lies between 0 and 2, and so does the cost of the dustbin's row and column.
_WIDEST_COST = 2.0

# A round of both scales, and the plan of both, written into a graph.
_HalfSteps: TypeAlias = Callable[[GraphBuilder, str, str], tuple[str, str]]
_Plan: TypeAlias = Callable[[GraphBuilder, str, str], str]


def write_partial_transport(
    graph: GraphBuilder,
    similarity: str,
    token_mass: str,
    *,
    patches: int,
    tokens: int,
    epsilon: float,
    dustbin_similarity: float,
) -> tuple[str, str]:
    """Match K patches with J tokens, by similarity ``(P, K, J)`` and mass of the tokens ``(P, J)``.

    Gives the names of a plan ``(P, K, J)`` and of a dustbin ``(P, K)``, P problems at once.
    """
    inner = graph.add("Sub", 1.0, similarity)
    # One more column, at the cost of the dustbin, then one more row, at no cost but with nothing of that column.
    inner = graph.add("Pad", inner, [0, 0, 0, 0, 0, 1], 1.0 - dustbin_similarity)
    cost = graph.add("Pad", inner, [0, 0, 0, 0, 1, 0], 0.0)
    cost = graph.add("Sub", cost, graph.add("ReduceMin", cost, [1, 2], keepdims=1))
    kernel = graph.add("Neg", graph.add("Div", cost, epsilon))
    rows = graph.constant(np.array([1 / patches] * patches + [1.0], dtype=np.float32).reshape(1, patches + 1, 1))
    columns = graph.add("Unsqueeze", token_mass, [1])
    columns = graph.add("Pad", columns, [0, 0, 0, 0, 0, 1], 1.0)
    if _WIDEST * epsilon >= _WIDEST_COST:
        plan = _products(graph, graph.add("Exp", kernel), rows, columns)
    else:
        plan = _logarithms(graph, kernel, rows, columns)
    # POT ends with the columns. One more half step places every patch in full.
    given = graph.add("Max", graph.add("ReduceSum", plan, [2], keepdims=1), 1e-30)
    plan = graph.add("Mul", plan, graph.add("Div", rows, given))
    matched = graph.add("Slice", plan, [0, 0], [patches, tokens], [1, 2])
    dustbin = graph.add("Slice", plan, [0, tokens], [patches, tokens + 1], [1, 2])
    return matched, graph.add("Squeeze", dustbin, [2])


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
        by_row = body.add("ReduceLogSumExp", body.add("Add", kernel, v), [2], keepdims=1)
        u = body.add("Sub", log_rows, by_row)
        by_column = body.add("ReduceLogSumExp", body.add("Add", kernel, u), [1], keepdims=1)
        return u, body.add("Sub", log_columns, by_column)

    def plan(body: GraphBuilder, u: str, v: str) -> str:
        return body.add("Exp", body.add("Add", body.add("Add", kernel, u), v))

    return _rounds(graph, half_steps, plan, rows, columns, 0.0)


def _rounds(graph: GraphBuilder, half_steps: _HalfSteps, plan: _Plan, rows: str, columns: str, start: float) -> str:
    """Ten rounds at a time in a loop, until the rows are met to the tolerance; then the plan."""

    def goes_on(body: GraphBuilder, f: str, g: str) -> str:
        """Whether a problem's row sums are too far from what they are to be."""
        off = body.add("Sub", body.add("ReduceSum", plan(body, f, g), [2], keepdims=1), rows)
        error = body.add("ReduceMax", body.add("ReduceL2", off, [1], keepdims=0), keepdims=0)
        return body.add("GreaterOrEqual", error, _TOLERANCE)

    g = graph.add("Add", graph.add("Sub", columns, columns), start)
    f, g = half_steps(graph, rows, g)
    if graph.is_flat:  # all rounds: those after the rows are met moved no probability of a test photo by 0.000002
        for _ in range(_ROUNDS - 1):
            f, g = half_steps(graph, f, g)
        return plan(graph, f, g)
    body = GraphBuilder(within=graph)
    next_f, next_g = "f_in", "g_in"
    for _ in range(_LOOKED_AT_EVERY):
        next_f, next_g = half_steps(body, next_f, next_g)
    condition = goes_on(body, next_f, next_g)
    inputs = [value("round", "INT64", []), value("before", "BOOL", [])]
    inputs += [value(name, "FLOAT", None) for name in ("f_in", "g_in")]
    outputs = [value(condition, "BOOL", None), *(value(name, "FLOAT", None) for name in (next_f, next_g))]
    most, loop = (_ROUNDS - 1) // _LOOKED_AT_EVERY, body.graph("rounds", inputs, outputs)
    f, g = graph.add_many("Loop", most, goes_on(graph, f, g), f, g, named=("", ""), body=loop)
    return plan(graph, f, g)


_BY_WHOLE, _BY_ALL_BUT_ALIGNMENT = (0, 3, 4), (0, 2, 3, 4)


def write_score(
    graph: GraphBuilder, pooled: str, patches: str, learner: SpaLearner, *, views: int, patch_count: int, kept: float
) -> tuple[str, str, str | None]:
    """Features of one photo, V views, to its scores: pooled ``(V, W + T)`` and, as the cache keeps them, patches.

    The learner knows at least one class. Patches are ``(V, N, D)``. `kept` is the share of known photos that is to be
    kept, above 0 and below 1. Gives the names of

    - the scores ``(C,)``, whose softmax is the probability of each class,
    - ``(N,)`` from 0 to 1, how much each patch of the photo as it is spoke for the first class against the second; 0
      where the score did not use it,
    - ``()`` from 0 to 1, whether the photo belongs to any class; None where the learner does not tell.
    """
    return _Writer(graph, learner, views, patch_count, kept).write(pooled, patches)


class _Writer:
    def __init__(self, graph: GraphBuilder, learner: SpaLearner, views: int, patch_count: int, kept: float) -> None:
        assert learner.memory is not None, "something was learned"
        self._graph, self._learner, self._memory, self._config = graph, learner, learner.memory, learner.config
        self._views, self._patch_count, self._kept = views, patch_count, kept
        self._classes = len(learner.memory.classes)
        weights = _array(learner.scorer.weights)
        self._weights = [float(value) for value in weights]
        self._count = min(self._config.patches, patch_count) if self._config.use_selection else patch_count

    def write(self, pooled: str, patches: str) -> tuple[str, str, str | None]:
        from spa_desktop.spa.gaussians import SharedGaussian
        from spa_desktop.spa.scorer import ALIGNED, COMPARED

        graph, memory, config = self._graph, self._memory, self._config
        features = self._columns(pooled, 0, memory.width)
        if memory.rectified:  # as `Memory.global_features`
            features = graph.add("Sqrt", graph.add("Max", features, 0.0))
        features = write_unit(graph, features)
        by_global, by_texture, away = self._whole(features, pooled)
        by_text, joint = self._by_text(features, pooled)
        whole = [by_text, None, None, by_global, by_texture]

        visual, textual = self._ask(patches, self._shortlist(self._weighed(whole, _BY_WHOLE), COMPARED))
        relevance = self._standard_score(self._margin(visual))
        if config.use_descriptions and config.text_selection:
            weighed = graph.add("Mul", self._standard_score(self._margin(textual)), config.text_selection)
            relevance = graph.add("Add", relevance, weighed)
        _, selected = graph.add_many("TopK", relevance, [self._count], named=("", ""), axis=-1)
        places = graph.add("Unsqueeze", selected, [2])
        chosen = graph.add("GatherND", patches, places, batch_dims=1)
        gaussian = SharedGaussian.fit(memory.selected, config.patch_shrinkage)
        white = self._whiten(gaussian, chosen)
        along = graph.add("MatMul", white, graph.weight(_array(gaussian.means).T))
        density = graph.add("Div", graph.add("Sub", along, _half_squares(gaussian)), gaussian.gap)
        by_patches = self._mean(self._mean(density, 1), 0)

        rest = self._weighed([by_text, None, by_patches, by_global, by_texture], _BY_ALL_BUT_ALIGNMENT)
        classes = self._shortlist(rest, ALIGNED)
        aligned_patches = self._align(gaussian, write_unit(self._graph, white), classes, min(ALIGNED, self._classes))
        # ``(M,)``: the sum over patches, mean over views.
        aligned = self._mean(graph.add("ReduceSum", aligned_patches, [2], keepdims=0), 0)
        least = graph.add("Expand", graph.add("ReduceMin", aligned, keepdims=1), [self._classes])
        by_alignment = graph.add("ScatterElements", least, classes, aligned, axis=0)

        scores = self._weighed([by_text, by_alignment, by_patches, by_global, by_texture], range(5))
        patch_weights = self._patch_weights(scores, classes, aligned_patches, density, selected)
        both = by_global if by_texture is None else graph.add("Add", by_global, by_texture)
        return scores, patch_weights, self._known(both, away, joint)

    # Kinds of evidence

    def _by_text(self, features: str, pooled: str) -> tuple[str, str]:
        """``(C,)``, the global feature against descriptions and names; ``(V, D)``, the feature as it is."""
        graph, memory = self._graph, self._memory
        projection = _array(self._learner.image_projection)
        read = int(np.flatnonzero(projection.any(axis=1)).max()) + 1  # the last rows may be empty
        joint = graph.add("MatMul", self._columns(pooled, 0, read), graph.weight(projection[:read]))
        moved = joint = write_unit(self._graph, joint)
        used = memory.image_projectors if self._config.use_projectors else []
        if used:
            reads = np.concatenate([_array(projector.read) for projector in used], axis=1)
            writes = np.concatenate([_array(projector.write) for projector in used], axis=1).T
            offset = sum(
                (_array(projector.centre) @ _array(projector.read)) @ _array(projector.write).T for projector in used
            )
            shift = features
            is_narrow = reads.shape[1] * sum(projection.shape) < projection.size
            for factor in (reads, writes) if is_narrow else (reads @ writes,):
                shift = graph.add("MatMul", shift, graph.weight(factor))
            shift = graph.add("Sub", shift, np.asarray(offset))
            moved = graph.add("Add", joint, shift)
        texts = _array(memory.texts(projected=self._config.use_projectors)).T
        by_text = graph.add("MatMul", write_unit(self._graph, moved), graph.weight(texts))
        if share := self._learner.scorer.zero_shot:
            names = share * _array(memory.names()).T
            by_text = graph.add("Add", by_text, graph.add("MatMul", joint, graph.weight(names)))
        return self._mean(by_text, 0), joint

    def _known(self, evidence: str, away: str, joint: str) -> str | None:
        """``()``, as `familiarity.KnownScale.known`, of the whole photo.

        By its evidence and squared distances ``(C,)``, and its views ``(V, D)`` in the joint space.
        """
        from spa_desktop.spa.familiarity import COOLED

        graph, scale = self._graph, self._learner.known_scale(self._kept)
        if scale is None:
            return None
        likely = graph.add("Softmax", graph.add("Mul", evidence, COOLED), axis=-1)
        nearest = graph.add("Max", graph.add("ReduceMin", away, keepdims=0), 0.0)
        familiarity = graph.add("Sub", graph.add("ReduceMax", likely, keepdims=0), graph.add("Sqrt", nearest))
        means = graph.weight(_array(self._learner.scorer.joint_means).T * self._memory.cosine_weight)
        cosine = graph.add("MatMul", graph.add("ReduceMean", joint, [0], keepdims=1), means)
        familiarity = graph.add("Add", familiarity, graph.add("ReduceMax", cosine, keepdims=0))
        beyond = graph.add("Sub", familiarity, scale.threshold)
        return graph.add("Sigmoid", graph.add("Mul", beyond, scale.slope))

    def _whole(self, features: str, pooled: str) -> tuple[str, str | None, str]:
        """``(C,)`` of the global feature, of the texture where there is one, and squared distances a feature."""
        graph, memory, config, whole = self._graph, self._memory, self._config, self._learner.scorer.whole
        rows = [features]
        if len(whole.shared) > 1:
            rows.append(self._columns(pooled, memory.width, memory.width + memory.textures.width))
        parts = [(gaussian, self._whiten(gaussian, part)) for gaussian, part in zip(whole.shared, rows, strict=True)]
        lengths = [graph.add("ReduceSumSquare", white, [-1], keepdims=1) for _, white in parts]
        length = lengths[0] if len(lengths) == 1 else graph.add("Add", *lengths)
        class_length = sum(_array(gaussian.means.square().sum(dim=-1)) for gaussian, _ in parts)
        gap = sum(gaussian.gap for gaussian, _ in parts)
        product = graph.add("Mul", length, np.asarray(class_length))
        unit = graph.add("Sqrt", graph.add("Max", product, 1e-24))
        evidence, dots = [], []
        for gaussian, white in parts:
            along = graph.add("MatMul", white, graph.weight(_array(gaussian.means).T))
            density = graph.add("Sub", along, _half_squares(gaussian))
            share = graph.add("Mul", density, config.density_share / gap)
            cosine = graph.add("Div", along, unit)
            dots.append(along)
            evidence.append(self._mean(graph.add("Add", cosine, share), 0))
        dot = dots[0] if len(dots) == 1 else graph.add("Add", *dots)
        away = graph.add("Sub", length, graph.add("Mul", dot, 2.0))
        away = graph.add("Add", self._mean(away, 0), np.asarray(class_length))
        return evidence[0], evidence[1] if len(evidence) == 2 else None, graph.add("Mul", away, 1 / whole.width)

    def _ask(self, patches: str, classes: str) -> tuple[str, str]:
        """``(V, N, M)`` twice: what patches say in sight and in text for the classes ``(M,)``."""
        from spa_desktop.spa.gaussians import SharedGaussian

        graph, memory = self._graph, self._memory
        weight, bias = SharedGaussian.fit(memory.patches, self._config.patch_shrinkage).as_linear()
        asked = []
        for rows in (_array(weight).T, _array(memory.texts(projected=False))):
            some = graph.add("Gather", graph.weight(rows), classes, axis=0)
            asked.append(graph.add("MatMul", patches, graph.add("Transpose", some, perm=[1, 0])))
        some = graph.add("Gather", _array(bias), classes, axis=0)
        return graph.add("Add", asked[0], some), asked[1]

    def _align(self, gaussian: SharedGaussian, white: str, classes: str, count: int) -> str:
        """``(V, M, K)``, what each selected patch adds to the alignment with each of the classes ``(M,)``."""
        from torch.nn.functional import normalize

        from spa_desktop.spa.patches import padded

        graph, memory, config = self._graph, self._memory, self._config
        rows = [memory.tokens(index, projected=config.use_projectors) for index in range(self._classes)]
        tokens, mass = padded([normalize(gaussian.whiten(row), dim=-1) for row in rows], config.tokens)
        used = int((mass > 0).sum(dim=1).max())  # columns that are padding for every class take part in nothing
        tokens, mass = tokens[:, :used], mass[:, :used]
        kept = graph.weight(_array(tokens).reshape(self._classes, -1))
        some = graph.add("Gather", kept, classes, axis=0)
        some = graph.add("Reshape", some, [count * used, memory.dim])
        similarity = graph.add("MatMul", white, graph.add("Transpose", some, perm=[1, 0]))
        similarity = graph.add("Reshape", similarity, [self._views, self._count, count, used])
        similarity = graph.add("Transpose", similarity, perm=[0, 2, 1, 3])
        problems = graph.add("Reshape", similarity, [self._views * count, self._count, used])
        masses = graph.add("Gather", _array(mass), classes, axis=0)
        masses = graph.add("Tile", masses, [self._views, 1])
        if config.use_transport:
            plan, dustbin = write_partial_transport(
                graph,
                problems,
                masses,
                patches=self._count,
                tokens=used,
                epsilon=config.epsilon,
                dustbin_similarity=config.dustbin_similarity,
            )
            spoke = graph.add("ReduceSum", graph.add("Mul", plan, problems), [2], keepdims=0)
            unmatched = graph.add("Mul", dustbin, config.dustbin_similarity)
            spoke = graph.add("Add", spoke, unmatched)
        else:
            plan = graph.add("Unsqueeze", masses, [1])
            plan = graph.add("Div", plan, float(self._count))
            spoke = graph.add("ReduceSum", graph.add("Mul", plan, problems), [2], keepdims=0)
        return graph.add("Reshape", spoke, [self._views, count, self._count])

    # What is shown

    def _patch_weights(self, scores: str, classes: str, aligned: str, density: str, selected: str) -> str:
        """``(N,)``, as `Explanation.weights` of the first class against the second, on the photo as it is."""
        graph, count = self._graph, self._count
        places = graph.add("Gather", selected, 0, axis=0)
        blank = graph.constant(np.zeros(self._patch_count, dtype=np.float32))
        if self._classes == 1:
            return graph.add("ScatterElements", blank, places, np.ones(count, dtype=np.float32), axis=0)
        _, two = graph.add_many("TopK", scores, [2], named=("", ""), axis=0)
        # Which of the aligned classes the two are.
        is_one = graph.add("Equal", graph.add("Unsqueeze", two, [1]), classes)
        rows = graph.add("ArgMax", graph.cast(is_one, "FLOAT"), axis=1, keepdims=0)
        by_alignment = graph.add("Gather", graph.add("Gather", aligned, 0, axis=0), rows, axis=0)
        by_density = graph.add("Gather", graph.add("Gather", density, 0, axis=0), two, axis=1)
        both = graph.add(
            "Add",
            graph.add("Mul", by_alignment, self._weights[1]),
            graph.add("Mul", graph.add("Transpose", by_density, perm=[1, 0]), self._weights[2] / count),
        )
        first, second = (graph.add("Gather", both, place, axis=0) for place in (0, 1))
        spoke = graph.add("Max", graph.add("Sub", first, second), 0.0)
        most = graph.add("Max", graph.add("ReduceMax", spoke, keepdims=0), 1e-30)
        return graph.add("ScatterElements", blank, places, graph.add("Div", spoke, most), axis=0)

    # Small steps

    def _weighed(self, evidence: list[str | None], kinds: Any) -> str:
        given = ((evidence[kind], self._weights[kind]) for kind in kinds)
        parts = [self._graph.add("Mul", part, weight) for part, weight in given if part is not None]
        return parts[0] if len(parts) == 1 else self._graph.add("Sum", *parts)

    def _shortlist(self, evidence: str, most: int) -> str:
        """``(M,)``, places of the classes that evidence ``(C,)`` likes best, smallest first."""
        graph = self._graph
        # Also where all are taken: ONNX Runtime 1.24 to 1.28 would fold what depends on constant places, and then fail.
        count = graph.constant([min(most, self._classes)])
        _, places = graph.add_many("TopK", evidence, count, named=("", ""), axis=0)
        places, _ = graph.add_many("TopK", places, count, named=("", ""), axis=0, largest=0)
        return places

    def _margin(self, answers: str) -> str:
        """``(V, N)`` of ``(V, N, M)``: the first class ahead of the second."""
        graph = self._graph
        if self._classes == 1:
            return graph.add("Squeeze", answers, [2])
        values, _ = graph.add_many("TopK", answers, [2], named=("", ""), axis=-1)
        first, second = (graph.add("Gather", values, place, axis=2) for place in (0, 1))
        return graph.add("Sub", first, second)

    def _standard_score(self, values: str) -> str:
        graph, last = self._graph, [-1]
        centred = graph.add("Sub", values, graph.add("ReduceMean", values, last, keepdims=1))
        spread = graph.add("Sqrt", graph.add("ReduceMean", graph.add("Mul", centred, centred), last, keepdims=1))
        return graph.add("Div", centred, graph.add("Max", spread, 1e-6))

    def _whiten(self, gaussian: SharedGaussian, features: str) -> str:
        graph = self._graph
        centred = graph.add("Sub", features, _array(gaussian.centre))
        return graph.add("MatMul", centred, graph.weight(_array(gaussian.whitening)))

    def _columns(self, rows: str, start: int, end: int) -> str:
        return self._graph.add("Slice", rows, [start], [end], [1])

    def _mean(self, values: str, axis: int) -> str:
        return self._graph.add("ReduceMean", values, [axis], keepdims=0)


def write_unit(graph: GraphBuilder, rows: str) -> str:
    """Rows ``(..., D)`` of unit length, zero where they are zero, as torch's `normalize` gives them."""
    length = graph.add("ReduceL2", rows, [-1], keepdims=1)
    return graph.add("Div", rows, graph.add("Max", length, 1e-12))


def _half_squares(gaussian: SharedGaussian) -> NDArray[Any]:
    return _array(gaussian.means.square().sum(dim=-1) / 2)


def _array(tensor: Tensor) -> NDArray[Any]:
    return np.ascontiguousarray(tensor.detach().cpu().numpy(), dtype=np.float32)
