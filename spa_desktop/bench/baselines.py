"""Published methods on the same cached features as SPA: the baselines to beat."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, product
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from torch import Tensor
from torch.nn.functional import cross_entropy, linear, normalize, one_hot, pad

from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.spa.gaussians import PRIOR_FEATURES, gaussian_space
from spa_desktop.spa.projectors import uncompiled

# What the bench hands to a method, and what it asks of it.


@dataclass(frozen=True)
class Photos:
    """Features of n photos.

    `pooled` is (n, V, W + T) float32, before the encoder's projection; view 0 is the photo as it is. `patches` starts a
    pass over the patch features: it yields a slice of the photos and their (m, V, N, D) float32 features in the joint
    space, unit length, so that memory does not grow with n.
    """

    pooled: Tensor
    patches: Callable[[], Iterator[tuple[slice, Tensor]]]


@dataclass(frozen=True)
class TaskData(Photos):
    """The training photos of one task. `labels` (n,) int64 are indices into `class_names`, all of them new classes."""

    labels: Tensor
    class_names: tuple[str, ...]
    encoder: ClipEncoder


class IncrementalClassifier(Protocol):
    """A method of the bench: it sees each task once, and answers over all classes seen so far, without a task id."""

    def learn(self, task: TaskData) -> None: ...

    def predict(self, photos: Photos) -> Tensor:
        """Scores (n, C) over all classes seen, in the order in which they came; the largest wins."""
        ...


# The two feature spaces that baselines work in.

_TEXTURE_SHARE = 0.35
_MOST_COMPARED = 300  # photos


class Space(Protocol):
    """Turns pooled features (n, V, W + T) into rows to learn from, (n, views, D)."""

    def fit(self, task: TaskData) -> None:
        """Look at the first task. Later tasks must not change the space, or old statistics would be void."""
        ...

    def __call__(self, pooled: Tensor) -> Tensor: ...

    def prior(self, encoder: ClipEncoder) -> Tensor | None:
        """A covariance ``(D, D)`` that is known beforehand."""
        return None


class Joint(Space):
    """The space of photos and texts, unit length, the photo as it is: what the literature's baselines use."""

    _encoder: ClipEncoder

    def fit(self, task: TaskData) -> None:
        self._encoder = task.encoder

    def __call__(self, pooled: Tensor) -> Tensor:
        return self._encoder.project(pooled[:, :1])


class RandomFourier(Space):
    """Random features whose products are about a Gaussian kernel of another space's rows (Rahimi and Recht 2007).

    A Gaussian of a class in them is KLDA (arXiv 2412.15571). The kernel's width is the median distance of the first
    task's rows. (Ours; the paper chooses one a data set.)
    """

    def __init__(self, space: Space, *, columns: int = 2000, seed: int = 0) -> None:
        self._space, self._columns = space, columns
        self._random = torch.Generator().manual_seed(seed)
        self._layer: tuple[Tensor, Tensor]

    def fit(self, task: TaskData) -> None:
        self._space.fit(task)
        rows = self._space(task.pooled[:_MOST_COMPARED]).flatten(0, 1)
        width = float(torch.pdist(rows).median()) if len(rows) > 1 else 1.0
        directions = torch.randn(rows.shape[1], self._columns, generator=self._random) / max(width, 1e-6)
        self._layer = directions, 2 * torch.pi * torch.rand(self._columns, generator=self._random)

    def __call__(self, pooled: Tensor) -> Tensor:
        directions, shifts = self._layer
        features: Tensor = (self._space(pooled) @ directions + shifts).cos_()
        return features.mul_((2 / self._columns) ** 0.5)


