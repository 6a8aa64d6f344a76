"""Weights of open_clip's pairs: where they lie, how large they are, fetching them with progress.

Every pair of open_clip is on the Hugging Face hub; its cache is used, so that other programs share the files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import open_clip
from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url, try_to_load_from_cache
from huggingface_hub.constants import HF_HUB_OFFLINE
from huggingface_hub.errors import EntryNotFoundError
from open_clip.constants import HF_SAFE_WEIGHTS_NAME, HF_WEIGHTS_NAME
from tqdm.auto import tqdm  # type: ignore[import-untyped]

from spa_desktop.errors import InputError, SpaError

_DEFAULT_FILES = (HF_SAFE_WEIGHTS_NAME, HF_WEIGHTS_NAME)


@dataclass(frozen=True)
class DownloadOffer:
    """What a user agrees to, or not.

    Attributes:
        backbone: its name.
        repository, file: where it lies on the Hugging Face hub.
        bytes: exact size.
    """

    backbone: str
    repository: str
    file: str
    bytes: int

    @property
    def megabytes(self) -> int:
        return round(self.bytes / 1e6)

    @property
    def source(self) -> str:
        return f"huggingface.co/{self.repository}"


def cached_weights(architecture: str, tag: str) -> Path | None:
    """The weights of an open_clip pair if they are on this computer."""
    for repository, file in _candidates(architecture, tag):
        found = try_to_load_from_cache(repository, file)
        if isinstance(found, str):
            return Path(found)
    return None


def offered_download(architecture: str, tag: str) -> DownloadOffer:
    """Ask the server for the size of an open_clip pair's weights.

    Raises:
        SpaError: if the server cannot be reached.
        InputError: if the pair has no file there.
    """
    name = f"{architecture}/{tag}"
    if HF_HUB_OFFLINE:
        raise SpaError(f"Backbone {name} is not on this computer, and HF_HUB_OFFLINE forbids its download: unset it")
    for repository, file in _candidates(architecture, tag):
        try:
            size = get_hf_file_metadata(hf_hub_url(repository, file)).size
        except EntryNotFoundError:
            continue
        except Exception as error:  # the hub's client raises its HTTP library's own errors, which change by version
            raise SpaError(
                f"Backbone {name} is not on this computer and {repository} cannot be reached "
                f"({type(error).__name__}): go online, or use spa-lite"
            ) from error
        return DownloadOffer(name, repository, file, int(size or 0))
    raise InputError(f"Backbone {name} has no weights to download: choose another")


def download_weights(offer: DownloadOffer, on_progress: Callable[[int, int], None] | None = None) -> Path:
    """Fetch what was offered; an interrupted download goes on where it stopped.

    Args:
        offer: what the user agreed to.
        on_progress: is told the bytes done and the bytes in all; what it raises stops the download.

    Raises:
        SpaError: if the download failed.
    """
    stopped: list[Exception] = []

    class Bar(tqdm):  # type: ignore[misc]
        """Hands the hub's progress on instead of drawing it."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            kwargs.update(disable=False, file=_Nowhere())
            kwargs.pop("name", None)
            super().__init__(*args, **kwargs)

        def update(self, n: float | None = 1) -> Any:
            result = super().update(n)
            if on_progress is not None:
                try:
                    on_progress(int(self.n), int(self.total or offer.bytes))
                except Exception as error:
                    stopped.append(error)
                    raise
            return result

    try:
        return Path(hf_hub_download(offer.repository, offer.file, tqdm_class=Bar))
    except Exception as error:  # as above: the errors of the HTTP library underneath
        if stopped:
            raise stopped[0] from None
        raise SpaError(
            f"The download of {offer.backbone} failed ({type(error).__name__}): try again, it goes on where it stopped"
        ) from error


class _Nowhere:
    """A file that keeps nothing: the caller draws its own bar."""

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None:
        return None


def _candidates(architecture: str, tag: str) -> Iterator[tuple[str, str]]:
    """The files that may hold a pair's weights, safetensors first."""
    place = str(open_clip.get_pretrained_cfg(architecture, tag).get("hf_hub", ""))
    repository, _, file = place.rpartition("/")
    files = _DEFAULT_FILES if not file else (file.rsplit(".", 1)[0] + ".safetensors", file)
    for candidate in dict.fromkeys(files):
        yield repository, candidate
