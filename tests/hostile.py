"""Names and texts that would do something, were they not shown as text, and a project that is full of them."""

import contextlib
import json
import re
import sqlite3
from collections.abc import Sequence
from pathlib import Path

FORGED = "spa-desktop: all is well"  # a line that would look like one of ours

# Texts that move the cursor, forge a line, or are mark-up.
ESCAPES = (
    f"a\x1b]0;owned\x07\n{FORGED}",
    "b\x1b[2J\x1b[H",
    "c\x9b2J\x85d",
    "e\r\x7f\x08\x00",
    "f\u202egpj.exe\u2066\u2028g",
    "[bold]h[/bold] [link=http://example.com]i[/link] :smile:",
)

# Names that a project may hold, as some version of the app could have stored them, though this one would not.
ODD_NAMES = (
    "f\u202egpj.exe\u2066g",
    "[bold]h[/bold] [link=http://example.com]i[/link] :smile:",
    "=x\u2069y",
    "[red]t\u202d[/red]",
)

UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def sql(file: Path, *statements: str | tuple[str, tuple[object, ...]]) -> list[tuple[object, ...]]:
    """Run statements, which may have values, as another program would, whatever the tables allow: rows of the last."""
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        whole = [(one,) if isinstance(one, str) else one for one in statements]
        return [connection.execute(*one).fetchall() for one in whole][-1]


def rename(project: Path, classes: Sequence[str], task: str) -> None:
    """Give the classes and the first task of a project other names, as only somebody with SQL can."""
    with sqlite3.connect(project) as connection:
        for class_id, name in zip(_ids(connection, "classes"), classes, strict=False):
            connection.execute("UPDATE classes SET name = ? WHERE id = ?", (name, class_id))
        connection.execute("UPDATE tasks SET name = ? WHERE id = ?", (task, _ids(connection, "tasks")[0]))
    connection.close()


def _ids(connection: sqlite3.Connection, table: str) -> list[int]:
    return [row[0] for row in connection.execute(f"SELECT id FROM {table} ORDER BY id")]


def markup(pipe: Path) -> tuple[str, ...]:
    """Six names that a window could take for something else than text; `pipe` is a file that must never be opened."""
    return (
        f"<img src='file:{pipe}'>Salt & pepper",
        f"<link rel='stylesheet' href='file:{pipe}'><b>b</b><a href='http://example.com'>c</a>",
        "<table><tr><td>&lt;d&gt;</td></tr></table>\u202ee",
        "W" * 255,
        "f\u2066g\u202ehΩ",
        "=i[*] שלום 👩\u200d🔬",
    )


def retell(project: Path, texts: Sequence[str]) -> None:
    """Make these texts the phrases of every class that is described, learned or not."""
    with sqlite3.connect(project) as connection:
        for class_id, phrases in connection.execute("SELECT class_id, phrases FROM descriptions").fetchall():
            known = json.loads(phrases) or [{"provenance": "edited"}]
            said = [{**known[n % len(known)], "text": text} for n, text in enumerate(texts)]
            connection.execute(
                "UPDATE descriptions SET phrases = ?, sentence = ?, model = ? WHERE class_id = ?",
                (json.dumps(said), texts[0], texts[1], class_id),
            )
        for learner, meta in connection.execute("SELECT id, meta FROM learners").fetchall():
            kept = json.loads(meta)
            kept["phrases"] = {key: [texts[n % len(texts)] for n in range(4)] for key in kept["phrases"]}
            connection.execute("UPDATE learners SET meta = ? WHERE id = ?", (json.dumps(kept), learner))
    connection.close()
