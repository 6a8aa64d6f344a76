"""How the file's tables grow with the app: numbered steps, each a transaction of its own.

To change a table, append a function to :data:`MIGRATIONS`; never edit one that was released. A step may rebuild tables:
foreign keys are off while it runs, and checked before it is committed.
"""

from __future__ import annotations

import functools
import secrets
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

# The tables of the project file, as each version made them; :mod:`spa_desktop.project.migrations` puts them to use.

APPLICATION_ID = 0x53504144  # "SPAD": `file` and SQLite tell a project from any other database by it

VERSION_1 = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
    """CREATE TABLE tasks (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL UNIQUE,
        position INTEGER NOT NULL,
        state TEXT NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'trained'))
    ) STRICT""",
    # AUTOINCREMENT: the learner knows a class by its id, so an id is never given away a second time.
    """CREATE TABLE classes (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL UNIQUE,
        task_id INTEGER NOT NULL REFERENCES tasks (id),
        state TEXT NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'described', 'trained', 'stale')),
        color INTEGER NOT NULL
    ) STRICT""",
    "CREATE INDEX classes_of_task ON classes (task_id)",
    """CREATE TABLE photos (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        class_id INTEGER NOT NULL REFERENCES classes (id) ON DELETE CASCADE,
        path TEXT NOT NULL,
        name TEXT NOT NULL,
        sha256 TEXT NOT NULL UNIQUE CHECK (length(sha256) = 64),
        split TEXT NOT NULL CHECK (split IN ('train', 'test')),
        width INTEGER NOT NULL CHECK (width > 0),
        height INTEGER NOT NULL CHECK (height > 0),
        size INTEGER NOT NULL CHECK (size > 0),
        is_set_aside INTEGER NOT NULL DEFAULT 0 CHECK (is_set_aside IN (0, 1)),
        exemplar INTEGER,
        is_learned INTEGER NOT NULL DEFAULT 0 CHECK (is_learned IN (0, 1))
    ) STRICT""",
    "CREATE INDEX photos_of_class ON photos (class_id)",
    # Apart from `photos`, so that listing photos reads no pictures.
    """CREATE TABLE thumbnails (
        photo_id INTEGER PRIMARY KEY REFERENCES photos (id) ON DELETE CASCADE,
        sha256 TEXT NOT NULL,
        blob BLOB NOT NULL
    ) STRICT""",
    """CREATE TABLE test_features (
        photo_id INTEGER PRIMARY KEY REFERENCES photos (id) ON DELETE CASCADE,
        fingerprint TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        blob BLOB NOT NULL
    ) STRICT""",
    """CREATE TABLE descriptions (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        class_id INTEGER NOT NULL REFERENCES classes (id) ON DELETE CASCADE,
        phrases TEXT NOT NULL,
        sentence TEXT NOT NULL,
        writer TEXT NOT NULL,
        model TEXT NOT NULL,
        instruction_version TEXT NOT NULL,
        is_approved INTEGER NOT NULL CHECK (is_approved IN (0, 1)),
        input_tokens INTEGER NOT NULL,
        output_tokens INTEGER NOT NULL,
        cost REAL,
        created TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX descriptions_of_class ON descriptions (class_id)",
    """CREATE TABLE description_cache (
        key TEXT PRIMARY KEY,
        document TEXT NOT NULL,
        created TEXT NOT NULL
    ) STRICT, WITHOUT ROWID""",
    # parent is no foreign key: it goes on naming a version that was dropped, so that an undo knows it is gone.
    """CREATE TABLE learners (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        parent INTEGER,
        created TEXT NOT NULL,
        task_id INTEGER REFERENCES tasks (id) ON DELETE SET NULL,
        class_ids TEXT NOT NULL,
        before TEXT NOT NULL,
        meta TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        blob BLOB NOT NULL
    ) STRICT""",
    # learner_id is no foreign key: an evaluation outlives the version of the learner that it measured.
    """CREATE TABLE evaluations (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        task_id INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
        learner_id INTEGER NOT NULL,
        created TEXT NOT NULL,
        document TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX evaluations_of_task ON evaluations (task_id)",
    """CREATE TABLE history (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        verb TEXT NOT NULL,
        at TEXT NOT NULL,
        app_version TEXT NOT NULL,
        summary TEXT NOT NULL,
        details TEXT NOT NULL
    ) STRICT""",
)

# What test photos were predicted as, as JSON lists. An answer goes with its evaluation and with its photo.
ANSWERS = (
    """CREATE TABLE answers (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        evaluation_id INTEGER NOT NULL REFERENCES evaluations (id) ON DELETE CASCADE,
        photo_id INTEGER NOT NULL REFERENCES photos (id) ON DELETE CASCADE,
        class_ids TEXT NOT NULL,
        probabilities TEXT NOT NULL,
        UNIQUE (evaluation_id, photo_id)
    ) STRICT""",
    "CREATE INDEX answers_of_photo ON answers (photo_id)",
)

