"""Backbones by name: the embedded one, open_clip's pairs, and checkpoint files.

``spa-lite``                          embedded, works offline
``ViT-B-16/laion400m_e32``            architecture and tag of any open_clip pair, downloaded on the user's word
``ViT-B-16:/path/to/file.pt``         a checkpoint file of an open_clip architecture
``ViT-B-16:/path/to/file.pt#sha256=…``  the same, with the checksum that it must have
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import open_clip
import torch

from spa_desktop.clip import lite
from spa_desktop.clip.device import choose_device
from spa_desktop.clip.download import DownloadOffer, cached_weights, download_weights, offered_download
from spa_desktop.clip.encoder import ClipEncoder
from spa_desktop.errors import InputError, SpaError

DEFAULT = lite.NAME

Consent = Callable[[DownloadOffer], bool]
Progress = Callable[[int, int], None]
Message = Callable[[str], None]

# Megabytes are float32 weights; the exact size is asked from the server before a download.
_LISTED = (
    ("ViT-B-16/laion400m_e32", "CLIP ViT-B/16, LAION-400M (the paper's)", 599),
    ("ViT-B-16/openai", "CLIP ViT-B/16, OpenAI", 599),
    ("ViT-B-16/datacomp_xl_s13b_b90k", "CLIP ViT-B/16, DataComp-XL", 599),
)
_CHECKSUM = re.compile(r"#sha256=([0-9a-fA-F]{64})$")
# What open_clip and torch raise on a file that is no checkpoint, or one of another architecture.
_WRONG_FILE = (
    RuntimeError,
    KeyError,
    ValueError,
    TypeError,
    EOFError,
    AttributeError,
    AssertionError,
    UnpicklingError,
)
_PREPROCESS = ("mean", "std", "interpolation", "resize_mode")


@dataclass(frozen=True)
class Backbone:
    """A backbone that can be chosen.

    Attributes:
        name: what :func:`load_encoder` takes.
        title: what a person reads.
        megabytes: size of its weights.
        is_embedded: True if it ships with the app.
        is_downloaded: True if its weights are on this computer.
    """

    name: str
    title: str
    megabytes: int
    is_embedded: bool
    is_downloaded: bool


def list_backbones() -> list[Backbone]:
    """The backbones to show, the default first. :func:`load_encoder` takes every other open_clip pair as well."""
    embedded = Backbone(DEFAULT, "SPA Lite, embedded: EfficientNet-Lite2 and MiniLM", 117, True, True)
    return [embedded] + [
        Backbone(name, title, megabytes, False, cached_weights(*name.split("/")) is not None)
        for name, title, megabytes in _LISTED
    ]


def checked_name(name: str) -> str:
    """The name as a project keeps it: a checkpoint's path made absolute. Loads and downloads nothing.

    Raises:
        InputError: if the backbone is unknown, or its checkpoint file is missing or wrong.
    """
    architecture, colon, file = name.partition(":")
    if colon and architecture in open_clip.list_models() and not open_clip.get_pretrained_cfg(architecture, file):
        pinned = _CHECKSUM.search(file)
        return f"{architecture}:{_checkpoint(file).absolute()}{pinned.group(0) if pinned else ''}"
    if name != DEFAULT and tuple(name.split("/", 1)) not in open_clip.list_pretrained():
        raise InputError(_unknown(name))
    return name


def load_encoder(
    name: str,
    *,
    device: str = "auto",
    consent: Consent | None = None,
    on_progress: Progress | None = None,
    on_message: Message | None = None,
) -> ClipEncoder:
    """Load a backbone.

    Args:
        name: see the module's text.
        device: ``auto``, ``cuda``, ``mps`` or ``cpu``.
        consent: is asked before anything is downloaded; None never agrees.
        on_progress: is told the bytes done and the bytes in all while downloading.
        on_message: is told in one line when memory runs out and the encoder adapts.

    Raises:
        InputError: if the backbone is unknown, its file is missing or wrong, or the download was not agreed to.
        SpaError: if a download failed.
    """
    where = choose_device(device)
    if name == DEFAULT:
        return lite.load_lite(device=where, on_message=on_message)
    architecture, colon, file = name.partition(":")
    # With a colon before a tag, as in open_clip's own listings, it is a slip: answered below with a suggestion.
    if colon and architecture in open_clip.list_models() and not open_clip.get_pretrained_cfg(architecture, file):
        path = _checkpoint(file)
        return _open_clip_encoder(name, architecture, path, {}, where, on_message)
    architecture, _, tag = name.partition("/")
    if (architecture, tag) not in open_clip.list_pretrained():
        raise InputError(_unknown(name))
    weights = cached_weights(architecture, tag)
    if weights is None:
        offer = offered_download(architecture, tag)
        if consent is None or not consent(offer):
            raise InputError(
                f"Backbone {name} is not on this computer ({offer.megabytes} MB from {offer.source}): "
                "agree to the download, or use spa-lite"
            )
        weights = download_weights(offer, on_progress)
    settings = open_clip.get_pretrained_cfg(architecture, tag)
    return _open_clip_encoder(name, architecture, weights, settings, where, on_message)


def _open_clip_encoder(
    name: str,
    architecture: str,
    weights: Path,
    settings: dict[str, Any],
    device: torch.device,
    on_message: Message | None,
) -> ClipEncoder:
    try:
        model = open_clip.create_model(
            architecture,
            pretrained=str(weights),
            force_quick_gelu=bool(settings.get("quick_gelu", False)),
            force_preprocess_cfg={key: settings[key] for key in _PREPROCESS if key in settings},
        )
        tokenizer = open_clip.get_tokenizer(architecture)
    except _WRONG_FILE as error:
        raise InputError(f"{weights} is no checkpoint of {architecture}: {_first_line(error)}") from error
    except OSError as error:
        raise SpaError(f"Backbone {name} could not be loaded: {_first_line(error)}") from error
    return ClipEncoder(model, tokenizer, name=name, device=device, on_message=on_message)


def _checkpoint(text: str) -> Path:
    pinned = _CHECKSUM.search(text)
    path = Path(text[: pinned.start()] if pinned else text).expanduser()
    if not path.is_file():
        raise InputError(f"{path} is missing: give the path of a checkpoint file")
    if pinned:
        lite.verify(path, pinned.group(1).lower(), "download the file again or correct the checksum")
    return path


def _unknown(name: str) -> str:
    pairs = [f"{architecture}/{tag}" for architecture, tag in open_clip.list_pretrained()]
    near = difflib.get_close_matches(name.replace(":", "/"), [DEFAULT, *pairs], n=3, cutoff=0.5)
    return f"Unknown backbone {name!r}: did you mean {', '.join(near or [DEFAULT, _LISTED[0][0]])}?"


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
