"""The square of a photo that shows the thing, found by the lengths of its patches."""

from __future__ import annotations

import pytest
import torch

from spa_desktop.encoders.features import salient_boxes

GRID = (9, 9)


@pytest.mark.parametrize(
    ("top", "left", "box"),
    [
        (3, 2, (1.3 / 9, 2.3 / 9, 6.7 / 9, 7.7 / 9)),  # four patches a side, grown by 1.35 around its middle
        (0, 0, (0, 0, 0.6, 0.6)),  # in a corner it grows away from the edges
        (5, 5, (0.4, 0.4, 1, 1)),
    ],
)
def test_the_square_lies_around_the_longest_patches(top: int, left: int, box: tuple[float, ...]) -> None:
    patches = torch.full((3, *GRID, 4), 0.5)
    patches[1, top : top + 4, left : left + 4] = -2  # length, not sign
    boxes = salient_boxes(patches.flatten(1, 2), GRID)
    torch.testing.assert_close(boxes[1], torch.tensor(box))


def test_a_large_thing_has_a_large_square_within_the_photo() -> None:
    patches = torch.zeros(1, *GRID, 1)
    patches[0, 2:8, 1:7] = 1
    left, top, right, bottom = salient_boxes(patches.flatten(1, 2), GRID)[0].tolist()
    assert right - left == pytest.approx(0.9)
    assert bottom - top == pytest.approx(0.9)
    assert min(left, top) >= 0
    assert max(right, bottom) <= 1
