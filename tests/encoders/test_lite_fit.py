from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge

from models.building.fit import (
    best_scale,
    class_targets,
    fit_ridge,
    image_projection,
    retrieval,
    text_weights,
)
from models.building.texts import class_texts


def numbers(*shape, seed=0):
    return torch.from_numpy(np.random.RandomState(seed).randn(*shape))


def test_ridge_equals_scikit_learn():
    states, targets, weights = numbers(60, 8), numbers(60, 3, seed=1), numbers(60, seed=2).abs()
    found = fit_ridge(states, targets, weights, strength=0.3)
    share = weights / weights.sum()
    variance = (share[:, None] * (states - (share[:, None] * states).sum(0)) ** 2).sum(0).mean()
    expected = Ridge(alpha=float(0.3 * variance)).fit(states.numpy(), targets.numpy(), sample_weight=share.numpy())
    assert np.allclose(found.weight.numpy().T, expected.coef_, atol=1e-8)
    assert np.allclose(found.bias.numpy(), expected.intercept_, atol=1e-8)


def test_image_projection_is_the_classes_own_space():
    basis = torch.linalg.qr(numbers(20, 4))[0]
    classifier = numbers(30, 4, seed=1) @ basis.T + 5.0
    projection = image_projection(classifier, 4)
    assert torch.allclose(projection.T @ projection, torch.eye(4, dtype=torch.float64), atol=1e-8)
    centred = classifier - classifier.mean(dim=0)
    assert torch.allclose(centred @ projection @ projection.T, centred, atol=1e-8)
    assert torch.allclose(image_projection(classifier, 4), projection)
    assert torch.allclose(class_targets(classifier, projection).norm(dim=1), torch.ones(30, dtype=torch.float64))


def test_every_kind_weighs_the_same_for_every_class():
    labels = torch.tensor([0, 0, 0, 1])
    weights = text_weights(labels, ["name", "lemma", "lemma", "name"])
    assert weights.tolist() == [1.0, 0.5, 0.5, 1.0]


def test_retrieval_searches_among_the_held_out_alone():
    targets = torch.eye(8, dtype=torch.float64)
    held_out = torch.tensor([2, 5, 7])
    labels = torch.tensor([2, 5])
    embedded = torch.stack([targets[2], 0.9 * targets[7] + 0.5 * targets[5] + 5 * targets[0]])
    score = retrieval(embedded, labels, targets, held_out)
    assert (score.first, score.five) == (50.0, 100.0)


def test_best_scale_is_the_likeliest():
    cosines = torch.tensor([[0.5, 0.1], [0.2, 0.4], [0.3, 0.31]])
    labels = torch.tensor([0, 1, 0])
    grid = [1.0, 5.0, 20.0, 1000.0]
    likelihood = [float((scale * cosines).log_softmax(1)[range(3), labels].sum()) for scale in grid]
    assert best_scale(cosines, labels, grid) == grid[int(np.argmax(likelihood))]


def test_texts_of_a_class():
    texts = [text for text in class_texts(3) if text.label == 0]
    said = {text.kind: text.text for text in texts}
    assert said["name"] == "tench"
    assert said["photo of name"] == "a photo of a tench."
    assert said["name, gloss"].startswith("tench, freshwater dace-like game fish")
    assert [text.text for text in texts if text.kind == "lemma"] == ["tench", "Tinca tinca"]
    assert {text.label for text in class_texts(3)} == {0, 1, 2}
    assert len({text.label for text in class_texts()}) == 1000


@pytest.mark.parametrize("kind", ["name", "gloss", "lemmas"])
def test_every_class_has_every_judged_kind(kind):
    assert sum(text.kind == kind for text in class_texts()) == 1000
