"""What the text tower learns from besides ImageNet: captions of everyday photos, and nouns that CLIP knows.

Photos, captions and CLIP's vectors are no part of the project: only what is fitted to them is kept.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from open_clip import IMAGENET_CLASSNAMES
from torch import Tensor
from torch.nn.functional import normalize

from models.building.fit import fit_ridge
from spa_desktop.descriptions.wordnet import lemmas_of_all, photographed_nouns
from spa_desktop.encoders import lite_files
from spa_desktop.encoders.encoder import ClipEncoder, Towers
from spa_desktop.encoders.lite_files import WordPieces
from spa_desktop.encoders.lite_onnx import image_tower
from spa_desktop.encoders.photo_stream import encode_files
from spa_desktop.encoders.transform import PhotoTransform

_VIEWS = 2  # as it is, and mirrored


@dataclass(frozen=True)
class Caption:
    """A caption of a photo, and whether it may be learned from."""

    photo: str
    text: str
    is_learned: bool


def read_captions(folder: Path) -> list[Caption]:
    """All captions of ``captions1k``."""
    with (folder / "captions.csv").open(encoding="utf-8", newline="") as stream:
        return [Caption(row["photo"], row["caption"], row["split"] == "learn") for row in csv.DictReader(stream)]


@dataclass(frozen=True)
class Nouns:
    """Nouns with the place that CLIP gives to each, and CLIP's places for ImageNet's names."""

    names: list[str]
    vectors: Tensor  # (N, 512)
    anchors: Tensor  # (1000, 512)

    @property
    def texts(self) -> list[str]:
        """Every noun, and then every noun in a sentence."""
        return [*self.names, *(f"a photo of a {name}." for name in self.names)]

    def places(self, targets: Tensor, known: Tensor, strength: float) -> tuple[Tensor, Tensor]:
        """Rows of nouns that are no names of unknown classes, and their places in the joint space.

        Args:
            targets: ``(C, D)`` places of ImageNet's classes.
            known: ``(C,)`` bool, the classes whose places may be used.
            strength: of the ridge from CLIP's space into the joint space.
        """
        ridge = fit_ridge(
            self.anchors[known], targets[known], torch.ones(int(known.sum()), dtype=torch.float64), strength
        )
        forbidden = set()
        for label in (~known).nonzero().flatten().tolist():
            forbidden |= _names_of(label)
        rows = torch.tensor([row for row, name in enumerate(self.names) if _plain(name) not in forbidden])
        return rows, ridge(self.vectors)[rows]


def read_nouns(folder: Path) -> Nouns:
    """The nouns of LVIS with their vectors, and ImageNet's."""
    names = (folder / "lvis.txt").read_text(encoding="utf-8").splitlines()
    vectors, anchors = (torch.from_numpy(np.load(folder / f"{one}.npy")).double() for one in ("lvis", "imagenet"))
    return Nouns(names, vectors, anchors)


def photo_places(folder: Path, captions: list[Caption], projection: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    """The place of each caption's photo, ``(T, D)``, and the means of all photos and of all their patches, ``(D,)``."""
    encoder = _image_encoder(projection)
    names = sorted({one.photo for one in captions})
    width = len(projection)
    pooled, photos, patches = torch.empty(len(names), width, dtype=torch.float64), [], []
    for found in encode_files(encoder, [folder / "photos" / name for name in names], views=_VIEWS):
        pooled[found.index] = found.pooled[:, :width].double().mean(dim=0)
        photos.append(normalize(found.pooled[:, :width].double() @ projection, dim=-1).mean(dim=0))
        patches.append(normalize(found.patches.double() @ projection, dim=-1).mean(dim=(0, 1)))
    places = normalize(pooled @ projection, dim=1)
    rows = {name: row for row, name in enumerate(names)}
    everyday = {"photo": torch.stack(photos).mean(dim=0), "patch": torch.stack(patches).mean(dim=0)}
    return places[[rows[one.photo] for one in captions]], everyday


def _image_encoder(projection: Tensor) -> ClipEncoder:
    """Photos' features before there are projections to load. Texts cannot be encoded with it."""

    def no_texts(ids: Tensor) -> tuple[Tensor, Tensor]:
        raise NotImplementedError("this encoder is for photos alone")

    tokens = WordPieces(lite_files.text_folder() / "tokenizer.json", lite_files.CONTEXT_LENGTH)
    transform = PhotoTransform(lite_files.TRANSFORM)
    vision = image_tower(projection.float())
    towers = Towers(vision, no_texts, tokens, transform, "", lite_files.CONTEXT_LENGTH, 1.0)
    return ClipEncoder(towers, name="photos alone")


def _names_of(label: int) -> set[str]:
    lemmas = lemmas_of_all()[photographed_nouns()[label]]
    return {_plain(name) for name in (*lemmas.split(","), IMAGENET_CLASSNAMES[label])}


def _plain(name: str) -> str:
    return name.replace("_", " ").strip().lower()
