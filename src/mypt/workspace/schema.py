"""The tables of a workspace, version by version; what was once released is never edited, only followed."""

APPLICATION_ID = int.from_bytes(b"MyPT", "big")
"""Stands in the header of the file, so that another program's database is not taken for ours."""

Migration = tuple[str, ...]
"""The statements that lead from one version to the next."""

_FIRST: Migration = (
    "CREATE TABLE settings (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID",
    "INSERT INTO settings VALUES ('revision', 0)",
    # A path is bytes: not every file name is text.
    """CREATE TABLE roots (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL UNIQUE,
        path BLOB NOT NULL UNIQUE,
        owner TEXT NOT NULL,
        readers TEXT NOT NULL
    )""",
    # Removed by name: not brought back by the next walk. A digest, so that the name itself is gone.
    """CREATE TABLE excluded (
        root INTEGER NOT NULL REFERENCES roots ON DELETE CASCADE,
        origin_sha256 TEXT NOT NULL,
        PRIMARY KEY (root, origin_sha256)
    ) WITHOUT ROWID""",
    # AUTOINCREMENT: a number never comes to mean another document or passage.
    """CREATE TABLE documents (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        root INTEGER NOT NULL REFERENCES roots ON DELETE CASCADE,
        origin TEXT NOT NULL UNIQUE,
        title TEXT NOT NULL,
        format TEXT NOT NULL,
        language TEXT NOT NULL,
        owner TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        n_bytes INTEGER NOT NULL,
        modified TEXT NOT NULL,
        file_state TEXT NOT NULL,
        read_by TEXT NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('ready', 'failed')),
        reason TEXT NOT NULL,
        detail TEXT NOT NULL,
        warnings TEXT NOT NULL,
        n_pages INTEGER NOT NULL,
        n_passages INTEGER NOT NULL
    )""",
    "CREATE INDEX documents_by_root ON documents (root)",
    """CREATE TABLE document_readers (
        principal TEXT NOT NULL,
        document INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE,
        PRIMARY KEY (principal, document)
    ) WITHOUT ROWID""",
    "CREATE INDEX document_readers_by_document ON document_readers (document)",
    """CREATE TABLE pages (
        document INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE,
        number INTEGER NOT NULL,
        label TEXT NOT NULL,
        text TEXT NOT NULL,
        boxes BLOB NOT NULL,
        UNIQUE (document, number)
    )""",
    """CREATE TABLE passages (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        document INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE,
        place INTEGER NOT NULL,
        page INTEGER NOT NULL,
        start INTEGER NOT NULL,
        end INTEGER NOT NULL,
        headings TEXT NOT NULL,
        language TEXT NOT NULL,
        UNIQUE (document, place)
    )""",
    "CREATE TABLE embedders (number INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE)",
    """CREATE TABLE vectors (
        embedder INTEGER NOT NULL REFERENCES embedders,
        passage INTEGER NOT NULL REFERENCES passages ON DELETE CASCADE,
        vector BLOB NOT NULL,
        PRIMARY KEY (embedder, passage)
    ) WITHOUT ROWID""",
    "CREATE INDEX vectors_by_passage ON vectors (passage)",
    # Passages come and go with their document alone, so these say all that may change an answer.
    """CREATE TRIGGER document_comes AFTER INSERT ON documents
        BEGIN UPDATE settings SET value = value + 1 WHERE name = 'revision'; END""",
    """CREATE TRIGGER document_goes AFTER DELETE ON documents
        BEGIN UPDATE settings SET value = value + 1 WHERE name = 'revision'; END""",
    """CREATE TRIGGER document_changes AFTER UPDATE OF owner, modified ON documents
        BEGIN UPDATE settings SET value = value + 1 WHERE name = 'revision'; END""",
    """CREATE TRIGGER reader_comes AFTER INSERT ON document_readers
        BEGIN UPDATE settings SET value = value + 1 WHERE name = 'revision'; END""",
    """CREATE TRIGGER reader_goes AFTER DELETE ON document_readers
        BEGIN UPDATE settings SET value = value + 1 WHERE name = 'revision'; END""",
)

MIGRATIONS: tuple[Migration, ...] = (_FIRST,)
"""The version of a file is how many of these were applied to it."""
