"""The phrase bank: short visual phrases and their features, beside which other texts are measured."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spa_desktop import paths
from spa_desktop.errors import SpaError
from spa_desktop.jobs import Job, Stage
from spa_desktop.plain_files import write_own_file

if TYPE_CHECKING:
    from torch import Tensor

    from spa_desktop.encoders.encoder import ClipEncoder


def digest_of(texts: Sequence[str]) -> str:
    """sha256 of some texts: part of the name of their cached features."""
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


@cache
def load_bank() -> tuple[str, ...]:
    """The phrases of the bank that ships with the app. Raises as :func:`read_bank`."""
    return tuple(chain.from_iterable(read_bank(paths.resources_dir() / "phrases").values()))


def read_bank(folder: Path) -> dict[str, list[str]]:
    """The phrases of a bank by kind and group, such as "animals/tails_wings_and_fins".

    Raises SpaError if it is missing or cannot be read.
    """
    found: dict[str, list[str]] = {}
    for file in sorted(folder.glob("*.toml")):
        try:
            content: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
            for group, texts in content["phrases"].items():
                found[f"{file.stem}/{group}"] = [*texts]
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as error:
            raise SpaError(f"Phrase bank file {file} cannot be read ({error}): install the app again") from error
    if not any(found.values()):
        raise SpaError(f"The phrase bank is missing from {folder}: install the app again")
    return found


# CLIP takes 1 to 2 s for a file of so many, which bounds what a cancelled job loses, and how late it hears of it. All
# texts of a backbone fill 40 files of up to 200 kB.
_IN_A_FILE = 128


def bank_features(texts: Sequence[str], encoder: ClipEncoder, job: Job | None = None) -> Tensor:
    """Sentence features ``(P, D)`` of texts: as they ship, from the cache folder, or computed and left there.

    What is computed is written file by file, so that a job that is cancelled goes on where it was. When no file can be
    read or written, the features are computed all the same. Raises Cancelled if the job was cancelled.
    """
    import torch

    shipped = _read_features(shipped_features_file(), texts, encoder)
    if shipped is not None:
        return shipped
    folder = paths.cache_dir() / "phrases"
    parts = [texts[start : start + _IN_A_FILE] for start in range(0, len(texts), _IN_A_FILE)]
    files = [folder / f"{encoder.text_fingerprint[:32]}-{digest_of(part)[:16]}.safetensors" for part in parts]
    found = [_read_features(file, part, encoder) for file, part in zip(files, parts, strict=True)]
    missing = [place for place, features in enumerate(found) if features is None]
    if missing:
        job = job or Job()
        with job.inner_stage(Stage.ENCODE_TEXTS, total=sum(len(parts[place]) for place in missing)):
            for place in missing:
                features = encoder.encode_texts(parts[place]).sentence
                # The same numbers whether they were computed or read.
                found[place] = features.to(torch.float16).to(torch.float32)
                with suppress(OSError):
                    write_own_file(files[place], pack_features(features, parts[place], encoder))
                job.advance(len(parts[place]))
    return torch.cat([features for features in found if features is not None])


def shipped_features_file() -> Path:
    """The features of the phrases that ship, of the embedded backbone: 7 s of computing that no user waits for."""
    from spa_desktop.encoders.lite_files import NAME

    return paths.models_dir() / NAME / "phrases.safetensors"


def pack_features(features: Tensor, texts: Sequence[str], encoder: ClipEncoder) -> bytes:
    """A safetensors file of ``(P, D)`` features in half precision, which says what they were made of."""
    import torch
    from safetensors.torch import save

    return bytes(save({"sentence": features.to(torch.float16)}, _made_of(texts, encoder)))


def _made_of(texts: Sequence[str], encoder: ClipEncoder) -> dict[str, str]:
    return {"text_fingerprint": encoder.text_fingerprint, "phrases": digest_of(texts)}


def _read_features(file: Path, texts: Sequence[str], encoder: ClipEncoder) -> Tensor | None:
    """What :func:`pack_features` put into a file; None where it cannot be read or was made of something else."""
    import torch
    from safetensors import SafetensorError, safe_open

    with suppress(OSError, SafetensorError), safe_open(file, "pt") as content:
        if content.metadata() == _made_of(texts, encoder):
            features: Tensor = content.get_tensor("sentence").to(torch.float32)
            return features if features.shape == (len(texts), encoder.dim) else None
    return None