class Wide(Space):
    """What SPA's Gaussians use, concatenated: the global feature in their space, the texture behind it, all views.

    Whether features are non-negative, and get a square root, is decided on the first task. The texture is a third as
    long as the global feature: on held-out training photos of three sets that was as good for both baselines as half as
    long, and better than without it.
    """

    _width = 0
    _has_root = False

    def fit(self, task: TaskData) -> None:
        self._width = task.encoder.width
        self._has_root = bool((task.pooled[..., : self._width] >= 0).all())

    def __call__(self, pooled: Tensor) -> Tensor:
        whole, texture = pooled[..., : self._width], pooled[..., self._width :]
        return torch.cat([gaussian_space(whole, rectified=self._has_root), _TEXTURE_SHARE * texture], dim=-1)

    def prior(self, encoder: ClipEncoder) -> Tensor | None:
        """The covariance ``(D, D)`` that SPA's sums begin with, in this space; None if the backbone has none."""
        parts = encoder.prior
        if not parts:
            return None
        width = len(parts["globals"]) + len(parts["textures"])
        joined = parts["globals"].new_zeros(width, width)
        joined[: self._width, : self._width] = parts["globals"]
        joined[self._width :, self._width :] = _TEXTURE_SHARE**2 * parts["textures"]
        return joined


# Ridge regression onto class indicators that takes its rows task by task.


class IncrementalRidge:
    """`(G + ridge I)^-1 Q` with `G` = sum of outer products of the rows, `Q` = sum of rows by class.

    While rows are few, they themselves are kept and the equal kernel form `H' (H H' + ridge I)^-1 Y` is solved, in
    float64: with 10,000 columns and 1,000 rows it takes a hundredth of the memory and less than that of the time.
    Beyond half as many rows as columns only `G` and `Q` are kept, in float32.
    """

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self._rows = torch.empty(0, columns)
        self._kernel = torch.empty(0, 0, dtype=torch.float64)
        self._targets = torch.empty(0, 0, dtype=torch.float64)  # (n, C) indicators
        self._gram: Tensor | None = None
        self._by_class = torch.empty(columns, 0)  # used beside the Gram matrix
        self._latest = self._targets  # the indicators of the rows added last
        self._spectrum: tuple[Tensor, Tensor] | None = None  # of the kernel, once asked for

    @property
    def classes(self) -> int:
        return self._targets.shape[1] if self._gram is None else self._by_class.shape[1]

    def add(self, rows: Tensor, labels: Tensor, new_classes: int) -> None:
        """Add (n, M) float32 rows with labels (n,) over all classes, of which the last `new_classes` are new."""
        classes = self.classes + new_classes
        self._latest, self._spectrum = one_hot(labels, classes).double(), None
        if self._gram is not None:
            self._by_class = pad(self._by_class, (0, new_classes)).addmm(rows.T, self._latest.float())
            self._gram.addmm_(rows.T, rows)
            return
        self._targets = torch.cat([pad(self._targets, (0, new_classes)), self._latest])
        if len(self._targets) <= self.columns // 2:
            exact = rows.double()
            across, within = self._rows.double() @ exact.T, exact @ exact.T
            self._kernel = torch.cat([torch.cat([self._kernel, across], 1), torch.cat([across.T, within], 1)])
            self._rows = torch.cat([self._rows, rows])
            return
        self._gram = (self._rows.T @ self._rows).addmm_(rows.T, rows)
        self._by_class = torch.cat([self._rows, rows]).T @ self._targets.float()
        self._rows, self._kernel, self._targets = self._rows[:0], self._kernel[:0, :0], self._targets[:0]

    def weights(self, ridges: Sequence[float]) -> Iterator[Tensor]:
        """The (M, C) float32 solution for each ridge."""
        if self._gram is not None:
            for factor in self._factors(ridges):
                yield torch.cholesky_solve(self._by_class, factor)
            return
        values, vectors = self._decomposed()
        seen = vectors.T @ self._targets
        for ridge in ridges:
            yield self._rows.T @ (vectors @ (seen / (values + ridge)[:, None])).float()

    def left_out(self, rows: Tensor, ridges: Sequence[float]) -> Iterator[Tensor]:
        """What the solution says of the rows added last, each photo's rows being left out of the sums.

        The rows ``(n, V, M)`` are exactly those of the last :meth:`add`, V of each photo, and of new classes. Yields
        the mean ``(n, C)`` of the V predictions for each ridge.
        """
        photos, views, _ = rows.shape
        targets = self._latest.reshape(photos, views, -1)
        eye = torch.eye(views, dtype=torch.float64)
        if self._gram is not None:
            flat = rows.flatten(0, 1)
            for factor in self._factors(ridges):
                half = torch.linalg.solve_triangular(factor, flat.T, upper=False).T.reshape(photos, views, -1)
                hat = torch.einsum("nvm,nwm->nvw", half, half).double()
                fitted = (rows @ torch.cholesky_solve(self._by_class, factor)).double()
                yield (targets - torch.linalg.solve(eye - hat, targets - fitted)).mean(1)
            return
        values, vectors = self._decomposed()
        own = vectors[-photos * views :].reshape(photos, views, -1)
        seen = vectors.T @ self._targets
        for ridge in ridges:
            scaled = own / (values + ridge)
            inverse = torch.einsum("nvr,nwr->nvw", scaled, own)
            yield (targets - torch.linalg.solve(inverse, scaled @ seen)).mean(1)

    def _decomposed(self) -> tuple[Tensor, Tensor]:
        if self._spectrum is None:
            values, vectors = torch.linalg.eigh(self._kernel)
            self._spectrum = values.clamp(min=0), vectors
        return self._spectrum

    def _factors(self, ridges: Sequence[float]) -> Iterator[Tensor]:
        assert self._gram is not None
        least = torch.finfo(torch.float32).eps * float(self._gram.diagonal().mean())
        for ridge in ridges:
            failed = 1
            while failed:  # float32 cannot tell a ridge that is too small from none: raise it to what it can
                shifted = self._gram.clone()
                shifted.diagonal().add_(ridge)
                factor, info = torch.linalg.cholesky_ex(shifted)
                failed, ridge = int(info), max(10 * ridge, least)
            yield factor


