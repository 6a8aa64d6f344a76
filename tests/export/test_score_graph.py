"""The score as a graph against the score itself, on drawn features: every branch of it, in milliseconds."""

from dataclasses import replace
from functools import cache

import numpy as np
import onnxruntime
import pytest
import torch
from onnx import TensorProto, helper
from torch.nn.functional import normalize

from spa_desktop.export.graph_builder import GraphBuilder
from spa_desktop.export.score_graph import write_score
from spa_desktop.spa.config import KEPT_SHARE, SpaConfig
from spa_desktop.spa.learner import SpaLearner
from spa_desktop.spa.memory import ClassSamples, ClassText

WIDTH, TEXTURE, DIM, PATCHES, VIEWS = 24, 10, 16, 25, 3


def drawn(seed: int, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Pooled features and patches of photos around a place of their own."""
    random = torch.Generator().manual_seed(seed)
    centre = torch.rand(WIDTH, generator=random)
    whole = (centre + 0.3 * torch.randn(count, VIEWS, WIDTH, generator=random)).clamp_min(0)
    texture = normalize(torch.randn(count, VIEWS, TEXTURE, generator=random), dim=-1)
    patches = torch.randn(DIM, generator=random) + 0.7 * torch.randn(count, VIEWS, PATCHES, DIM, generator=random)
    return torch.cat([whole, texture], dim=-1), normalize(patches, dim=-1)


@cache
def learner_of(classes: int, config: SpaConfig, *, tasks: int = 1) -> SpaLearner:
    random = torch.Generator().manual_seed(99)
    learner = SpaLearner(torch.randn(WIDTH, DIM, generator=random), replace(config, steps=2))
    samples = []
    for seed in range(classes):
        pooled, patches = drawn(seed, 4)
        phrases = normalize(torch.randn(1 + seed % 5, DIM, generator=random), dim=-1)
        text = ClassText(phrases[0], phrases[-1], phrases)
        samples.append(ClassSamples(str(seed), pooled, lambda patches=patches: iter([patches]), text))
    size = -(-classes // tasks)
    for start in range(0, classes, size):
        learner = learner.learn(samples[start : start + size])
    return learner


def session_of(learner: SpaLearner, *, is_half: bool = False, kept: float = KEPT_SHARE) -> onnxruntime.InferenceSession:
    graph = GraphBuilder(is_half=is_half)
    inputs = (graph, "pooled", "patches", learner)
    scores, weights, known = write_score(*inputs, views=VIEWS, patch_count=PATCHES, kept=kept)
    graph.add("Softmax", scores, named="probabilities", axis=-1)
    graph.add("Identity", scores, named="scores")
    graph.add("Identity", weights, named="weights")
    outputs = [("probabilities", [len(learner.keys)]), ("scores", None), ("weights", [PATCHES])]
    if known is not None:
        graph.add("Identity", known, named="known")
        outputs.append(("known", []))
    shapes = {"pooled": [VIEWS, WIDTH + learner.memory.textures.width], "patches": [VIEWS, PATCHES, DIM]}
    model = graph.model(
        "score",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs],
        {},
    )
    return onnxruntime.InferenceSession(model.SerializeToString())


def weights_of(learner: SpaLearner, pooled: torch.Tensor, patches: torch.Tensor) -> np.ndarray:
    """The patch weights that the app shows."""
    scored = learner.score(pooled[None], patches[None])
    first = learner.keys[int(scored.scores[0].argmax())]
    found = learner.explain(scored, first)
    weights = np.zeros(PATCHES, dtype=np.float32)
    spoke = found.patch_shares[0].numpy().clip(min=0)
    weights[found.selected[0].numpy()] = 1 if found.against is None else spoke / max(float(spoke.max()), 1e-30)
    return weights


@pytest.mark.parametrize(
    ("classes", "tasks", "config"),
    [
        pytest.param(1, 1, SpaConfig(), id="one class"),
        pytest.param(2, 2, SpaConfig(), id="two tasks"),
        pytest.param(12, 3, SpaConfig(), id="all classes aligned"),
        pytest.param(40, 2, SpaConfig(), id="some classes aligned"),
        pytest.param(130, 2, SpaConfig(), id="some classes compared"),
        pytest.param(20, 2, SpaConfig(epsilon=0.02, dustbin_similarity=0.1), id="transport in logarithms"),
        pytest.param(20, 1, SpaConfig(use_transport=False), id="no transport"),
        pytest.param(20, 1, SpaConfig(use_selection=False), id="no selection"),
        pytest.param(20, 2, SpaConfig(use_projectors=False), id="no projectors"),
        pytest.param(20, 1, SpaConfig(use_texture=False), id="no texture"),
        pytest.param(20, 1, SpaConfig(use_descriptions=False), id="no descriptions"),
        pytest.param(20, 1, SpaConfig(tokens=2, patches=7, density_share=1.5), id="other settings"),
    ],
)
def test_the_graph_scores_as_the_learner_does(classes: int, tasks: int, config: SpaConfig) -> None:
    learner = learner_of(classes, config, tasks=tasks)
    session = session_of(learner)
    for seed in range(4):
        pooled, patches = (part[0] for part in drawn(1000 + seed if seed % 2 else seed, 1))
        ours = learner.scores(pooled[None], patches[None])[0]
        given = {"pooled": pooled.numpy(), "patches": patches.numpy()}
        probabilities, scores, weights, *known = session.run(None, given)
        np.testing.assert_allclose(scores, ours.numpy(), rtol=2e-4, atol=2e-3)
        np.testing.assert_allclose(probabilities, ours.softmax(dim=-1).numpy(), atol=1e-3)
        np.testing.assert_allclose(weights, weights_of(learner, pooled, patches), atol=2e-2)
        scale = learner.known_scale()
        assert (scale is None) == (not known)
        assert scale is None if classes < 3 else scale is not None
        if scale is not None:
            assert float(known[0]) == pytest.approx(
                scale.known(float(learner.score(pooled[None], patches[None]).familiarity)), abs=1e-2
            )


@pytest.mark.parametrize(("classes", "tasks"), [(1, 1), (3, 1), (130, 2)])
def test_what_is_divided_is_not_made_of_constants_alone(classes: int, tasks: int) -> None:
    """ONNX Runtime 1.24 to 1.28 fold it, and then cannot load the model's bytes."""
    graph, learner = GraphBuilder(), learner_of(classes, SpaConfig(), tasks=tasks)
    write_score(graph, "pooled", "patches", learner, views=VIEWS, patch_count=PATCHES, kept=KEPT_SHARE)
    written, folded = graph.graph("score", [], []), set[str]()
    constants = {tensor.name for tensor in written.initializer}
    for node in written.node:
        assert node.op_type != "Div" or node.input[0] not in folded
        if constants.union(folded).issuperset(node.input):
            folded.update(node.output)


def test_it_is_as_strict_as_the_app() -> None:
    learner = learner_of(12, SpaConfig())
    pooled, patches = (part[0] for part in drawn(1, 1))
    given = {"pooled": pooled.numpy(), "patches": patches.numpy()}
    familiar = float(learner.score(pooled[None], patches[None]).familiarity)
    found = [float(session_of(learner, kept=kept).run(["known"], given)[0]) for kept in (0.8, 0.95)]
    expected = [learner.known_scale(kept).known(familiar) for kept in (0.8, 0.95)]
    assert found == pytest.approx(expected, abs=1e-2)
    assert found[0] < 0.5 < found[1]


def test_features_that_are_signed_are_not_rooted() -> None:
    random = torch.Generator().manual_seed(1)
    pooled = torch.randn(3, 4, VIEWS, WIDTH, generator=random)
    patches = normalize(torch.randn(3, 4, VIEWS, PATCHES, DIM, generator=random), dim=-1)
    name = normalize(torch.randn(3, DIM, generator=random), dim=-1)
    samples = [
        ClassSamples(str(i), pooled[i], lambda i=i: iter([patches[i]]), ClassText.from_name(name[i])) for i in range(3)
    ]
    learner = SpaLearner(torch.randn(WIDTH, DIM, generator=random), SpaConfig(steps=0)).learn(samples)
    given = {"pooled": pooled[1, 0].numpy(), "patches": patches[1, 0].numpy()}
    scores = session_of(learner).run(["scores"], given)[0]
    ours = learner.scores(pooled[1, :1], patches[1, :1])[0].numpy()
    np.testing.assert_allclose(scores, ours, rtol=2e-4, atol=2e-3)


def test_half_precision_spares_room_and_little_is_lost() -> None:
    learner = learner_of(130, SpaConfig(), tasks=2)
    whole, half = session_of(learner), session_of(learner, is_half=True)
    pooled, patches = (part[0].numpy() for part in drawn(3, 1))
    first, second = (one.run(None, {"pooled": pooled, "patches": patches})[0] for one in (whole, half))
    assert 0 < np.abs(first - second).max() < 0.02
    assert first.argmax() == second.argmax()
