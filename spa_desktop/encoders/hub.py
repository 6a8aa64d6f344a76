"""The Hugging Face hub: closed to every library of this process, but while something is fetched that was agreed to.

open_clip, timm and transformers ask it by themselves: for sizes, tokenizers, newer versions, or to say who is asking.
Importing this module closes it.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from huggingface_hub import constants

IS_FORBIDDEN = bool(constants.HF_HUB_OFFLINE)  # by the person, with HF_HUB_OFFLINE
_lock = threading.Lock()
_fetching = 0

# What the libraries look at before each request; the same as the environment variables, which are read at import only.
constants.HF_HUB_OFFLINE = True
constants.HF_HUB_DISABLE_TELEMETRY = True


@contextlib.contextmanager
def opened() -> Iterator[None]:
    """Let the libraries ask the hub until the block ends: for what a person agreed to fetch, and for nothing else."""
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


def address(repository: str) -> str:
    """Where a repository lies, as it is shown to a person."""
    return f"{constants.ENDPOINT}/{repository}"
