"""What a learner remembers: everything that scores need, and nothing that is a photo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from spa_desktop.spa.config import SpaConfig
from spa_desktop.spa.gaussians import ClassGaussians, gaussian_space
from spa_desktop.spa.precision import by_rows, half
from spa_desktop.spa.projectors import ImageProjector, TextProjector
from spa_desktop.spa.samples import ClassText

# Share of the projected phrase in a semantic token, against where the photos put it.
_TEXT_SHARE = 0.2
# Of text, alignment, patches and the photo as a whole. Chosen once, on training photos alone, for three data sets: 5 or
# 20 photos of each class to learn from, others to check on, held out at random and as groups that look alike.
DEFAULT_WEIGHTS = (2.5, 0.75, 0.3, 20.0)


@dataclass(frozen=True)
class ClassMemory:
    """One class that was learned.

    Attributes:
        key: names it for ever.
        task: which task's text projector is its own.
        text: what is said of it.
        grounded: ``(J, D)``, its phrases grounded in its patches.
        held: ``(h,)``, how familiar the class's held-out photos were, in units of what could be expected: see
            :mod:`spa_desktop.spa.familiarity`.
    """

    key: str
    task: int
    text: ClassText
    grounded: Tensor
    held: Tensor = field(default_factory=lambda: torch.zeros(0))

    def rounded(self) -> ClassMemory:
        """The same to half precision."""
        text = ClassText(half(self.text.name), half(self.text.description), half(self.text.phrases))
        return replace(self, text=text, grounded=half(self.grounded))

    def to(self, device: torch.device | str) -> ClassMemory:
        """The same on a device."""
        return replace(self, text=self.text.to(device), grounded=self.grounded.to(device), held=self.held.to(device))


@dataclass
class Memory:
    """The state of a learner.

    Attributes:
        width: W.
        dim: D.
        rectified: True if the encoder's features are never negative.
        classes: in the order of learning.
        globals: Gaussians of global features in the Gaussian space, ``(W,)`` each.
        textures: Gaussians of textures, ``(T,)`` each; T is 0 where the encoder gives none.
        patches: Gaussians of all patches, ``(D,)`` each: what selection asks.
        selected: Gaussians of selected patches, ``(D,)`` each.
        image_projectors: one a task.
        text_projectors: one a task.
        weights: ``(4,)`` of the evidence: text, alignment, patches, photo as a whole.
        weight_photos: how many held-out photos the weights stand on.
    """

    width: int
    dim: int
    rectified: bool
    classes: list[ClassMemory]
    globals: ClassGaussians
    textures: ClassGaussians
    patches: ClassGaussians
    selected: ClassGaussians
    image_projectors: list[ImageProjector] = field(default_factory=list)
    text_projectors: list[TextProjector] = field(default_factory=list)
    weights: Tensor = field(default_factory=lambda: torch.tensor(DEFAULT_WEIGHTS))
    weight_photos: float = 0.0

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

    @property
    def gaussians(self) -> tuple[ClassGaussians, ...]:
        """All that is remembered of features, for what is done to each alike."""
        return self.globals, self.textures, self.patches, self.selected

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
        return self._with([gaussians.copy() for gaussians in self.gaussians], list(self.classes))

    def to(self, device: torch.device | str) -> Memory:
        """The same on a device."""
        moved = self._with([part.to(device) for part in self.gaussians], [known.to(device) for known in self.classes])
        moved.image_projectors = [projector.to(device) for projector in self.image_projectors]
        moved.text_projectors = [projector.to(device) for projector in self.text_projectors]
        moved.weights = self.weights.to(device)
        return moved

    def index(self, key: str) -> int:
        """The place of a class.

        Raises:
            KeyError: if it was never learned.
        """
        for place, known in enumerate(self.classes):
            if known.key == key:
                return place
        raise KeyError(key)

    def remove_class(self, index: int) -> None:
        """Drop a class."""
        del self.classes[index]
        for gaussians in self.gaussians:
            gaussians.remove_class(index)

    def merge_classes(self, source: int, target: int) -> None:
        """Make one class of two. The target keeps key, task and text; projectors stay as they were learned."""
        for gaussians in self.gaussians:
            gaussians.merge_classes(source, target)
        both = torch.cat([self.classes[place].held for place in (target, source)])
        self.classes[target] = replace(self.classes[target], held=both)
        del self.classes[source]

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

    def _with(self, gaussians: list[ClassGaussians], classes: list[ClassMemory]) -> Memory:
        whole, textures, patches, selected = gaussians
        return replace(
            self,
            classes=classes,
            globals=whole,
            textures=textures,
            patches=patches,
            selected=selected,
            image_projectors=list(self.image_projectors),
            text_projectors=list(self.text_projectors),
        )
