"""What a manifest counts comes from the tables."""

from pathlib import Path

from tests.corpus.corpora import corpus_of, essay


def test_documents_and_bytes_are_counted_by_what_they_are(tmp_path: Path) -> None:
    files = {"a.txt": essay("x"), "b.md": f"# {essay('y')}", "c.txt": essay("x"), "d.pdf": "x"}

    counts = corpus_of(tmp_path, files, source={"category": "code", "language": "en"}).manifest.counts

    assert counts["documents"] == 2
    assert counts["bytes"] == len(f"{essay('x')}\n{essay('y')}\n")
    assert {name: each["documents"] for name, each in counts["by_format"].items()} == {
        "markdown": 1,
        "text": 1,
    }
    assert list(counts["by_category"]) == ["code"]
    assert list(counts["by_language"]) == ["en"]
    assert counts["clusters"] == 1
    assert counts["dropped"] == {"exact duplicate": 1}
