"""From what the user writes behind `--provider` to a writer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from spa_desktop.descriptions.file_writer import SUFFIXES, FileWriter
from spa_desktop.descriptions.model import Writer
from spa_desktop.descriptions.offline_writer import OfflineWriter
from spa_desktop.descriptions.openai.openai_writer import OpenAIWriter
from spa_desktop.descriptions.openai.service import WriterOptions
from spa_desktop.descriptions.quality import shorten
from spa_desktop.errors import InputError

if TYPE_CHECKING:
    from spa_desktop.encoders.encoder import ClipEncoder


def writer_for(provider: str, encoder: ClipEncoder, options: WriterOptions | None = None) -> Writer:
    """The writer called `provider`, "offline" or "openai", or one that reads the file or folder of that name.

    The joint space of the project's backbone decides offline, its context bounds every text. Raises InputError if it is
    none of them, the file is malformed, nothing may be sent to the address in the options, or the backbone reads no
    texts.
    """
    encoder.require_texts()
    name = provider.strip().lower()
    if name == "offline":
        return OfflineWriter(encoder)
    if name == "openai":
        return OpenAIWriter(encoder.fits, options)
    try:
        path = Path(provider).expanduser()
        is_path = path.suffix.lower() in SUFFIXES or path.is_dir()
    except (OSError, RuntimeError):  # a name that is too long, a home that is not known
        is_path = False
    if is_path:
        return FileWriter(path, encoder.fits)
    kinds = ", ".join(SUFFIXES)
    raise InputError(f'Unknown provider "{shorten(provider, 300)}": use offline, openai, or a {kinds} file')
