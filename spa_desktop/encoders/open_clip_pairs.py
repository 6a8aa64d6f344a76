"""open_clip's pairs by architecture and tag, timm's models, and checkpoint files of their architectures."""

from __future__ import annotations

import difflib
import re
import zipfile
from pathlib import Path

import open_clip
import torch

from spa_desktop.encoders import lite_files
from spa_desktop.encoders.device import has_fast_bfloat16
from spa_desktop.encoders.download import (
    TIMM,
    AllowFile,
    Consent,
    Message,
    Progress,
    cached_weights,
    download,
    offered_download,
)
from spa_desktop.encoders.encoder import ClipEncoder
from spa_desktop.encoders.open_clip_towers import open_clip_towers, take_bfloat16
from spa_desktop.encoders.photo_encoder import OBJECT
from spa_desktop.encoders.timm_models import known_model, suggested_models, timm_towers
from spa_desktop.errors import InputError, SpaError
from spa_desktop.plain_files import is_elsewhere

_CHECKSUM = re.compile(r"#sha256=([0-9a-fA-F]{64})$")
_LONGEST_NAME, _LONGEST_PATH = 80, 300  # letters in a message
_EXAMPLE = "ViT-B-16/laion400m_e32"
_MOST_PACKED = 20  # times
_PREPROCESS = ("mean", "std", "interpolation", "resize_mode")


def checked_pair(name: str, allow_file: AllowFile | None = None) -> str:
    """What ``checked_name`` does, for a pair or a checkpoint file; arguments and errors are its own."""
    architecture, tag, file = _parts(name)
    if tag:
        return architecture if architecture.startswith(TIMM) else name
    pinned = _CHECKSUM.search(file)
    return f"{architecture}:{_checkpoint(file, allow_file)}{pinned.group(0) if pinned else ''}"


def fetch_pair(name: str, consent: Consent | None, on_progress: Progress | None = None) -> None:
    """Download what is missing of a pair, as ``load_encoder`` does; arguments and errors are its own."""
    architecture, tag, _ = _parts(name)
    offer = offered_download(architecture, tag)
    if offer is None:
        return
    if consent is None or not consent(offer):
        raise InputError(
            f"Backbone {offer.backbone} is not on this computer, and comes from {offer.source} ({offer.size})",
            "download",
            name=name,
        )
    download(offer, on_progress)


def load_pair(
    name: str,
    device: torch.device,
    *,
    consent: Consent | None = None,
    allow_file: AllowFile | None = None,
    on_progress: Progress | None = None,
    on_message: Message | None = None,
) -> ClipEncoder:
    """Load a pair or a checkpoint file; arguments and errors are those of ``load_encoder``."""
    architecture, tag, file = _parts(name)
    path = None if tag else _checkpoint(file, allow_file)
    fetch_pair(name, consent, on_progress)
    weights = path or cached_weights(architecture, tag)
    if weights is None:
        raise SpaError(f"Backbone {name} was downloaded and is not there: look at the space on the disk, and try again")
    settings = (open_clip.get_pretrained_cfg(architecture, tag) or {}) if tag else {}
    try:
        with weights.open("rb") as stream:
            start = stream.read(9)
        if not tag and not (start.startswith(b"PK\x03\x04") or start.endswith(b"{")):
            raise ValueError("it is neither a safetensors file nor one of torch 1.6 or later")
        if not tag and start.startswith(b"PK"):
            with zipfile.ZipFile(weights) as packed:  # which weights hardly are: a megabyte could fill the memory
                if sum(entry.file_size for entry in packed.infolist()) > _MOST_PACKED * weights.stat().st_size:
                    raise ValueError("it is packed far smaller than weights can be")
        if architecture.startswith(TIMM):
            towers = timm_towers(architecture, weights)
            return ClipEncoder(towers, name=name, device=device, on_message=on_message)
        model = open_clip.create_model(
            architecture,
            pretrained=str(weights),
            weights_only=True,  # no code out of a checkpoint
            force_quick_gelu=bool(settings.get("quick_gelu", False)),
            force_preprocess_cfg={key: settings[key] for key in _PREPROCESS if key in settings},
        )
        tokenizer = open_clip.get_tokenizer(architecture)
    except InputError:
        raise
    except (OSError, MemoryError) as error:
        raise SpaError(f"Backbone {name[:_LONGEST_PATH]} could not be loaded: {_reason(error)}") from error
    except Exception as error:  # zipfile, safetensors, numpy and torch each have their own kinds of errors
        raise InputError(f"{weights} is no checkpoint of {architecture}: {_reason(error)}") from error
    towers = open_clip_towers(model, tokenizer, name=name)
    if device.type == "cpu" and has_fast_bfloat16():
        take_bfloat16(towers)
    return ClipEncoder(towers, name=name, device=device, on_message=on_message)


