"""`mypt dataset build`: the folder on stdout, everything for people on stderr."""

import json
from pathlib import Path

from tests.cli.line import BUILD_CORPUS, BUILD_DATASET, CORPUS, DATASET, contents, left_behind, refused, run


def test_the_folder_alone_is_printed_and_progress_goes_to_stderr(own_line: Path) -> None:
    outcome = run(own_line, *BUILD_DATASET, "--out", "elsewhere")

    assert (outcome.code, outcome.out) == (0, "elsewhere\n")
    assert "2/2" in outcome.err
    assert contents(own_line / "elsewhere") == contents(own_line / DATASET)
    assert left_behind(own_line) == []


def test_the_second_run_finds_the_dataset_and_does_not_touch_it(own_line: Path) -> None:
    written = (own_line / DATASET / "train-00000.bin").stat()

    outcome = run(own_line, *BUILD_DATASET)

    again = (own_line / DATASET / "train-00000.bin").stat()
    assert (outcome.code, outcome.out) == (0, f"{DATASET}\n")
    assert (again.st_ino, again.st_mtime_ns) == (written.st_ino, written.st_mtime_ns)


def test_another_seed_is_refused_until_the_dataset_may_be_replaced(own_line: Path) -> None:
    other = (*BUILD_DATASET, "--set", "seed=3")

    message = refused(run(own_line, *other), 2)
    replaced = run(own_line, *other, "--replace")

    assert "--replace" in message
    assert (replaced.code, replaced.out) == (0, f"{DATASET}\n")
    assert json.loads(contents(own_line / DATASET)["manifest.json"])["recipe"]["seed"] == 3


def test_a_changed_corpus_makes_another_dataset(own_line: Path) -> None:
    (own_line / "texts" / "en" / "new.txt").write_text("One more act.\n", encoding="utf-8")
    run(own_line, *BUILD_CORPUS, "--replace")

    assert "other inputs" in refused(run(own_line, *BUILD_DATASET), 2)


def test_a_corpus_that_is_not_there_is_refused(line: Path) -> None:
    outcome = run(line, *BUILD_DATASET, "--set", "corpus=nowhere", "--out", "x")

    assert refused(outcome, 3).startswith("nowhere: this artifact does not exist")


def test_a_model_is_no_corpus(line: Path) -> None:
    outcome = run(line, *BUILD_DATASET, "--set", f"corpus={DATASET}", "--out", "x")

    assert outcome.code == 3
    assert "expected a corpus, this is a dataset" in outcome.err


def test_the_corpus_is_never_replaced_by_what_is_made_from_it(own_line: Path) -> None:
    before = contents(own_line / CORPUS)

    message = refused(run(own_line, *BUILD_DATASET, "--out", CORPUS, "--replace"), 2)

    assert "holds the corpus that is to be read" in message
    assert contents(own_line / CORPUS) == before
