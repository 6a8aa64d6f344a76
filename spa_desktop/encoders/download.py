"""Weights of open_clip's pairs and of timm's models: where they lie, how large they are, fetching them with progress.

They are on the Hugging Face hub, and so are the repositories that ``hf-hub:OWNER/NAME`` names. The
hub's cache is used, so that other programs share the files. The hub is not asked for anything, not even for a size,
before the user has agreed to a download.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huggingface_hub import (
    constants,
    get_hf_file_metadata,
    hf_hub_download,
    hf_hub_url,
    snapshot_download,
    try_to_load_from_cache,
)
from huggingface_hub.errors import HFValidationError, RemoteEntryNotFoundError, RepositoryNotFoundError
from huggingface_hub.file_download import http_get, repo_folder_name
from huggingface_hub.utils import (  # type: ignore[attr-defined]
    WeakFileLock,
    build_hf_headers,
    logging,
    validate_repo_id,
)
from tqdm.auto import tqdm  # type: ignore[import-untyped]

from spa_desktop.errors import InputError, SpaError, innermost
from spa_desktop.keys import redact
from spa_desktop.plain_files import reason_of
from spa_desktop.visible import QT_TRANSLATE_NOOP

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
constants.DOWNLOAD_CHUNK_SIZE = 2**20  # bytes that a cut may cost; 10 MB would come anew with each
logging.set_verbosity_error()  # type: ignore[no-untyped-call]  # of each attempt it would say a line


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
HUB, FOLDER = "hf-hub:", "local-dir:"  # how open_clip begins the names of a repository and of a copy of one
CONFIG = "open_clip_config.json"
TIMM = "timm:"  # begins what stands for an architecture where a model is timm's
_DEFAULT_FILES = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")
# What a tokenizer and the form of a tower lie in, and no weights. The last is fetched last: it shows that all are here.
_TEXT_FILES, _LAST = ["*.json", "*.txt", "*.model"], "tokenizer_config.json"


@dataclass(frozen=True)
class DownloadOffer:
    """What a user agrees to, or not."""

    backbone: str  # its name
    weights: tuple[tuple[str, str], ...]  # repository and file, the first that exists is taken; () if they are here
    texts: tuple[str, ...]  # repositories of tokenizers, and of the form of towers
    megabytes: int | None  # of the weights; None where that is not known
    licence: str | None = None  # of the weights, "" where their makers state none; None where that is not known

    @property
    def repositories(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*(repository for repository, _ in self.weights), *self.texts)))

    @property
    def source(self) -> str:
        """The addresses, for the user."""
        return " and ".join(f"{constants.ENDPOINT}/{repository}" for repository in self.repositories)

    @property
    def terms(self) -> str:
        """How much it is, and its licence, for the user."""
        size = "size not known" if self.megabytes is None else f"{self.megabytes} MB"
        return f"{size}, licence {'not known: read its page' if self.licence is None else self.licence or 'not stated'}"


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


def hub_folder(repository: str, file: str = CONFIG) -> Path | None:
    """Where the cache has a repository with that file, which says what model of open_clip it is; None if it has not."""
    path = try_to_load_from_cache(repository, file)
    return Path(path).parent if isinstance(path, str) else None


def tokenizer_folder(folder: Path | None, repository: str) -> Path | None:
    """Where a tokenizer lies: beside the weights, whose it is then; else where the cache has the repository."""
    return folder if folder is not None and _has_tokenizer(folder) else hub_folder(repository, _LAST)


def _has_tokenizer(folder: Path) -> bool:
    return (folder / _LAST).is_file() and any((folder / file).is_file() for file in ("tokenizer.json", "vocab.txt"))


def offered_download(architecture: str, tag: str, folder: Path | None = None) -> DownloadOffer | None:
    """What has to be downloaded before a backbone can be loaded; None if all of it is here. Asks nobody.

    The architecture may also be ``hf-hub:OWNER/NAME`` or ``local-dir:FOLDER``, without a tag. It has none either where
    the weights are in a file of the user's own, which lies in `folder`. Raises SpaError if the user's environment
    forbids to ask the hub; InputError if the pair has no file there, or the repository's configuration is damaged.
    """
    name = f"{architecture}/{tag}" if tag and not architecture.startswith(TIMM) else architecture
    weights: tuple[tuple[str, str], ...] = ()
    if (tag or architecture.startswith(HUB)) and cached_weights(architecture, tag) is None:
        weights = tuple(_candidates(architecture, tag))
        if not all(repository for repository, _ in weights):
            raise InputError(
                QT_TRANSLATE_NOOP("errors", "Backbone {name} has no weights to download: choose another"), name=name
            )
    texts = tuple(
        repository
        for repository in _text_repositories(architecture, folder)
        if try_to_load_from_cache(repository, _LAST) is None
        or (architecture == HUB + repository and hub_folder(repository) is None)
    )
    if not weights and not texts:
        return None
    if IS_FORBIDDEN:
        text = QT_TRANSLATE_NOOP(
            "errors", "Backbone {name} is not on this computer, and HF_HUB_OFFLINE forbids its download: unset it"
        )
        raise SpaError(text, name=name)
    of_place = {listed.place: listed for listed in LISTED.values()}
    listed = of_place.get(f"{weights[0][0]}/") if weights else None
    return DownloadOffer(name, weights, texts, listed.megabytes if listed else None, listed.licence if listed else None)


def download(offer: DownloadOffer, on_progress: Callable[[int, int], None] | None = None) -> None:
    """Fetch what was offered and agreed to; an interrupted download goes on where it stopped.

    `on_progress` is called with the bytes done and the bytes in all; what it raises stops the download. Raises SpaError
    if the download failed or cannot be kept; InputError if the repository does not exist or has no model of open_clip.
    """
    stopped: list[Exception] = []

    class Quiet(tqdm):  # type: ignore[misc]
        """Draws nothing."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            kwargs.update(disable=False, file=io.StringIO())
            kwargs.pop("name", None)
            super().__init__(*args, **kwargs)

    class Bar(Quiet):
        """Hands the hub's progress on."""

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
            for repository in offer.texts:
                snapshot_download(repository, allow_patterns=_TEXT_FILES, ignore_patterns=_LAST, tqdm_class=Quiet)
                with contextlib.suppress(RemoteEntryNotFoundError):  # which the cache notes as well
                    hf_hub_download(repository, _LAST)
                if offer.backbone == HUB + repository and hub_folder(repository) is None:
                    text = QT_TRANSLATE_NOOP("errors", "{path} has no {name}: it is no model of open_clip")
                    raise InputError(text, path=f"{constants.ENDPOINT}/{repository}", name=CONFIG)
            _fetch_weights(offer.weights, Bar)
    except SpaError:
        raise
    except RepositoryNotFoundError as error:
        text = QT_TRANSLATE_NOOP(
            "errors",
            "{path} does not exist or is closed: check the name; where its page asks for an agreement, agree there, "
            "and set HF_TOKEN",
        )
        raise InputError(text, path=offer.source) from error
    except Exception as error:  # the hub's client raises its HTTP library's own errors, which change by version
        if stopped:
            raise stopped[0] from None
        if isinstance(error, OSError) and error.errno:  # none of the client's own has a number
            text = QT_TRANSLATE_NOOP(
                "errors",
                "Backbone {name} cannot be written to {path} ({reason}): make room or name another folder with "
                "HF_HOME, and try again, it goes on where it stopped",
            )
            raise SpaError(text, name=offer.backbone, path=constants.HF_HUB_CACHE, reason=reason_of(error)) from error
        reason = " ".join(redact(innermost(error)).split())[:200]  # a proxy's address may hold a password
        text = QT_TRANSLATE_NOOP(
            "errors",
            "The download of {name} from {host} failed ({reason}): check network, HTTPS_PROXY and SSL_CERT_FILE, and "
            "try again, it goes on where it stopped",
        )
        reason = f"{type(error).__name__}: {reason}"
        raise SpaError(text, name=offer.backbone, host=constants.ENDPOINT, reason=reason) from error


