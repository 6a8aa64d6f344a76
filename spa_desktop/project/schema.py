"""The tables of the project file, as each version made them; :mod:`spa_desktop.project.migrations` puts them to use."""

from __future__ import annotations

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

# What test photos were taken for, as JSON lists. An answer goes with its evaluation and with its photo.
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

# What a person said photos are, until it is learned. A photo of the project is named by its number, another by its
# path; a class of the project likewise, one that is to be made by its name. What the photo was taken for is only shown:
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

# What a photo from outside was when it was corrected: a project from a stranger could name any file of this computer.
CORRECTED_CONTENT = "ALTER TABLE corrections ADD COLUMN sha256 TEXT"

# Its only row once told which journal was the file's own. Nothing reads it any more.
STAMP = "CREATE TABLE stamp (id INTEGER PRIMARY KEY CHECK (id = 1), value BLOB NOT NULL) STRICT"
