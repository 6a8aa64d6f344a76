from __future__ import annotations

import torch
from spa_desktop.spa.pseudo import PseudoFeatures
from spa_desktop.spa.statistics import ClassGaussians, Moments


def gaussians():
    generator = torch.Generator().manual_seed(0)
    made = ClassGaussians(4, 2)
    for offset in (0.0, 10.0, -10.0):
        rows = torch.randn(30, 4, generator=generator) + offset
        index = made.add_class()
        made.add(index, Moments.of(rows))
        made.set_factor(index, rows)
    return made


def test_each_class_draws_its_share_around_its_mean():
    made = gaussians()
    drawn = PseudoFeatures.draw(made, [0, 2], 500, shrinkage=0.5, seed=3)
    assert drawn.features.shape == (1000, 4)
    assert torch.bincount(drawn.labels, minlength=3).tolist() == [500, 0, 500]
    for index in (0, 2):
        assert torch.allclose(drawn.features[drawn.labels == index].mean(dim=0), made.means[index], atol=0.25)


def test_the_seed_decides():
    first, again, other = (PseudoFeatures.draw(gaussians(), [1], 6, shrinkage=0.5, seed=s).features for s in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_no_old_class_or_no_draw_is_empty():
    for classes, count in (([], 8), ([0], 0)):
        drawn = PseudoFeatures.draw(gaussians(), classes, count, shrinkage=0.5, seed=0)
        assert drawn.features.shape == (0, 4)
        assert drawn.labels.shape == (0,)
