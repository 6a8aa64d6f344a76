"""Which patches speak: margins, relevance, selection, short lists of classes; and where phrases lie among them."""

import pytest
import torch
from torch.nn.functional import normalize

from spa_desktop.spa.gaussians import ClassGaussians, Moments, SharedGaussian
from spa_desktop.spa.patches import ground_tokens, margin, relevance


@pytest.mark.parametrize("classes", [2, 5])
def test_margins_against_the_definition(classes):
    scores = torch.randn(4, 7, classes, generator=torch.Generator().manual_seed(classes))
    every = []
    for c in range(classes):
        others = torch.cat([scores[..., :c], scores[..., c + 1 :]], dim=-1).amax(dim=-1)
        every.append(scores[..., c] - others)
        assert torch.equal(margin(scores, c), every[-1])
    assert torch.equal(margin(scores), torch.stack(every).amax(dim=0))


def test_relevance_by_hand():
    # Margins of class 0: 2 and -2 by sight, -1 and 1 by text; standard scores over the two patches are their signs.
    visual = torch.tensor([[2.0, 0.0], [0.0, 2.0]])
    textual = torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    assert torch.allclose(relevance(visual, textual, 0.0, 0), torch.tensor([1.0, -1.0]))
    assert torch.allclose(relevance(visual, textual, 0.25, 0), torch.tensor([0.75, -0.75]))
    assert torch.allclose(relevance(visual, textual, 0.25, 1), torch.tensor([-0.75, 0.75]))
    assert torch.allclose(relevance(visual, textual, 1.0, 0), torch.zeros(2), atol=1e-6)


@pytest.mark.parametrize("index", [None, 0, 2])
def test_neither_scale_nor_a_term_of_each_patch_matters(index):
    """Log-densities are known up to a term of each patch, and their scale is the backbone's."""
    generator = torch.Generator().manual_seed(1)
    visual, textual = torch.randn(2, 6, 3, generator=generator), torch.randn(2, 6, 3, generator=generator)
    term = 10 * torch.randn(2, 6, 1, generator=generator)
    other = relevance(100 * (visual + term), 0.01 * textual, 0.5, index)
    assert torch.allclose(relevance(visual, textual, 0.5, index), other, atol=1e-3)


def planted(seed=0, each=40, text_noise=0.6, parts=2):
    """Patches of some parts in turn, and phrases that point at each from afar: text lies off the patches."""
    generator = torch.Generator().manual_seed(seed)
    axes = torch.linalg.qr(torch.randn(16, 16, generator=generator))[0]
    shared = axes[-1]
    centres = normalize(axes[:parts] + shared, dim=-1)
    patches = centres.repeat(each, 1) + 0.1 * torch.randn(each * parts, 16, generator=generator)
    # What all texts share, far from all patches, and a hint of the part.
    tokens = normalize(axes[-2] + text_noise * axes[:parts], dim=-1)
    gaussians = ClassGaussians(16, 0)
    gaussians.add(gaussians.add_class(), Moments.of(patches))
    gaussians.add(gaussians.add_class(), Moments.of(0.3 * torch.randn(60, 16, generator=generator) + axes[5]))
    return normalize(patches, dim=-1), tokens, centres, SharedGaussian.fit(gaussians, 0.3)


@pytest.mark.parametrize("parts", [2, 3])
@pytest.mark.parametrize("seed", range(4))
def test_each_token_ends_at_the_part_its_text_points_at(seed, parts):
    patches, tokens, centres, gaussian = planted(seed, parts=parts)
    grounded = ground_tokens(patches, tokens, gaussian)
    nearest = torch.cdist(grounded, centres).argmin(dim=1)
    assert nearest.tolist() == list(range(parts))
    # And clearly so: away from the mean of the class, towards the part.
    moved = normalize(grounded - patches.mean(dim=0), dim=-1)
    towards = normalize(centres - centres.mean(dim=0), dim=-1)
    assert float((moved * towards).sum(dim=-1).min()) > 0.9


def test_one_token_is_the_mean_patch():
    patches, tokens, _, gaussian = planted()
    assert torch.allclose(ground_tokens(patches, tokens[:1], gaussian), patches.mean(dim=0)[None], atol=1e-6)


def test_more_patches_than_fit_are_thinned_evenly():
    patches, tokens, centres, gaussian = planted(each=1500)
    grounded = ground_tokens(patches, tokens, gaussian)
    assert torch.cdist(grounded, centres).argmin(dim=1).tolist() == [0, 1]
    few = ground_tokens(*planted(each=40)[:2], gaussian)
    assert torch.allclose(grounded, few, atol=0.05)


def test_equal_phrases_and_equal_patches_stay_finite():
    patches, tokens, _, gaussian = planted()
    twice = ground_tokens(patches, tokens[:1].expand(3, -1), gaussian)
    assert torch.isfinite(twice).all()
    assert torch.allclose(twice, twice[:1].expand(3, -1), atol=1e-5)
    same = ground_tokens(patches[:1].expand(9, -1), tokens, gaussian)
    assert torch.allclose(same, patches[:1].expand(2, -1), atol=1e-5)
