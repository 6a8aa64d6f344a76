"""What hangs together in a project of which parts are lost: mended, so that the rest can be worked with."""

from __future__ import annotations

import io
import json
import re
import secrets
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from spa_desktop.errors import InputError
from spa_desktop.project.class_names import clean_name, sha256
from spa_desktop.project.documents import CLASS_IDS, from_json
from spa_desktop.project.transaction import now
from spa_desktop.version import __version__

PROPERTIES = {
    "backbone": "spa-lite",
    "fingerprint": "",
    "seed": "0",
    "created": "",
    "app_version": "",
    "project_id": "",
}
_TASK = "Recovered"
_SPLITS = ("train", "test")


def mend(connection: sqlite3.Connection) -> list[str]:
    """Mend a file whose rows are whole, each for itself. Gives a line for each thing that was done."""
    notes = [
        *_properties(connection),
        *_classes(connection),
        *_photos(connection),
        *_descriptions(connection),
        *_learner(connection),
        *_corrections(connection),
    ]
    _states(connection)
    connection.execute(
        "INSERT INTO history (verb, at, app_version, summary, details) VALUES ('recover', ?, ?, '', '{}')",
        (now(), __version__),
    )
    return notes


def _properties(connection: sqlite3.Connection) -> Iterator[str]:
    found = dict(connection.execute("SELECT name, value FROM meta").fetchall())
    if not re.fullmatch("[0-9a-f]{32}", found.get("project_id", "")):
        found["project_id"] = secrets.token_hex(16)
    if not re.fullmatch("-?[0-9]{1,18}", found.get("seed", "")):
        found["seed"] = PROPERTIES["seed"]
    if "fingerprint" not in found:
        # The features of the test photos know which encoder made them.
        prints = connection.execute("SELECT DISTINCT fingerprint FROM test_features").fetchall()
        if len(prints) == 1:
            found["fingerprint"] = prints[0][0]
        else:
            yield from _forget(connection, "it is not known which encoder it was learned with")
    if "backbone" not in found:
        yield f"the name of the backbone is lost: {PROPERTIES['backbone']} is taken"
    values = {**PROPERTIES, "created": now(), "app_version": __version__, **found}
    connection.executemany("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", values.items())


def _classes(connection: sqlite3.Connection) -> Iterator[str]:
    """Photos without their class get one again, named like their folder; classes without their task, a new task."""
    lost = connection.execute(
        "SELECT class_id, path FROM photos WHERE class_id NOT IN (SELECT id FROM classes)"
    ).fetchall()
    task = None
    if lost or connection.execute("SELECT 1 FROM classes WHERE task_id NOT IN (SELECT id FROM tasks)").fetchone():
        task = connection.execute(
            "INSERT INTO tasks (name, position) VALUES (?, (SELECT ifnull(max(position), -1) + 1 FROM tasks))",
            (_free(connection, "tasks", _TASK),),
        ).lastrowid
    for class_id in dict.fromkeys(row[0] for row in lost):
        name = _free(connection, "classes", _folder([path for key, path in lost if key == class_id]))
        connection.execute(
            "INSERT INTO classes (id, name, task_id, color) VALUES (?, ?, ?, (SELECT count(*) FROM classes))",
            (class_id, name, task),
        )
        yield f"the name of a class is lost: {name!r} is named like the folder of its photos"
    orphans = connection.execute(
        "UPDATE classes SET task_id = ? WHERE task_id NOT IN (SELECT id FROM tasks)", (task,)
    ).rowcount
    if orphans:
        yield f"the task of {orphans} classes is lost: they are in a new one"
    for position, (key,) in enumerate(connection.execute("SELECT id FROM tasks ORDER BY position, id").fetchall()):
        connection.execute("UPDATE tasks SET position = ? WHERE id = ?", (position, key))


def _photos(connection: sqlite3.Connection) -> Iterator[str]:
    for table in ("thumbnails", "test_features"):
        connection.execute(f"DELETE FROM {table} WHERE photo_id NOT IN (SELECT id FROM photos)")
    bare = connection.execute("SELECT id FROM photos WHERE id NOT IN (SELECT photo_id FROM thumbnails)").fetchall()
    if bare:
        picture = _no_picture()
        connection.executemany(
            "INSERT INTO thumbnails (photo_id, sha256, blob) VALUES (?, ?, ?)",
            [(key, sha256(picture), picture) for (key,) in bare],
        )
        yield f"the small pictures of {len(bare)} photos are lost: they are grey"
    connection.execute("UPDATE photos SET exemplar = NULL WHERE split = 'test' OR is_set_aside")


