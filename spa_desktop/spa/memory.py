"""What a learner remembers: everything that scores need, and nothing that is a photo."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, TypeVar, cast

import torch
from torch import Tensor
from torch.nn.functional import normalize

from spa_desktop.spa.config import COSINE_WEIGHT, SpaConfig
from spa_desktop.spa.gaussians import ClassGaussians, Moments, by_rows, from_gaussian_space, gaussian_space, half
from spa_desktop.spa.learner_format import GAUSSIANS
from spa_desktop.spa.projectors import ImageProjector, TextProjector

_T = TypeVar("_T")


def moved(value: _T, device: torch.device | str) -> _T:
    """A value with its tensors on a device: a tensor, Gaussians, or a list or dataclass of such."""
    found: Any = value
    if isinstance(value, Tensor | ClassGaussians):
        found = value.to(device)
    elif isinstance(value, list):
        found = [moved(item, device) for item in value]
    elif is_dataclass(value) and not isinstance(value, type):
        found = replace(value, **{field.name: moved(getattr(value, field.name), device) for field in fields(value)})
    return cast("_T", found)


# What a learner is given of a class, and what it keeps in memory while it learns it.


@dataclass(frozen=True)
class ClassText:
    """The text of a class, in the joint space of size D, unit length rows."""

    name: Tensor  # ``(D,)``, the sentence feature of "a photo of a {class}."
    description: Tensor  # ``(D,)``, the sentence feature of its description
    phrases: Tensor  # ``(P, D)``, one semantic token a phrase: the mean of its word tokens

    @classmethod
    def from_name(cls, name: Tensor) -> ClassText:
        """A class of which nothing but the name is known."""
        return cls(name, name, name[None])

    @classmethod
    def from_tokens(cls, name: Tensor, description: Tensor, tokens: Tensor, mask: Tensor) -> ClassText:
        """From the word tokens ``(P, L, D)`` of P phrases and their mask ``(P, L)``."""
        known = mask.any(dim=1)
        if not bool(known.any()):
            return cls(name, description, description[None])
        weight = mask[known].to(tokens.dtype)[..., None]
        return cls(name, description, normalize((tokens[known] * weight).sum(dim=1), dim=-1))


@dataclass(frozen=True)
class ClassSamples:
    """The photos of a class as features."""

    key: str  # names the class for ever; a new title does not change it
    pooled: Tensor  # ``(n, V, W + T)``, the global feature before the projection and the texture behind it
    # gives the patches anew each time it is called, in the joint space, unit length, in chunks ``(m, V, N, D)`` in the
    # order of `pooled`. Chunks keep memory flat however many photos there are.
    patches: Callable[[], Iterator[Tensor]]
    text: ClassText

    def to(self, device: torch.device) -> ClassSamples:
        """The same on a device; patches are brought there chunk by chunk."""
        if self.pooled.device == device and self.text.name.device == device:
            return self
        passes = self.patches
        return replace(moved(self, device), patches=lambda: (part.to(device) for part in passes()))


@dataclass(frozen=True)
class KeptPhotos:
    """The photos of a task that stay in memory for projectors and weights."""

    labels: Tensor  # ``(n,)``, the class's place among all classes
    folds: Tensor  # ``(n,)``, which fold holds the photo out; -1 for a photo that never is
    pooled: Tensor  # ``(n, V, W + T)``
    patches: Tensor  # ``(n, V, N, D)``, half precision
    selected: Tensor  # ``(n, V, K, D)``, those of them that were selected for the photo's class

    @classmethod
    def gather(
        cls,
        samples: Sequence[ClassSamples],
        labels: Sequence[int],
        selected: Callable[[Tensor, int, Tensor], Tensor],
        *,
        limit: int,
        folds: int,
        seed: int,
    ) -> KeptPhotos:
        """Keep at most `limit` photos a class, chosen by `seed`, each in a fold.

        A class with one photo is never held out: there would be nothing to hold it against. Labels are places among all
        classes. `selected` gives the patches ``(m, V, K, D)`` of ``(m, V, N, D)`` that were selected for the class at a
        place, whose photos are these rows ``(m,)``; both in half precision.
        """
        parts: list[KeptPhotos] = []
        for sample, label in zip(samples, labels, strict=True):
            count = len(sample.pooled)
            order = torch.randperm(count, generator=torch.Generator().manual_seed(seed + label))[:limit]
            chosen = order.sort().values.to(sample.pooled.device)
            fold = torch.randperm(len(chosen), generator=torch.Generator().manual_seed(seed + label + 1)) % folds
            kept_fold = fold.to(chosen.device) if len(chosen) > 1 else torch.full_like(chosen, -1)
            patches = _rows(sample.patches(), chosen)
            parts.append(
                cls(
                    torch.full_like(chosen, label),
                    kept_fold,
                    sample.pooled[chosen],
                    patches,
                    selected(patches, label, chosen),
                )
            )
        return cls(*(torch.cat([getattr(part, name) for part in parts]) for name in _KEPT))

    def where(self, keep: Tensor) -> KeptPhotos:
        """The photos of a ``(n,)`` bool mask."""
        return KeptPhotos(*(getattr(self, name)[keep] for name in _KEPT))


_KEPT = tuple(field.name for field in fields(KeptPhotos))


def as_kept(patches: Tensor) -> Tensor:
    """Patches in float32, rounded as :class:`KeptPhotos` rounds them.

    What a fold takes out of sums must be the very patches that were added, or the sums stop being sums of squares.
    """
    return patches.half().float()


def _rows(chunks: Iterator[Tensor], rows: Tensor) -> Tensor:
    """The given rows (sorted) of chunks concatenated, in half precision."""
    found, start = [], 0
    for chunk in chunks:
        inside = rows[(rows >= start) & (rows < start + len(chunk))] - start
        found.append(chunk[inside].half())
        start += len(chunk)
    return torch.cat(found)


# Share of the projected phrase in a semantic token, against where the photos put it.
_TEXT_SHARE = 0.2
# Of text, alignment, patches and the photo as a whole. Chosen once, on training photos alone, for three data sets: 5 or
# 20 photos of each class to learn from, others to check on, held out at random and as groups that look alike.
DEFAULT_WEIGHTS = (2.5, 0.75, 0.3, 20.0)


@dataclass(frozen=True)
class ClassMemory:
    """One class that was learned."""

    key: str  # names it for ever
    task: int  # which task's text projector is its own
    text: ClassText
    grounded: Tensor  # ``(J, D)``, its phrases grounded in its patches
    # ``(h, 3)``, how familiar the class's held-out photos were: see :mod:`spa_desktop.spa.familiarity`
    held: Tensor = field(default_factory=lambda: torch.zeros(0, 3))

    def rounded(self) -> ClassMemory:
        """The same to half precision."""
        text = ClassText(half(self.text.name), half(self.text.description), half(self.text.phrases))
        return replace(self, text=text, grounded=half(self.grounded))


@dataclass
class Memory:
    """The state of a learner."""

    width: int  # W
    dim: int  # D
    rectified: bool  # True if the encoder's features are never negative
    classes: list[ClassMemory]  # in the order of learning
    globals: ClassGaussians  # Gaussians of global features in the Gaussian space, ``(W,)`` each
    textures: ClassGaussians  # Gaussians of textures, ``(T,)`` each; T is 0 where the encoder gives none
    patches: ClassGaussians  # Gaussians of all patches, ``(D,)`` each: what selection asks
    selected: ClassGaussians  # Gaussians of selected patches, ``(D,)`` each
    image_projectors: list[ImageProjector] = field(default_factory=list)  # one a task
    text_projectors: list[TextProjector] = field(default_factory=list)  # one a task
    # ``(4,)`` of the evidence: text, alignment, patches, photo as a whole
    weights: Tensor = field(default_factory=lambda: torch.tensor(DEFAULT_WEIGHTS))
    weight_photos: float = 0.0  # how many held-out photos the weights stand on
    # what cosines with names are multiplied with for training photos to be likeliest, and of how many photos
    name_scale: float = 0.0
    name_photos: float = 0.0

    @classmethod
    def empty(
        cls,
        width: int,
        dim: int,
        config: SpaConfig,
        *,
        rectified: bool,
        texture_width: int = 0,
        device: torch.device | str = "cpu",
        prior: Mapping[str, Tensor] | None = None,
    ) -> Memory:
        """Nothing learned yet. `prior` holds covariances of "globals" and "textures", if any are known beforehand."""
        prior = prior or {}
        return cls(
            width=width,
            dim=dim,
            rectified=rectified,
            classes=[],
            globals=ClassGaussians(width, config.rank, device, prior=prior.get("globals")),
            # Pseudo-features are drawn of global features: the others need no factors of their own.
            textures=ClassGaussians(texture_width, 0, device, prior=prior.get("textures")),
            patches=ClassGaussians(dim, 0, device),
            selected=ClassGaussians(dim, 0, device),
            weights=torch.tensor(DEFAULT_WEIGHTS, device=device),
        )

    @classmethod
    def for_photos(
        cls,
        photos: Sequence[Tensor],
        projection: Tensor,
        config: SpaConfig,
        prior: Mapping[str, Tensor] | None = None,
    ) -> Memory:
        """Nothing learned yet, of photos like these ``(n, V, W + T)``. The projection ``(W, D)`` is the encoder's."""
        width, dim = projection.shape
        rectified = not any(bool((pooled[..., :width] < 0).any()) for pooled in photos)
        texture, device = photos[0].shape[-1] - width, projection.device
        return cls.empty(width, dim, config, rectified=rectified, texture_width=texture, device=device, prior=prior)

    @property
    def gaussians(self) -> tuple[ClassGaussians, ...]:
        """All that is remembered of features, for what is done to each alike."""
        return self.globals, self.textures, self.patches, self.selected

    @property
    def cosine_weight(self) -> float:
        """What the cosine counts in a familiarity: 0 while of held-out photos an earlier version kept none."""
        return COSINE_WEIGHT if all(bool(known.held[:, 2].all()) for known in self.classes) else 0.0

    def joint(self, features: Tensor, projection: Tensor) -> Tensor:
        """Features ``(..., W)`` of the Gaussian space in the joint space: ``(..., D)``, unit length."""
        return normalize(from_gaussian_space(features, rectified=self.rectified) @ projection, dim=-1)

    def global_features(self, pooled: Tensor) -> Tensor:
        """Of pooled features ``(..., W + T)`` the global part, in the Gaussian space: ``(..., W)``."""
        return gaussian_space(pooled[..., : self.width], rectified=self.rectified)

    def texture_features(self, pooled: Tensor) -> Tensor:
        """Of pooled features ``(..., W + T)`` the texture, ``(..., T)``."""
        return pooled[..., self.width : self.width + self.textures.width]

    def rows_of(self, pooled: Tensor) -> tuple[tuple[ClassGaussians, Tensor], ...]:
        """The Gaussians of whole photos, each with its rows of pooled ``(n, V, W + T)``: ``(n V, W)``, ``(n V, T)``."""
        return (
            (self.globals, self.global_features(pooled).flatten(0, 1)),
            (self.textures, self.texture_features(pooled).flatten(0, 1)),
        )

    def add_whole(self, key: str, pooled: Tensor) -> None:
        """Add the photos ``(n, V, W + T)`` of a class to what is known of photos as a whole.

        Enough for :class:`~spa_desktop.spa.familiarity.WholePhoto`; of a class that is new, nothing else is known.
        """
        if all(known.key != key for known in self.classes):
            for gaussians in self.gaussians:
                gaussians.add_class()
            text = ClassText.from_name(pooled.new_zeros(self.dim))
            self.classes.append(ClassMemory(key, 0, text, text.phrases))
        for gaussians, rows in self.rows_of(pooled):
            gaussians.add(self.index(key), Moments.of(rows))

    def freeze(self) -> None:
        """Round to what is stored, so that a learner that was saved and loaded gives the very same scores.

        The order in memory counts as well: products of the same numbers in another order round differently.
        """
        for gaussians in self.gaussians:
            gaussians.freeze()
        self.classes = [known.rounded() for known in self.classes]
        self.image_projectors = [
            ImageProjector(half(p.centre), by_rows(p.read), half(p.write)) for p in self.image_projectors
        ]
        self.text_projectors = [TextProjector(half(p.read), half(p.write)) for p in self.text_projectors]

    def copy(self) -> Memory:
        """A copy to learn on: what is frozen is shared, what grows is not."""
        return replace(
            self,
            classes=list(self.classes),
            image_projectors=list(self.image_projectors),
            text_projectors=list(self.text_projectors),
            **{name: getattr(self, name).copy() for name in GAUSSIANS},
        )

    def to(self, device: torch.device | str) -> Memory:
        """The same on a device."""
        return moved(self, device)

    def index(self, key: str) -> int:
        """The place of a class; KeyError if it was never learned."""
        for place, known in enumerate(self.classes):
            if known.key == key:
                return place
        raise KeyError(key)

    def remove_class(self, index: int, pooled: Tensor | None = None) -> None:
        """Drop a class; with pooled features of its photos what these brought to the covariances as well."""
        parts = {} if pooled is None else {id(own): Moments.of(rows) for own, rows in self.rows_of(pooled)}
        del self.classes[index]
        for gaussians in self.gaussians:
            gaussians.remove_class(index, parts.get(id(gaussians)))

    def merge_classes(self, source: int, target: int) -> None:
        """Make one class of two. The target keeps key, task and text; projectors stay as they were learned."""
        for gaussians in self.gaussians:
            gaussians.merge_classes(source, target)
        both = torch.cat([self.classes[place].held for place in (target, source)])
        self.classes[target] = replace(self.classes[target], held=both)
        del self.classes[source]

    def names(self) -> Tensor:
        """Features of the names of all classes ``(C, D)``."""
        return torch.stack([known.text.name for known in self.classes])

    def texts(self, *, projected: bool) -> Tensor:
        """Description features of all classes ``(C, D)``, moved by their own task's text projector if asked."""
        texts = [known.text.description for known in self.classes]
        if projected:
            texts = [self.text_projectors[known.task](row) for known, row in zip(self.classes, texts, strict=True)]
        return torch.stack(texts)

    def tokens(self, index: int, *, projected: bool) -> Tensor:
        """Semantic tokens ``(J, D)`` of a class: grounded, with a share of its projected phrases."""
        known = self.classes[index]
        if not projected:
            return known.grounded
        moved = self.text_projectors[known.task](known.text.phrases[: len(known.grounded)])
        length = torch.linalg.vector_norm(known.grounded, dim=-1, keepdim=True)
        mixed: Tensor = (1 - _TEXT_SHARE) * known.grounded + _TEXT_SHARE * length * moved
        return mixed
