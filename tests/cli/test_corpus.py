"""`mypt corpus build`: the folder on stdout, everything for people on stderr."""

import json
from pathlib import Path

import pytest

from mypt.documents.parts import read_documents
from tests.cli.line import BUILD_CORPUS, CORPUS, contents, left_behind, recipes, refused, run, write_line
from tests.corpus.sources.debian_archive import make_package


def test_the_folder_alone_is_printed_and_progress_goes_to_stderr(tmp_path: Path) -> None:
    outcome = run(write_line(tmp_path), *BUILD_CORPUS)

    assert (outcome.code, outcome.out) == (0, f"{CORPUS}\n")
    assert "2/2" in outcome.err
    assert (tmp_path / CORPUS / "manifest.json").is_file()
    assert left_behind(tmp_path) == []


def test_the_second_run_finds_the_corpus_and_does_not_touch_it(own_line: Path) -> None:
    written = (own_line / CORPUS / "documents-00000.parquet").stat()

    outcome = run(own_line, *BUILD_CORPUS)

    again = (own_line / CORPUS / "documents-00000.parquet").stat()
    assert (outcome.code, outcome.out) == (0, f"{CORPUS}\n")
    assert (again.st_ino, again.st_mtime_ns) == (written.st_ino, written.st_mtime_ns)


def test_out_says_where(own_line: Path) -> None:
    outcome = run(own_line, *BUILD_CORPUS, "--out", "elsewhere/corpus")

    assert outcome.out == "elsewhere/corpus\n"
    assert contents(own_line / "elsewhere" / "corpus") == contents(own_line / CORPUS)


def test_a_new_text_is_refused_until_the_corpus_may_be_replaced(own_line: Path) -> None:
    (own_line / "texts" / "en" / "new.txt").write_text("One more act.\n", encoding="utf-8")
    before = contents(own_line / CORPUS)

    message = refused(run(own_line, *BUILD_CORPUS), 2)

    assert "already holds an artifact of another recipe or other inputs" in message
    assert "--replace" in message
    assert contents(own_line / CORPUS) == before
    replaced = run(own_line, *BUILD_CORPUS, "--replace")
    assert (replaced.code, replaced.out) == (0, f"{CORPUS}\n")
    texts = [document.text for document in read_documents(own_line / CORPUS)]
    assert any("One more act." in text for text in texts)


def test_set_overrides_the_recipe_and_the_manifest_says_so(own_line: Path) -> None:
    outcome = run(own_line, *BUILD_CORPUS, "--set", "on_unreadable=drop", "--replace")

    assert outcome.code == 0
    recipe = json.loads(contents(own_line / CORPUS)["manifest.json"])["recipe"]
    assert recipe["on_unreadable"] == "drop"


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("on_unreadable=perhaps", "Input should be 'error' or 'drop', got 'perhaps'"),
        ("on_unreadible=drop", "did you mean `on_unreadable`?"),
        ("sources=[]", "at least 1 item"),
        ("on_unreadable", "expected key=value"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(line: Path, setting: str, message: str) -> None:
    assert message in refused(run(line, *BUILD_CORPUS, "--set", setting), 2)


def test_a_recipe_of_another_kind_is_refused(line: Path) -> None:
    name = next(name for name, recipe in recipes().items() if recipe["kind"] == "dataset")

    assert "does not describe a valid CorpusRecipe" in refused(run(line, "corpus", "build", name), 2)


def test_fetched_folders_are_printed_and_notes_go_to_stderr(tmp_path: Path) -> None:
    make_package(tmp_path, "own", {"usr/share/doc/own/a.txt": "Text\n"})
    source = {"kind": "debian", "name": "debs", "folder": str(tmp_path)}
    (tmp_path / "r.json").write_text(json.dumps({"kind": "corpus", "sources": [source]}), encoding="utf-8")

    outcome = run(tmp_path, "corpus", "fetch", "r.json")

    assert (outcome.code, outcome.out) == (0, "artifacts/sources/debs\n")
    assert "debs: own: copyright file" in outcome.err
    assert (tmp_path / "r.lock.json").is_file()


def test_a_corpus_of_a_source_that_was_not_fetched_says_what_to_do(tmp_path: Path) -> None:
    source = {"kind": "git", "name": "docs", "url": "https://example.org/a.git", "licence": "MIT"}
    (tmp_path / "r.json").write_text(json.dumps({"kind": "corpus", "sources": [source]}), encoding="utf-8")

    message = refused(run(tmp_path, "corpus", "build", "r.json"), 2)

    assert "source 'docs' was not fetched" in message
    assert "mypt corpus fetch" in message
