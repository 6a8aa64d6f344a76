"""What learned photos would be predicted as by their look as a whole, had they not been learned (ours)."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor
from torch.nn.functional import normalize

from spa_desktop.spa.familiarity import WholePhoto, as_held
from spa_desktop.spa.gaussians import SharedGaussian

_WHOLE = 3  # place of the photo as a whole among the weights of a memory
# Photos of a class are of one burst (one shelf, one walk, one film) where what they differ by from the class's mean has
# so large a cosine, beyond the -1 / (n - 1) that n photos of chance have. Of sets whose photos were taken one by one 90
# to 98 of 100 photos are alone, of photos taken in shops 47.
_BURST = 0.4
# Of more photos of a class an even share is judged, each without all of its burst.
_MOST = 256


class LeaveOneOut(WholePhoto):
    r"""Judges photos that were learned, each as if it had not been.

    The score is that part of the learner's own that goes by the whole photo: cosine and log-density of global features
    and textures. The V views of m photos brought their class's mean, and the scatter that all share, a part U of rank
    m V + 1 at the most. Without it the mean is known from the count, and products under the covariance by Woodbury's
    identity. In whitened features, where the covariance is the identity:

    .. math::
        \langle x, y \rangle' = x^T y + x^T U (I / c - U^T U)^{-1} U^T y, \qquad c = (1 - s) / \mathrm{freedom}

    With fewer photos than features this matters: a photo lies almost within the scatter that it brought itself. The
    mean variance and the unit of evidence stay as they are. Text and patches have no say. Where classes were forgotten,
    less may be left of U than photos brought: then c is smaller, see :func:`_weight_of`.
    """

    @torch.inference_mode()
    def scores(self, key: str, pooled: Tensor) -> Tensor | None:
        """Scores ``(n, C)`` of photos ``(n, V, W + T)`` of a class; their softmax is a probability.

        None if there is nothing to compare with: the class has no other photo, or there is no other class.

        Raises:
            KeyError: if the class was never learned.
        """
        place = self._memory.index(key)
        if len(self._memory.classes) < 2 or float(self._memory.globals.counts[place]) <= pooled.shape[1]:
            return None
        white = self.whiten(self.features(pooled.to(self._memory.globals.means.device)))
        alone = ([part[row : row + 1] for part in white] for row in range(len(pooled)))
        found = [torch.stack(self._without(place, photo, [0])[0]).sum(dim=0) for photo in alone]
        return torch.cat(found) * self._memory.weights[_WHOLE]

    @torch.inference_mode()
    def held_out(self, place: int, pooled: Tensor) -> Tensor:
        """What is kept of photos of a class, which has no others: :func:`~spa_desktop.spa.familiarity.as_held`.

        Photos of one burst are left out together. Those of a class that is all one burst are not judged.

        Args:
            place: of the class.
            pooled: ``(n, V, W + T)``, all of its photos, or those that came together.
        """
        every, white = -(-len(pooled) // _MOST), self.whiten(self.features(pooled))
        found = [pooled.new_zeros(0, 2)]
        asked = range(0, len(pooled), every)
        for burst in bursts(self._memory.global_features(pooled).mean(dim=1), asked):
            if len(burst) < len(pooled):
                judged = [number for number, row in enumerate(burst) if row in asked]
                terms = self.terms(*self._without(place, [part[burst] for part in white], judged))
                found.append(as_held(*terms, len(self._memory.classes)))
        return torch.cat(found)

    def _without(self, place: int, whites: list[Tensor], judged: list[int]) -> tuple[list[Tensor], Tensor]:
        """Evidence and squared distances ``(j, C)`` of j of the whitened photos ``(m, V, W_i)`` that leave a class."""
        dots, class_lengths, length = [], [], torch.zeros(1)
        shrinkage = self._config.global_shrinkage
        for gaussians, shared, white in zip(self.gaussians, self.shared, whites, strict=True):
            rows, count = white.flatten(0, 1), float(gaussians.counts[place])
            middle = rows.mean(dim=0)
            own = (shared.means[place] * count - rows.sum(dim=0)) / (count - len(rows))
            step = (middle - own) * ((count - len(rows)) * len(rows) / count) ** 0.5
            brought = torch.cat([rows - middle, step[None]])
            if len(brought) > brought.shape[1]:  # all that counts is U U^T, and a triangle has the same one
                brought = torch.linalg.qr(brought, mode="r").R
            product = brought @ brought.T
            weight = _weight_of(brought, product, (1 - shrinkage) / gaussians.freedom, shared, shrinkage)
            inner = torch.linalg.inv(torch.eye(len(brought), device=rows.device) / weight - product)
            # Features are seen from the middle of the class means, which the photos have moved as well.
            centre = (own - shared.means[place]) / len(shared.means)
            seen, means = white[judged] - centre, shared.means - centre
            means[place] = own - centre
            of_photo, of_means = seen @ brought.T, means @ brought.T
            dots.append(seen @ means.T + of_photo @ inner @ of_means.T)
            class_lengths.append(means.square().sum(dim=-1) + (of_means @ inner * of_means).sum(dim=-1))
            length = length.to(rows) + seen.square().sum(dim=-1) + (of_photo @ inner * of_photo).sum(dim=-1)
        return self.evidence(dots, class_lengths, length)


def bursts(features: Tensor, asked: Iterable[int]) -> list[list[int]]:
    """Rows of ``(n, W)`` features of a class that resemble each other more than the class does: single linkage.

    Those that hold a row asked for: to link all of thousands takes a gigabyte.

    >>> bursts(torch.tensor([[1.0, 0.0], [1.0, 0.1], [-1.0, 1.0], [0.0, -1.0]]), [0, 3])
    [[0, 1], [3]]
    """
    rows = normalize(features - features.mean(dim=0), dim=-1)
    least = _BURST - 1 / max(len(rows) - 1, 1)
    at_mean = (rows == 0).all(dim=-1)  # all of them are the same photo, or might be
    left, found = set(asked), []
    while left:
        burst, edge = set(), {min(left)}
        while edge:
            burst |= edge
            near = at_mean.clone()
            for some in torch.tensor(sorted(edge)).tensor_split(len(edge) // 256 + 1):
                near |= (rows[some] @ rows.T > least).any(dim=0)
            edge = set(near.nonzero().flatten().tolist()) - burst
        left -= burst
        found.append(sorted(burst))
    return found


def _weight_of(brought: Tensor, product: Tensor, weight: float, shared: SharedGaussian, shrinkage: float) -> float:
    """What a part U ``(r, W)`` of the scatter, U U^T given, weighs in the covariance: c, or as much as is there.

    With a forgotten class the scatter became less, and with it the part of each photo; how much of that is left is not
    kept. Nothing that is taken out leaves less variance than the share of the mean one that the covariance was given.
    """
    values, vectors = torch.linalg.eigh(product)
    most = max(float(values[-1]), 1e-12)
    along = vectors[:, -1] @ brought / most**0.5
    least = shrinkage * shared.level * float((along @ shared.whitening.T).square().sum())
    # Half of it, since both are rounded.
    return max((1 - least) / most if 1 - weight * most < least / 2 else weight, 1e-12)
