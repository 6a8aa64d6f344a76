"""What is known of features before any photo of a class: it counts much with few photos, little with many."""

import pytest
import torch

from spa_desktop.spa.gaussians import PRIOR_FEATURES, ClassGaussians, Moments
from spa_desktop.spa.learner import SpaLearner, from_bytes, to_bytes
from tests.spa.conftest import TEXTURE, WIDTH
from tests.spa.learner_bytes import refused, signed, taken_apart

SHAPE = torch.tensor([[4.0, 1.0], [1.0, 1.0]])


def filled(*classes, prior=None):
    made = ClassGaussians(2, 0, prior=prior)
    for rows in classes:
        made.add(made.add_class(), Moments.of(rows))
    return made


def rows(count, seed=0):
    return torch.randn(count, 2, generator=torch.Generator().manual_seed(seed))


def test_it_is_the_mean_of_prior_and_photos_by_their_numbers():
    few = rows(12)
    alone = filled(few)
    found = filled(few, prior=SHAPE)
    expected = (alone.scatter + PRIOR_FEATURES * SHAPE) / (11 + PRIOR_FEATURES)
    assert torch.allclose(found.covariance(1e-6), expected, rtol=1e-4)
    many = rows(20_000)
    assert torch.allclose(filled(many, prior=SHAPE).covariance(1e-6), torch.eye(2), atol=0.05)


@pytest.fixture(scope="module")
def prior():
    generator = torch.Generator().manual_seed(4)
    spreads = {"globals": WIDTH, "textures": TEXTURE}
    made = {name: torch.randn(width, 3 * width, generator=generator) for name, width in spreads.items()}
    return {name: spread @ spread.T / 1000 for name, spread in made.items()}


def test_a_learner_keeps_it_for_ever(world, config, prior):
    made = SpaLearner(world.projection, config, prior=prior).learn([world.samples(index) for index in range(3)])
    assert float(made.memory.globals.prior) == float(made.memory.textures.prior) == PRIOR_FEATURES
    assert float(made.memory.patches.prior) == 0
    loaded = from_bytes(to_bytes(made), world.projection)
    probe = world.photos(1, 5, seed=3)
    assert torch.equal(loaded.scores(*probe), made.scores(*probe))
    assert not torch.equal(
        made.scores(*probe),
        SpaLearner(world.projection, config).learn([world.samples(i) for i in range(3)]).scores(*probe),
    )
    more = [learner.learn([world.samples(3)]).scores(*probe) for learner in (made, loaded)]
    assert torch.equal(*more)
    assert float(made.to("cpu").memory.globals.prior) == PRIOR_FEATURES


@pytest.mark.parametrize("value", [{}, {"globals": 1.0}, {"globals": -1.0}, {"elsewhere": 1.0}, float("nan"), "50", []])
def test_how_much_of_a_learner_is_prior_is_looked_at(world, config, value):
    about, arrays = taken_apart(to_bytes(SpaLearner(world.projection, config).learn([world.samples(0)])))
    whole = dict.fromkeys(about["prior"], 0.0)
    asked = (
        {**whole, **value} if isinstance(value, dict) and ("elsewhere" in value or -1.0 in value.values()) else value
    )
    refused(signed({**about, "prior": asked}, arrays))


def test_the_shipped_prior_is_a_covariance():
    from spa_desktop.encoders.lite_files import read_prior

    found = read_prior()
    assert {name: tuple(matrix.shape) for name, matrix in found.items()} == {
        "globals": (1696, 1696),
        "textures": (820, 820),
    }
    for matrix in found.values():
        assert torch.allclose(matrix, matrix.T)
        assert bool((matrix.diagonal() > 0).all())
        torch.linalg.cholesky(matrix + 1e-3 * matrix.diagonal().mean() * torch.eye(len(matrix)))
