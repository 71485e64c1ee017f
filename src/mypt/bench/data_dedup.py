"""Near-duplicate detection on real texts with planted copies: speed, recall and precision beside its peers.

Everybody gets the same texts, word 5-grams, as many values and the same bands,
and is timed from text to pairs in processor seconds. Digests are not in the time:
a corpus has them before. Copies are of texts that resemble no other, so that the
rule against chains, which ours alone follows, does not count as a pair not found.
"""

import importlib.util
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np

from mypt.corpus.candidates import Fingerprints, groups
from mypt.corpus.minhash import N_VALUES, SHINGLE_WORDS, band_keys, comparable, rows_per_band, signatures
from mypt.corpus.near_duplicates import NearDuplicateConfig, find_clusters
from mypt.errors import ConfigError

CLASSES: tuple[tuple[float, float], ...] = ((0.9, 1.0), (0.8, 0.9), (0.7, 0.8))
"""Jaccard indices from and to which recall is counted together."""

Pairs: TypeAlias = set[tuple[int, int]]
_ALONE = "\u0e00-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"  # without spaces
_WORD = re.compile(f"[{_ALONE}]|(?:(?![{_ALONE}])[^\\W_])+")
_BATCH = 256
_LEAST_WORDS = 50


@dataclass(frozen=True)
class Planted:
    """Texts with edited copies of some of them."""

    texts: tuple[str, ...]
    pairs: tuple[tuple[int, int, float], ...]
    """(original, copy, their Jaccard index)."""


@dataclass(frozen=True)
class DedupSpeed:
    """What one contender did."""

    name: str
    processor_seconds: float
    documents_per_second: float
    megabytes_per_second: float
    recall: Mapping[str, float]
    """Share of the planted pairs found, by class of their Jaccard index."""
    precision: float
    """Share of the pairs reported whose Jaccard index is the threshold or more."""
    n_pairs: int


@dataclass(frozen=True)
class DedupBench:
    """All contenders on one input."""

    n_texts: int
    megabytes: float
    threshold: float
    planted: Mapping[str, int]
    """Planted pairs by class."""
    contenders: tuple[DedupSpeed, ...]
    """Ours first."""

    def ratio(self, name: str) -> float:
        """Return how many times as long a contender took as ours."""
        seconds = {each.name: each.processor_seconds for each in self.contenders}
        return seconds[name] / seconds[self.contenders[0].name]


def plant(texts: Sequence[str], share: float, seed: int) -> Planted:
    """Return texts with a copy of a share of them, in which up to 16 % of the words are others."""
    generator = np.random.default_rng(seed)
    alike = np.concatenate([[], *groups(_fingerprints(texts, rows=4), 0.7, 1 << 30)])
    alone = sorted(set(range(len(texts))) - set(alike.tolist()))
    fit = [i for i in alone if len(texts[i].split()) >= _LEAST_WORDS]
    chosen = generator.choice(fit, size=min(len(fit), round(share * len(texts))), replace=False)
    copies = [_edited(texts[i], float(generator.uniform(0.0, 0.16)), generator) for i in chosen.tolist()]
    pairs = [
        (int(i), len(texts) + n, jaccard(texts[i], copy))
        for n, (i, copy) in enumerate(zip(chosen, copies, strict=True))
    ]
    return Planted((*texts, *copies), tuple(pairs))


def jaccard(left: str, right: str) -> float:
    """Return the Jaccard index of the word 5-grams of two texts, by sets of tuples and no hash."""
    a, b = (set(_shingles(text)) for text in comparable_strings((left, right)))
    return len(a & b) / max(1, len(a | b))


def comparable_strings(texts: Sequence[str]) -> list[str]:
    """Return texts without what thousands of documents share, which every contender gets."""
    packed = comparable(texts)
    bounds = zip(packed.offsets[:-1], packed.offsets[1:], strict=True)
    return [packed.buffer[start:stop].tobytes().decode() for start, stop in bounds]


def measure(planted: Planted, names: Sequence[str] = (), threshold: float = 0.8) -> DedupBench:
    """Return ours and the named peers on the same texts; ConfigError when one is not installed."""
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if missing:
        raise ConfigError(
            f"not installed here: {', '.join(missing)}", hint=f"pip install {' '.join(missing)}"
        )
    rows = rows_per_band(threshold)
    _ours(planted.texts[:_BATCH] * 2, rows, threshold)  # with copies, so that everything is compiled
    contenders = [_timed(name, CONTENDERS[name], planted, rows, threshold) for name in ("mypt", *names)]
    counts = {_label(c): sum(c[0] <= pair[2] <= c[1] for pair in planted.pairs) for c in CLASSES}
    megabytes = sum(len(text.encode()) for text in planted.texts) / 1e6
    return DedupBench(len(planted.texts), megabytes, threshold, counts, tuple(contenders))


