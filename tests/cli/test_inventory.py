"""`mypt corpus report`, `corpus preview` and `dataset report` show what is there."""

import json
from pathlib import Path

from tests.cli.line import BUILD_CORPUS, CORPUS, DATASET, N_DOCUMENTS, run


def test_a_corpus_is_shown_in_tables_and_on_a_page(line: Path, tmp_path: Path) -> None:
    outcome = run(line, "corpus", "report", CORPUS, "--html", str(tmp_path / "corpus.html"))

    assert outcome.code == 0, outcome.err
    assert "Documents by language" in outcome.out
    assert (tmp_path / "corpus.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_a_dataset_is_shown_as_json(line: Path) -> None:
    values = json.loads(run(line, "dataset", "report", DATASET, "--json").out)

    rows = {row["language"]: row["to learn"] for row in values["tables"]["Tokens by language"]}
    assert set(rows) == {"de", "en"}
    assert min(rows.values()) > 0


def test_a_preview_makes_no_corpus(line: Path) -> None:
    outcome = run(line, "corpus", "preview", BUILD_CORPUS[-1], "--workers", "1")

    assert outcome.code == 0, outcome.err
    assert f"would stay, copies included  {N_DOCUMENTS}" in outcome.out
