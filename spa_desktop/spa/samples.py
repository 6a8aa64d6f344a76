"""What a learner is given of a class, and what it keeps in memory while it learns it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True)
class KeptPhotos:
    """The photos of a task that stay in memory for projectors and weights.

    Attributes:
        labels: ``(n,)``, the class's place among all classes.
        folds: ``(n,)``, which fold holds the photo out; -1 for a photo that never is.
        pooled: ``(n, V, W + T)``.
        patches: ``(n, V, N, D)``, half precision.
    """

    labels: Tensor
    folds: Tensor
    pooled: Tensor
    patches: Tensor

    @classmethod
    def gather(
        cls, samples: Sequence[ClassSamples], labels: Sequence[int], *, limit: int, folds: int, seed: int
    ) -> KeptPhotos:
        """Keep at most `limit` photos a class, chosen by `seed`, each in a fold.

        A class with one photo is never held out: there would be nothing to hold it against.
        """
        all_labels, all_folds, pooled, patches = [], [], [], []
        for sample, label in zip(samples, labels, strict=True):
            count = len(sample.pooled)
            order = torch.randperm(count, generator=torch.Generator().manual_seed(seed + label))[:limit]
            chosen = order.sort().values
            fold = torch.randperm(len(chosen), generator=torch.Generator().manual_seed(seed + label + 1)) % folds
            all_labels.append(torch.full((len(chosen),), label))
            all_folds.append(fold if len(chosen) > 1 else torch.full((1,), -1))
            pooled.append(sample.pooled[chosen])
            patches.append(_rows(sample.patches(), chosen).half())
        return cls(torch.cat(all_labels), torch.cat(all_folds), torch.cat(pooled), torch.cat(patches))

    def where(self, keep: Tensor) -> KeptPhotos:
        """The photos of a ``(n,)`` bool mask."""
        return KeptPhotos(self.labels[keep], self.folds[keep], self.pooled[keep], self.patches[keep])


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
