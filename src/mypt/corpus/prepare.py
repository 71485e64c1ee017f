"""The task that makes documents of texts: cleaned, judged, masked, and hashed for finding duplicates."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from mypt.corpus.clean import VERSION as CLEAN_VERSION
from mypt.corpus.clean import CleanSettings, Rejection, clean
from mypt.corpus.listing import SourceFile
from mypt.corpus.minhash import comparable, signatures
from mypt.corpus.profiles import Profile, ProfileName
from mypt.corpus.sensitive import masked_beginning
from mypt.corpus.source import Source
from mypt.corpus.transform import TEXTS_NAME
from mypt.documents.document import Document
from mypt.documents.parts import DOCUMENT_SCHEMA, read_batches, table_writer, to_table, write_table
from mypt.execution.task import Task
from mypt.files import write_json

DOCUMENTS_NAME = "documents.parquet"
SIGNATURE_VERSION = 1
DROPPED_NAME = "dropped.parquet"
MASKED_NAME = "masked.json"
SIGNATURES_NAME = "signatures.npy"

DROPPED_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("raw_sha256", pa.binary(32)),
        ("reason", pa.string()),
        ("detail", pa.string()),
        ("beginning", pa.string()),
    ]
)
"""One row is one file that is no document of the corpus, why, and how its text begins."""

_BEGINNING = 300


def prepare_task(source: Source, files: Sequence[SourceFile], texts: Task, clean: CleanSettings) -> Task:
    """Return the task; its result depends on texts, what their source says of them, and the cleaning."""
    settings = source.settings
    given = {
        "source": settings.name,
        "category": settings.category,
        "language": settings.language,
        "clean": _with_profile(clean, settings.profile).model_dump(mode="json"),
        "licences": {file.path: [file.licence, file.origin] for file in files},
    }
    return Task(
        "mypt.corpus.prepare:prepare",
        {"texts": (texts.output / TEXTS_NAME).as_posix(), **given},
        {"texts": texts.key, "versions": [CLEAN_VERSION, SIGNATURE_VERSION], **given},
        texts.store,
    )


def _with_profile(clean: CleanSettings, name: ProfileName) -> CleanSettings:
    """A source says by what its texts are judged, unless the recipe says it for all."""
    return clean.model_copy(update={"profile": clean.profile or Profile(base=name)})


def prepare(arguments: Mapping[str, Any], folder: Path) -> None:
    """Write documents, what was dropped and why, how much was masked, and the hashes of each document."""
    settings = CleanSettings.model_validate(arguments["clean"])
    masked: Counter[str] = Counter()
    dropped: list[dict[str, Any]] = []
    hashes: list[np.ndarray] = [signatures(comparable([]))]
    with table_writer(folder / DOCUMENTS_NAME, DOCUMENT_SCHEMA) as writer:
        for rows in _batches(arguments):
            documents: list[Document] = []
            for row in rows:
                _sort_in(row, arguments, settings, documents, dropped, masked)
            if documents:
                writer.write_table(to_table(documents))
                hashes.append(signatures(comparable(document.text for document in documents)))
    write_table(folder / DROPPED_NAME, pa.Table.from_pylist(dropped, schema=DROPPED_SCHEMA))
    write_json(folder / MASKED_NAME, dict(masked))
    np.save(folder / SIGNATURES_NAME, np.concatenate(hashes))


def _batches(arguments: Mapping[str, Any]) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows of the texts with licence and origin of their files."""
    for batch in read_batches(Path(arguments["texts"])):
        rows = batch.to_pylist()
        for row in rows:
            row["licence"], row["origin"] = arguments["licences"][row["file"]]
        yield rows


def _sort_in(
    row: dict[str, Any],
    arguments: Mapping[str, Any],
    settings: CleanSettings,
    documents: list[Document],
    dropped: list[dict[str, Any]],
    masked: Counter[str],
) -> None:
    """Make a document of a row, or a reason why it is none."""
    id_ = f"{arguments['source']}/{row['path']}"
    reason, detail, text = row["reason"], row["detail"], row["text"] or ""
    if not reason:
        outcome = clean(text, settings, arguments["language"])
        if not isinstance(outcome, Rejection):
            masked.update(outcome.counts)
            documents.append(_document(id_, row, outcome.text, outcome.language, arguments["category"]))
            return
        reason, detail = outcome.rule, outcome.detail
    dropped.append(
        {
            "id": id_,
            "raw_sha256": row["raw_sha256"],
            "reason": reason,
            "detail": detail,
            "beginning": masked_beginning(text, _BEGINNING),
        }
    )


def _document(id_: str, row: dict[str, Any], text: str, language: str, category: str) -> Document:
    return Document(
        id_, row["origin"], row["licence"], language, text, category, row["format"], row["raw_sha256"].hex()
    )
