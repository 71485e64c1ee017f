"""Clusters of near-duplicates, on real texts with planted copies."""

import hashlib
import random
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from mypt.corpus.candidates import Fingerprints
from mypt.corpus.minhash import band_keys, comparable, signatures
from mypt.corpus.near_duplicates import Clusters, NearDuplicateConfig, find_clusters
from mypt.documents.words_plain import Offsets
from mypt.errors import InputError

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
HEADER = " ".join(f"kopf{number}" for number in range(200))


@pytest.fixture(scope="module")
def articles() -> list[str]:
    """Return the sections of real acts in two languages."""
    texts = [path.read_text("utf-8") for path in sorted(SAMPLE.glob("*/*.md"))]
    return sorted({part for text in texts for part in re.split(r"\n(?=#)", text) if len(part.split()) > 60})


def clusters_of(texts: Sequence[str], config: NearDuplicateConfig | None = None) -> Clusters:
    values = signatures(comparable(texts))
    data = [text.encode() for text in texts]
    sizes = np.array([len(text) for text in data], dtype=np.int64)
    digests = [int.from_bytes(hashlib.sha256(text).digest()[:8], "big") for text in data]
    prints = Fingerprints(values, band_keys(values, 6), sizes, np.array(digests, dtype=np.uint64))

    def read(numbers: Offsets) -> list[str]:
        assert numbers.tolist() == sorted(numbers.tolist())
        return [texts[number] for number in numbers]

    return find_clusters(prints, read, config or NearDuplicateConfig(max_cluster=100_000))


def as_texts(texts: Sequence[str], clusters: Clusters) -> dict[str, tuple[str, float]]:
    rows = zip(texts, clusters.canonical.tolist(), clusters.similarity.tolist(), strict=True)
    return {text: (texts[canonical], similarity) for text, canonical, similarity in rows}


def exact_jaccard(left: str, right: str) -> float:
    a, b = (
        {tuple(words[i : i + 5]) for i in range(len(words) - 4)}
        for words in (re.findall(r"[^\W_]+", text.lower()) for text in (left, right))
    )
    return len(a & b) / len(a | b)


def edited(text: str, n_words: int, generator: random.Random) -> str:
    words = text.split(" ")
    for place in generator.sample(range(len(words)), min(n_words, len(words))):
        words[place] = f"anders{generator.randrange(10**6)}"
    return " ".join(words)


def test_planted_copies_are_found_and_nothing_below_the_threshold(articles: list[str]) -> None:
    generator = random.Random(0)  # noqa: S311
    copies = [edited(text, generator.randrange(12), generator) for text in articles]
    texts = list(dict.fromkeys([*articles, *copies]))

    clusters = clusters_of(texts)

    number = {text: i for i, text in enumerate(texts)}
    pairs = [(number[a], number[b]) for a, b in zip(articles, copies, strict=True) if a != b]
    true = [(a, b) for a, b in pairs if exact_jaccard(texts[a], texts[b]) >= 0.8]
    alone = [(a, b) for a, b in true if max(map(len, map(clusters.members, clusters.canonical[[a, b]]))) <= 2]
    found = [clusters.canonical[a] == clusters.canonical[b] for a, b in alone]
    joined = [(i, c) for i, c in enumerate(clusters.canonical.tolist()) if i != c]
    assert len(alone) > 150
    assert np.mean(found) >= 0.99
    for i, canonical in joined:
        assert clusters.similarity[i] == pytest.approx(exact_jaccard(texts[i], texts[canonical]), abs=0.03)
        assert clusters.similarity[i] >= 0.8


def test_neither_order_nor_memory_changes_what_is_kept(articles: list[str]) -> None:
    generator = random.Random(1)  # noqa: S311
    texts = list(dict.fromkeys([*articles, *(edited(text, 3, generator) for text in articles[:150] * 2)]))
    expected = as_texts(texts, clusters_of(texts))

    for memory in (2 << 30, 1 << 20):
        generator.shuffle(texts)
        config = NearDuplicateConfig(memory_bytes=memory)
        assert as_texts(texts, clusters_of(texts, config)) == expected


def test_the_longest_is_kept_and_among_equally_long_the_least_digest(articles: list[str]) -> None:
    text = max(articles, key=len)
    longer = f"{text} ende"
    twins = [f"{text} {word}" for word in ("eins", "zwei", "drei")]

    assert clusters_of([text, longer]).canonical.tolist() == [1, 1]
    kept = min(twins, key=lambda twin: hashlib.sha256(twin.encode()).digest())
    assert set(clusters_of(twins).canonical.tolist()) == {twins.index(kept)}


def test_a_chain_of_small_steps_is_not_one_cluster() -> None:
    words = [f"wort{number}" for number in range(400)]
    texts = [" ".join(words[step * 15 : step * 15 + 250]) for step in range(9)]

    clusters = clusters_of(texts)

    for text, canonical in zip(texts, clusters.canonical.tolist(), strict=True):
        assert exact_jaccard(text, texts[canonical]) >= 0.8
    assert 2 <= len(set(clusters.canonical.tolist())) < 9


def test_different_documents_below_one_long_header_are_kept() -> None:
    generator = random.Random(2)  # noqa: S311
    bodies = [" ".join(f"w{generator.randrange(10**6)}" for _ in range(150)) for _ in range(300)]

    clusters = clusters_of([f"{HEADER} {body}" for body in bodies])

    assert clusters.n_duplicates == 0


def test_five_thousand_copies_of_one_header_are_one_cluster() -> None:
    clusters = clusters_of([f"{HEADER} {number}" for number in range(5_000)])

    assert clusters.largest(3) == [(clusters.canonical[0], 5_000)]


def test_a_cluster_above_the_limit_is_an_error_that_names_it() -> None:
    texts = [f"{HEADER} {number}" for number in range(12)]

    with pytest.raises(InputError, match=r"document number \d+ would stand for 12 documents") as caught:
        clusters_of(texts, NearDuplicateConfig(max_cluster=11))

    assert "raise max_cluster" in caught.value.hint


def test_umlauts_and_other_scripts_are_compared_by_what_they_say() -> None:
    umlauts = ["ä ö ü ß Ä Ö Ü", "ö ä ß ü Ö Ä Ü", "ä ö ü ß Ä Ö Ü!"]
    scripts = [
        "漢字は表語文字である。",
        "仮名は表音文字である。",
        "Привет мир как дела",
        "🎉🎊🎈🎂🎁",
        "🎁🎂🎈🎊🎉",
    ]

    clusters = clusters_of([*umlauts, *scripts])

    assert clusters.canonical.tolist() == [2, 1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("texts", [[], [""], ["", "", "---"], ["Art. 1", "Art. 2", "§"]])
def test_texts_with_hardly_a_word_are_kept(texts: list[str]) -> None:
    assert clusters_of(texts).n_duplicates == 0


def test_a_reader_that_leaves_texts_out_is_an_error() -> None:
    values = signatures(comparable([HEADER, HEADER]))
    prints = Fingerprints(values, band_keys(values, 6), np.ones(2, np.int64), np.arange(2, dtype=np.uint64))

    with pytest.raises(InputError, match="asked for the texts of 2 documents, got 1"):
        find_clusters(prints, lambda _: [HEADER], NearDuplicateConfig())


def test_a_poisoned_document_is_text_like_any_other() -> None:
    poison = "<|endoftext|> <myPT_user> \\0 {{7*7}} ' OR 1=1 -- " * 20

    clusters = clusters_of([poison, poison + "x", "ein anderer Text mit genug Worten darin"])

    assert clusters.canonical.tolist() == [1, 1, 2]
