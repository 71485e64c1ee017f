"""How fast each format becomes text, in one process, on real files of the sources."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from mypt.bench.processes import timed
from mypt.corpus.listing import SourceFile
from mypt.corpus.source import Source
from mypt.corpus.transform import TEXTS_NAME, transform_task
from mypt.documents.formats import BY_NAME
from mypt.documents.parts import read_table
from mypt.execution.local import LocalRunner
from mypt.execution.task import Task


@dataclass(frozen=True)
class FormatSpeed:
    """The reader of one format over some files, of all processors together."""

    name: str
    files: int
    raw_megabytes: float
    """As the files lie, some of them compressed."""
    text_megabytes: float
    processor_seconds: float


def measure_formats(
    read: Sequence[tuple[Source, Sequence[SourceFile], Task]], megabytes: float, folder: Path
) -> tuple[FormatSpeed, ...]:
    """Return the speed of each format, by name, on about as many bytes of its files.

    `read` is what was read of the sources, with the tasks that did it: they know each file's format.
    """
    names: dict[str, list[tuple[Source, SourceFile]]] = defaultdict(list)
    for name, source, file in _readable(read):
        names[name].append((source, file))
    return tuple(_speed(name, _some(names[name], megabytes * 1e6), folder / name) for name in sorted(names))


def _readable(
    read: Sequence[tuple[Source, Sequence[SourceFile], Task]],
) -> Iterator[tuple[str, Source, SourceFile]]:
    """Yield every file of a format of ours, files of rows left out."""
    for source, files, task in read:
        rows = read_table(task.output / TEXTS_NAME, ["path", "format"])
        formats = dict(zip(rows["path"].to_pylist(), rows["format"].to_pylist(), strict=True))
        for file in files:
            if formats.get(file.path) in BY_NAME:
                yield formats[file.path], source, file


def _some(files: list[tuple[Source, SourceFile]], n_bytes: float) -> list[tuple[Source, SourceFile]]:
    """Return files that hold about as many bytes, drawn by the digest of their content."""
    drawn: list[tuple[Source, SourceFile]] = []
    for source, file in sorted(files, key=lambda pair: hashlib.sha256(pair[1].sha256.encode()).digest()):
        if n_bytes <= 0:
            break
        drawn.append((source, file))
        n_bytes -= file.bytes
    return drawn


def _speed(name: str, files: Sequence[tuple[Source, SourceFile]], folder: Path) -> FormatSpeed:
    by_source: dict[str, list[SourceFile]] = defaultdict(list)
    sources = {source.settings.name: source for source, _ in files}
    for source, file in files:
        by_source[source.settings.name].append(file)
    tasks = [transform_task(sources[of], group, folder) for of, group in by_source.items()]
    _, timing = timed(partial(LocalRunner(1).run, tasks))
    texts = (text for task in tasks for text in read_table(task.output / TEXTS_NAME, ["text"])["text"])
    return FormatSpeed(
        name=name,
        files=len(files),
        raw_megabytes=sum(file.bytes for _, file in files) / 1e6,
        text_megabytes=sum(len((text.as_py() or "").encode()) for text in texts) / 1e6,
        processor_seconds=timing.processor_seconds,
    )
