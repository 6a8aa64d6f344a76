"""Backbones by name: the embedded one, open_clip's pairs, checkpoint files, and repositories of the Hugging Face hub.

``spa-lite``                          embedded, works offline
``spa-lite-int8``                     its twin of eight bits, for processors: twice as fast, other features
``ViT-B-16/laion400m_e32``            architecture and tag of any open_clip pair, downloaded on the user's word
``ViT-B-16:/path/to/file.pt``         a checkpoint file of an open_clip architecture
``ViT-B-16:/path/to/file.pt#sha256=…``  the same, with the checksum that it must have
``hf-hub:OWNER/NAME``                 a repository of an open_clip model on the hub, downloaded on the user's word
``local-dir:/path/to/folder``         a copy of such a repository
``timm:vit_small_patch14_dinov2.lvd142m``  a model of timm, for photos without words, downloaded on the user's word
``timm:vit_small_patch14_dinov2@224:/path/to/file.pt``  the same from a file, and on photos of another size

open_clip is imported for pairs alone: it takes seconds, and the embedded backbone has no need of it on a CPU.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from spa_desktop.encoders.device import choose_device
from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.encoders.lite_files import EIGHT_BIT, EMBEDDED, NAME, read_prior
from spa_desktop.errors import FilledText, InputError
from spa_desktop.visible import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from spa_desktop.encoders.download import AllowFile, Consent, Message, Progress

# spa-lite: EfficientNet-Lite2 and MiniLM, which come as PyPI packages, joined by small projections, which come with the
# app. On a CPU ONNX Runtime computes the networks, on other devices torch: the same features, to rounding.


def load_lite(
    name: str = NAME, *, device: torch.device | None = None, on_message: Callable[[str], None] | None = None
) -> ClipEncoder:
    """An embedded backbone, ready to encode, on the CPU unless a device is given; eight bits are the CPU's alone.

    `on_message` is called with one line when ONNX Runtime cannot be used, or memory runs out. Raises InputError if a
    file is missing or has another checksum than pinned, or eight bits have no ONNX Runtime.
    """
    towers = None
    if name == EIGHT_BIT:
        device = None
    if device is None or device.type == "cpu":
        try:
            from spa_desktop.encoders.lite_onnx import runtime_towers

            towers = runtime_towers(name)
        except InputError:
            raise
        except Exception as error:  # noqa: BLE001 - the runtime's errors have no base, and torch can do the same
            why = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
            if name == EIGHT_BIT:
                text = QT_TRANSLATE_NOOP(
                    "errors", "{name} needs ONNX Runtime, which cannot be used ({reason}): use {other}"
                )
                raise InputError(text, name=name, reason=why, other=NAME) from None
            if on_message is not None:
                text = QT_TRANSLATE_NOOP(
                    "errors", "ONNX Runtime cannot be used ({reason}): photos are encoded by torch, which takes longer"
                )
                on_message(FilledText.of(text, reason=why))
    if towers is None:
        from spa_desktop.encoders.lite_torch import torch_towers

        towers = torch_towers()
    return ClipEncoder(towers, name=name, device=device, on_message=on_message, read_prior=read_prior)


_LICENCE = QT_TRANSLATE_NOOP("backbones", "several, see the model card")
_CLIP_MEMORY = 1.5  # GB, of each pair that is listed


@dataclass(frozen=True)
class Backbone:
    """A backbone that can be chosen."""

    name: str  # what :func:`load_encoder` takes
    title: str  # what the user reads
    megabytes: int  # size of its weights
    memory_gb: float  # that the program takes with it
    licence: str  # of its weights; "" where their makers state none
    is_embedded: bool  # True if it ships with the app
    is_downloaded: bool  # True if its weights are on this computer


def list_backbones() -> list[Backbone]:
    """The backbones to show, the default first. :func:`load_encoder` takes all others of open_clip and timm as well."""
    from spa_desktop.encoders.download import LISTED, cached_weights

    embedded = [
        Backbone(NAME, "SPA Lite, embedded: EfficientNet-Lite2 and MiniLM", 129, 0.4, _LICENCE, True, True),
        Backbone(
            EIGHT_BIT, "SPA Lite in eight bits, embedded: twice as fast on a processor", 134, 0.4, _LICENCE, True, True
        ),
    ]
    return embedded + [
        Backbone(
            "/".join(pair),
            listed.title,
            listed.megabytes,
            _CLIP_MEMORY,
            listed.licence,
            False,
            cached_weights(*pair) is not None,
        )
        for pair, listed in LISTED.items()
    ]


def names_of_file(file: Path) -> list[str]:
    """What a backbone whose weights are this file may be called; weights do not tell their architecture.

    One name where the file lies in a copy of a repository, else one for each architecture of open_clip: those that the
    file is called after come first.
    """
    if (file.parent / "open_clip_config.json").is_file():
        return [f"local-dir:{file.parent}"]
    import open_clip

    called = file.name.lower()
    names = sorted(open_clip.list_models(), key=lambda name: (-len(name) if name.lower() in called else 0, name))
    return [f"{name}:{file}" for name in names]


def checked_name(name: str, allow_file: AllowFile | None = None) -> str:
    """The name as a project keeps it: the path of a checkpoint or a folder made absolute. Loads and downloads nothing.

    `allow_file` is as for :func:`load_encoder`. Raises InputError if the backbone is unknown, or its checkpoint file is
    missing or wrong.
    """
    if name in EMBEDDED:
        return name
    from spa_desktop.encoders.open_clip_pairs import checked_pair

    return checked_pair(name, allow_file)


def fetch(name: str, consent: Consent, on_progress: Progress | None = None) -> None:
    """Download the weights of a backbone where they are not on this computer; errors: as :func:`load_encoder`."""
    if name not in EMBEDDED:
        from spa_desktop.encoders.open_clip_pairs import fetch_pair

        fetch_pair(checked_name(name), consent, on_progress)


def load_encoder(
    name: str,
    *,
    device: str = "auto",
    consent: Consent | None = None,
    allow_file: AllowFile | None = None,
    on_progress: Progress | None = None,
    on_message: Message | None = None,
) -> ClipEncoder:
    """Load a backbone on a device: "auto", "cuda", "mps" or "cpu". The name: see the module's text.

    `consent` is asked before anything is downloaded, None never agrees; `allow_file` before a checkpoint file or folder
    is opened, None allows any, where the name is the caller's own. `on_progress` gets the bytes done and the bytes in
    all, `on_message` one line when memory runs out and the encoder adapts. Raises InputError if the backbone is
    unknown, its file is missing or wrong, or it was not agreed to; SpaError if a download failed.
    """
    where = choose_device(device)
    if name in EMBEDDED:
        return load_lite(name, device=where, on_message=on_message)
    from spa_desktop.encoders.open_clip_pairs import load_pair

    return load_pair(
        name, where, consent=consent, allow_file=allow_file, on_progress=on_progress, on_message=on_message
    )