# What the user said photos are, until it is learned. A photo of the project is named by its number, another by its
# path; a class of the project likewise, one that is to be made by its name. The photo's prediction is only shown:
# it is no foreign key, as that class may be deleted meanwhile.
CORRECTIONS = (
    """CREATE TABLE corrections (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        photo_id INTEGER UNIQUE REFERENCES photos (id) ON DELETE CASCADE,
        path TEXT UNIQUE,
        taken_for INTEGER,
        verdict TEXT NOT NULL CHECK (verdict IN ('class', 'aside', 'none')),
        class_id INTEGER REFERENCES classes (id) ON DELETE CASCADE,
        class_name TEXT,
        created TEXT NOT NULL,
        CHECK ((photo_id IS NULL) <> (path IS NULL)),
        CHECK ((verdict = 'class') = ((class_id IS NULL) <> (class_name IS NULL)))
    ) STRICT""",
    "CREATE INDEX corrections_of_class ON corrections (class_id)",
)

# How trainings went. A record goes with its task; learner_id is no foreign key: only the last two versions are kept.
TRAININGS = (
    """CREATE TABLE trainings (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        task_id INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
        learner_id INTEGER NOT NULL,
        created TEXT NOT NULL,
        notes TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX trainings_of_task ON trainings (task_id)",
)

# Photos that are sorted into classes to come, and how far that is: JSON texts by what they hold. They are no rows of
# their own, as each step of sorting changes any number of them, and none is looked up by itself.
SORTING = ("CREATE TABLE sorting (name TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT, WITHOUT ROWID",)

Migration = Callable[[sqlite3.Connection], None]


def _running(*statements: str) -> Migration:
    """A step that runs statements of SQL."""

    def step(connection: sqlite3.Connection) -> None:
        for statement in statements:
            connection.execute(statement)

    return step


def _stamp(connection: sqlite3.Connection) -> None:
    # Its only row once said which journal was the file's own. Nothing reads it any more.
    connection.execute("CREATE TABLE stamp (id INTEGER PRIMARY KEY CHECK (id = 1), value BLOB NOT NULL) STRICT")
    project_id = secrets.token_hex(16)
    connection.execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('project_id', ?)", (project_id,))
    stamp = b"SPAstamp" + bytes.fromhex(project_id) + bytes(48)
    connection.execute("INSERT INTO stamp (id, value) VALUES (1, ?)", (stamp,))


# Step n turns version n - 1 into version n; an empty file is version 0.
MIGRATIONS: tuple[Migration, ...] = (
    _running(f"PRAGMA application_id = {APPLICATION_ID}", *VERSION_1),
    _stamp,
    _running(*ANSWERS),
    _running(*CORRECTIONS),
    _running(*TRAININGS),
    # What a photo from outside was when it was corrected: a stranger's project could name any file of this computer.
    _running("ALTER TABLE corrections ADD COLUMN sha256 TEXT"),
    _running(*SORTING),
    # Where the thing is in a photo: a JSON list of left, top, right and bottom as shares of it. And when it was taken;
    # NULL in rows of earlier versions, which did not look.
    _running(
        *(f"ALTER TABLE {table} ADD COLUMN frame TEXT" for table in ("photos", "corrections")),
        "ALTER TABLE photos ADD COLUMN taken REAL",
    ),
)


def newest_version() -> int:
    """The version of the tables that this app writes."""
    return len(MIGRATIONS)


def file_version(connection: sqlite3.Connection) -> int:
    """The version of the tables in the file."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the file to the newest version, step by step. Killed in between, it stays at the last complete step.

    Raises sqlite3.Error if a step fails; the step is rolled back.
    """
    connection.execute("PRAGMA foreign_keys = OFF")
    for number in range(file_version(connection) + 1, newest_version() + 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            MIGRATIONS[number - 1](connection)
            if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
                raise sqlite3.IntegrityError(f"step {number} broke a reference between tables")
            connection.execute(f"PRAGMA user_version = {number}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


# Are the tables of a file those that the app makes? Compared in full whenever a file is opened.

# The two tables of statistics that ANALYZE makes are left out, by how they are built: an index may be called
# `sqlite_stat9` as well.
TABLES = (
    "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT 'CREATE TABLE sqlite_stat1(tbl,idx,stat)' "
    "AND sql IS NOT 'CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)'"
)

Entry = tuple[object, ...]


def wrong_tables(version: int, entries: Iterable[Entry]) -> Iterator[str]:
    """One line for each table or index that is missing, too many, or built in another way.

    The entries are what :data:`TABLES` gives of the file.
    """
    expected, actual = Counter(_model(MIGRATIONS, version)), Counter(entries)
    for name in dict.fromkeys(entry[1] for entry in (*(expected - actual), *(actual - expected))):
        # A name from the file may be anything.
        word = str(name)[:60] if str(name).isidentifier() else repr(name)[:60]
        yield f"the table or index {word} is not built as it should be"


def own_tables(entries: Iterable[Entry]) -> set[str]:
    """The names of those among the tables of a file that are built as some version of the app builds them."""
    ours = {entry for version in range(1, newest_version() + 1) for entry in _model(MIGRATIONS, version)}
    return {str(entry[1]) for entry in entries if entry[0] == "table" and entry in ours}


@functools.lru_cache(maxsize=16)
def _model(steps: tuple[Migration, ...], version: int) -> tuple[Entry, ...]:
    model = sqlite3.connect(":memory:", isolation_level=None)
    try:
        for step in steps[:version]:
            step(model)
        return tuple(model.execute(TABLES).fetchall())
    finally:
        model.close()
