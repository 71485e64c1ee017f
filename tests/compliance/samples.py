"""Small datasets of real and of hostile texts, built as any dataset is."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mypt.compliance.facts import Facts, read_facts
from mypt.config import Section, validate
from mypt.dataset.build import build
from mypt.dataset.recipe import DatasetRecipe
from mypt.documents.document import Document
from mypt.documents.language import Language
from mypt.documents.parts import to_table, write_table
from mypt.execution.runner import Execution
from mypt.files import write_json
from mypt.provenance.artifact import Artifact, open_artifact, staged

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
SWISS = "LicenseRef-CH-URG-Art5"
HOSTILE = '=HYPERLINK("x")|</td>\u202egnp.exe\n## 4 *Approved* [x](javascript:1) `'
PIN = {
    "kind": "git",
    "revision": "0123456789abcdef0123456789abcdef01234567",
    "downloads": [{"url": "https://example.org/manuals.git", "sha256": "0" * 64, "bytes": 1}],
    "evidence": [{"path": "evidence/COPYING", "sha256": "ab" * 32}],
    "notes": ["no signature was checked"],
}


class CorpusRecipe(Section):
    """Whatever made the corpus, with its sources as plain values."""

    kind: str = "corpus"
    sources: tuple[dict[str, Any], ...] = ()


class SourceRecipe(Section):
    """Whatever fetched a source."""

    kind: str = "git"
    name: str


def acts(language: Language, limit: int = 12) -> list[Document]:
    """Return Swiss acts of the sample corpus."""
    paths = sorted((SAMPLE / language).glob("*"))[:limit]
    address = "https://www.fedlex.admin.ch"
    return [
        Document(f"acts-{language}/{path.name}", address, SWISS, language, path.read_text(encoding="utf-8"))
        for path in paths
    ]


def manuals(
    licence: str = "GPL-2.0-or-later OR MIT", name: str = "manuals", n_texts: int = 8
) -> list[Document]:
    """Return made-up manuals under one licence, each with its own address."""
    return [
        Document(
            f"{name}/{number}.txt", f"https://example.org/{name}/{number}", licence, "en",
            "\n".join(f"The option --{name}-{number}-{n} sets value {n * number}." for n in range(9)),
            "domain",
        )
        for number in range(n_texts)
    ]  # fmt: skip


def seal_source(folder: Path, name: str = "manuals") -> Artifact:
    """Seal a fetched source with its pin."""
    with staged(folder, "corpus", SourceRecipe(name=name)) as draft:
        write_json(draft.path / "pin.json", PIN)
    return open_artifact(folder, "corpus")


def seal_corpus(
    folder: Path, documents: Sequence[Document], described: Sequence[dict[str, Any]], **options: Any
) -> Artifact:
    """Seal a corpus of documents with the recipe of its sources."""
    recipe = CorpusRecipe(sources=tuple(described))
    ordered = sorted(documents, key=lambda document: document.id)
    with staged(folder, "corpus", recipe, **options) as draft:
        write_table(draft.path / "documents-00000.parquet", to_table(ordered))
        draft.counts |= {"dropped": {"duplicate": 3, "too short": 1}, "masked": {"e-mail": 2}}
    return open_artifact(folder, "corpus")


def seal_dataset(folder: Path, corpus: Artifact, **settings: Any) -> Artifact:
    """Build the dataset of a corpus."""
    values = {"corpus": str(corpus.path), "tokenizer": "character", "decontamination": None, **settings}
    recipe = validate(values, DatasetRecipe, "test")
    return build(recipe, folder, execution=Execution(workers=1))


def sample_dataset(folder: Path) -> Artifact:
    """Build a dataset of Swiss acts and of manuals."""
    sources = [
        {"kind": "folder", "name": f"acts-{language}", "path": "/home/somebody/acts", "licence": SWISS,
         "origin": "https://www.fedlex.admin.ch"}
        for language in ("de", "en")
    ]  # fmt: skip
    fetched = {"kind": "git", "name": "manuals", "licence": "GPL-2.0-or-later OR MIT",
               "url": "https://example.org/manuals.git"}  # fmt: skip
    documents = [*acts("de"), *acts("en"), *manuals()]
    digests = {"acts-de": "1" * 64, "acts-en": "2" * 64, "manuals": "3" * 64}
    corpus = seal_corpus(folder / "corpus", documents, [*sources, fetched], sources=digests)
    return seal_dataset(folder / "dataset", corpus)


def hostile_facts(folder: Path) -> Facts:
    """Return the facts of a dataset whose names, titles and addresses were written by an enemy."""
    documents = [
        *acts("en", 6),
        *[
            Document(f"evil/{n}{HOSTILE}", HOSTILE, "MIT", "en", f"Text {n} of somebody.\n" * (n + 1))
            for n in range(6)
        ],
    ]
    source = {"kind": HOSTILE, "name": "evil", "title": HOSTILE, "revision": HOSTILE, "origin": HOSTILE,
              "licence": HOSTILE}  # fmt: skip
    corpus = seal_corpus(folder / "corpus", documents, [source])
    return read_facts(seal_dataset(folder / "dataset", corpus).path)
