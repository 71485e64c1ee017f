"""How long a search takes in a workspace of many passages, from the question to the hits, beside peers.

Passages are drawn from sentences of real ones. Their vectors are random: embedding a hundred thousand of them
takes hours and how long a search takes does not depend on what a vector says. Questions are real and embedded
by the real embedders, in our time and in that of the peers.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mypt.bench.processes import timed
from mypt.bench.retrieval_peers import PEERS, Vectors, refuse_missing_peers
from mypt.config import Section
from mypt.errors import MyptError
from mypt.extraction.pages import Block, Extracted, Page
from mypt.retrieval.embedder import Embedder
from mypt.retrieval.index import build
from mypt.retrieval.retriever import Retriever
from mypt.workspace.rows import OPERATOR, Filters, Reader
from mypt.workspace.workspace import Workspace

Progress = Callable[[str, int, int], None]

_PASSAGES_PER_DOCUMENT = 20
_SENTENCES = 6
_VECTORS_AT_ONCE = 2_000
_HALF = "half"  # the principal that may read every other document
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


class SpeedConfig(Section):
    """What is measured, and on how much."""

    passages: int = 20_000
    searches: int = 200
    peers: tuple[str, ...] = ()
    """Of `faiss` and `lancedb`, those to measure on the same passages."""


@dataclass(frozen=True)
class Latency:
    """Milliseconds of one search."""

    p50: float
    p95: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Latency":
        """Return where the middle and the slow end of many searches lie."""
        p50, p95 = np.quantile(seconds, [0.5, 0.95]) * 1e3
        return cls(float(p50), float(p95))


@dataclass(frozen=True)
class PeerSpeed:
    """What another way of searching took on the same passages."""

    name: str
    build_seconds: float
    search: Latency


@dataclass(frozen=True)
class Speed:
    """What a workspace of this size took."""

    passages: int
    documents: int
    index_seconds: float
    """For the keyword index and the files of vectors, the vectors themselves being there."""
    cold_seconds: float
    """Of a fresh process, from its start to the hits of its first search."""
    cold_memory_bytes: int
    """The most that it held."""
    embedding: Latency
    """Of a question, by all embedders; a part of what follows."""
    search: Latency
    filtered: Latency
    """For passages in German alone."""
    reader: Latency
    """For somebody who may read half of the documents."""
    new_reader_seconds: float
    """Of the first search of such a reader."""
    changed_document_seconds: float
    """From a changed file to an index that has it, without computing its vectors."""
    peers: tuple[PeerSpeed, ...]


class PlainReader:
    """Reads what this benchmark writes: a page for each passage."""

    def extract(self, path: Path) -> Extracted:
        """Return the file's pages."""
        texts = path.read_text(encoding="utf-8").split("\f")
        pages = [Page(n, text, (Block("paragraph", 0, len(text)),)) for n, text in enumerate(texts, start=1)]
        return Extracted(path.stem, "text", tuple(pages))


@contextmanager
def _reader() -> Iterator[PlainReader]:
    yield PlainReader()


def measure_speed(
    config: SpeedConfig,
    sources: Sequence[str],
    questions: Sequence[str],
    embedders: Sequence[Embedder],
    progress: Progress | None = None,
) -> Speed:
    """Make a workspace, search it in every way, throw it away; ConfigError for a peer that is not there."""
    refuse_missing_peers(config.peers)
    asked = [
        questions[number % len(questions)] + " " * (number // len(questions))
        for number in range(config.searches)
    ]
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=Path()) as name:
        folder = Path(name)
        with Workspace.create(folder / "workspace", _reader) as workspace:
            texts = _fill(workspace, sources, config.passages, progress)
            vectors = _store_vectors(workspace, embedders)
            _, built = timed(lambda: build(workspace, embedders))
            cold_seconds, cold_memory = _cold(folder / "workspace", embedders, asked[0])
            retriever = Retriever.open(workspace, embedders)
            half = Reader(frozenset({_HALF}))
            new_reader = _seconds(lambda: retriever.search("first", half))
            search = _latency(lambda question: retriever.search(question, OPERATOR), asked)
            filtered = _latency(
                lambda question: retriever.search(
                    question + "\t", OPERATOR, filters=Filters(languages=("de",))
                ),
                asked,
            )
            reader = _latency(lambda question: retriever.search(question + "\n", half), asked)
            embedding = _latency(
                lambda question: [each.embed([question], "query") for each in embedders], asked
            )
            changed = _change(workspace, embedders)
            documents = workspace.summary(OPERATOR).n_documents
        peers = [_peer(each, texts, vectors, asked, embedders, folder) for each in config.peers]
    return Speed(
        passages=len(texts), documents=documents, index_seconds=built.wall_seconds, cold_seconds=cold_seconds,
        cold_memory_bytes=cold_memory, embedding=embedding, search=search, filtered=filtered, reader=reader,
        new_reader_seconds=new_reader, changed_document_seconds=changed,
        peers=tuple(peers),
    )  # fmt: skip