# Nearest class mean by cosine, known as SimpleCIL (arXiv 2303.07338).


class NearestClassMean:
    """Cosine of the photo with the mean of each class's photos."""

    def __init__(self) -> None:
        self._space = Joint()
        self._means: list[Tensor] = []

    def learn(self, task: TaskData) -> None:
        self._space.fit(task)
        rows = self._space(task.pooled)[:, 0]
        means = torch.stack([rows[task.labels == c].mean(0) for c in range(len(task.class_names))])
        self._means.append(normalize(means, dim=1))

    def predict(self, photos: Photos) -> Tensor:
        return self._space(photos.pooled)[:, 0] @ torch.cat(self._means).T


# Zero-shot CLIP (Radford et al. 2021): the text of the class name is the classifier. Nothing is learned.

TEMPLATE = "a photo of a {}."


class ZeroShot:
    """Cosine of the photo with "a photo of a {class}."."""

    def __init__(self) -> None:
        self._texts: list[Tensor] = []
        self._encoder: ClipEncoder

    def learn(self, task: TaskData) -> None:
        self._encoder = task.encoder
        names = [name.replace("_", " ") for name in task.class_names]
        self._texts.append(task.encoder.encode_texts([TEMPLATE.format(name) for name in names]).sentence)

    def predict(self, photos: Photos) -> Tensor:
        return self._encoder.project(photos.pooled[:, 0]) @ torch.cat(self._texts).T


# Streaming linear discriminant analysis (arXiv 1909.01520): one mean a class, one covariance for all.


