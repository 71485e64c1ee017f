"""Compiled loops give the integers of the plain ones."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mypt.documents import word_kernels, words_plain
from mypt.documents.words import CLASSES, Texts

texts_of_any_script = st.lists(
    st.text(
        st.sampled_from("ab Z9 -,.äÜß漢か한กЖ—„“\u2019\u200d\u00a0🎉𝔸𠀀\0\n")
        | st.characters(exclude_categories=["Cs"])
    ),
    max_size=6,
).map(Texts.from_strings)
hashes = st.lists(st.integers(0, 30), max_size=40).map(
    lambda values: np.array(sorted(values), dtype=np.uint64)
)


@given(texts_of_any_script, st.integers(1, 14))
@settings(max_examples=300, deadline=None)
def test_ngram_hashes_are_the_same(texts: Texts, n: int) -> None:
    compiled = word_kernels.ngram_hashes(texts.buffer, texts.offsets, n, CLASSES)
    plain = words_plain.ngram_hashes(texts.buffer, texts.offsets, n, CLASSES)

    assert compiled[0].tolist() == plain[0].tolist()
    assert compiled[1].tolist() == plain[1].tolist()


@given(texts_of_any_script)
@settings(max_examples=100, deadline=None)
def test_signatures_are_the_same(texts: Texts) -> None:
    constants = np.arange(1, 17, dtype=np.uint32) * np.uint32(2654435761) | np.uint32(1)

    compiled = word_kernels.minhash(texts.buffer, texts.offsets, 5, CLASSES, constants, constants)
    plain = words_plain.minhash(texts.buffer, texts.offsets, 5, CLASSES, constants, constants)

    assert compiled.tolist() == plain.tolist()


@given(texts_of_any_script, st.integers(1, 5), st.sampled_from([0, 255]))
@settings(max_examples=100, deadline=None)
def test_wanted_ngrams_are_found_however_full_the_bitmap_is(texts: Texts, n: int, rest: int) -> None:
    wanted = np.unique(words_plain.ngram_hashes(texts.buffer, texts.offsets, n, CLASSES)[0])[::2]
    bitmap = np.full(64, rest, dtype=np.uint8)
    for value in wanted.tolist():
        for bit in (value % 512, (value >> 32) % 512):
            bitmap[bit // 8] |= 1 << bit % 8

    compiled = word_kernels.find_ngrams(texts.buffer, texts.offsets, n, CLASSES, bitmap, wanted)
    plain = words_plain.find_ngrams(texts.buffer, texts.offsets, n, CLASSES, bitmap, wanted)

    assert [found.tolist() for found in compiled] == [found.tolist() for found in plain]


@given(hashes, hashes)
@settings(deadline=None)
def test_jaccard_is_the_same(left: words_plain.Hashes, right: words_plain.Hashes) -> None:
    assert word_kernels.jaccard(left, right) == words_plain.jaccard(left, right)


def test_agreements_are_the_same() -> None:
    signatures = np.random.default_rng(0).integers(0, 3, (20, 128)).astype(np.uint32)
    left, right = np.arange(20), np.arange(20)[::-1].copy()

    compiled = word_kernels.agreements(signatures, left, right)

    assert compiled.tolist() == words_plain.agreements(signatures, left, right).tolist()


def test_one_huge_line_is_read_block_by_block() -> None:
    texts = Texts.from_strings(["x", "wort " * 300_000 + "ende", "y"])

    found, bounds = word_kernels.ngram_hashes(texts.buffer, texts.offsets, 5, CLASSES)

    assert np.diff(bounds).tolist() == [1, 299_997, 1]
    assert len(np.unique(found[1:-1])) == 2


def test_a_text_that_ends_exactly_with_a_block_has_no_hash_more() -> None:
    block = word_kernels._BLOCK
    for n_words in (block - 1, block, block + 1, 2 * block):
        texts = Texts.from_strings([" ".join(map(str, range(n_words)))])

        assert len(word_kernels.ngram_hashes(texts.buffer, texts.offsets, 1, CLASSES)[0]) == n_words


def test_a_character_that_is_cut_reads_nothing_behind_its_text() -> None:
    buffer = np.frombuffer("漢字".encode(), dtype=np.uint8)
    whole, cut = np.array([0, 2], dtype=np.int64), np.array([0, 2], dtype=np.int64)

    first = word_kernels.ngram_hashes(buffer, cut, 1, CLASSES)[0]
    second = word_kernels.ngram_hashes(buffer[:2].copy(), whole, 1, CLASSES)[0]

    assert first.tolist() == second.tolist()
