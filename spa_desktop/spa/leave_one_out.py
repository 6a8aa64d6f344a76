"""What learned photos would be predicted as by their look as a whole, had they not been learned (ours)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor
from torch.nn.functional import normalize

from spa_desktop.spa.familiarity import WholePhoto, as_held

_WHOLE = 3  # place of the photo as a whole among the weights of a memory
# Photos of a class are of one burst (one shelf, one walk, one film) where what they differ by from the class's mean has
# so large a cosine, beyond the -1 / (n - 1) that n photos of chance have. Of sets whose photos were taken one by one 90
# to 98 of 100 photos are alone, of photos taken in shops 47.
_BURST = 0.4
# Of more photos of a class an even share is judged, each without all of its burst.
_MOST = 256


class LeaveOneOut(WholePhoto):
    """Judges photos that were learned, each as if it had not been.

    The score is that part of the learner's own that goes by the whole photo. What the views of m photos brought to
    their class's mean and to the shared scatter is a part U of rank m V + 1 at the most. Without it the mean is known
    from the count, and products of whitened features are, by Woodbury's identity,
    ``x.y + x U (I / c - U^T U)^-1 U^T y`` with ``c = (1 - s) / freedom``.

    With fewer photos than features this matters: a photo lies almost within the scatter that it brought itself. The
    mean variance and the unit of evidence stay as they are. Text and patches have no say. Where an earlier version
    forgot classes, less is left of U than photos brought, and nothing is said: see :func:`_is_held`.
    """

    @torch.inference_mode()
    def scores(self, key: str, pooled: Tensor) -> Tensor | None:
        """Scores ``(n, C)`` of photos ``(n, V, W + T)`` of a class; their softmax is a probability.

        None if there is nothing to compare with (the class has no other photo, or there is no other class), or less is
        left than photos brought. Raises KeyError if the class was never learned.
        """
        place = self._memory.index(key)
        if len(self._memory.classes) < 2 or float(self._memory.globals.counts[place]) <= pooled.shape[1]:
            return None
        white = self.whiten(self.features(pooled.to(self._memory.globals.means.device)))
        parts = list(zip(white, self._twice(place, white), strict=True))
        found = []
        for row in range(len(pooled)):
            alone = [(one[row : row + 1], two[row : row + 1], mean) for one, (two, mean) in parts]
            judged = self._without(place, alone, [0])
            if judged is None:
                return None
            found.append(torch.stack(judged[0]).sum(dim=0))
        return torch.cat(found) * self._memory.weights[_WHOLE]

    @torch.inference_mode()
    def held_out(self, place: int, pooled: Tensor) -> Tensor:
        """What is kept of photos of a class ``(n, V, W + T)``, all that it has or that came together: `as_held`.

        Photos of one burst are left out together. Those of a class that is all one burst are not judged.
        """
        every, white = -(-len(pooled) // _MOST), self.whiten(self.features(pooled))
        found, parts = [pooled.new_zeros(0, 2)], list(zip(white, self._twice(place, white), strict=True))
        asked = range(0, len(pooled), every)
        for burst in bursts(self._memory.global_features(pooled).mean(dim=1), asked):
            if len(burst) < len(pooled):
                judged = [number for number, row in enumerate(burst) if row in asked]
                some = [(one[burst], two[burst], mean) for one, (two, mean) in parts]
                without = self._without(place, some, judged)
                if without is not None:
                    found.append(as_held(*self.terms(*without), len(self._memory.classes)))
        return torch.cat(found)

    def _twice(self, place: int, whites: Sequence[Tensor]) -> list[tuple[Tensor, Tensor]]:
        """Whitened features ``(n, V, W_i)`` and a class's mean, times the whitening's transpose: see `_is_held`."""
        return [
            (white @ one.whitening.T, one.whitening @ one.means[place])
            for white, one in zip(whites, self.shared, strict=True)
        ]

    def _without(
        self, place: int, photos: Sequence[tuple[Tensor, Tensor, Tensor]], judged: list[int]
    ) -> tuple[list[Tensor], Tensor] | None:
        """Evidence and squared distances ``(j, C)`` of the j judged of the photos that leave a class; see `_is_held`.

        Of the photos there are, for each of the Gaussians, ``(m, V, W_i)`` whitened features and what :meth:`_twice`
        gives of them.
        """
        dots, class_lengths, length = [], [], torch.zeros(1)
        shrinkage = self._config.global_shrinkage
        for gaussians, shared, (white, twice, mean_twice) in zip(self.gaussians, self.shared, photos, strict=True):
            count = float(gaussians.counts[place])
            own, brought = _brought(white.flatten(0, 1), shared.means[place], count)
            again = _brought(twice.flatten(0, 1), mean_twice, count)[1]
            if len(brought) > brought.shape[1]:  # all that counts is U U^T, and a triangle has the same one
                brought = torch.linalg.qr(brought, mode="r").R
                again = brought @ shared.whitening.T
            product = brought @ brought.T
            weight = max((1 - shrinkage) / gaussians.freedom, 1e-12)
            if not _is_held(again, product, weight, shrinkage * shared.level):
                return None
            inner = torch.linalg.inv(torch.eye(len(brought), device=white.device) / weight - product)
            # Features are seen from the middle of the class means, which the photos have moved as well.
            centre = (own - shared.means[place]) / len(shared.means)
            seen, means = white[judged] - centre, shared.means - centre
            means[place] = own - centre
            of_photo, of_means = seen @ brought.T, means @ brought.T
            dots.append(seen @ means.T + of_photo @ inner @ of_means.T)
            class_lengths.append(means.square().sum(dim=-1) + (of_means @ inner * of_means).sum(dim=-1))
            length = length.to(white) + seen.square().sum(dim=-1) + (of_photo @ inner * of_photo).sum(dim=-1)
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


def _brought(rows: Tensor, mean: Tensor, count: float) -> tuple[Tensor, Tensor]:
    """Of a class of so many features the mean without rows ``(r, W)``, and the part U of the scatter they brought."""
    middle = rows.mean(dim=0)
    own = (mean * count - rows.sum(dim=0)) / (count - len(rows))
    step = (middle - own) * ((count - len(rows)) * len(rows) / count) ** 0.5
    return own, torch.cat([rows - middle, step[None]])


def _is_held(again: Tensor, product: Tensor, weight: float, least_variance: float) -> bool:
    """Whether a covariance holds a part U of the scatter, which weighs c in it.

    Given are U times the whitening's transpose ``(r, W)``, U U^T, c, and the least variance: the share of the mean one
    that the covariance was given. Where an earlier version forgot a class, the scatter became less, and with it the
    part of each photo; how much of that is left is not kept. Without U there would be less than this variance.
    """
    values, vectors = torch.linalg.eigh(product)
    most = max(float(values[-1]), 1e-12)
    least = least_variance * float((vectors[:, -1] @ again).square().sum()) / most
    # Half of it, since both are rounded.
    return 1 - weight * most >= least / 2
