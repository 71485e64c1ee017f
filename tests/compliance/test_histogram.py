"""Shares of licences add up to the whole of their split."""

from pathlib import Path

from mypt.compliance.facts import Facts, read_facts
from mypt.compliance.histogram import histogram, licence_rows
from tests.compliance.samples import SWISS, manuals, seal_corpus, seal_dataset


def test_each_split_adds_up(facts: Facts) -> None:
    result = histogram(facts)

    assert set(result["splits"]) == {"train", "val"}
    for split, rows in result["splits"].items():
        assert (
            sum(row["tokens_with_repeats"] for row in rows) == facts.dataset.manifest.counts["tokens"][split]
        )
        assert 1_000_000 - len(rows) <= sum(row["share_per_million"] for row in rows) <= 1_000_000


def test_the_most_tokens_come_first_and_say_what_they_ask(facts: Facts) -> None:
    first, second = licence_rows(facts, "train")

    assert (first["licence"], first["asks"]) == (SWISS, [])
    assert (second["taken_as"], second["asks"]) == ("MIT", ["attribution"])


def test_a_hundred_licences_are_kept_apart_and_what_was_denied_is_named(tmp_path: Path) -> None:
    licences = [f"LicenseRef-own-{n}" for n in range(100)] + ["CC-BY-NC-4.0", "no licence at all"]
    documents = [d for n, licence in enumerate(licences) for d in manuals(licence, f"s{n}", 2)]
    corpus = seal_corpus(tmp_path / "corpus", documents, [])
    policy = {"allow": ["LicenseRef-own-*"], "on_denied": "leave_out"}

    result = histogram(read_facts(seal_dataset(tmp_path / "dataset", corpus, licences=policy).path))

    named = {row["licence"] for rows in result["splits"].values() for row in rows}
    assert named == set(licences[:100])
    assert {name: row["documents"] for name, row in result["left_out"].items()} == {
        "CC-BY-NC-4.0": 2,
        "no licence at all": 2,
    }
