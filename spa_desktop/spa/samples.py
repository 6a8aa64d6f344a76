"""What a learner is given of a class, and what it keeps in memory while it learns it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor
from torch.nn.functional import normalize


@dataclass(frozen=True)
class ClassText:
    """What is said of a class, in the joint space of size D, unit length rows.

    Attributes:
        name: ``(D,)``, the sentence feature of "a photo of a {class}.".
        description: ``(D,)``, the sentence feature of its description.
        phrases: ``(P, D)``, one semantic token a phrase: the mean of its word tokens.
    """

    name: Tensor
    description: Tensor
    phrases: Tensor

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

    def name_only(self) -> ClassText:
        """The name without what is said of it."""
        return ClassText.from_name(self.name)

    def trimmed(self, phrases: int) -> ClassText:
        """With so many phrases at the most."""
        return replace(self, phrases=self.phrases[:phrases])

    def to(self, device: torch.device | str) -> ClassText:
        """The same on a device."""
        return ClassText(self.name.to(device), self.description.to(device), self.phrases.to(device))


@dataclass(frozen=True)
class ClassSamples:
    """The photos of a class as features.

    Attributes:
        key: names the class for ever; a new title does not change it.
        pooled: ``(n, V, W + T)``, the global feature before the projection and the texture behind it.
        patches: gives the patches anew each time it is called, in the joint space, unit length, in chunks
            ``(m, V, N, D)`` in the order of `pooled`. Chunks keep memory flat however many photos there are.
        text: what is said of the class.
    """

    key: str
    pooled: Tensor
    patches: Callable[[], Iterator[Tensor]]
    text: ClassText

    def to(self, device: torch.device) -> ClassSamples:
        """The same on a device; patches are brought there chunk by chunk."""
        if self.pooled.device == device and self.text.name.device == device:
            return self
        passes = self.patches
        moved = self.text.to(device)
        return ClassSamples(self.key, self.pooled.to(device), lambda: (part.to(device) for part in passes()), moved)


@dataclass(frozen=True)
class KeptPhotos:
    """The photos of a task that stay in memory for projectors and weights.

    Attributes:
        labels: ``(n,)``, the class's place among all classes.
        folds: ``(n,)``, which fold holds the photo out; -1 for a photo that never is.
        pooled: ``(n, V, W + T)``.
        patches: ``(n, V, N, D)``, half precision.
        selected: ``(n, V, K, D)``, those of them that were selected for the photo's class.
    """

    labels: Tensor
    folds: Tensor
    pooled: Tensor
    patches: Tensor
    selected: Tensor

    @classmethod
    def gather(
        cls,
        samples: Sequence[ClassSamples],
        labels: Sequence[int],
        selected: Callable[[Tensor, int], Tensor],
        *,
        limit: int,
        folds: int,
        seed: int,
    ) -> KeptPhotos:
        """Keep at most `limit` photos a class, chosen by `seed`, each in a fold.

        A class with one photo is never held out: there would be nothing to hold it against.

        Args:
            samples: of the task's classes.
            labels: their places among all classes.
            selected: selects the patches ``(..., K, D)`` of ``(..., N, D)`` for the class at a place.
            limit: the most photos a class.
            folds: how many.
            seed: of photos and folds.
        """
        parts: list[KeptPhotos] = []
        for sample, label in zip(samples, labels, strict=True):
            count = len(sample.pooled)
            order = torch.randperm(count, generator=torch.Generator().manual_seed(seed + label))[:limit]
            chosen = order.sort().values.to(sample.pooled.device)
            fold = torch.randperm(len(chosen), generator=torch.Generator().manual_seed(seed + label + 1)) % folds
            kept_fold = fold.to(chosen.device) if len(chosen) > 1 else torch.full_like(chosen, -1)
            patches = as_kept(_rows(sample.patches(), chosen))
            parts.append(
                cls(
                    torch.full_like(chosen, label),
                    kept_fold,
                    sample.pooled[chosen],
                    patches.half(),
                    selected(patches, label).half(),
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
    """The given rows (sorted) of chunks laid end to end."""
    found, start = [], 0
    for chunk in chunks:
        inside = rows[(rows >= start) & (rows < start + len(chunk))] - start
        found.append(chunk[inside])
        start += len(chunk)
    return torch.cat(found)