def _descriptions(connection: sqlite3.Connection) -> Iterator[str]:
    connection.execute("DELETE FROM descriptions WHERE class_id NOT IN (SELECT id FROM classes)")
    photos = {row[0] for row in connection.execute("SELECT id FROM photos")}
    for key, text in connection.execute("SELECT id, phrases FROM descriptions").fetchall():
        phrases = json.loads(text)
        for phrase in phrases:
            phrase["support"] = [one for one in phrase.get("support", ()) if one["photo_id"] in photos]
        connection.execute("UPDATE descriptions SET phrases = ? WHERE id = ?", (json.dumps(phrases), key))
    yield from ()


def _learner(connection: sqlite3.Connection) -> Iterator[str]:
    """The newest version of what was learned is current, and must know no class that is lost."""
    connection.execute("UPDATE learners SET task_id = NULL WHERE task_id NOT IN (SELECT id FROM tasks)")
    connection.execute("DELETE FROM learners WHERE id NOT IN (SELECT id FROM learners ORDER BY id DESC LIMIT 2)")
    for table in ("evaluations", "trainings"):
        connection.execute(f"DELETE FROM {table} WHERE task_id NOT IN (SELECT id FROM tasks)")
    connection.execute(
        "DELETE FROM answers WHERE evaluation_id NOT IN (SELECT id FROM evaluations)"
        " OR photo_id NOT IN (SELECT id FROM photos)"
    )
    there = {row[0] for row in connection.execute("SELECT id FROM classes")}
    newest = connection.execute("SELECT class_ids FROM learners ORDER BY id DESC LIMIT 1").fetchone()
    trained = connection.execute("SELECT 1 FROM classes WHERE state IN ('trained', 'stale')").fetchone()
    if newest is None:
        if trained is not None:
            yield from _forget(connection, "it cannot be read")
        return
    known = _known(newest[0])
    is_measured = "SELECT 1 FROM evaluations WHERE learner_id > (SELECT max(id) FROM learners)"
    wanted = {row[0] for row in connection.execute("SELECT id FROM classes WHERE state IN ('trained', 'stale')")}
    if not known <= there:
        yield from _forget(connection, "it knows a class that is lost")
    elif not wanted <= known or connection.execute(is_measured).fetchone() is not None:
        yield from _forget(connection, "the last version of it is lost")


def _corrections(connection: sqlite3.Connection) -> Iterator[str]:
    connection.execute(
        "DELETE FROM corrections WHERE photo_id NOT IN (SELECT id FROM photos)"
        " OR class_id NOT IN (SELECT id FROM classes)"
    )
    yield from ()


def _forget(connection: sqlite3.Connection, why: str) -> Iterator[str]:
    for table in ("answers", "evaluations", "trainings", "learners"):
        connection.execute(f"DELETE FROM {table}")
    connection.execute("UPDATE photos SET is_learned = 0")
    yield f"what was learned is not saved, as {why}: train again"


def _states(connection: sqlite3.Connection) -> None:
    """The states of classes and tasks, from what is there."""
    newest = connection.execute("SELECT class_ids FROM learners ORDER BY id DESC LIMIT 1").fetchone()
    known = _known(newest[0]) if newest else set()
    described = {row[0] for row in connection.execute("SELECT class_id FROM descriptions")}
    for key, state in connection.execute("SELECT id, state FROM classes").fetchall():
        if key in known:
            now_state = state if state in ("trained", "stale") else "stale"
        else:
            now_state = "described" if key in described else "new"
            connection.execute("UPDATE photos SET is_learned = 0 WHERE class_id = ?", (key,))
        connection.execute("UPDATE classes SET state = ? WHERE id = ?", (now_state, key))
    connection.execute(
        "UPDATE tasks SET state = iif(id IN (SELECT task_id FROM classes)"
        " AND id NOT IN (SELECT task_id FROM classes WHERE state IN ('new', 'described')), 'trained', 'new')"
    )


def _known(text: str) -> set[int]:
    ids = from_json(CLASS_IDS, text)
    return set(ids)


def _folder(paths: list[str]) -> str:
    """The folder that most of these photos lie in; the one above it where that only says what they are for."""
    names = []
    for path in paths:
        parent = Path(path).parent
        names.append((parent.parent if parent.name.lower() in _SPLITS else parent).name)
    return Counter(names).most_common(1)[0][0]


def _free(connection: sqlite3.Connection, table: str, wanted: str) -> str:
    try:
        wanted = clean_name(wanted)[:200]
    except InputError:
        wanted = _TASK
    taken = {row[0] for row in connection.execute(f"SELECT name FROM {table}")}
    number, name = 2, wanted
    while name in taken:
        number, name = number + 1, f"{wanted} {number}"
    return name


def _no_picture() -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (160, 120), "grey").save(buffer, "JPEG")
    return buffer.getvalue()