def _timed(name: str, find: "Contender", planted: Planted, rows: int, threshold: float) -> DedupSpeed:
    start = time.process_time()
    found = find(planted.texts, rows, threshold)
    seconds = time.process_time() - start
    megabytes = sum(len(text.encode()) for text in planted.texts) / 1e6
    true = sum(jaccard(planted.texts[a], planted.texts[b]) >= threshold for a, b in sorted(found))
    return DedupSpeed(
        name=name,
        processor_seconds=seconds,
        documents_per_second=len(planted.texts) / seconds,
        megabytes_per_second=megabytes / seconds,
        recall={_label(c): _recall(found, planted, c) for c in CLASSES},
        precision=true / max(1, len(found)),
        n_pairs=len(found),
    )


def _recall(found: Pairs, planted: Planted, bounds: tuple[float, float]) -> float:
    """Count a pair when it is reported, or both are with the same third document."""
    partners: dict[int, set[int]] = {}
    for a, b in found:
        partners.setdefault(a, {a}).add(b)
        partners.setdefault(b, {b}).add(a)
    pairs = [(a, b) for a, b, similarity in planted.pairs if bounds[0] <= similarity <= bounds[1]]
    hits = sum(bool(partners.get(a, set()) & partners.get(b, set())) for a, b in pairs)
    return hits / max(1, len(pairs))


def _label(bounds: tuple[float, float]) -> str:
    return f"{bounds[0]:.1f} to {bounds[1]:.1f}"


def _edited(text: str, share: float, generator: np.random.Generator) -> str:
    """Return a text with a share of its words replaced by other words of it, its spaces kept."""
    parts = re.split(r"(\s+)", text)
    places = [i for i, part in enumerate(parts) if part and not part.isspace()]
    edited = generator.random(len(places)) < share
    for place, other in zip(np.array(places)[edited], generator.permutation(places), strict=False):
        parts[place] = parts[other]
    return "".join(parts)


def _shingles(text: str) -> list[tuple[str, ...]]:
    words = _WORD.findall(text.lower())
    return list(zip(*(words[i:] for i in range(min(SHINGLE_WORDS, len(words)))), strict=False))


def _ours(texts: Sequence[str], rows: int, threshold: float) -> Pairs:
    config = NearDuplicateConfig(threshold=threshold, max_cluster=max(2, len(texts)))
    clusters = find_clusters(_fingerprints(texts, rows), lambda numbers: [texts[i] for i in numbers], config)
    members = np.flatnonzero(clusters.canonical != np.arange(len(texts)))
    return {_pair(int(i), int(clusters.canonical[i])) for i in members}


def _fingerprints(texts: Sequence[str], rows: int) -> Fingerprints:
    batches = [signatures(comparable(texts[i : i + _BATCH])) for i in range(0, len(texts), _BATCH)]
    values = np.concatenate(batches)
    sizes = np.array([len(text) for text in texts])
    order = np.arange(len(texts), dtype=np.uint64)  # stands for the digests
    return Fingerprints(values, band_keys(values, rows), sizes, order)


def _datasketch(texts: Sequence[str], rows: int, threshold: float) -> Pairs:
    from datasketch import MinHash, MinHashLSH  # optional
    from xxhash import xxh32_intdigest  # its fastest hash

    index = MinHashLSH(num_perm=N_VALUES, params=(N_VALUES // rows, rows))
    sets = ([" ".join(shingle).encode() for shingle in _shingles(text)] for text in comparable_strings(texts))
    signed = list(MinHash.generator(sets, num_perm=N_VALUES, hashfunc=xxh32_intdigest))
    return _queried(index, signed, threshold, lambda a, b: a.jaccard(b))


def _rensa(texts: Sequence[str], rows: int, threshold: float) -> Pairs:
    from rensa import RMinHash, RMinHashLSH  # optional

    n_values = N_VALUES // rows * rows
    index = RMinHashLSH(threshold=threshold, num_perm=n_values, num_bands=N_VALUES // rows)
    signed = []
    for text in comparable_strings(texts):
        one = RMinHash(num_perm=n_values, seed=1)
        one.update([" ".join(shingle) for shingle in _shingles(text)])
        signed.append(one)
    return _queried(index, signed, threshold, lambda a, b: a.jaccard(b))


def _queried(
    index: Any, signed: Sequence[Any], threshold: float, estimate: Callable[[Any, Any], float]
) -> Pairs:
    """Ask an index about each signature before it takes it in; keep whom the signatures call near enough."""
    found: Pairs = set()
    for number, one in enumerate(signed):
        near = (other for other in index.query(one) if estimate(signed[other], one) >= threshold)
        found |= {_pair(number, other) for other in near}
        index.insert(number, one)
    return found


def _pair(a: int, b: int) -> tuple[int, int]:
    return (a, b) if a < b else (b, a)


Contender: TypeAlias = Callable[[Sequence[str], int, float], Pairs]

CONTENDERS: Mapping[str, Contender] = MappingProxyType(
    {"mypt": _ours, "datasketch": _datasketch, "rensa": _rensa}
)