@dataclass(frozen=True)
class SharedGaussian:
    """Sums from which the class means and the covariance within classes follow, whatever the order of the photos."""

    counts: Tensor
    sums: Tensor
    squares: Tensor
    prior: float = 0.0  # how many features of the squares are of no class

    @classmethod
    def nothing(cls, width: int, prior: Tensor | None = None) -> SharedGaussian:
        """Of no class, with features of a width; `prior` ``(D, D)`` is the covariance that the sums begin with."""
        counts, sums, squares = (torch.zeros(shape).double() for shape in ((0,), (0, width), (width, width)))
        if prior is None:
            return cls(counts, sums, squares)
        return cls(counts, sums, PRIOR_FEATURES * prior.double(), PRIOR_FEATURES)

    def plus(self, rows: Tensor, labels: Tensor, *, new_classes: int) -> SharedGaussian:
        """New sums with (n, V, D) rows of classes (n,) added, each view as a row."""
        counts, sums = pad(self.counts, (0, new_classes)), pad(self.sums, (0, 0, 0, new_classes))
        hot = one_hot(labels.repeat_interleave(rows.shape[1]), len(counts)).double()
        rows = rows.flatten(0, 1).double()
        return SharedGaussian(counts + hot.sum(0), sums + hot.T @ rows, self.squares + rows.T @ rows, self.prior)

    @cached_property
    def means(self) -> Tensor:
        """Of each class, (C, D)."""
        return self.sums / self.counts[:, None]

    @property
    def freedom(self) -> float:
        """How many features the covariance stands on."""
        return float(self.counts.sum()) - len(self.counts) + self.prior

    @cached_property
    def covariance(self) -> Tensor:
        """Within classes, (D, D)."""
        if self.freedom < 1:
            # One photo a class says nothing of the variance, what stands here is rounding: the nearest mean decides.
            return torch.eye(self.means.shape[1], dtype=torch.float64)
        return (self.squares - (self.means * self.counts[:, None]).T @ self.means) / self.freedom

    def root(self, shrinkage: float) -> Tensor:
        """The lower Cholesky factor of the covariance, shrunk towards its mean variance, (D, D) float32."""
        shrunk = ((1 - shrinkage) * self.covariance).float()
        shrunk.diagonal().add_(shrinkage * float(self.covariance.diagonal().mean()))
        # Shrunk as much as here, float32 loses nothing and takes half the time.
        root: Tensor = torch.linalg.cholesky(shrunk)
        return root

    def discriminant(self, shrinkage: float) -> tuple[Tensor, Tensor]:
        """Linear scores: weights (D, C) and biases (C,), float32."""
        weights = torch.cholesky_solve(self.means.T.float(), self.root(shrinkage))
        return weights, -0.5 * (self.means.T.float() * weights).sum(0)

    def left_out(self, rows: Tensor, labels: Tensor, shrinkage: float) -> tuple[Tensor, float]:
        """Scores (n, C) of photos (n, V, D) that were added, each left out of the sums, and :meth:`gap`.

        Each class has another photo. By Woodbury's identity, as in :mod:`spa_desktop.spa.leave_one_out`: the mean
        variance and what the covariance is divided by stay as they are.
        """
        (photos, views, _), root = rows.shape, self.root(shrinkage)
        both = torch.cat([rows.flatten(0, 1), self.means.float()])
        white = torch.linalg.solve_triangular(root, both.T, upper=False).T
        rows, means = white[: photos * views].view(photos, views, -1), white[photos * views :]
        count, places = self.counts[labels].float()[:, None, None], labels[:, None, None]
        own = (means[labels][:, None] * count - rows.sum(1, keepdim=True)) / (count - views)
        photo = rows.mean(1, keepdim=True)
        brought = torch.cat([rows - photo, (photo - own) * ((count - views) * views / count).sqrt()], dim=1)
        part = torch.eye(views + 1) * self.freedom / (1 - shrinkage) - brought @ brought.mT

        def by_means(asked: Tensor) -> Tensor:
            found: Tensor = (asked @ means.T).scatter(2, places.expand(-1, asked.shape[1], 1), asked @ own.mT)
            return found

        of_means = by_means(brought)
        solved = torch.linalg.solve(part, of_means)
        lengths = means.square().sum(1).expand(photos, -1).scatter(1, labels[:, None], own.square().sum(2))
        dots = (by_means(photo) + photo @ brought.mT @ solved)[:, 0]
        return dots - (lengths + (of_means * solved).sum(1)) / 2, self.gap(means, means)

    @staticmethod
    def gap(means: Tensor, weights: Tensor) -> float:
        """Half the mean squared distance between class means (C, D), under the covariance that made weights of them."""
        return float(((means - means.mean(0)) * weights).sum()) / max(len(means) - 1, 1)


