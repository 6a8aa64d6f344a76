"""One encoder for all backbones: its towers as the rest of the app sees them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import normalize, pad

from spa_desktop.encoders.device import BATCH, BatchRunner
from spa_desktop.encoders.features import ImageFeatures, TextFeatures
from spa_desktop.encoders.transform import PhotoTransform
from spa_desktop.errors import InputError

# What a backbone is made of: an image tower, a text tower and what goes with them, whatever computes them.


class VisionTower(Protocol):
    """Photos to features before `projection`."""

    projection: Tensor | None  # (W', D); None: the identity
    texture_width: int  # T; 0 where a tower gives no texture

    def __call__(self, images: Tensor) -> tuple[Tensor, Tensor, tuple[int, int]]:
        """``(B, 3, S, S)`` to pooled ``(B, W + T)``, patches ``(B, N, W')`` and the grid ``(h, w)``.

        W' is W, or less where the global feature has a part that the projection does not read: its last columns. The
        texture lies behind the global feature.
        """
        ...


@runtime_checkable
class MappedTower(Protocol):
    """An image tower that also gives the maps that its pooled feature is made of."""

    def closely(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Pooled and patches as a call gives them, and the maps of ``ImageFeatures.maps``."""
        ...


class TextTower(Protocol):
    """Token ids ``(T, C)`` to sentence ``(T, D)`` and tokens ``(T, C', D)``, C' at most C, not yet of unit length."""

    is_causal: bool  # no token sees those after it: short texts together take a fraction of the time

    def __call__(self, ids: Tensor) -> tuple[Tensor, Tensor]: ...


class Tokens(Protocol):
    """Texts to token ids, with lengths and the words' places."""

    def ids(self, texts: Sequence[str]) -> Tensor:
        """``(T, context_length)``, cut where a text is longer than the context."""
        ...

    def words(self, ids: Tensor) -> Tensor:
        """``(T, L)`` bool, True on words: not on start, end or padding."""
        ...

    def count(self, text: str) -> int:
        """Tokens of `text`, start and end included, uncut."""
        ...


def stay(device: torch.device) -> None:
    """Move nothing: for towers that run on the CPU alone."""


@dataclass(frozen=True)
class Towers:
    """The parts of a backbone, as :class:`~spa_desktop.encoders.encoder.ClipEncoder` takes them."""

    vision: VisionTower  # the image tower
    language: TextTower | None  # the text tower; None where photos alone are read
    tokens: Tokens | None  # texts to what `language` reads
    transform: PhotoTransform  # photos to what `vision` reads
    fingerprint: str  # sha256 that stands for the image tower and the transform
    context_length: int  # the most tokens of a text, start and end included
    logit_scale: float  # what cosines are multiplied with before a softmax
    move: Callable[[torch.device], None] = stay  # moves both towers to a device
    text_fingerprint: str = ""  # sha256 that stands for the text tower; "" where `fingerprint` stands for both
    release: Callable[[], bool] = lambda: False  # lets go of what is loaded again when it is needed; whether it did
    takes_threads: bool = True  # several threads may ask `vision` at once


def reads_no_texts(name: str) -> str:
    """One sentence about a backbone that reads photos alone."""
    what = "descriptions, search by words and names for groups need another one, such as spa-lite"
    return f"Backbone {name} reads photos, not words: {what}"


_TEXTS_IN_A_BATCH, _TOKENS_IN_A_BATCH = 64, 4096


class ClipEncoder:
    """A frozen pair of towers, or an image tower alone: photos and texts to features.

    Attributes:
        name: the backbone's name.
        has_texts: False where there is no text tower: the joint space is then that of the photos.
        fingerprint: sha256 that stands for the features of photos, the key of every cache of them.
        text_fingerprint: sha256 that stands for the features of texts. They may be improved where photos' stay.
        width: W, the size of a global image feature before the projection, which may leave its last columns unread.
        texture_width: T, the size of the texture behind it in a pooled feature; 0 where the tower gives none.
        patch_width: W', the size of a patch before the projection: W less those columns.
        dim: D, the size of the joint space.
        grid: ``(h, w)`` of the patches.
        input_size: S, the side of the square input in pixels.
        context_length: the most tokens of a text, start and end included; longer texts are cut.
        logit_scale: what the backbone multiplies cosines with before a softmax.
        image_projection: ``(W, D)``, float32 on the CPU; the identity where the tower has no linear ending.
        batch_size: photos in a batch that are fastest on the device.
        takes_threads: several threads may encode photos at once.
        release: lets go of what takes a moment to load again and was not asked for ten seconds, spa-lite's text tower;
            gives whether there was such.
    """

    def __init__(
        self,
        towers: Towers,
        *,
        name: str,
        device: torch.device | None = None,
        on_message: Callable[[str], None] | None = None,
        read_prior: Callable[[], Mapping[str, Tensor]] = dict,
    ) -> None:
        """Learn the shapes of the towers from one empty photo, and move them to a device, the CPU if none is given.

        `on_message` is called with one line when memory runs out, `read_prior` whenever :attr:`prior` is asked for.
        """
        self.name, self._read_prior = name, read_prior
        self.fingerprint, self.logit_scale = towers.fingerprint, towers.logit_scale
        self.text_fingerprint = towers.text_fingerprint or towers.fingerprint
        self.context_length, self.tokens = towers.context_length, towers.tokens
        self._transform = towers.transform
        self.input_size = self._transform.input_size
        self._vision, self._language, self.release = towers.vision, towers.language, towers.release
        self.has_texts, self.takes_threads = towers.language is not None, towers.takes_threads
        # It holds no method of this encoder: a cycle would keep the weights until the next collection of garbage.
        self._runner = BatchRunner(torch.device("cpu"), towers.move, on_message)
        with torch.no_grad():
            pooled, patches, self.grid = self._vision(torch.zeros(1, 3, self.input_size, self.input_size))
        self.texture_width = self._vision.texture_width
        self.width, self.patch_width = pooled.shape[-1] - self.texture_width, patches.shape[-1]
        read = torch.eye(self.width) if self._vision.projection is None else self._vision.projection
        self.image_projection = pad(read, (0, 0, 0, self.width - len(read)))
        self.dim = self.image_projection.shape[1]
        self._runner.device = device or torch.device("cpu")
        towers.move(self._runner.device)

    @property
    def device(self) -> torch.device:
        """Where the encoder runs: the CPU from the moment that another device's memory was too small."""
        return self._runner.device

    @property
    def prior(self) -> Mapping[str, Tensor]:
        """How features vary among photos that resemble each other, learned from other photos.

        Covariances of "globals" ``(W, W)`` (of global features, their square root where they are never negative, at
        unit length) and "textures" ``(T, T)``. Empty where nothing is known of a backbone. Only a learner that begins
        needs it, so it is read anew each time.
        """
        return self._read_prior()

    @property
    def batch_size(self) -> int:
        fastest = BATCH.get(self.device.type, BATCH["cpu"])
        return min(fastest, self._runner.limit or fastest)

    @property
    def pooled_width(self) -> int:
        """W + T: the global feature and the texture behind it."""
        return self.width + self.texture_width

    def preprocess(self, photo: Image.Image, *, quickly: bool = False) -> Tensor:
        """An upright RGB photo to ``(3, S, S)``, for live pictures quickly. Safe in threads."""
        return self._transform.quickly(photo) if quickly else self._transform(photo)

    def crop_box(self, photo_size: tuple[int, int]) -> tuple[float, float, float, float]:
        """The part ``(left, top, right, bottom)`` of an upright photo ``(width, height)`` that the grid covers."""
        return self._transform.crop_box(photo_size)

    @property
    def has_maps(self) -> bool:
        """True if pooled features can be traced back to places of the photo: see ``feature_maps``."""
        return isinstance(self._vision, MappedTower)

    @property
    def finds_things(self) -> bool:
        """True if the lengths of patches say where the thing is, which was measured of the embedded towers alone."""
        return self.has_maps

    def encode_images(self, images: Tensor, *, with_maps: bool = False) -> ImageFeatures:
        """Features of ``(B, 3, S, S)`` preprocessed photos, in one batch as long as it fits the memory.

        `with_maps` hands on what the pooled features are made of, where the tower :attr:`has_maps`. Raises SpaError if
        not even the CPU's memory holds one photo.
        """
        if with_maps and isinstance(self._vision, MappedTower):
            pooled, patches, *maps = self._runner.run(self._vision.closely, images)
            return ImageFeatures(pooled, patches, self.grid, (maps[0], maps[1]))
        pooled, patches = self._runner.run(lambda batch: self._vision(batch)[:2], images)
        return ImageFeatures(pooled, patches, self.grid)

    def require_texts(self) -> None:
        if not self.has_texts:
            raise InputError(reads_no_texts(self.name))

    def encode_texts(self, texts: Sequence[str]) -> TextFeatures:
        """Features of T texts. Texts longer than the context are cut: see :meth:`fits`.

        Raises ValueError if there is no text at all; InputError as :meth:`require_texts`; SpaError if not even the
        CPU's memory holds one text.
        """
        if not texts:
            raise ValueError("encode_texts needs at least one text")
        self.require_texts()
        assert self.tokens is not None, "texts are read"
        ids = self.tokens.ids(texts)
        mask = self.tokens.words(ids)
        # Behind the last word of the longest text there is nothing to keep.
        longest = max(int(mask.any(dim=0).nonzero().max()) + 1 if mask.any() else 1, 1)
        batches, sentences, tokens = self._batches(mask.sum(dim=1)), [], []
        for places in batches:
            sentence, states = self._runner.run(lambda part: self._padded(part, longest), ids[places])
            sentences.append(sentence)
            tokens.append(states)
        back, mask = torch.cat(batches).argsort(), mask[:, :longest]
        joined = normalize(torch.cat(tokens)[back], dim=-1) * mask[..., None]
        return TextFeatures(normalize(torch.cat(sentences)[back], dim=-1), joined, mask)

    def project(self, features: Tensor) -> Tensor:
        """Pooled ``(..., W + T)`` or patch features ``(..., W')`` into the joint space: ``(..., D)``, unit length.

        Patches have the columns that the projection reads: the first W' of W. A texture is not read.
        """
        return normalize(features[..., : self.width] @ self.image_projection[: features.shape[-1]], dim=-1)

    def fits(self, text: str) -> bool:
        """True if `text` is read to its end, not cut, or not read at all."""
        return self.tokens is None or self.tokens.count(text) <= self.context_length

    def _batches(self, words: Tensor) -> list[Tensor]:
        """The places of texts that are encoded together, by their words: in order, or those of a like length."""
        if self._language is None or not self._language.is_causal:
            return list(torch.split(torch.arange(len(words)), _TEXTS_IN_A_BATCH))
        batches, order = [], words.argsort(descending=True, stable=True)
        while len(order):
            size = max(_TOKENS_IN_A_BATCH // (int(words[order[0]]) + 2), 1)  # with its start and end
            batches.append(order[:size])
            order = order[size:]
        return batches

    def _padded(self, ids: Tensor, length: int) -> tuple[Tensor, Tensor]:
        assert self._language is not None, "texts are read"
        sentence, states = self._language(ids)
        states = states[:, :length]
        return sentence, pad(states, (0, 0, 0, length - states.shape[1]))