def _fetch_weights(candidates: tuple[tuple[str, str], ...], bar: type) -> None:
    for repository, file in candidates:
        with contextlib.suppress(RemoteEntryNotFoundError):
            _fetch_file(repository, file, bar)
            return
    for repository, _ in candidates[:1]:
        text = QT_TRANSLATE_NOOP("errors", "{path} has no {names}: choose another backbone")
        names = " and no ".join(file for _, file in candidates)
        raise InputError(text, path=f"{constants.ENDPOINT}/{repository}", names=names)


def _fetch_file(repository: str, file: str, bar: type) -> None:
    """Download a large file into the hub's cache.

    The hub's own client begins anew whenever it is called (huggingface_hub 2), and does not look at checksums.
    """
    metadata = get_hf_file_metadata(hf_hub_url(repository, file))
    if re.fullmatch("[0-9a-f]{64}", checksum := metadata.etag or ""):  # sha256, of all files in Git LFS
        cache, name = Path(constants.HF_HUB_CACHE), repo_folder_name(repo_id=repository, repo_type="model")
        blob, lock = cache / name / "blobs" / checksum, cache / ".locks" / name / f"{checksum}.lock"
        for folder in (blob.parent, lock.parent):
            folder.mkdir(parents=True, exist_ok=True)
        with WeakFileLock(lock):
            if not blob.exists():
                partial = blob.with_suffix(".incomplete")
                with partial.open("ab") as stream:
                    if stream.tell() > (metadata.size or stream.tell()):  # of something else: the end would never fit
                        stream.truncate(0)
                        stream.seek(0)
                    http_get(
                        hf_hub_url(repository, file, revision=metadata.commit_hash),
                        stream,
                        resume_size=stream.tell(),
                        headers=build_hf_headers(),
                        expected_size=metadata.size,
                        tqdm_class=bar,
                    )
                with partial.open("rb") as stream:
                    is_right = hashlib.file_digest(stream, "sha256").hexdigest() == checksum
                if not is_right:
                    partial.unlink()
                    text = QT_TRANSLATE_NOOP(
                        "errors",
                        "{file} came from {path} with the wrong checksum, and was deleted: try again, and if it stays "
                        "so, by another network or without the proxy",
                    )
                    raise SpaError(text, file=file, path=f"{constants.ENDPOINT}/{repository}")
                partial.replace(blob)
    hf_hub_download(repository, file, tqdm_class=bar)  # finds it, and gives it its name


