"""Texts as bytes, and the hashes of their words."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from mypt.documents.words import Texts, kernels, ngram_hashes
from mypt.errors import InputError

PINNED_FIVE = [8554120407156666178, 8206819323819090512]
PINNED_ONE = [8851916530141662062, 1975800520324875026, 944032097348811546]
SAMPLE = sorted((Path(__file__).parents[2] / "data" / "sample").rglob("*.*"))


def hashes_of(text: str, n: int = 1) -> list[int]:
    return ngram_hashes(Texts.from_strings([text]), n)[0].tolist()


def test_the_hashes_are_these_numbers_for_ever() -> None:
    assert hashes_of("Die Würde des Menschen ist unantastbar.", 5) == PINNED_FIVE
    assert hashes_of("word 漢 🎉") == PINNED_ONE


def test_only_ascii_is_folded() -> None:
    assert hashes_of("Foo BAR") == hashes_of("foo bar")
    assert hashes_of("Über") != hashes_of("über")
    assert hashes_of("über") != hashes_of("uber")


def test_signs_and_quotation_marks_do_not_belong_to_words() -> None:
    assert hashes_of("„Wort“ \u2013 »zwei«, l\u2019an…") == hashes_of("Wort zwei l an")


@pytest.mark.parametrize("text", ["漢字かな交", "สวัสดี", "ကခဂဃင", "🎉🎊🎈", "★☆✓"])
def test_scripts_without_spaces_give_a_word_for_each_character(text: str) -> None:
    assert len(hashes_of(text)) == len(text)
    assert len(hashes_of(text[: len(text) - 1], 2)) == len(text) - 2


@pytest.mark.parametrize("text", ["ÄÖÜ", "Привет мир", "γειά", "שלום", "مرحبا", "한국어 문장", "हिन्दी"])
def test_no_script_becomes_nothing(text: str) -> None:
    assert len(hashes_of(text)) == len(text.split())


def test_a_text_with_fewer_words_has_one_hash_of_all_and_a_text_without_words_none() -> None:
    hashes, bounds = ngram_hashes(Texts.from_strings(["one two", "", "+++ --- ***", "one two"]), 5)

    assert np.diff(bounds).tolist() == [1, 0, 0, 1]
    assert hashes[0] == hashes[1] == hashes_of("one two", 2)[0]


def test_each_run_of_words_has_its_own_hash_wherever_it_stands() -> None:
    words = ["a", "b", "c", "d", "e", "f", "g"]

    assert hashes_of(" ".join(words), 3) == [
        h for i in range(5) for h in hashes_of(" ".join(words[i : i + 3]), 3)
    ]
    assert hashes_of("a b", 2) != hashes_of("b a", 2)


def test_arrow_arrays_are_read_in_place_with_their_offset() -> None:
    strings = ["", "eins zwei", "Größe", "漢字"]
    expected = Texts.from_strings(strings[1:])

    for kind in (pa.string(), pa.large_string()):
        for array in (pa.array(strings, kind)[1:], pa.chunked_array([strings[1:2], strings[2:]], kind)):
            texts = Texts.from_arrow(array)
            assert ngram_hashes(texts, 1)[0].tolist() == ngram_hashes(expected, 1)[0].tolist()
            assert len(texts) == 3


@pytest.mark.parametrize(
    "array", [pa.array([], pa.string()), pa.array([""], pa.string()), pa.chunked_array([], pa.string())]
)
def test_empty_arrays_have_no_words(array: pa.Array) -> None:
    texts = Texts.from_arrow(array)

    assert len(texts) == len(array)
    assert ngram_hashes(texts, 5)[0].tolist() == []


def test_a_missing_text_is_an_error() -> None:
    with pytest.raises(InputError, match="1 of 2 texts are null"):
        Texts.from_arrow(pa.array(["a", None]))


def test_without_a_compiler_everything_has_the_same_numbers() -> None:
    program = (
        "import sys; sys.modules['numba'] = None\n"
        "from pathlib import Path\n"
        "from mypt.documents import words\n"
        "from mypt.corpus.minhash import signatures\n"
        "assert words.kernels is words.words_plain\n"
        "texts = words.Texts.from_strings([Path(p).read_text('utf-8') for p in sys.argv[1:]])\n"
        "print(int(words.ngram_hashes(texts, 5)[0].sum()), int(signatures(texts).astype('u8').sum()))\n"
    )
    from mypt.corpus.minhash import signatures

    paths = [str(path) for path in SAMPLE if path.suffix in (".md", ".txt")][::8]
    texts = Texts.from_strings([Path(path).read_text("utf-8") for path in paths])

    run = subprocess.run(
        [sys.executable, "-c", program, *paths], capture_output=True, text=True, check=True, timeout=120
    )

    expected = [int(ngram_hashes(texts, 5)[0].sum()), int(signatures(texts).astype("u8").sum())]
    assert [int(word) for word in run.stdout.split()] == expected
    assert kernels.__name__ == "mypt.documents.word_kernels"
