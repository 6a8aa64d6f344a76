"""What an encoder hands on: features of photos and of texts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, lru_cache

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate, normalize

# Where in a photo its pooled feature comes from (ours; docs/method.md, 10).
#
# An EfficientNet's pooled feature is made of maps: the mean of its last map, the means of the stage before it, each
# sign on its own, and the second moments of a finer map, its texture. So whatever a linear map reads of it can be
# shared out among places, but for one bound: moments near zero are small differences of large numbers, of which places
# cannot give shares. They count as if they were at least 0.3 of the mean moment, and what is lost is left to nobody.
# Grad-CAM (Selvaraju et al. 2017) is akin; here nothing is a gradient at a point, for the readers are linear.

# The middle view's share of each side of the photo.
MIDDLE = 0.75
# Cells along a side of what is handed out: fine enough for the finest map, and each of the same size on the photo.
SIDE = 26
_LEAST_MOMENT = 0.3


@dataclass(frozen=True)
class FeatureMaps:
    """The maps of V views of one photo, in float32, row by row, with mirrored views turned back."""

    last: Tensor  # ``(V, N, W')``, patches before the projection
    middle: Tensor  # ``(V, N, C)``, of the stage before
    cells: Tensor  # ``(V, n, k)``, of the finer stage, the channels that the texture reads
    size: int  # S, the side of the input in pixels. A cell's middle lies where its receptive field has its middle.
    # of each view, left, top, right and bottom as shares of what the first shows
    boxes: tuple[tuple[float, ...], ...]

    def first(self, views: int) -> FeatureMaps:
        """The maps of so many views."""
        parts = (self.last[:views], self.middle[:views], self.cells[:views])
        return FeatureMaps(*parts, self.size, self.boxes[:views])

    def joined(self, other: FeatureMaps) -> FeatureMaps:
        """The maps of these views and those of another of the same photo."""
        pairs = (self.last, other.last), (self.middle, other.middle), (self.cells, other.cells)
        last, middle, cells = map(torch.cat, pairs)
        return FeatureMaps(last, middle, cells, self.size, self.boxes + other.boxes)

    def shared_out(self, columns: Tensor, patches: Tensor) -> Tensor:
        """Share what columns ``(V, W + T)`` and patches ``(V, N)`` add out among the places of the photo as it is.

        Gives ``(SIDE, SIDE)``, cells that cover the encoder's crop. They sum to what is given, but for columns that are
        zero everywhere and the bound on moments.
        """
        wide, high = self.last.shape[-1], self.middle.shape[-1]
        signs = torch.cat([self.middle.relu(), (-self.middle).relu()], dim=-1)
        coarse = _shares(self.last, columns[:, :wide]) + _shares(signs, columns[:, wide : wide + 2 * high]) + patches
        few, side = _side(self.last), _side(self.cells)
        weights = _between(torch.linspace(0, few - 1, side), few)  # each cell's value is spread over the finer ones
        spread = weights @ coarse.view(-1, few, few) @ weights.T
        fine = spread.flatten(1) + self._texture(columns[:, wide + 2 * high :])
        total = fine.new_zeros(SIDE, SIDE)
        for (left, top, right, bottom), grid in zip(self.boxes, fine.view(len(fine), side, side), strict=True):
            total += _places(side, self.size, top, bottom) @ grid @ _places(side, self.size, left, right).T
        return total

    def _texture(self, columns: Tensor) -> Tensor:
        """What moments add, ``(V, T)``, at each fine cell, ``(V, n)``."""
        side, coarse, count = _side(self.cells), _side(self.last), self.cells.shape[-1]
        lengths = self.last.norm(dim=-1).view(-1, 1, coarse, coarse)
        weights = interpolate(lengths, size=(side, side), mode="bilinear", align_corners=True).flatten(1)
        weights = normalize(weights, p=1, dim=-1)[..., None]
        cells = self.cells - (weights * self.cells).sum(dim=1, keepdim=True)
        row, column = torch.triu_indices(count, count)
        moments = ((weights * cells).transpose(1, 2) @ cells)[:, row, column]
        least = _LEAST_MOMENT * moments.abs().mean(dim=-1, keepdim=True)
        shares = columns / (moments.sign() * moments.abs().maximum(least)).where(moments != 0, torch.inf)
        reader = shares.new_zeros(len(shares), count, count)
        reader[:, row, column] = shares
        return ((cells @ reader) * cells).sum(dim=-1) * weights[..., 0]


def _shares(cells: Tensor, columns: Tensor) -> Tensor:
    """What columns ``(V, C)`` add at each place ``(V, N)``, by its share of the sum of the column."""
    total = cells.sum(dim=1)
    return (cells @ (columns / total.where(total > 0, torch.inf))[..., None])[..., 0]


def _side(cells: Tensor) -> int:
    return math.isqrt(cells.shape[1])


@lru_cache(256)  # frames lie anywhere
def _places(side: int, size: int, low: float, high: float) -> Tensor:
    """Which of the output's cells ``(SIDE,)`` the cells of a view ``(side,)`` lie on, along one side of the photo.

    The view reaches from one share of the side to another.
    """
    pixels = (torch.arange(SIDE) + 0.5) * size / SIDE
    pixels = (pixels - low * size) / (high - low)  # in the view
    stride = -(-size // side)
    inside = (pixels >= 0) & (pixels <= size)
    return _between((pixels - (size - stride * (side - 1)) / 2) / stride, side, inside)


def _between(places: Tensor, count: int, inside: Tensor | None = None) -> Tensor:
    """Linear interpolation at places 0 to count - 1, ``(m, count)``, with columns that sum to 1."""
    weights = (1 - (places.clamp(0, count - 1)[:, None] - torch.arange(count)).abs()).clamp_min(0)
    if inside is not None:
        weights = weights * inside[:, None]
    return weights / weights.sum(dim=0).clamp_min(1e-6)


# Where the thing is (ours; docs/adr/0042-the-thing.md): the square of patches with the largest sum of (length - mean
# length) / side, grown. The least and the most side, as shares of the photo's middle square, and what it grows by.
SQUARE = (0.35, 0.75, 1.35)


@cache
def salient_squares(
    grid: tuple[int, int], square: tuple[float, float, float] = SQUARE
) -> tuple[tuple[int, ...], Tensor]:
    """The sides in patches of the squares that are tried, and all squares ``(M, 4)``, as :func:`salient_boxes` gives.

    Side by side, each side's row by row: in the order of average pools of these sides and stride 1.
    """
    (height, width), short, (least, most, growth) = grid, min(grid), square
    sides = tuple(range(math.ceil(least * short), max(math.floor(most * short), 1) + 1))
    boxes = []
    for side in sides:
        grown = min(side * growth, short)
        for top in range(height - side + 1):
            for left in range(width - side + 1):
                # It grows around its middle, and where it meets an edge, away from that.
                x, y = (
                    min(max(low + (side - grown) / 2, 0), end - grown) for low, end in ((left, width), (top, height))
                )
                boxes.append([x / width, y / height, (x + grown) / width, (y + grown) / height])
    return sides, torch.tensor(boxes)


def salient_boxes(patches: Tensor, grid: tuple[int, int], square: tuple[float, float, float] = SQUARE) -> Tensor:
    """Where the thing is that photos show, by the lengths of patches ``(B, N, W')`` before the projection.

    Gives ``(B, 4)``, left, top, right and bottom as shares of the square that the grid ``(h, w)`` covers, inside of it.

    >>> patches = torch.zeros(1, 9, 9, 1)
    >>> patches[0, 4:8, 5:9] = 1
    >>> salient_boxes(patches.flatten(1, 2), (9, 9))
    tensor([[0.4000, 0.3667, 1.0000, 0.9667]])
    """
    lengths = patches.float().norm(dim=-1).view(-1, 1, *grid)
    lengths = lengths - lengths.mean(dim=(2, 3), keepdim=True)
    sides, squares = salient_squares(grid, square)
    # The sum over a square by its side is its mean times its side.
    sums = torch.cat([side * avg_pool2d(lengths, side, stride=1).flatten(1) for side in sides], dim=1)
    return squares[sums.argmax(dim=1)]


# Texture: how the channels of a fine map vary together where a photo shows something.
#
# With :math:`x_n` the cells of a map (B, C, h, w) of an early stage, brought to k channels, and weights :math:`a_n`
# that sum to 1, the length of the last map's cells at the same place,
#
# .. math::
#     \mu = \sum_n a_n x_n, \qquad M = \sum_n a_n (x_n - \mu)(x_n - \mu)^T, \qquad
#     t = \mathrm{sign}(M) \sqrt{|M|} \; \text{(upper triangle, unit length)} .
#
# Second moments with a signed square root are the bilinear pooling of Lin, RoyChowdhury and Maji (2015); what is ours
# is the weight, which leaves empty background out, and the channels: those that the next stage reads most.

# 820 numbers of texture, chosen on training photos: 64 gained 0.2 points more, for a covariance six times as large.
CHANNELS = 40


def texture_width(channels: int) -> int:
    """T: how many numbers describe the texture of k channels.

    >>> texture_width(40)
    820
    """
    return channels * (channels + 1) // 2


def read_most(weight: Tensor, channels: int) -> Tensor:
    """The k directions of its input that a linear layer ``(C', C)`` reads most: ``(C, k)``, orthonormal columns.

    They are its leading right singular vectors, each with its largest number above zero.
    """
    directions = torch.linalg.svd(weight.double(), full_matrices=False).Vh[:channels]
    sign = directions.gather(1, directions.abs().argmax(dim=1, keepdim=True)).sign()
    columns: Tensor = (directions * sign).T.to(weight.dtype).contiguous()
    return columns


def texture_of(fine: Tensor, last: Tensor, directions: Tensor) -> Tensor:
    """Textures ``(B, T)``, unit length; zero where a map is zero everywhere.

    Of the map ``(B, C, h, w)`` of an early stage, along directions ``(C, k)`` from :func:`read_most`; the map
    ``(B, C', h', w')`` of the last stage weighs the places.
    """
    # Sums over hundreds of cells and small differences of large numbers: not in half precision.
    with torch.autocast(fine.device.type, enabled=False):
        lengths = last.float().norm(dim=1, keepdim=True)
        weights = interpolate(lengths, size=fine.shape[2:], mode="bilinear", align_corners=True).flatten(1)
        weights = normalize(weights, p=1, dim=-1)[..., None]
        cells = fine.float().flatten(2).transpose(1, 2) @ directions
        cells = cells - (weights * cells).sum(dim=1, keepdim=True)
        moments = (weights * cells).transpose(1, 2) @ cells
        row, column = torch.triu_indices(len(directions.T), len(directions.T), device=fine.device)
        upper = moments[:, row, column]
        texture: Tensor = normalize(upper.sign() * upper.abs().sqrt(), dim=-1)
        return texture


@dataclass(frozen=True)
class ImageFeatures:
    """Features of B photos in the encoder's own space, float32 on the CPU."""

    pooled: Tensor  # ``(B, W + T)``, the global feature before the projection, and the texture behind it
    patches: Tensor  # ``(B, N, W')``, the patches before the projection, row by row, W' being W or less
    grid: tuple[int, int]  # ``(h, w)`` with ``h * w == N``
    # what the pooled features are made of, where that was asked for: ``(B, N, C)`` of the stage before the last and
    # ``(B, n, k)`` of the finer one. See :class:`FeatureMaps`.
    maps: tuple[Tensor, Tensor] | None = None


@dataclass(frozen=True)
class TextFeatures:
    """Features of T texts in the joint space of size D, float32 on the CPU."""

    sentence: Tensor  # ``(T, D)``, unit length
    tokens: Tensor  # ``(T, L, D)``, unit length where `mask` is True and zero elsewhere
    mask: Tensor  # ``(T, L)`` bool, True on words. A text without any word (an empty one) has none.
