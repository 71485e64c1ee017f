"""Everyone is named whose licence asks for it, and nobody can write between the lines."""

from pathlib import Path

from mypt.compliance.attribution import attribution_rows, attribution_text
from mypt.compliance.facts import Facts, read_facts
from tests.compliance.samples import SWISS, manuals, seal_corpus, seal_dataset, seal_source


def test_what_asks_for_attribution_is_named_and_the_public_domain_is_not(facts: Facts) -> None:
    text = attribution_text(facts)

    assert "\nmanuals\n" in text
    assert "  licence   GPL-2.0-or-later OR MIT\n  taken as  MIT\n" in text
    assert "  documents 8\n" in text
    assert "acts-de" not in text


def test_every_single_document_is_listed_with_its_address(facts: Facts) -> None:
    rows = attribution_rows(facts).to_pylist()

    assert {row["id"]: row["origin"] for row in rows} == {d.id: d.origin for d in manuals()}
    assert SWISS not in {row["licence"] for row in rows}


def test_revision_and_evidence_are_those_of_the_fetch(tmp_path: Path) -> None:
    row = {"kind": "git", "name": "manuals", "licence": "MIT"}
    source = seal_source(tmp_path / "source")
    corpus = seal_corpus(tmp_path / "corpus", manuals("MIT", n_texts=30), [row], inputs=[source])

    text = attribution_text(read_facts(seal_dataset(tmp_path / "dataset", corpus).path))

    assert "  revision  0123456789abcdef" in text
    assert f"  evidence  evidence/COPYING (sha256 {'ab' * 32})\n" in text
    assert "  origin    https://example.org/manuals.git\n  origin    30 addresses, listed in" in text


def test_names_from_outside_stay_on_their_line(hostile: Facts) -> None:
    text = attribution_text(hostile)

    labels = {line[2:11].rstrip() for line in text.splitlines()[6:] if line.startswith("  ")}
    assert labels <= {"title", "licence", "asks for", "revision", "origin", "documents", "tokens"}
    assert "\u202e" not in text


def test_a_dataset_that_nobody_has_to_be_named_for_says_so(tmp_path: Path) -> None:
    corpus = seal_corpus(tmp_path / "corpus", manuals("CC0-1.0"), [])

    assert "No licence in it asks for that." in attribution_text(
        read_facts(seal_dataset(tmp_path / "dataset", corpus).path)
    )
