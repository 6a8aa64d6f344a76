"""Finished results of the bench, one small file each, so that an interrupted run can be taken up again."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spa_desktop.errors import SpaError
from spa_desktop.paths import cache_dir
from spa_desktop.plain_files import reason_of, write_own_file

Json = dict[str, Any]
EARLIER_RESULT = re.compile(rb'\{\n "dataset": "[^\n]*",\n "backbone": ')


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
    try:
        write_own_file(path, to_bytes(value))
    except OSError as error:
        raise SpaError(f"{path} cannot be written: {reason_of(error)}") from None


def to_bytes(value: Json) -> bytes:
    """A result as the content of a JSON file."""
    return json.dumps(value, indent=1, allow_nan=False).encode()


def _plain(key: Mapping[str, object]) -> Json:
    plain: Json = json.loads(json.dumps(key))
    return plain
