"""Weights of open_clip's pairs and of timm's models: where they lie, how large they are, fetching them with progress.

They are on the Hugging Face hub; its cache is used, so that other programs share the files. The hub
is not asked for anything, not even for a size, before the user has agreed to a download.
"""

from __future__ import annotations

import contextlib
import io
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huggingface_hub import constants, hf_hub_download, snapshot_download, try_to_load_from_cache
from huggingface_hub.errors import RemoteEntryNotFoundError
from tqdm.auto import tqdm  # type: ignore[import-untyped]

from spa_desktop.errors import InputError, SpaError, innermost
from spa_desktop.keys import redact

# The Hugging Face hub: closed to every library of this process, but while something is fetched that was agreed to.
#
# open_clip, timm and transformers ask it by themselves: for sizes, tokenizers, newer versions, or to say who is asking.
# Importing this module closes it.

IS_FORBIDDEN = bool(constants.HF_HUB_OFFLINE)  # by the user, with HF_HUB_OFFLINE
_lock = threading.Lock()
_fetching = 0

# What the libraries look at before each request; the same as the environment variables, which are read at import only.
constants.HF_HUB_OFFLINE = True
constants.HF_HUB_DISABLE_TELEMETRY = True


@contextlib.contextmanager
def opened() -> Iterator[None]:
    """Let the libraries ask the hub until the block ends: for what the user agreed to fetch, and for nothing else."""
    global _fetching
    with _lock:
        _fetching += 1
        constants.HF_HUB_OFFLINE = IS_FORBIDDEN
    try:
        yield
    finally:
        with _lock:
            _fetching -= 1
            constants.HF_HUB_OFFLINE = IS_FORBIDDEN or _fetching == 0


@dataclass(frozen=True)
class ListedPair:
    """A pair that is shown as a choice. That it is here is asked without open_clip, whose import takes 200 MB."""

    title: str
    megabytes: int  # of float32 weights
    licence: str  # of the weights, by their makers; "" where these state none
    place: str  # on the hub, as open_clip has it


LISTED: Mapping[tuple[str, str], ListedPair] = {
    ("ViT-B-16", "laion400m_e32"): ListedPair(
        "CLIP ViT-B/16, LAION-400M (the paper's)", 599, "MIT", "timm/vit_base_patch16_clip_224.laion400m_e32/"
    ),
    ("ViT-B-32", "laion2b_s34b_b79k"): ListedPair(
        "CLIP ViT-B/32, LAION-2B: three times as fast as B/16", 605, "MIT", "laion/CLIP-ViT-B-32-laion2B-s34B-b79K/"
    ),
    ("ViT-B-16", "openai"): ListedPair("CLIP ViT-B/16, OpenAI", 599, "", "timm/vit_base_patch16_clip_224.openai/"),
    ("ViT-B-16", "datacomp_xl_s13b_b90k"): ListedPair(
        "CLIP ViT-B/16, DataComp-XL", 599, "MIT", "laion/CLIP-ViT-B-16-DataComp.XL-s13B-b90K/"
    ),
}
TIMM = "timm:"  # begins what stands for an architecture where a model is timm's
_DEFAULT_FILES = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")
# What a tokenizer and the form of a text tower lie in, and no weights; and which of them show that they are here.
_TEXT_FILES = ("*.json", "*.txt", "*.model")
_SIGNS = ("tokenizer_config.json", "tokenizer.json", "vocab.json", "vocab.txt", "spiece.model", "config.json")


@dataclass(frozen=True)
class DownloadOffer:
    """What a user agrees to, or not."""

    backbone: str  # its name
    architecture: str  # open_clip's name of its form, or a model of timm
    tag: str  # of the weights; "" if only what belongs to the architecture is missing
    repositories: tuple[str, ...]  # where all of it lies on the Hugging Face hub
    megabytes: int | None  # of the weights; None where that is not known

    @property
    def source(self) -> str:
        """The addresses, for the user."""
        return " and ".join(f"{constants.ENDPOINT}/{repository}" for repository in self.repositories)

    @property
    def size(self) -> str:
        """How much it is, for the user."""
        return "size not known" if self.megabytes is None else f"{self.megabytes} MB"


Consent = Callable[[DownloadOffer], bool]
AllowFile = Callable[[Path], bool]
Progress = Callable[[int, int], None]
Message = Callable[[str], None]


def cached_weights(architecture: str, tag: str) -> Path | None:
    """The weights of an open_clip pair if they are on this computer."""
    for repository, file in _candidates(architecture, tag):
        path = try_to_load_from_cache(repository, file)
        if isinstance(path, str):
            return Path(path)
    return None


