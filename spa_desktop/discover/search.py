"""Photos by words: how near each photo lies to the words in the joint space, and whether the words fit any of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spa_desktop.errors import InputError
from spa_desktop.jobs import Job, Stage
from spa_desktop.visible import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from torch import Tensor

    from spa_desktop.encoders.encoder import ClipEncoder
    from spa_desktop.feature_store import FeatureStore, PhotoRef

# Whether words fit (ours).
#
# A cosine alone does not say so: among 1,500 photos some lie near to any words, and near to birds lie all words for
# birds. So words are compared with other words on the same photos. With c_k(t) the mean of the k largest cosines of a
# text t, and m and s the mean and the deviation of c_k over the phrases of the bank, words t fit where
#
#     (c_k(t) - m) / s >= FITS_FROM.
#
# Chosen on five data sets, 5 to 1,800 photos of each, so that one in ten names of what is not there is taken to fit:
# docs/search.md.

BEST = 3
FITS_FROM = 1.0
_CHUNK = 256


@dataclass(frozen=True)
class Found:
    """What words find among n photos."""

    similarity: NDArray[np.float32]  # ``(n,)`` float32, cosines of words and photos in the joint space
    fit: float  # how far the best cosines stand above those of other words, in deviations of these

    @property
    def fits(self) -> bool:
        """False where the words fit none of the photos, as far as can be told: then the order says little."""
        return self.fit >= FITS_FROM

    @property
    def order(self) -> list[int]:
        """The photos by place, the most similar first."""
        places: list[int] = np.argsort(-self.similarity, kind="stable").tolist()
        return places


def checked_words(words: str) -> str:
    """Words with single blanks. Raises InputError if there are none."""
    if text := " ".join(words.split()):
        return text
    raise InputError(
        QT_TRANSLATE_NOOP("errors", "There are no words to search by: say what is to be seen, such as: yellow flower")
    )


class PhotoSearch:
    """Photos that are searched by words, as often as one likes: `joint` ``(n, D)`` is where they lie, unit length."""

    def __init__(self, encoder: ClipEncoder, joint: Tensor, job: Job | None = None) -> None:
        """Take n photos ``(n, D)``, at least one, from :func:`joint_features`. The job is told of texts it encodes.

        Without texts, photos can be ranked by how they lie, and not searched.
        """
        import torch

        from spa_desktop.descriptions.bank import bank_features, load_bank

        self._encoder, self.joint = encoder, joint
        if not encoder.has_texts:
            return
        phrases = bank_features(load_bank(), encoder, job)
        best = torch.cat([_best(joint @ part.T) for part in torch.split(phrases, _CHUNK)])
        # Mean and deviation of the best cosines of the bank's phrases on these photos.
        self._background = float(best.mean()), float(best.std())

    def find(self, words: str) -> Found:
        """Search by words in the language that the text tower knows: English for the one that ships.

        Raises InputError if there are no words, or more than the text tower reads, or there is no such tower.
        """
        text = checked_words(words)
        self._encoder.require_texts()
        if not self._encoder.fits(text):
            raise InputError(QT_TRANSLATE_NOOP("errors", "These are more words than can be searched by: use fewer"))
        similarity = self.joint @ self._encoder.encode_texts([text]).sentence[0]
        mean, deviation = self._background
        best = float(_best(similarity[:, None])[0])
        return Found(similarity.numpy(), (best - mean) / max(deviation, 1e-6))


def _best(cosines: Tensor) -> Tensor:
    """The mean of the largest cosines of each text: ``(n, P)`` to ``(P,)``."""
    return cosines.topk(min(BEST, len(cosines)), dim=0).values.mean(dim=0)


def joint_of(encoder: ClipEncoder, pooled: Tensor) -> Tensor:
    """Where photos lie in the joint space: pooled features ``(n, V, W + T)`` to the mean of their views ``(n, D)``."""
    from torch.nn.functional import normalize

    return normalize(encoder.project(pooled).mean(dim=1), dim=-1)


def joint_features(store: FeatureStore, photos: Sequence[PhotoRef], job: Job) -> dict[str, Tensor]:
    """Where photos lie in the joint space, ``(D,)`` by SHA-256, for :class:`PhotoSearch`.

    What is not in the cache is encoded. Photos that can be had from neither are left out, which the job is told. Raises
    Cancelled: what was encoded until then stays in the cache.
    """
    at_hand = {photo.sha256: photo for photo in photos}
    faults = store.ensure([photo for photo in at_hand.values() if not store.has_pooled(photo)], job)
    for reason in faults.values():
        job.message(f"Not searched: {reason}")
    refs = [photo for sha256, photo in at_hand.items() if sha256 not in faults]
    job.stage(Stage.READ, total=len(refs))
    features: dict[str, Tensor] = {}
    for start in range(0, len(refs), _CHUNK):
        part = refs[start : start + _CHUNK]
        joint = joint_of(store.encoder, store.pooled(part, keep=False))
        features |= zip((ref.sha256 for ref in part), joint, strict=True)
        job.advance(len(part))
    return features
