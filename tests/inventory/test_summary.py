"""Tables say what the folders hold."""

from pathlib import Path

from mypt.corpus.build import build, prepare_all
from mypt.corpus.lock import Lock
from mypt.corpus.source import open_sources
from mypt.execution.local import LocalRunner
from mypt.inventory.summary import Summary, as_json, summarise_corpus, summarise_dataset, summarise_preview
from tests.corpus.corpora import ALONE, corpus_of, corpus_recipe, essay, write_files
from tests.dataset.corpora import bilingual, dataset_of

FILES = {"a.txt": essay("x"), "b.txt": essay("x"), "c.md": essay("y"), "d.txt": ""}


def table(summary: Summary, title: str) -> list[tuple[str | int, ...]]:
    return next(list(table.rows) for table in summary.tables if table.title == title)


def test_a_corpus_in_tables(tmp_path: Path) -> None:
    summary = summarise_corpus(corpus_of(tmp_path, FILES))

    assert table(summary, "Documents by source")[0][:2] == ("a", 2)
    assert table(summary, "Left out, by reason") == [("empty", 1), ("exact duplicate", 1)]
    assert table(summary, "Largest clusters of copies") == [("a/a.txt", 2)]
    assert summary.facts["documents"] == "2"
    titles = {example.title for example in summary.examples}
    assert titles == {"left out: empty", "left out: exact duplicate", "sample"}


def test_a_dataset_in_tables(tmp_path: Path) -> None:
    mixture = {"weights": {"de": 2, "en": 1}, "max_epochs": 2}
    dataset = dataset_of(tmp_path, bilingual(8), mixture=mixture)
    tokens = dataset.manifest.counts["tokens"]

    summary = summarise_dataset(dataset)

    rows = {row[0]: row[1:] for row in table(summary, "Tokens by language")}
    assert rows["de"] == (tokens["val.language.de"], tokens["train.language.de"])
    assert [row[0] for row in table(summary, "Ledger of the mixture")] == ["de", "en"]
    assert sum(int(row[1]) for row in table(summary, "Shards")) == tokens["train"] + tokens["val"]
    assert ("ngram_words", "13") in table(summary, "Certificate of decontamination")


def test_a_preview_says_what_a_build_then_does(tmp_path: Path) -> None:
    recipe = corpus_recipe(write_files(tmp_path / "texts", FILES))
    tasks = prepare_all(recipe, open_sources(recipe, Lock()), LocalRunner(1), tmp_path / "work", None)

    summary = summarise_preview([task.output for task in tasks])

    dropped = build(recipe, tmp_path / "corpus", execution=ALONE).manifest.counts["dropped"]
    assert table(summary, "Would be left out, by reason") == [("empty", dropped["empty"])]
    assert summary.facts["would stay, copies included"] == "3"


def test_bars_are_shares_of_the_largest(tmp_path: Path) -> None:
    summary = summarise_corpus(corpus_of(tmp_path, FILES))
    reasons = next(table for table in summary.tables if table.title == "Left out, by reason")

    assert reasons.bars == (1.0, 1.0)


def test_a_summary_as_json_has_a_row_for_each_row(tmp_path: Path) -> None:
    values = as_json(summarise_corpus(corpus_of(tmp_path, FILES)))

    assert values["tables"]["Left out, by reason"][0] == {"reason": "empty", "files": 1}
