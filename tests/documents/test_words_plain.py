"""What is computed without a compiler."""

import re

import numpy as np

from mypt.documents import words_plain
from mypt.documents.words import CLASSES, Texts


def test_the_classes_and_the_pattern_agree_on_every_character() -> None:
    for point in [*range(0xD800), *range(0xE000, 0x30000)]:
        words = words_plain._WORDS.findall(chr(point) * 2)
        if point < 128:
            kind = words_plain.WORD if CLASSES[point] else words_plain.SEPARATOR
        elif point < 65_536:
            kind = int(CLASSES[point + 128])
        else:
            kind = words_plain.ALONE if 0x1F000 <= point <= 0x3FFFF else words_plain.WORD
        assert len(words) == {words_plain.SEPARATOR: 0, words_plain.WORD: 1, words_plain.ALONE: 2}[kind], hex(
            point
        )


def test_every_letter_and_digit_of_latin_greek_and_cyrillic_is_part_of_a_word() -> None:
    letters = [chr(point) for point in range(0x80, 0x530) if re.fullmatch(r"[^\W_]", chr(point))]

    assert [letter for letter in letters if words_plain._WORDS.findall(letter) != [letter]] == []


def test_a_word_hash_is_fnv_1a_mixed() -> None:
    texts = Texts.from_strings(["a"])
    fnv = ((0xCBF29CE484222325 ^ ord("a")) * 0x100000001B3) % 2**64

    hashes, _ = words_plain.ngram_hashes(texts.buffer, texts.offsets, 1, CLASSES)

    assert hashes.tolist() == [words_plain._mixed(words_plain._mixed(fnv))]


def test_equal_sets_have_a_jaccard_of_one_and_repetitions_do_not_count() -> None:
    left, right = np.array([1, 1, 2, 3], dtype=np.uint64), np.array([1, 2, 2, 3], dtype=np.uint64)

    assert words_plain.jaccard(left, right) == 1.0
    assert words_plain.jaccard(left[:0], right[:0]) == 0.0
    assert words_plain.jaccard(left, np.array([3, 4], dtype=np.uint64)) == 0.25
