"""What a class looks like against everyday photos, in the joint space (ours).

Texts and photos lie apart in a joint space, and some texts are near to every photo. Seen from the mean of everyday
photos, instead of from a project's other classes, a similarity says what is true of a class, not what tells it apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from spa_desktop.descriptions.model import Exemplar

if TYPE_CHECKING:
    from torch import Tensor

    from spa_desktop.encoders.encoder import ClipEncoder

_SAME_PLACES = 2  # views in which patch n is the same place: the photo and its mirror image


class Everyday:
    """The means that photos and patches are seen from.

    They ship with the embedded backbone. For another they are those of all exemplars of the project.
    """

    def __init__(self, encoder: ClipEncoder) -> None:
        self._encoder = encoder
        self._means: tuple[Tensor, Tensor] | None = None
        from spa_desktop.encoders import lite_files

        if encoder.name == lite_files.NAME:
            self._means = lite_files.read_everyday()

    def means(self, exemplars: Iterable[Exemplar]) -> tuple[Tensor, Tensor]:
        """The mean photo and the mean patch, both ``(D,)``; `exemplars` are read where nothing ships."""
        import torch

        if self._means is not None:
            return self._means
        features = [exemplar.load_features() for exemplar in exemplars]
        photos = torch.stack([self._photo(one.pooled) for one in features])
        return photos.mean(0), torch.stack([one.patches[0].float().mean(0) for one in features]).mean(0)

    def direction(self, exemplars: Sequence[Exemplar], mean: Tensor) -> Tensor:
        """Where a class's exemplars lie, seen from the mean photo: ``(D,)``, unit length."""
        import torch
        from torch.nn.functional import normalize

        photos = torch.stack([self._photo(one.load_features().pooled) for one in exemplars])
        return normalize(photos.mean(0) - mean, dim=0)

    def heat(self, exemplar: Exemplar, direction: Tensor, mean: Tensor) -> Tensor:
        """How much each patch of a photo is like a direction, seen from the mean patch: ``(N,)``."""
        from torch.nn.functional import normalize

        patches = exemplar.load_features().patches[:_SAME_PLACES].float().mean(0)
        return normalize(patches - mean, dim=-1) @ direction

    def _photo(self, pooled: Tensor) -> Tensor:
        return self._encoder.project(pooled[:_SAME_PLACES].float()).mean(0)
