"""The data pipeline on a real recipe: each stage's speed beside its peers and the machine's own limits."""

import hashlib
import importlib.util
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from mypt.bench.data_dedup import DedupBench, plant
from mypt.bench.data_dedup import measure as measure_duplicates
from mypt.bench.data_formats import FormatSpeed, measure_formats
from mypt.bench.processes import Timing, peak_memory, peak_memory_of_children, timed
from mypt.config import Section
from mypt.corpus.build import build as build_corpus
from mypt.corpus.build import transform_all
from mypt.corpus.listing import SourceFile
from mypt.corpus.lock import Lock
from mypt.corpus.recipe import CorpusRecipe
from mypt.corpus.source import Source, open_sources
from mypt.dataset.build import build as build_dataset
from mypt.dataset.licence_policy import UNKNOWN, LicencePolicy
from mypt.dataset.lineage import Lineage
from mypt.dataset.recipe import DatasetRecipe
from mypt.documents.parts import part_paths, read_batches
from mypt.execution.runner import Execution, make_runner
from mypt.execution.task import Task
from mypt.interchange.byte_pairs import merges, printable_tokens
from mypt.provenance.artifact import Artifact
from mypt.tokenizer.bulk import BulkEncoder, bulk_encoder
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe, encoding


class DataBenchConfig(Section):
    """What is measured, and on how much of it."""

    tokenise_megabytes: int = 200
    """Text that is tokenised by each contender; a slow one gets a tenth of it."""
    format_megabytes: float = 5.0
    """Files of each format that are read by one process."""
    duplicate_documents: int = 20_000
    """Documents among which near-duplicates are planted and looked for."""
    lookups: int = 2_000_000
    """Tokens whose documents are looked up."""
    peers: tuple[str, ...] = ()
    """Of `tiktoken`, `tokenizers`, `datasketch` and `rensa`, those to measure beside ours."""


@dataclass(frozen=True)
class TokenisingSpeed:
    """One encoder over real documents."""

    name: str
    tokens_per_second: float
    """Per second of one processor."""
    megabytes_per_second: float
    differing: int
    """Documents with other ids than the reference gives, of those that both encoded."""
    documents: int


@dataclass(frozen=True)
class DataSpeed:
    """What a run of the whole pipeline gave."""

    workers: int
    raw_megabytes: float
    documents: int
    tokens: int
    root: str
    transform: Timing
    transform_again: Timing
    """With every result kept: every file and every result is hashed again."""
    formats: tuple[FormatSpeed, ...]
    corpus: Timing
    """From texts to the sealed corpus: cleaning, languages, duplicates, writing."""
    dataset: Timing
    """From the corpus to sealed shards: tokenising, decontamination, placing, writing, checking."""
    tokenising: tuple[TokenisingSpeed, ...]
    duplicates: DedupBench
    lookups_per_second: float
    lineage_bytes_per_document: float
    sha256_megabytes_per_second: float
    """The machine's own limit for anything that is sealed."""
    peak_memory_bytes: int
    """Of this process, from its start to the sealed dataset."""
    peak_memory_of_a_worker_bytes: int | None
    """Of the largest of its child processes; none where the system does not say."""


def measure_data(
    recipe: CorpusRecipe, lock: Lock, execution: Execution, config: DataBenchConfig
) -> DataSpeed:
    """Run a recipe from raw files to shards in a folder of its own, and return what it took."""
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=Path()) as name:
        folder = Path(name)
        read, cold = timed(lambda: _read(recipe, lock, execution, folder / "work"))
        _, warm = timed(lambda: _read(recipe, lock, execution, folder / "work"))
        here = execution.model_copy(update={"work": folder / "work"})
        corpus, to_corpus = timed(lambda: build_corpus(recipe, folder / "corpus", lock=lock, execution=here))
        any_licence = LicencePolicy(allow=("*", "LicenseRef-*", UNKNOWN))  # nothing of it is kept
        cut = DatasetRecipe(corpus=corpus.path.as_posix(), licences=any_licence)
        dataset, to_dataset = timed(lambda: build_dataset(cut, folder / "dataset", execution=here))
        memory, memory_of_a_worker = peak_memory(), peak_memory_of_children()
        lookups, bytes_each = _lineage(dataset, config.lookups)
        return DataSpeed(
            workers=execution.n_workers,
            raw_megabytes=sum(file.bytes for _, files, _ in read for file in files) / 1e6,
            documents=corpus.manifest.counts["documents"],
            tokens=sum(dataset.manifest.counts["tokens"][split] for split in ("train", "val")),
            root=dataset.manifest.counts["root"],
            transform=cold,
            transform_again=warm,
            formats=measure_formats(read, config.format_megabytes, folder / "formats"),
            corpus=to_corpus,
            dataset=to_dataset,
            tokenising=tuple(_tokenising(corpus, config)),
            duplicates=_duplicates(corpus, config),
            lookups_per_second=lookups,
            lineage_bytes_per_document=bytes_each,
            sha256_megabytes_per_second=sha256_rate() / 1e6,
            peak_memory_bytes=memory,
            peak_memory_of_a_worker_bytes=memory_of_a_worker,
        )