def offered_download(architecture: str, tag: str) -> DownloadOffer | None:
    """What has to be downloaded before a backbone can be loaded; None if all of it is here. Asks nobody.

    The tag is "" where the weights are in a file of the user's own. Raises SpaError if the user's environment
    forbids to ask the hub; InputError if the pair has no file there.
    """
    name = f"{architecture}/{tag}" if tag and not architecture.startswith(TIMM) else architecture
    weights: tuple[str, ...] = ()
    if tag and cached_weights(architecture, tag) is None:
        weights = tuple(dict.fromkeys(repository for repository, _ in _candidates(architecture, tag)))
        if not all(weights):
            raise InputError(f"Backbone {name} has no weights to download: choose another")
    texts = tuple(
        repository
        for repository in _text_repositories(architecture)
        if not any(isinstance(try_to_load_from_cache(repository, file), str) for file in _SIGNS)
    )
    if not weights and not texts:
        return None
    if IS_FORBIDDEN:
        raise SpaError(f"Backbone {name} is not on this computer, and HF_HUB_OFFLINE forbids its download: unset it")
    listed = LISTED.get((architecture, tag)) if weights else None
    repositories = tuple(dict.fromkeys((*weights, *texts)))
    return DownloadOffer(name, architecture, tag if weights else "", repositories, listed.megabytes if listed else None)


def download(offer: DownloadOffer, on_progress: Callable[[int, int], None] | None = None) -> None:
    """Fetch what was offered and agreed to; an interrupted download goes on where it stopped.

    `on_progress` is called with the bytes done and the bytes in all; what it raises stops the download. Raises SpaError
    if the download failed.
    """
    stopped: list[Exception] = []

    class Bar(tqdm):  # type: ignore[misc]
        """Hands the hub's progress on instead of drawing it."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            kwargs.update(disable=False, file=io.StringIO())
            kwargs.pop("name", None)
            super().__init__(*args, **kwargs)

        def update(self, n: float | None = 1) -> Any:
            result = super().update(n)
            if on_progress is not None:
                try:
                    on_progress(int(self.n), int(self.total or 1e6 * (offer.megabytes or 0)))
                except Exception as error:
                    stopped.append(error)
                    raise
            return result

    try:
        with opened():
            if offer.tag:
                _fetch_weights(offer, Bar)
            for repository in _text_repositories(offer.architecture):
                if repository in offer.repositories:
                    snapshot_download(repository, allow_patterns=list(_TEXT_FILES))
    except Exception as error:  # the hub's client raises its HTTP library's own errors, which change by version
        if stopped:
            raise stopped[0] from None
        reason = " ".join(redact(innermost(error)).split())[:200]  # a proxy's address may hold a password
        raise SpaError(
            f"The download of {offer.backbone} from {constants.ENDPOINT} failed ({type(error).__name__}: {reason}): "
            "check network, HTTPS_PROXY and SSL_CERT_FILE, and try again, it goes on where it stopped"
        ) from error


def _fetch_weights(offer: DownloadOffer, bar: type) -> None:
    *others, last = _candidates(offer.architecture, offer.tag)
    for repository, file in others:
        try:
            hf_hub_download(repository, file, tqdm_class=bar)
        except RemoteEntryNotFoundError:
            continue
        return
    hf_hub_download(*last, tqdm_class=bar)


def _text_repositories(architecture: str) -> tuple[str, ...]:
    """Repositories of the tokenizer and of the form of the text tower, where open_clip has none of its own."""
    if architecture.startswith(TIMM):
        return ()
    import open_clip

    texts = (open_clip.get_model_config(architecture) or {}).get("text_cfg", {})
    return tuple(dict.fromkeys(filter(None, (texts.get("hf_tokenizer_name"), texts.get("hf_model_name")))))


def _candidates(architecture: str, tag: str) -> list[tuple[str, str]]:
    """The files that may hold a pair's weights, safetensors first."""
    if architecture.startswith(TIMM):
        import timm

        settings = timm.get_pretrained_cfg(tag)
        repository = (settings and settings.hf_hub_id) or ""
        return [(repository, file) for file in ("model.safetensors", "pytorch_model.bin")]
    if (listed := LISTED.get((architecture, tag))) is not None:
        place = listed.place
    else:
        import open_clip

        place = str(open_clip.get_pretrained_cfg(architecture, tag).get("hf_hub", ""))
    repository, _, file = place.rpartition("/")
    files = _DEFAULT_FILES if not file else (file.rsplit(".", 1)[0] + ".safetensors", file)
    return [(repository, candidate) for candidate in dict.fromkeys(files)]
