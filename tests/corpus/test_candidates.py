"""Who may be a near-duplicate of whom."""

import numpy as np
import pytest

from mypt.corpus.candidates import Fingerprints, groups, least_agreement
from mypt.corpus.minhash import band_keys, comparable, signatures
from mypt.documents.words import kernels
from mypt.documents.words_plain import Offsets, Values
from mypt.errors import InputError

MEMORY = 1 << 30


def fingerprints(texts: list[str]) -> Fingerprints:
    values = signatures(comparable(texts))
    sizes = np.array([len(text) for text in texts])
    return Fingerprints(values, band_keys(values, 6), sizes, np.arange(len(texts), dtype=np.uint64))


def random_texts(n: int, n_words: int = 60) -> list[list[str]]:
    generator = np.random.default_rng(0)
    return [[f"w{number}" for number in generator.integers(0, 9999, n_words)] for _ in range(n)]


def test_copies_are_in_one_group_the_longest_first() -> None:
    words = random_texts(3)
    texts = [" ".join(text) for text in (words[0], words[1], [*words[0], "mehr"], words[2])]

    assert [group.tolist() for group in groups(fingerprints(texts), 0.8, MEMORY)] == [[2, 0]]


def test_less_memory_sorts_in_parts_and_finds_the_same() -> None:
    texts = [" ".join(words) for words in random_texts(400)]
    texts += [f"{text} ende" for text in texts[::7]]
    prints = fingerprints(texts)

    whole, parts = (groups(prints, 0.8, memory) for memory in (MEMORY, 3_000))

    assert [group.tolist() for group in whole] == [group.tolist() for group in parts]
    assert len(whole) == 58


def test_a_bucket_of_different_texts_is_not_compared_all_with_all(monkeypatch: pytest.MonkeyPatch) -> None:
    n = 5_000
    values = np.random.default_rng(0).integers(0, 2**32, (n, 128)).astype(np.uint32)
    keys = np.full((1, n), 7, dtype=np.uint64)
    prints = Fingerprints(values, keys, np.ones(n, dtype=np.int64), np.arange(n, dtype=np.uint64))
    compared: list[int] = []
    agreements = kernels.agreements

    def counted(signatures: Values, left: Offsets, right: Offsets) -> Offsets:
        compared.append(len(left))
        return agreements(signatures, left, right)

    monkeypatch.setattr(kernels, "agreements", counted)

    assert groups(prints, 0.8, MEMORY) == []
    assert sum(compared) < 256 * n  # all pairs would be 12.5 million


def test_a_bucket_of_equal_texts_is_one_group() -> None:
    found = groups(fingerprints([" ".join(random_texts(1)[0])] * 5_000), 0.8, MEMORY)

    assert [len(group) for group in found] == [5_000]


def test_texts_without_words_are_nobodys_candidates() -> None:
    assert groups(fingerprints(["", "---", "", "***"]), 0.8, MEMORY) == []
    assert groups(fingerprints([]), 0.8, MEMORY) == []


def test_pairs_are_read_down_to_four_deviations_below_the_threshold() -> None:
    assert least_agreement(0.8) == 84


def test_arrays_of_different_documents_are_refused() -> None:
    prints = fingerprints(["a", "b"])

    with pytest.raises(InputError, match=r"of \[1, 2\] documents"):
        Fingerprints(prints.signatures, prints.keys, prints.sizes[:1], prints.digests)