def _read(
    recipe: CorpusRecipe, lock: Lock, execution: Execution, store: Path
) -> list[tuple[Source, list[SourceFile], Task]]:
    """Find and read every file, hashing included, as a build does."""
    with make_runner(execution) as runner:
        return transform_all(open_sources(recipe, lock), runner, store, None)


def sha256_rate(n_bytes: int = 2**28) -> float:
    """Return how many bytes a second one processor hashes."""
    data = bytes(n_bytes)
    start = time.process_time()
    hashlib.sha256(data).digest()
    return n_bytes / (time.process_time() - start)


def _texts(corpus: Artifact, limit: int) -> Iterator[str]:
    """Yield about this many bytes of documents, spread over all parts."""
    paths = part_paths(corpus.path)
    for path in paths:
        room = limit // len(paths)
        for batch in read_batches(path, ["text"]):
            for text in batch.column(0).to_pylist():
                room -= len(text.encode())
                if room < 0:
                    break
                yield text


def _tokenising(corpus: Artifact, config: DataBenchConfig) -> Iterator[TokenisingSpeed]:
    """Yield the speed of our bulk encoder and of its peers, each on the same documents."""
    texts = list(_texts(corpus, config.tokenise_megabytes * 10**6))
    few = texts[::10]
    reference = Gpt2Bpe()
    wanted = [reference.encode(text) for text in few]
    yield _encoding_speed("mypt", bulk_encoder(reference), texts, few, wanted)
    for name in config.peers:
        if name in _ENCODERS and importlib.util.find_spec(name):
            yield _encoding_speed(name, _ENCODERS[name](), few, few, wanted)


def _encoding_speed(
    name: str, encode: BulkEncoder, texts: Sequence[str], few: Sequence[str], wanted: Sequence[Sequence[int]]
) -> TokenisingSpeed:
    encoded = [text.encode() for text in texts]
    start = time.process_time()
    n_tokens = sum(len(encode(data)) for data in encoded)
    seconds = time.process_time() - start
    differing = sum(not np.array_equal(encode(t.encode()), w) for t, w in zip(few, wanted, strict=True))
    n_bytes = sum(map(len, encoded))
    return TokenisingSpeed(name, n_tokens / seconds, n_bytes / seconds / 1e6, differing, len(few))


def _tiktoken() -> BulkEncoder:
    return lambda data: encoding().encode_to_numpy(data.decode(), disallowed_special=())


def _tokenizers() -> BulkEncoder:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers  # optional

    vocabulary = {token: number for number, token in enumerate(printable_tokens())}
    tokenizer = Tokenizer(models.BPE(vocabulary, list(merges())))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return lambda data: np.array(tokenizer.encode(data.decode()).ids)


_ENCODERS: Mapping[str, Callable[[], BulkEncoder]] = MappingProxyType(
    {"tiktoken": _tiktoken, "tokenizers": _tokenizers}
)


def _duplicates(corpus: Artifact, config: DataBenchConfig) -> DedupBench:
    texts = list(_texts(corpus, 10**12))
    step = max(1, len(texts) // config.duplicate_documents)
    peers = [name for name in config.peers if name in ("datasketch", "rensa")]
    return measure_duplicates(plant(texts[::step][: config.duplicate_documents], 0.1, seed=1), peers)


def _lineage(dataset: Artifact, n: int) -> tuple[float, float]:
    """Return look-ups a second of one processor, and bytes of the tables for each document."""
    lineage = Lineage.open(dataset.path)
    index = lineage.index(lineage.shards[0])
    offsets = np.random.default_rng(1).integers(0, int(index.starts[-1]) + 1, n)
    lineage.rows_at(index, offsets[:1])
    start = time.process_time()
    lineage.rows_at(index, offsets)
    seconds = time.process_time() - start
    size = sum(path.stat().st_size for path in dataset.path.glob("*.parquet"))
    return n / seconds, size / len(lineage.documents)
