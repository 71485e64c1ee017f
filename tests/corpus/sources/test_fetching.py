"""The table of a source's files, and its evidence."""

from pathlib import Path

from mypt.corpus.sources.fetching import Job, Origin, read_origins, write_origins
from mypt.files import sha256_bytes


def test_the_table_is_written_by_path_and_read_as_it_was(tmp_path: Path) -> None:
    rows = [Origin("b.md", "MIT", "https://h/b", "LICENSE", "Über"), Origin("a.md")]

    write_origins(tmp_path, rows)

    assert list(read_origins(tmp_path)) == rows[::-1]


def test_evidence_is_listed_by_path_with_its_digest(tmp_path: Path) -> None:
    job = Job(tmp_path, tmp_path)
    for name in ("b/LICENSE", "a"):
        (job.evidence / name).parent.mkdir(parents=True, exist_ok=True)
        (job.evidence / name).write_bytes(name.encode())

    assert [(item.path, item.sha256) for item in job.evidence_found()] == [
        ("evidence/a", sha256_bytes(b"a")),
        ("evidence/b/LICENSE", sha256_bytes(b"b/LICENSE")),
    ]
