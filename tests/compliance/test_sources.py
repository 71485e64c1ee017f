"""What is known of a source comes from the recipe and the sealed fetch, and from nowhere else."""

from pathlib import Path

import pytest

from mypt.compliance.sources import Evidence, read_sources, unrecorded
from mypt.errors import ManifestMismatch
from tests.compliance.samples import PIN, manuals, seal_corpus, seal_source

ROW = {"kind": "git", "name": "manuals", "licence": "MIT", "path": "/home/somebody/manuals"}


def test_the_recipe_says_what_a_source_is_and_no_local_path_gets_out(tmp_path: Path) -> None:
    corpus = seal_corpus(tmp_path / "corpus", manuals(), [ROW], sources={"manuals": "d" * 64})

    facts = read_sources(corpus)["manuals"]

    assert (facts.kind, facts.licence, facts.title, facts.digest) == ("git", "MIT", "manuals", "d" * 64)
    assert "somebody" not in repr(facts)


def test_a_sealed_fetch_gives_revision_address_and_evidence(tmp_path: Path) -> None:
    source = seal_source(tmp_path / "source")
    corpus = seal_corpus(tmp_path / "corpus", manuals(), [ROW], inputs=[source])

    facts = read_sources(corpus)["manuals"]

    assert facts.revision == PIN["revision"]
    assert facts.origin == "https://example.org/manuals.git"
    assert facts.evidence == (Evidence("evidence/COPYING", "ab" * 32),)
    assert facts.notes == ("no signature was checked",)
    assert facts.digest == source.digest


def test_a_fetch_that_was_replaced_is_no_source_of_this_corpus(tmp_path: Path) -> None:
    source = seal_source(tmp_path / "source")
    corpus = seal_corpus(tmp_path / "corpus", manuals(), [ROW], inputs=[source])
    (tmp_path / "source").rename(tmp_path / "old")
    seal_source(tmp_path / "source", "another")

    with pytest.raises(ManifestMismatch, match="is not the source"):
        read_sources(corpus)


def test_a_recipe_without_sources_is_borne(tmp_path: Path) -> None:
    assert read_sources(seal_corpus(tmp_path / "corpus", manuals(), [])) == {}
    assert unrecorded("x").title == "x"
