import numpy as np
import torch
from sklearn.linear_model import Ridge
from sklearn.metrics.pairwise import rbf_kernel

from models.building.fit import (
    best_scale,
    class_targets,
    fit_ridge,
    image_projection,
    partly_white,
    retrieval,
    text_weights,
)
from models.building.kernel_ridge import Texts, kernel_ridge
from models.building.texts import class_texts
from spa_desktop.encoders.lite_files import NAMES, KernelHead


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


def test_kernel_ridge_equals_ridge_on_what_the_kernel_stands_for():
    states, targets, weights = numbers(60, 4), numbers(60, 3, seed=1), numbers(60, seed=2).abs()
    groups = [Texts(states[part], targets[part], weights[part]) for part in (slice(0, 25), slice(25, 60))]
    found = kernel_ridge(groups, landmarks=20, frequency=0.8, strength=0.01, seed=0)
    assert found.landmarks.shape == (20, 4)
    near, among = (rbf_kernel(one, found.landmarks, gamma=0.8**2 / 2) for one in (states, found.landmarks))
    values, vectors = np.linalg.eigh(among + 1e-3 * np.eye(20))
    features = np.hstack([states, near @ vectors / np.sqrt(values)])
    ridge = Ridge(alpha=0.01 * float(weights.sum())).fit(features, targets.numpy(), sample_weight=weights.numpy())
    assert np.allclose(found(states), ridge.predict(features), atol=1e-8)
    turned = found.then(numbers(3, 5, seed=3))(states)
    assert torch.allclose(turned, found(states) @ numbers(3, 5, seed=3))


def test_the_head_that_ships_computes_the_map_that_was_learned():
    states = numbers(40, 6)
    groups = [Texts(states, numbers(40, 3, seed=1), torch.ones(40, dtype=torch.float64))]
    found = kernel_ridge(groups, landmarks=15, frequency=0.8, strength=0.01, seed=0)
    mean, scale = numbers(6, seed=4), torch.tensor([2.0]).double()
    tensors = (mean, scale, found.landmarks, torch.tensor([0.8]), found.weight, found.bias)
    head = KernelHead(dict(zip(NAMES, tensors, strict=True)))
    tokens = (states * scale + mean).float().reshape(4, 10, 6)
    assert torch.allclose(head(tokens).reshape(40, 3).double(), found(states), atol=1e-4)


def test_partly_white():
    photos, classes = numbers(5000, 3) * torch.tensor([3.0, 1.0, 1.0]), numbers(5000, 3, seed=1)
    spread = torch.cov((photos @ partly_white(photos, classes, 0.0)).T).diagonal()
    assert 1 < spread[0] / spread[1] < 9  # between what photos and what classes alone would ask for
    alike = partly_white(photos, photos, 0.0)
    white = torch.cov((photos @ alike).T)
    assert torch.allclose(white, white[0, 0] * torch.eye(3, dtype=torch.float64), atol=1e-9)
    much = partly_white(photos, classes, 1e9)
    assert torch.allclose(much / much[0, 0], torch.eye(3, dtype=torch.float64), atol=1e-6)


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
