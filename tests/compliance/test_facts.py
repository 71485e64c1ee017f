"""Groups count every document once, and only a dataset with its own corpus is written about."""

from pathlib import Path

import pytest

from mypt.compliance.facts import Facts, read_facts
from mypt.errors import ManifestMismatch
from tests.compliance.samples import acts, manuals, sample_dataset, seal_corpus, seal_dataset


def test_groups_hold_every_document_and_token_once(facts: Facts) -> None:
    counts = facts.dataset.manifest.counts

    for split in ("train", "val"):
        own = [group for group in facts.groups if group.split == split]
        assert sum(group.documents for group in own) == counts["documents"][split]
        assert sum(group.taken for group in own) == counts["tokens"][split]
    assert {group.source for group in facts.groups} == set(facts.sources) == {"acts-de", "acts-en", "manuals"}


def test_repeats_count_again_and_texts_once(tmp_path: Path) -> None:
    corpus = seal_corpus(tmp_path / "corpus", [*manuals(name="a"), *manuals(name="b")], [])
    mixture = {"weights": {"a": 2, "b": 1}, "max_epochs": 2}

    groups = read_facts(seal_dataset(tmp_path / "dataset", corpus, mixture=mixture).path).groups

    twice, once = (next(g for g in groups if (g.source, g.split) == (name, "train")) for name in "ab")
    assert twice.taken > 1.8 * twice.tokens
    assert once.taken <= once.tokens


def test_every_document_has_its_own_origin(facts: Facts) -> None:
    rows = facts.documents.to_pylist()

    assert {row["origin"] for row in rows if row["source"] == "manuals"} == {
        f"https://example.org/{row['id'].removesuffix('.txt')}" for row in rows if row["source"] == "manuals"
    }


def test_another_corpus_in_its_place_is_refused(tmp_path: Path) -> None:
    dataset = sample_dataset(tmp_path)
    (tmp_path / "corpus").rename(tmp_path / "old")
    seal_corpus(tmp_path / "corpus", acts("en"), [])

    with pytest.raises(ManifestMismatch, match="is not the corpus"):
        read_facts(dataset.path)
