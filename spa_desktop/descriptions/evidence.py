"""What photos say for texts, in the backbone's own joint space.

All of it is ours; the paper's text gives no formula. Texts and photos lie apart in a CLIP space (the modality gap), and
some texts are near to every photo. So a text is never judged by its similarity alone, but by how far its similarity to
one class stands above that to all classes, in units of the spread.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spa_desktop.descriptions.model import Exemplar, PhraseSource

if TYPE_CHECKING:
    from torch import Tensor

    from spa_desktop.encoders.encoder import ClipEncoder

_TOP_PATCHES = 8
_SPREAD_FLOOR = 1e-4  # squared cosine: below it a spread is noise
_MOST_EXEMPLARS_KEPT = 2000
_SAME_PLACES = 2  # views in which patch n is the same place: the photo and its mirror image


@dataclass(frozen=True)
class _Projected:
    """One exemplar in the joint space, views averaged: `pooled (D,)`, `patches (N, D)` in half precision."""

    pooled: Tensor
    patches: Tensor


class Evidence:
    """Similarities of exemplars and texts.

    Each exemplar is projected once, however many classes it is a rival for, and its similarities to `bank`, the
    features ``(P, D)`` of texts that are asked about again and again, are kept.
    """

    def __init__(self, encoder: ClipEncoder, bank: Tensor) -> None:
        self._encoder = encoder
        self._bank = bank
        self._projected: OrderedDict[str, _Projected] = OrderedDict()
        self._bank_support: dict[str, Tensor] = {}

    def distinct(self, own: Sequence[Exemplar], rivals: Sequence[Sequence[Exemplar]], texts: Tensor) -> Tensor:
        """How far each text stands out for a class among its rivals.

        Args:
            own: the class's exemplars.
            rivals: the exemplars of each rival.
            texts: ``(T, D)``, unit length.

        Returns:
            ``(T,)``: (similarity to the class - mean over all classes) / spread within and between classes. Without
            rivals: similarity to the class, standardised over the texts. Zeros without exemplars.
        """
        import torch

        if not own:
            return torch.zeros(len(texts))
        by_class = [torch.stack([self._support(e, texts) for e in group]) for group in (own, *rivals) if group]
        means = torch.stack([support.mean(0) for support in by_class])
        if len(means) == 1:
            return _standardised(means[0])
        within = torch.stack([support.var(0, correction=0) for support in by_class]).mean(0)
        spread = (within + means.var(0) + _SPREAD_FLOOR).sqrt()
        result: Tensor = (means[0] - means.mean(0)) / spread
        return result

    def best_patch(self, own: Sequence[Exemplar], text: Tensor) -> PhraseSource | None:
        """The exemplar and patch most similar to one text ``(D,)``."""
        if not own:
            return None
        found: list[PhraseSource] = []
        for index, exemplar in enumerate(own):
            similarity, patch = (self._project(exemplar).patches.float() @ text).max(0)
            found.append(PhraseSource(index, exemplar.sha256, int(patch), round(float(similarity), 4)))
        return max(found, key=lambda support: support.similarity)

    def _support(self, exemplar: Exemplar, texts: Tensor) -> Tensor:
        if texts is not self._bank:
            return self._similarity(exemplar, texts)
        kept = self._bank_support.get(exemplar.sha256)
        if kept is None:
            if len(self._bank_support) >= _MOST_EXEMPLARS_KEPT:
                self._bank_support.clear()
            kept = self._bank_support[exemplar.sha256] = self._similarity(exemplar, texts)
        return kept

    def _similarity(self, exemplar: Exemplar, texts: Tensor) -> Tensor:
        """Half the photo as a whole, half the patches that are nearest to the text: ``(T,)``."""
        photo = self._project(exemplar)
        patches = photo.patches.float() @ texts.T
        nearest = patches.topk(min(_TOP_PATCHES, len(patches)), dim=0).values.mean(0)
        result: Tensor = (photo.pooled.float() @ texts.T + nearest) / 2
        return result

    def _project(self, exemplar: Exemplar) -> _Projected:
        import torch
        from torch.nn.functional import normalize

        kept = self._projected.get(exemplar.sha256)
        if kept is None:
            features = exemplar.load_features()
            pooled, patches = features.pooled.float().mean(0), features.patches[:_SAME_PLACES].float().mean(0)
            pooled = normalize(self._encoder.project(pooled), dim=-1).to(torch.float16)
            patches = normalize(patches, dim=-1).to(torch.float16)
            kept = self._projected[exemplar.sha256] = _Projected(pooled, patches)
            if len(self._projected) > _MOST_EXEMPLARS_KEPT:
                self._projected.popitem(last=False)
        return kept


def _standardised(values: Tensor) -> Tensor:
    result: Tensor = (values - values.mean()) / values.std().clamp_min(1e-6) if len(values) > 1 else values * 0
    return result
