"""The heads that answering a folder together is compared with."""

import pytest
import torch
from torch.nn.functional import normalize

from benchmarks.together import label_spreading, laplacian_shot


@pytest.mark.parametrize("head", [label_spreading, laplacian_shot])
def test_heads_that_answer_photos_together(head) -> None:
    """Two long clouds with a class mean at the end of each: photos at the other ends are reached through others."""
    generator = torch.Generator().manual_seed(0)
    angle = torch.linspace(0, 1.2, 40)
    cloud = torch.stack([angle.cos(), angle.sin(), torch.zeros(40)], dim=1)
    other = torch.stack([torch.zeros(40), angle.sin(), -angle.cos()], dim=1)
    photos = normalize(torch.cat([cloud, other]) + 0.01 * torch.randn(80, 3, generator=generator), dim=1)
    found = head(photos, torch.stack([cloud[0], other[0]]))
    truth = torch.arange(2).repeat_interleave(40)
    assert found.shape == (80, 2)
    assert float((found.argmax(dim=1) == truth).double().mean()) > 0.9
