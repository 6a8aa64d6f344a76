"""What a learner remembers: everything that scores need, and nothing that is a photo."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from spa_desktop.spa.config import SpaConfig
from spa_desktop.spa.discriminant import gaussian_space
from spa_desktop.spa.projectors import ImageProjector, TextProjector
from spa_desktop.spa.rounding import by_rows, half
from spa_desktop.spa.samples import ClassText
from spa_desktop.spa.statistics import ClassGaussians

EVIDENCE = ("text", "alignment", "global Gaussian", "patch Gaussian")
# Share of the projected phrase in a semantic token, against where the photos put it.
_TEXT_SHARE = 0.2
# Chosen once, on training photos alone, means over three data sets: 5 or 20 photos of each class to learn from, others
# to check on, held out at random and as whole groups of photos that look alike.
DEFAULT_WEIGHTS = (2.5, 0.75, 20.0, 0.3)


@dataclass(frozen=True)
class ClassMemory:
    """One class that was learned.

    Attributes:
        key: names it for ever.
        task: which task's text projector is its own.
        text: what is said of it.
        grounded: ``(J, D)``, its phrases grounded in its patches.
    """

    key: str
    task: int
    text: ClassText
    grounded: Tensor

    def rounded(self) -> ClassMemory:
        """The same to half precision."""
        text = ClassText(half(self.text.name), half(self.text.description), half(self.text.phrases))
        return replace(self, text=text, grounded=half(self.grounded))


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
        weights: ``(4,)``, of the evidence in the order of `EVIDENCE`.
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
    def empty(cls, width: int, dim: int, config: SpaConfig, *, rectified: bool, texture_width: int = 0) -> Memory:
        """Nothing learned yet."""
        return cls(
            width=width,
            dim=dim,
            rectified=rectified,
            classes=[],
            globals=ClassGaussians(width, config.rank),
            # Pseudo-features are drawn of global features: the others need no factors of their own.
            textures=ClassGaussians(texture_width, 0),
            patches=ClassGaussians(dim, 0),
            selected=ClassGaussians(dim, 0),
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
        return replace(
            self,
            classes=list(self.classes),
            globals=self.globals.copy(),
            textures=self.textures.copy(),
            patches=self.patches.copy(),
            selected=self.selected.copy(),
            image_projectors=list(self.image_projectors),
            text_projectors=list(self.text_projectors),
        )

    def index(self, key: str) -> int:
        """The place of a class.

        Raises:
            KeyError: if it was never learned.
        """
        for place, known in enumerate(self.classes):
            if known.key == key:
                return place
        raise KeyError(key)

    def texts(self, projected: bool) -> Tensor:
        """Description features of all classes ``(C, D)``, moved by their own task's text projector if asked."""
        rows = []
        for known in self.classes:
            text = known.text.description
            rows.append(self.text_projectors[known.task](text) if projected else text)
        return torch.stack(rows)

    def tokens(self, index: int, projected: bool) -> Tensor:
        """Semantic tokens ``(J, D)`` of a class: grounded, with a share of its projected phrases."""
        known = self.classes[index]
        if not projected:
            return known.grounded
        moved = self.text_projectors[known.task](known.text.phrases[: len(known.grounded)])
        length = known.grounded.norm(dim=-1, keepdim=True)
        mixed: Tensor = (1 - _TEXT_SHARE) * known.grounded + _TEXT_SHARE * length * moved
        return mixed
