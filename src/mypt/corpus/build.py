"""Sources become a corpus: list, read, drop duplicates, write, seal."""

import importlib.metadata
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

from mypt.corpus.drop import UNREADABLE, Drop
from mypt.corpus.recipe import CorpusRecipe
from mypt.corpus.report import Report
from mypt.corpus.source import BY_KIND, Source
from mypt.documents.document import Document, write_documents
from mypt.errors import InputError
from mypt.files import write_jsonl
from mypt.provenance.artifact import Artifact, find, open_artifact, staged

DOCUMENTS_NAME = "documents.jsonl"
DROPPED_NAME = "dropped.jsonl"

Progress: TypeAlias = Callable[[int, int], None]
"""Called with (files read, files in all)."""

_READERS = ("markdown-it-py", "mdit-py-plugins", "py3langid")


def build(
    recipe: CorpusRecipe, out: Path, *, replace: bool = False, progress: Progress | None = None
) -> Artifact:
    """Return the corpus of a recipe, built or found as it was built before.

    Raises InputError when a source has nothing to give, or a file that cannot be
    read and the recipe does not say to drop it.
    """
    _refuse_to_write_into_a_source(recipe, out)
    sources = _sources(recipe)
    digests = {name: source.listing.digest for name, source in sources.items()}
    found = find(out, "corpus", recipe, sources=digests, replace=replace)
    if found is not None:
        return found
    report = Report()
    with staged(out, "corpus", recipe, sources=digests, replace=replace) as draft:
        items = _counted(list(sources.values()), progress)
        write_documents(draft.path / DOCUMENTS_NAME, _kept(items, recipe, report))
        write_jsonl(draft.path / DROPPED_NAME, (drop.to_row() for drop in report.drops))
        draft.counts |= report.counts(source.listing for source in sources.values())
        draft.licences |= report.licences
        draft.environment |= {name: importlib.metadata.version(name) for name in _READERS}
        _refuse_an_empty_corpus(recipe, report)
    return open_artifact(out, "corpus")


def _sources(recipe: CorpusRecipe) -> dict[str, Source]:
    """Return the sources by name, so ordered that their documents come in the order of their ids."""
    ordered = sorted(recipe.sources, key=lambda settings: f"{settings.name}/")
    return {settings.name: BY_KIND[settings.kind](settings) for settings in ordered}


def _counted(sources: Sequence[Source], progress: Progress | None) -> Iterator[Document | Drop]:
    n_files = sum(len(source.listing.files) for source in sources)
    items = (item for source in sources for item in source.documents())
    for done, item in enumerate(items, start=1):
        yield item
        if progress is not None:
            progress(done, n_files)


def _kept(items: Iterator[Document | Drop], recipe: CorpusRecipe, report: Report) -> Iterator[Document]:
    """Yield what stays in the corpus, and report everything."""
    first_with: dict[str, str] = {}
    for item in items:
        kept = _or_duplicate(item, first_with) if isinstance(item, Document) else item
        if isinstance(kept, Document):
            report.add_document(kept)
            yield kept
        else:
            _refuse_unreadable(kept, recipe)
            report.add_drop(kept)


def _or_duplicate(document: Document, first_with: dict[str, str]) -> Document | Drop:
    first = first_with.setdefault(document.sha256, document.id)
    return document if first == document.id else Drop(document.id, "duplicate", f"same text as {first}")


def _refuse_unreadable(drop: Drop, recipe: CorpusRecipe) -> None:
    if recipe.on_unreadable == "drop" or drop.reason not in UNREADABLE:
        return
    name, _, relative = drop.id.partition("/")
    folder = next(source.path for source in recipe.sources if source.name == name)
    raise InputError(
        f"{Path(folder) / relative}: {drop.reason}: {drop.detail}",
        hint="convert it or take it away; or build without such files: --set on_unreadable=drop",
    )


def _refuse_an_empty_corpus(recipe: CorpusRecipe, report: Report) -> None:
    if report.licences:
        return
    paths = ", ".join(source.path for source in recipe.sources)
    dropped = ", ".join(sorted({drop.reason for drop in report.drops}))
    raise InputError(f"{paths}: no usable document; every file was dropped: {dropped}", hint=_LOOK)


_LOOK = "look at one of the files: it holds no text, or none in UTF-8"


def _refuse_to_write_into_a_source(recipe: CorpusRecipe, out: Path) -> None:
    for source in recipe.sources:
        if out.resolve().is_relative_to(Path(source.path).resolve()):
            raise InputError(
                f"{out}: lies inside {source.path}, a source of the corpus",
                hint="choose another folder with --out",
            )
