"""Finished results of the bench, one small file each, so that an interrupted run can be taken up again."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from spa_desktop.errors import SpaError
from spa_desktop.paths import cache_dir

Json = dict[str, Any]


class ResultStore:
    """Results by everything that they depend on: encoder, photos, protocol, method and its settings."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = root if root is not None else cache_dir() / "bench"

    def get(self, key: Mapping[str, object]) -> Json | None:
        """The result kept under a key, or None. A broken file counts as none."""
        try:
            found = json.loads(self._path(key).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return found["result"] if isinstance(found, dict) and found.get("key") == _plain(key) else None

    def put(self, key: Mapping[str, object], result: Json) -> None:
        """Keep a result.

        Raises:
            SpaError: if the disk does not take it.
        """
        write_json(self._path(key), {"key": _plain(key), "result": result})

    def _path(self, key: Mapping[str, object]) -> Path:
        digest = hashlib.sha256(json.dumps(_plain(key), sort_keys=True).encode()).hexdigest()
        return self.root / f"{digest[:32]}.json"


def write_json(path: Path, value: Json) -> None:
    """Write a file that is there whole or not at all.

    Raises:
        SpaError: if it cannot be written.
    """
    unfinished: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, suffix=".tmp", encoding="utf-8", delete=False) as file:
            unfinished = Path(file.name)
            json.dump(value, file, indent=1, allow_nan=False)
        unfinished.replace(path)
    except OSError as error:
        raise SpaError(f"{path} cannot be written: {os.strerror(error.errno or 0)}") from None
    finally:
        if unfinished is not None:
            with suppress(OSError):  # it is gone where it got its name
                unfinished.unlink()


def _plain(key: Mapping[str, object]) -> Json:
    plain: Json = json.loads(json.dumps(key))
    return plain
