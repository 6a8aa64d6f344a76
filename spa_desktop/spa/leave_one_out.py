"""What learned photos would be predicted as by their look as a whole, had they not been learned (ours)."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor
from torch.nn.functional import normalize

from spa_desktop.spa.config import SpaConfig
from spa_desktop.spa.familiarity import WholePhoto, as_held
from spa_desktop.spa.memory import Memory

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
    forgot classes, less is left of U than photos brought, and nothing is said: see :func:`_are_held`.
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
        evidence, _, are_held = self._without(place, [rows[:, None] for rows in white])
        if not bool(are_held.all()):
            return None
        return torch.stack(evidence).sum(dim=0) * self._memory.weights[_WHOLE]

    @torch.inference_mode()
    def cosines(self, key: str, pooled: Tensor, projection: Tensor) -> Tensor:
        """Cosines ``(n, C)`` with the class means in the joint space, by the encoder's ``(W, D)`` projection (ours).

        Of photos ``(n, V, W + T)`` of a class that has more, mean over views; the mean of their class does without the
        photo. Raises KeyError if the class was never learned.
        """
        memory, place, means = self._memory, self._memory.index(key), self._memory.globals.means
        rows, count = memory.global_features(pooled.to(means.device)), float(memory.globals.counts[place])
        own = _mean_without(rows, means[place], count)
        views, means, own = (memory.joint(features, projection.to(means.device)) for features in (rows, means, own))
        cosines = views @ means.T
        cosines[..., place] = (views * own).sum(dim=-1)
        return cosines.mean(dim=1)

    @torch.inference_mode()
    def held_out(self, place: int, pooled: Tensor, projection: Tensor) -> Tensor:
        """What is kept of photos of a class ``(n, V, W + T)``, all that it has or that came together: `as_held`.

        The encoder's projection is ``(W, D)``. Photos of one burst are left out together. Those of a class that is all
        one burst are not judged.
        """
        memory = self._memory
        features, means = memory.global_features(pooled), memory.joint(memory.globals.means, projection)
        joint = normalize(pooled[..., : memory.width] @ projection, dim=-1).mean(dim=1)
        white, is_asked = self.whiten(self.features(pooled)), torch.zeros(len(pooled), dtype=torch.bool)
        is_asked[:: -(-len(pooled) // _MOST)] = True
        by_size: dict[int, list[list[int]]] = defaultdict(list)
        for burst in bursts(features.mean(dim=1), is_asked.nonzero().flatten().tolist()):
            by_size[len(burst)].append(burst)
        by_size.pop(len(pooled), None)
        of_class = memory.globals.means[place], float(memory.globals.counts[place])
        familiarity, are_kept = pooled.new_zeros(len(pooled), 3), torch.zeros(len(pooled), dtype=torch.bool)
        for size, all_bursts in by_size.items():
            for some in torch.split(torch.tensor(all_bursts), max(_MOST // size, 1)):
                evidence, away, are_held = self._without(place, [rows[some] for rows in white])
                own = memory.joint(_mean_without(features[some].flatten(1, 2), *of_class), projection)
                cosine = joint[some] @ means.T
                cosine[..., place] = (joint[some] @ own.mT)[..., 0]
                terms = *self.terms(evidence, away), cosine.amax(dim=-1).flatten()
                familiarity[some.flatten()] = as_held(*terms, len(memory.classes))
                are_kept[some] = are_held[:, None].cpu()
        return familiarity[are_kept & is_asked]

    def _without(self, place: int, photos: Sequence[Tensor]) -> tuple[list[Tensor], Tensor, Tensor]:
        """Evidence and squared distances ``(b m, C)`` of b times m photos that leave a class, and `_are_held` ``(b,)``.

        Of the photos there are, for each of the Gaussians, ``(b, m, V, W_i)`` whitened features.
        """
        dots, class_lengths, lengths, are_held = [], [], [], []
        shrinkage, (many, size, views) = self._config.global_shrinkage, photos[0].shape[:3]
        for gaussians, shared, white in zip(self.gaussians, self.shared, photos, strict=True):
            own, brought = _brought(white.flatten(1, 2), shared.means[place], float(gaussians.counts[place]))
            if brought.shape[1] > brought.shape[2]:  # all that counts is U U^T, and a triangle has the same one
                brought = torch.linalg.qr(brought, mode="r").R
            product = brought @ brought.mT
            weight = max((1 - shrinkage) / gaussians.freedom, 1e-12)
            are_held.append(_are_held(brought, product, shared.whitening, weight, shrinkage * shared.level))
            inner = torch.linalg.inv_ex(torch.eye(len(product[0]), device=white.device) / weight - product).inverse
            # Features are seen from the middle of the class means, which the photos have moved as well.
            centre = (own - shared.means[place]) / len(shared.means)
            seen, moved = white.flatten(1, 2) - centre, own - centre
            by_means, of_means = (rows @ shared.means.T - rows @ centre.mT for rows in (seen, brought))
            by_means[..., place], of_means[..., place] = ((rows @ moved.mT)[..., 0] for rows in (seen, brought))
            of_photo = seen @ brought.mT
            dots.append((by_means + of_photo @ inner @ of_means).view(many * size, views, -1))
            length = shared.lengths + centre.square().sum(dim=-1, keepdim=True) - 2 * (centre @ shared.means.T)
            length[..., place] = moved.square().sum(dim=-1)
            length = length + (inner @ of_means * of_means).sum(dim=1, keepdim=True)
            class_lengths.append(length.repeat_interleave(size, dim=0))
            length = seen.square().sum(dim=-1) + (of_photo @ inner * of_photo).sum(dim=-1)
            lengths.append(length.view(many * size, views))
        evidence = self.evidence(dots, class_lengths, torch.stack(lengths).sum(dim=0))
        return *evidence, torch.stack(are_held).all(dim=0)


# The views that look at the thing are chosen where the log-loss of left-out photos is lower by so many of its standard
# errors. Scores count a fifth: as they are, a few photos that are surely wrong are all that is heard. (Ours; chosen and
# judged by `benchmarks.thing`.)
_ERRORS, _FACTOR = 1.5, 0.2


@torch.inference_mode()
def left_out_losses(
    classes: Sequence[Tensor], projection: Tensor, config: SpaConfig, prior: Mapping[str, Tensor]
) -> Tensor:
    """Log-losses ``(n,)`` of photos of classes ``(n_c, V, W + T)``, two or more each, each left out (ours).

    By the photo as a whole alone, as if nothing else was learned, and scores times a factor; projection ``(W, D)`` and
    prior are the encoder's.
    """
    memory = Memory.for_photos(classes, projection, config, prior)
    for place, pooled in enumerate(classes):
        memory.add_whole(str(place), pooled)
    judge, losses = LeaveOneOut(memory, config), []
    for place, pooled in enumerate(classes):
        scores = judge.scores(str(place), pooled)
        assert scores is not None, "there are other photos and classes"
        losses.append(-(_FACTOR * scores).log_softmax(dim=1)[:, place])
    return torch.cat(losses)


def are_lower(losses: Tensor, others: Tensor, *, errors: float = _ERRORS) -> bool:
    """Whether log-losses ``(n,)`` are lower than others of the same photos by more than so many standard errors.

    >>> are_lower(torch.tensor([0.1, 0.2, 0.1]), torch.tensor([0.5, 0.7, 0.6]))
    True
    """
    less = losses - others
    return float(less.mean() + errors * less.std() / len(less) ** 0.5) < 0


# What is tried of log s, of the weight w of cosines, and of the share of wrong labels; how far log s is expected to lie
# from 0; and the share that is expected before any label is seen, as if so many photos had told. These three were set
# by looking at small sets (20 to 300 photos), for which alone they matter.
_LOG_FACTORS, _COSINE_WEIGHTS = torch.linspace(-1.5, 1, 11).tolist(), (0.0, 2.0, 4.0, 8.0, 12.0, 16.0)
_SHARES = torch.logspace(-3.5, -0.3, 13, dtype=torch.float64)
_LOG_SIGMA, _EXPECTED_SHARE, _EXPECTED_PHOTOS = 0.5, 0.1, 40


@torch.inference_mode()
def judge_labels(scores: Tensor, labels: Tensor, cosines: Tensor | None = None) -> tuple[Tensor, Tensor]:
    r"""How probable it is that labels ``(n,)`` are wrong ``(n,)``, and the other class that fits best ``(n,)`` (ours).

    Of scores ``(n, C)``, whose softmax is a probability, of photos that were not learned or are left out, and perhaps
    of their cosines ``(n, C)`` in the joint space; C is 2 at least. Of the labels a share :math:`\varepsilon` is taken
    to be any other class. With q the probability of a photo's label, by the softmax of s scores + w cosines,

    .. math::
        P(\text{wrong}) = 1 - \frac{q (1 - \varepsilon)}{q (1 - \varepsilon) + (1 - q) \varepsilon / (C - 1)} ,

    in the mean over s, w and :math:`\varepsilon`, each by how likely it makes all labels, with a normal prior of log s
    and a Beta prior of :math:`\varepsilon`.

    >>> scores = torch.eye(2).repeat(10, 1) * 9
    >>> judge_labels(scores, torch.tensor([0, 1] * 9 + [0, 0]))[0].round().tolist()[-3:]
    [0.0, 0.0, 1.0]
    """
    own, classes, likely, wrong = labels[:, None], scores.shape[1], [], []
    expected = _EXPECTED_PHOTOS * (_EXPECTED_SHARE * _SHARES.log() + (1 - _EXPECTED_SHARE) * (1 - _SHARES).log())
    weights = (0.0,) if cosines is None else _COSINE_WEIGHTS
    tried = [(log_factor, weight) for log_factor in _LOG_FACTORS for weight in weights]

    def weighed(log_factor: float, weight: float) -> Tensor:
        return scores * math.exp(log_factor) + (0 if cosines is None else weight * cosines)

    for log_factor, weight in tried:
        q = weighed(log_factor, weight).log_softmax(dim=1).gather(1, own).exp().double()
        is_right, is_wrong = q * (1 - _SHARES), (1 - q) * _SHARES / (classes - 1)
        prior = expected - (log_factor / _LOG_SIGMA) ** 2 / 2
        likely.append((is_right + is_wrong).log().sum(dim=0) + prior)
        wrong.append(is_wrong / (is_right + is_wrong))
    share = torch.stack(likely).flatten().softmax(dim=0).view(len(tried), -1)
    best = weighed(*tried[int(share.sum(dim=1).argmax())]).scatter(1, own, -torch.inf)
    return torch.einsum("gns,gs->n", torch.stack(wrong), share), best.argmax(dim=1)


def bursts(features: Tensor, asked: Iterable[int]) -> list[list[int]]:
    """Rows of ``(n, W)`` features of a class that resemble each other more than the class does: single linkage.

    Those that hold a row asked for: to link all of thousands takes a gigabyte.

    >>> bursts(torch.tensor([[1.0, 0.0], [1.0, 0.1], [-1.0, 1.0], [0.0, -1.0]]), [0, 3])
    [[0, 1], [3]]
    """
    rows = normalize(features - features.mean(dim=0), dim=-1)
    least = _BURST - 1 / max(len(rows) - 1, 1)
    at_mean = (rows == 0).all(dim=-1)  # all of them are the same photo, or might be
    remaining, found = set(asked), []
    while remaining:
        burst, edge = set(), {min(remaining)}
        while edge:
            burst |= edge
            near = at_mean.clone()
            for some in torch.tensor(sorted(edge)).tensor_split(len(edge) // 256 + 1):
                near |= (rows[some] @ rows.T > least).any(dim=0)
            edge = set(near.nonzero().flatten().tolist()) - burst
        remaining -= burst
        found.append(sorted(burst))
    return found


def _mean_without(rows: Tensor, mean: Tensor, count: float) -> Tensor:
    """The mean ``(b, 1, W)`` of a class of so many features without rows ``(b, r, W)``."""
    own: Tensor = (mean * count - rows.sum(dim=1, keepdim=True)) / (count - rows.shape[1])
    return own


def _brought(rows: Tensor, mean: Tensor, count: float) -> tuple[Tensor, Tensor]:
    """Of a class of so many features without rows ``(b, r, W)`` the mean ``(b, 1, W)``, and the part U they brought."""
    middle, size, own = rows.mean(dim=1, keepdim=True), rows.shape[1], _mean_without(rows, mean, count)
    step = (middle - own) * ((count - size) * size / count) ** 0.5
    return own, torch.cat([rows - middle, step], dim=1)


def _are_held(brought: Tensor, product: Tensor, whitening: Tensor, weight: float, least_variance: float) -> Tensor:
    """Whether a covariance holds parts U of the scatter, each of which weighs c in it: ``(b,)``.

    Given are U ``(b, r, W)``, U U^T, the whitening, c, and the least variance: the share of the mean one that the
    covariance was given. Where an earlier version forgot a class, the scatter became less, and with it the part of each
    photo; how much of that is left is not kept. Without U there would be less than this variance.
    """
    values, vectors = torch.linalg.eigh(product)
    most = values[:, -1].clamp_min(1e-12)
    direction = (vectors[:, None, :, -1] @ brought)[:, 0]  # U's strongest
    least = least_variance * (direction @ whitening.T).square().sum(dim=-1) / most
    are_held: Tensor = 1 - weight * most >= least / 2  # half of it, since both are rounded
    return are_held
