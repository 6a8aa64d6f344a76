import numpy as np
import torch
from sklearn.linear_model import Ridge
from sklearn.metrics.pairwise import rbf_kernel

from models.building.kernel_ridge import Texts, kernel_ridge
from spa_desktop.encoders.lite_files import NAMES, KernelHead


def numbers(*shape, seed=0):
    return torch.from_numpy(np.random.RandomState(seed).randn(*shape))


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