def _fill(
    workspace: Workspace, sources: Sequence[str], n_passages: int, progress: Progress | None
) -> list[str]:
    """Add documents of passages that are drawn from real sentences; every other one has a reader more."""
    sentences = [part for text in sources for part in _SENTENCE_END.split(text) if len(part) > 20]
    chance = np.random.default_rng(0)
    folders = [workspace.path.parent / "files" / each for each in ("all", _HALF)]
    for folder in folders:
        folder.mkdir(parents=True)
    for number in range(-(-n_passages // _PASSAGES_PER_DOCUMENT)):
        chosen = chance.integers(0, len(sentences), (_PASSAGES_PER_DOCUMENT, _SENTENCES))
        pages = [" ".join(sentences[place] for place in row) for row in chosen]
        (folders[number % 2] / f"{number:06}.txt").write_text("\f".join(pages), encoding="utf-8")
    report = (lambda done, total: progress("documents", done, total)) if progress else None
    workspace.add([folders[0]], owner="owner", readers=["owner"], progress=report)
    workspace.add([folders[1]], owner="owner", readers=[_HALF], progress=report)
    return [passage.row.text for passage in workspace.every_passage()]


def _store_vectors(workspace: Workspace, embedders: Sequence[Embedder]) -> dict[str, Vectors]:
    """Give each passage a random vector of each embedder, and return them."""
    ids = workspace.all_passages().ids
    made = {}
    for number, embedder in enumerate(embedders):
        matrix = np.random.default_rng(number).standard_normal(
            (len(ids), embedder.n_dimensions), dtype=np.float32
        )
        matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
        halves = matrix.astype("<f2")
        for start in range(0, len(ids), _VECTORS_AT_ONCE):
            batch = slice(start, start + _VECTORS_AT_ONCE)
            rows = [(id_, vector.tobytes()) for id_, vector in zip(ids[batch], halves[batch], strict=True)]
            workspace.store_vectors(embedder.digest, rows)
        made[embedder.name] = matrix
    return made


def _cold(workspace: Path, embedders: Sequence[Embedder], question: str) -> tuple[float, int]:
    """Return how long a fresh process takes for its first search, and the most memory that it held."""
    command = [sys.executable, "-c", _FIRST_SEARCH, str(workspace), question]
    command += [f"{type(each).__module__}:{type(each).__qualname__}" for each in embedders]
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))  # noqa: S603
    seconds = time.perf_counter() - start
    if done.returncode:
        raise MyptError(f"the first search of a fresh process failed: {done.stderr.strip()[-500:]}")
    return seconds, int(json.loads(done.stdout)["memory"])


_FIRST_SEARCH = """
import importlib, json, sys
from pathlib import Path
from mypt.bench.processes import peak_memory
from mypt.retrieval.retriever import Retriever
from mypt.workspace.rows import OPERATOR
from mypt.workspace.workspace import Workspace

embedders = [getattr(importlib.import_module(m), n)() for m, n in (each.split(":") for each in sys.argv[3:])]
with Workspace.open(Path(sys.argv[1])) as workspace:
    Retriever.open(workspace, embedders).search(sys.argv[2], OPERATOR)
status = Path("/proc/self/status")  # elsewhere the peak holds that of the process that started this one
lines = status.read_text().splitlines() if status.exists() else []
peaks = [line.split()[1] for line in lines if line.startswith("VmHWM")]
print(json.dumps({"memory": int(peaks[0]) * 1024 if peaks else peak_memory()}))
"""


def _change(workspace: Workspace, embedders: Sequence[Embedder]) -> float:
    """Change a document, and return how long it takes until the index has it."""
    path = sorted((workspace.path.parent / "files" / "all").iterdir())[0]
    path.write_text(path.read_text(encoding="utf-8") + " changed", encoding="utf-8")

    def update() -> None:
        workspace.add([path], owner="owner")
        Retriever.open(workspace, embedders)

    return _seconds(update)


def _peer(
    name: str,
    texts: Sequence[str],
    vectors: Mapping[str, Vectors],
    questions: Sequence[str],
    embedders: Sequence[Embedder],
    folder: Path,
) -> PeerSpeed:
    peer, built = timed(lambda: PEERS[name](texts, vectors, folder))
    return PeerSpeed(
        name,
        built.wall_seconds,
        _latency(
            lambda question: peer.search(
                question, {each.name: each.embed([question], "query")[0] for each in embedders}, 8
            ),
            questions,
        ),
    )


def _latency(work: Callable[[str], object], questions: Sequence[str]) -> Latency:
    work(questions[0])  # what is loaded once is measured elsewhere
    return Latency.of([_seconds(lambda question=question: work(question)) for question in questions])  # type: ignore[misc]


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