def read_text_config(architecture: str) -> dict[str, Any]:
    """What open_clip, or the configuration in a ``local-dir:FOLDER``, says of the text tower of an architecture.

    Raises InputError if the configuration is missing or damaged.
    """
    import open_clip

    try:
        config = open_clip.get_model_config(architecture)
        texts: dict[str, Any] = dict(config["text_cfg"])
        named = [texts[key] for key in ("hf_tokenizer_name", "hf_model_name") if texts.get(key)]
        # timm would look at the address, or at the folder, that stands behind a colon.
        if not all(map(is_repository, named)) or ":" in config["vision_cfg"].get("timm_model_name", ""):
            raise ValueError("it names something else than a repository or a model")
    except Exception as error:  # whatever stands in the file
        folder = architecture.removeprefix(FOLDER)
        text = QT_TRANSLATE_NOOP("errors", "{path} has no {name} that can be read: copy the whole repository there")
        raise InputError(text, path=folder, name=CONFIG) from error
    return texts


def is_repository(name: str) -> bool:
    """Whether the hub may have a repository of that name."""
    try:
        validate_repo_id(name)
    except HFValidationError:
        return False
    return True


def _text_repositories(architecture: str, folder: Path | None) -> tuple[str, ...]:
    """Repositories of the tokenizer and of the form of the text tower, where open_clip and the folder have none."""
    if architecture.startswith(TIMM):
        return ()
    repositories: list[str | None] = []
    if architecture.startswith(HUB):
        repositories = [architecture.removeprefix(HUB)]
        folder = hub_folder(architecture.removeprefix(HUB))
        if folder is None:
            return (architecture.removeprefix(HUB),)
        architecture = f"{FOLDER}{folder}"
    texts = read_text_config(architecture)
    if folder is None or not _has_tokenizer(folder):
        repositories.append(texts.get("hf_tokenizer_name"))
    return tuple(dict.fromkeys(filter(None, (*repositories, texts.get("hf_model_name")))))


def _candidates(architecture: str, tag: str) -> list[tuple[str, str]]:
    """The files that may hold a pair's weights, safetensors first."""
    if architecture.startswith(TIMM):
        import timm

        settings = timm.get_pretrained_cfg(tag)
        repository = (settings and settings.hf_hub_id) or ""
        return [(repository, file) for file in ("model.safetensors", "pytorch_model.bin")]
    if (listed := LISTED.get((architecture, tag))) is not None:
        place = listed.place
    elif architecture.startswith(HUB):
        place = f"{architecture.removeprefix(HUB)}/"
    else:
        import open_clip

        place = str(open_clip.get_pretrained_cfg(architecture, tag).get("hf_hub", ""))
    repository, _, file = place.rpartition("/")
    files = _DEFAULT_FILES if not file else (file.rsplit(".", 1)[0] + ".safetensors", file)
    return [(repository, candidate) for candidate in dict.fromkeys(files)]
