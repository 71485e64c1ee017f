"""The fast encoder gives the ids of the reference, or is not used."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mypt.errors import ArtifactError
from mypt.tokenizer.bulk import AWKWARD, bulk_encoder, require_same_ids
from mypt.tokenizer.character import CharacterTokenizer
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe


def _five_characters(data: bytes) -> NDArray[np.int64]:
    return np.array(Gpt2Bpe().encode(data.decode()[:5]))


SAMPLE = Path(__file__).parents[2] / "data" / "sample"


def test_awkward_and_real_texts_get_the_same_ids() -> None:
    texts = [*AWKWARD, *(path.read_text(encoding="utf-8") for path in sorted(SAMPLE.rglob("*.md"))[::9])]

    require_same_ids(Gpt2Bpe(), bulk_encoder(Gpt2Bpe()), texts)


@given(st.text())
def test_any_text_gets_the_same_ids(text: str) -> None:
    require_same_ids(Gpt2Bpe(), bulk_encoder(Gpt2Bpe()), [text])


def test_another_tokenizer_encodes_for_itself() -> None:
    tokenizer = CharacterTokenizer.from_texts(["abä"])

    assert bulk_encoder(tokenizer)("äß".encode()).tolist() == tokenizer.encode("äß")


def test_the_first_text_with_other_ids_is_named() -> None:
    with pytest.raises(ArtifactError, match="for the text 'second'"):
        require_same_ids(
            Gpt2Bpe(), lambda data: np.array(Gpt2Bpe().encode(data.decode()[:5])), ["first", "second"]
        )