class Slda:
    """Log-likelihood of each class under a shared covariance, shrunk towards its mean variance.

    With several views each view is a row in training, and scores are averaged over the views. Of several
    shrinkages one is chosen: each photo of a task is left out and classified among all classes seen so far. The count
    of right answers goes on from task to task, as only sums are needed for it; of the equally good shrinkages the one
    in the middle is taken.

    With several text weights it is GDA-CLIP (arXiv 2402.04087): the cosines of class names join the log-likelihoods,
    with the weight that is best for photos left out, in units of what a class mean scores above another class.
    """

    def __init__(
        self,
        space: Space,
        shrinkages: Sequence[float] = (0.5,),
        *,
        text_weights: Sequence[float] = (0.0,),
        has_prior: bool = False,
    ) -> None:
        """Take a space and what to choose from. `has_prior` begins with the covariance that SPA begins with."""
        self._space = space
        self._settings = tuple(product(shrinkages, text_weights))
        self._right = torch.zeros(len(self._settings))
        self._has_prior = has_prior
        self._sums: SharedGaussian | None = None
        self._texts = ZeroShot()
        self._head: tuple[Tensor, Tensor]

    @property
    def setting(self) -> tuple[float, float]:
        """The shrinkage and the text's weight in use; where nothing could be left out, texts have none."""
        best = (self._right == self._right.max()).nonzero()[:, 0]
        if not self._right.any():
            best = best[[weight == self._settings[0][1] for _, weight in self._settings]]
        return self._settings[int(best[(len(best) - 1) // 2])]

    def learn(self, task: TaskData) -> None:
        if self._sums is None:
            self._space.fit(task)
        if self._reads_texts:
            self._texts.learn(task)
        rows = self._space(task.pooled)
        prior = self._space.prior(task.encoder) if self._has_prior else None
        sums = self._sums or SharedGaussian.nothing(rows.shape[2], prior)
        labels = task.labels + len(sums.counts)
        sums = sums.plus(rows, labels, new_classes=len(task.class_names))
        if len(self._settings) > 1:
            self._validate(sums, rows, labels, self._texts.predict(task) if self._reads_texts else None)
        self._sums, self._head = sums, sums.discriminant(self.setting[0])

    def predict(self, photos: Photos) -> Tensor:
        assert self._sums is not None
        (weights, bias), text_weight = self._head, self.setting[1]
        scores = self._space(photos.pooled).mean(1) @ weights + bias
        if not text_weight:
            return scores
        return scores + text_weight * self._sums.gap(self._sums.means.float(), weights.T) * self._texts.predict(photos)

    @property
    def _reads_texts(self) -> bool:
        return any(weight for _, weight in self._settings)

    def _validate(self, sums: SharedGaussian, rows: Tensor, labels: Tensor, texts: Tensor | None) -> None:
        has_others = sums.counts[labels] > rows.shape[1]
        if not has_others.any():
            return
        rows, labels = rows[has_others], labels[has_others]
        for shrinkage, settings in groupby(enumerate(self._settings), key=lambda item: item[1][0]):
            scores, gap = sums.left_out(rows, labels, shrinkage)
            for place, (_, weight) in settings:
                found = scores + weight * gap * texts[has_others] if texts is not None and weight else scores
                self._right[place] += (found.argmax(1) == labels).sum()


_AS_MANY = 5.0  # photos of a class, with which cosine and distance weigh alike


class CountWeighted:
    """Cosine with the class mean and Mahalanobis distance, each as a standard score over the classes.

    The more photos a class has, the more its distance weighs. After HyCal (arXiv 2604.15678), which adds the two; the
    weight is ours.
    """

    def __init__(self, distance: Slda) -> None:
        self._cosine, self._distance = NearestClassMean(), distance
        self._shares = torch.zeros(0)

    def learn(self, task: TaskData) -> None:
        self._cosine.learn(task)
        self._distance.learn(task)
        counts = task.labels.bincount(minlength=len(task.class_names))
        self._shares = torch.cat([self._shares, counts / (counts + _AS_MANY)])

    def predict(self, photos: Photos) -> Tensor:
        cosine, distance = (_standard(part.predict(photos)) for part in (self._cosine, self._distance))
        return cosine.lerp(distance, self._shares)


def _standard(scores: Tensor) -> Tensor:
    return (scores - scores.mean(1, keepdim=True)) / scores.std(1, correction=0, keepdim=True).clamp_min(1e-12)


# RanPAC (arXiv 2307.02251): a frozen random layer with ReLU, then ridge regression onto the classes.
#
# Its first-session tuning of the backbone is left out: here every method works on the same frozen features.

RIDGES = tuple(10.0**power for power in range(-8, 10))
LEFT_OUT_RIDGES = tuple(10.0**power for power in range(0, 9))


class RanPac:
    """Random features and ridge regression; with several views each is a row, and scores are averaged over them.

    The random layer is as wide as the paper's, 10,000; here 2,000 cost about one point with all photos. The ridge is
    chosen on training photos alone: as the paper does, by squared error on a fifth of the task's photos after fitting
    to the other four fifths of this task alone; or, with `leave_one_out`, by right answers on each of the task's
    photos, left out of the sums of all tasks so far, and among equals by squared error, summed from task to task.
    """

    def __init__(self, space: Space, *, columns: int = 10_000, leave_one_out: bool = False, seed: int = 0) -> None:
        self._space = space
        self._leave_one_out = leave_one_out
        self._random = torch.Generator().manual_seed(seed)
        self._layer: Tensor | None = None
        self._ridge = IncrementalRidge(columns)
        self._right = torch.zeros(len(LEFT_OUT_RIDGES), dtype=torch.float64)
        self._errors = torch.zeros(len(LEFT_OUT_RIDGES), dtype=torch.float64)
        self._weights: Tensor
        self.ridge = 0.0

    def learn(self, task: TaskData) -> None:
        if self._layer is None:
            self._space.fit(task)
            width = self._space(task.pooled[:1]).shape[2]
            self._layer = torch.randn(width, self._ridge.columns, generator=self._random)
        rows, classes = self._expand(task.pooled), len(task.class_names)
        _add(self._ridge, rows, task.labels + self._ridge.classes, classes)
        self.ridge = self._by_leaving_out(rows, task) if self._leave_one_out else self._by_split(rows, task)
        self._weights = next(self._ridge.weights([self.ridge]))

    def predict(self, photos: Photos) -> Tensor:
        # A thousand photos of two views at 10,000 columns would take 80 MB at once.
        return torch.cat([self._expand(part).mean(1) @ self._weights for part in torch.split(photos.pooled, 256)])

    def _expand(self, pooled: Tensor) -> Tensor:
        assert self._layer is not None
        return (self._space(pooled) @ self._layer).relu_()

    def _by_split(self, rows: Tensor, task: TaskData) -> float:
        order = torch.randperm(len(rows), generator=self._random)
        cut = max(int(0.8 * len(rows)), 1)
        fit, check = order[:cut], order[cut:]
        if not len(check):  # a task of one photo
            return 1.0
        trial = IncrementalRidge(self._ridge.columns)
        _add(trial, rows[fit], task.labels[fit], len(task.class_names))
        wanted = one_hot(task.labels[check], len(task.class_names))
        errors = [float(((rows[check].mean(1) @ w - wanted) ** 2).mean()) for w in trial.weights(RIDGES)]
        return RIDGES[errors.index(min(errors))]

    def _by_leaving_out(self, rows: Tensor, task: TaskData) -> float:
        labels = task.labels + self._ridge.classes - len(task.class_names)
        wanted = one_hot(labels, self._ridge.classes)
        for i, predicted in enumerate(self._ridge.left_out(rows, LEFT_OUT_RIDGES)):
            self._right[i] += (predicted.argmax(1) == labels).sum()
            self._errors[i] += ((predicted - wanted) ** 2).sum()
        best = self._right == self._right.max()
        return LEFT_OUT_RIDGES[int(self._errors.where(best, torch.inf).argmin())]


def _add(ridge: IncrementalRidge, rows: Tensor, labels: Tensor, classes: int) -> None:
    ridge.add(rows.flatten(0, 1), labels.repeat_interleave(rows.shape[1]), classes)


class JoinedRanPac:
    """The mean of several, each with its own random layer."""

    def __init__(self, space: Callable[[], Space], count: int, *, seed: int = 0) -> None:
        self._parts = [RanPac(space(), leave_one_out=True, seed=seed * count + part) for part in range(count)]

    def learn(self, task: TaskData) -> None:
        for part in self._parts:
            part.learn(task)

    def predict(self, photos: Photos) -> Tensor:
        return torch.stack([part.predict(photos) for part in self._parts]).mean(0)


# One linear head trained on each task's photos alone: what happens when nothing is done against forgetting.

EPOCHS, BATCH, RATE, SCALE = 40, 32, 0.5, 10.0


class Finetune:
    """Cross-entropy over all classes seen so far, SGD with momentum and cosine decay, on unit-length features."""

    def __init__(self, seed: int = 0) -> None:
        self._space = Joint()
        self._random = torch.Generator().manual_seed(seed)
        self._head: tuple[Tensor, Tensor] | None = None

    def learn(self, task: TaskData) -> None:
        self._space.fit(task)
        # Unit-length rows of hundreds of numbers make tiny logits: scaled, as CLIP does with its temperature.
        rows = SCALE * self._space(task.pooled)[:, 0]
        classes, old = len(task.class_names), self._head or (rows.new_zeros(0, rows.shape[1]), rows.new_zeros(0))
        weight, bias = pad(old[0], (0, 0, 0, classes)).requires_grad_(), pad(old[1], (0, classes)).requires_grad_()
        labels = task.labels + len(old[1])
        steps = EPOCHS * -(-len(rows) // BATCH)
        optimizer = uncompiled(torch.optim.SGD)([weight, bias], lr=RATE / SCALE, momentum=0.9, weight_decay=1e-4)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
        for _ in range(EPOCHS):
            for batch in torch.split(torch.randperm(len(rows), generator=self._random), BATCH):
                optimizer.zero_grad()
                loss = cross_entropy(linear(rows[batch], weight, bias), labels[batch])
                torch.autograd.backward(loss)
                optimizer.step()
                schedule.step()
        self._head = weight.detach(), bias.detach()

    def predict(self, photos: Photos) -> Tensor:
        assert self._head is not None
        return linear(SCALE * self._space(photos.pooled)[:, 0], *self._head)


# Logistic regression on all classes at once: what a learner could do that keeps every photo.

STRENGTHS = (1.0, 10.0, 100.0, 1000.0)
CHECK_FOLDS = 3


class JointTraining:
    """Refits to the photos of all tasks so far, on unit-length features.

    The regularisation is chosen by three-fold cross-validation on the first task's training photos.
    """

    def __init__(self) -> None:
        self._space = Joint()
        self._rows: list[Tensor] = []
        self._labels: list[Tensor] = []
        self._classes = 0
        self._strength: float | None = None
        self._model: LogisticRegression | None = None

    def learn(self, task: TaskData) -> None:
        self._space.fit(task)
        self._rows.append(self._space(task.pooled)[:, 0])
        self._labels.append(task.labels + self._classes)
        self._classes += len(task.class_names)
        if self._classes == 1:  # nothing to tell apart yet
            return
        rows, labels = torch.cat(self._rows).numpy(), torch.cat(self._labels).numpy()
        if self._strength is None:
            self._strength = self._choose(rows, labels)
        self._model = LogisticRegression(C=self._strength, max_iter=1000).fit(rows, labels)

    def predict(self, photos: Photos) -> Tensor:
        if self._model is None:
            return torch.zeros(len(photos.pooled), 1)
        rows = self._space(photos.pooled)[:, 0].numpy()
        return torch.from_numpy(self._model.predict_log_proba(rows))

    @staticmethod
    def _choose(rows: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
        folds = min(CHECK_FOLDS, int(np.bincount(labels).min()))
        if folds < 2:
            return STRENGTHS[1]
        search = GridSearchCV(
            LogisticRegression(max_iter=1000), {"C": STRENGTHS}, scoring="neg_log_loss", cv=StratifiedKFold(folds)
        )
        return float(search.fit(rows, labels).best_params_["C"])
