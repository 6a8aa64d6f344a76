"""What is wrong with one row of a table: its columns, the documents in them, and its bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter
from safetensors import SafetensorError, deserialize

from spa_desktop.project.checksums import sha256
from spa_desktop.project.documents import (
    ANY,
    BEFORE,
    CLASS_IDS,
    OBJECT,
    PHRASES,
    PROBABILITIES,
    STAGE,
    from_json,
    looks_like_key,
)
from spa_desktop.project.project_failures import said
from spa_desktop.project.records import Correction, TestAnswer
from spa_desktop.project.rows import ROW_KINDS
from spa_desktop.project.training_notes import TRAINING

# Tables with bytes, and the column that their rows are known by.
BLOBS = {"thumbnails": "photo_id", "test_features": "photo_id", "learners": "id"}
KEYS = {**BLOBS, "meta": "name", "settings": "name", "description_cache": "key"}
_DOCUMENTS: Mapping[str, Mapping[str, TypeAdapter[Any]]] = {
    "settings": {"value": ANY},
    "description_cache": {"document": ANY},
    "descriptions": {"phrases": PHRASES},
    "learners": {"class_ids": CLASS_IDS, "before": BEFORE, "meta": OBJECT},
    "evaluations": {"document": STAGE},
    "answers": {"class_ids": CLASS_IDS, "probabilities": PROBABILITIES},
    "trainings": {"notes": TRAINING},
    "history": {"details": OBJECT},
}


def row_faults(table: str, name: object, row: tuple[Any, ...]) -> Iterator[str]:
    """One line for each fault.

    Args:
        table: its name.
        name: of the row.
        row: as the table's :data:`~spa_desktop.project.rows.ROW_KINDS` has it.
    """
    kind = ROW_KINDS[table]
    fault = kind.fault(row)
    if fault is not None:
        yield fault
        return
    documents = {}
    for column, adapter in _DOCUMENTS.get(table, {}).items():
        text = kind.value(row, column)
        where = f"{table} {said(name)}: {column}"
        try:
            documents[column] = from_json(adapter, text)
        except ValueError as error:
            yield f"{where} is not valid: {said(error)}"
        if looks_like_key(text):
            yield f"{where} holds what looks like an API key"
    # SQLite tells of no constraint that is broken where a file is opened for reading only.
    if table == "corrections" and not Correction(*row).is_consistent:
        yield f"corrections {said(name)} contradicts itself"
    if (
        table == "answers"
        and documents.keys() == _DOCUMENTS[table].keys()
        and not TestAnswer(0, **documents).is_consistent
    ):
        yield f"answers {said(name)}: not every class has its probability"
    if table in BLOBS:
        yield from _blob_faults(f"{table} {name}", *row[-2:])


def _blob_faults(what: str, checksum: str, blob: bytes) -> Iterator[str]:
    if sha256(blob) != checksum:
        yield f"{what} does not match its checksum"
    elif what.startswith("thumbnails"):
        if not blob.startswith(b"\xff\xd8\xff"):
            yield f"{what} is no JPEG"
    else:
        try:
            deserialize(blob)  # type: ignore[no-untyped-call]
        except SafetensorError as error:
            yield f"{what} holds no tensors: {said(error)}"