def _parts(name: str) -> tuple[str, str, str]:
    """Architecture, tag and file of a backbone that is not the embedded one; tag or file is "".

    The name may come out of a stranger's project. It can name what open_clip itself lists, or a file on this computer;
    no address, no repository, no folder. A model of timm stands for an architecture, with its tag where that is to be
    downloaded. Raises InputError if it is none of these.
    """
    if name.startswith(OBJECT):
        raise InputError(
            f"The backbone {name[:_LONGEST_NAME]} is an object of Python: give it as backbone of SpaClassifier.load"
        )
    if name.startswith(TIMM):
        model, colon, file = name.removeprefix(TIMM).partition(":")
        if (found := known_model(model)) is None:
            raise InputError(_unknown(name))
        return TIMM + found, "" if colon else found.partition("@")[0], file
    architecture, colon, file = name.partition(":")
    # With a colon before a tag, as in open_clip's own listings, it is a slip: answered below with a suggestion.
    if colon and architecture in open_clip.list_models() and not open_clip.get_pretrained_cfg(architecture, file):
        return architecture, "", file
    architecture, _, tag = name.partition("/")
    if (architecture, tag) not in open_clip.list_pretrained():
        raise InputError(_unknown(name))
    return architecture, tag, ""


def _checkpoint(text: str, allow_file: AllowFile | None) -> Path:
    pinned = _CHECKSUM.search(text)
    text = text[: pinned.start()] if pinned else text
    if is_elsewhere(text):
        raise InputError(
            f"{text[:_LONGEST_PATH]} is not on this computer: copy the checkpoint file here, and give its path"
        )
    try:
        path = Path(text).expanduser().absolute()
        if allow_file is not None and not allow_file(path):
            raise InputError(
                f"The backbone is the checkpoint file {text[:_LONGEST_PATH]}, which was not agreed to on this computer",
                "allow file",
            )
        is_file = path.is_file()
    except (OSError, RuntimeError, ValueError):  # a name that is too long, a home that is not known
        is_file = False
    if not is_file:
        raise InputError(f"{text[:_LONGEST_PATH]} is missing: give the path of a checkpoint file")
    if pinned:
        lite_files.verify(path, pinned.group(1).lower(), "download the file again or correct the checksum")
    return path


def _unknown(name: str) -> str:
    pairs = [f"{architecture}/{tag}" for architecture, tag in open_clip.list_pretrained()]
    pairs = suggested_models() if name.startswith(TIMM) else pairs
    # It may be a stranger's, of any length.
    name = name[:_LONGEST_NAME]
    meant = name if name.startswith(TIMM) else name.replace(":", "/")
    near = difflib.get_close_matches(meant, [lite_files.NAME, *pairs], n=3, cutoff=0.5)
    return f"Unknown backbone {name!r}: did you mean {', '.join(near or [lite_files.NAME, _EXAMPLE])}?"


def _reason(error: Exception) -> str:
    # torch and numpy advise to switch off what keeps code in a file from being run.
    if re.search("pickl|weights.only", f"{type(error).__name__} {error}", re.IGNORECASE):
        return "it is damaged, or holds more than numbers"
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
