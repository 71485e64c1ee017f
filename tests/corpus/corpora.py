"""Folders of files, and corpora of them built in this process."""

from pathlib import Path
from typing import Any

from mypt.config import validate
from mypt.corpus.build import build
from mypt.corpus.recipe import CorpusRecipe
from mypt.execution.runner import Execution
from mypt.provenance.artifact import Artifact

ALONE = Execution(workers=1)


def write_files(folder: Path, files: dict[str, str]) -> Path:
    """Write files by name, and return their folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def corpus_recipe(folder: Path, **settings: Any) -> CorpusRecipe:
    """Return a recipe of one source, `a`, with a ledger beside it."""
    source = {
        "kind": "folder",
        "name": "a",
        "path": str(folder),
        "licence": "MIT",
        **settings.pop("source", {}),
    }
    ledger = (folder.parent / "deletions.jsonl").as_posix()
    return validate({"sources": [source], "deletions": ledger, **settings}, CorpusRecipe, "test")


def corpus_of(folder: Path, files: dict[str, str], **settings: Any) -> Artifact:
    """Write files, and build a corpus of them beside."""
    recipe = corpus_recipe(write_files(folder / "texts", files), **settings)
    return build(recipe, folder / "corpus", execution=ALONE, replace=True)


def essay(topic: str, n_words: int = 60) -> str:
    """Return a text that resembles no essay on another topic."""
    return " ".join(f"{topic}{number} is a word here" for number in range(n_words))
