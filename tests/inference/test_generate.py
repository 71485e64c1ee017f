"""Completions of ids and of text."""

import pytest

from mypt.errors import InputError
from mypt.inference.config import SamplingConfig
from mypt.inference.generate import Completion, generate, generate_text, stream_text
from mypt.inference.scripted_engine import ScriptedEngine
from mypt.inference.stopping import FinishReason, stop_at
from mypt.inference.torch_engine import TorchEngine
from mypt.tokenizer.character import CharacterTokenizer
from tests.inference.models import GREEDY, PROMPTS, make_model

TOKENIZER = CharacterTokenizer.from_texts(["Grüße aus Zürich 👋"])
N_IDS = TOKENIZER.base_vocab_size + 19
SAMPLING = SamplingConfig(max_new_tokens=20, temperature=0.7, seed=1)


def _scripted(*texts: str) -> ScriptedEngine:
    return ScriptedEngine(
        [[*TOKENIZER.encode(text), TOKENIZER.end_of_text] for text in texts], vocab_size=N_IDS
    )


def test_completions_come_in_the_order_of_prompts_with_their_reasons() -> None:
    engine = ScriptedEngine([[1, 2], [3, 9]])

    completions = generate(engine, [[5], [6, 7]], SamplingConfig(max_new_tokens=2), stop_at({9}))

    assert completions == [
        Completion((1, 2), FinishReason.LENGTH, 1),
        Completion((3, 9), FinishReason.STOP, 2),
    ]


def test_a_stream_holds_what_is_collected() -> None:
    engine = TorchEngine(make_model())

    collected = generate(engine, PROMPTS, GREEDY)

    events = list(engine.stream(PROMPTS, GREEDY))
    assert [tuple(event.id for event in events if event.row == row) for row in range(len(PROMPTS))] == [
        completion.ids for completion in collected
    ]


def test_a_text_ends_with_its_document() -> None:
    assert generate_text(_scripted("ßü", "👋"), TOKENIZER, ["a", "b"], SAMPLING) == ["ßü", "👋"]


def test_an_empty_prompt_starts_a_document() -> None:
    engine = _scripted("a")

    generate_text(engine, TOKENIZER, [""], SAMPLING)

    assert engine.prompts == [[TOKENIZER.end_of_text]]


def test_the_end_of_document_id_is_not_text_and_pieces_are_whole() -> None:
    assert list(stream_text(_scripted("ü⚙"), TOKENIZER, "a", SAMPLING)) == ["ü", "⚙"]


def test_streamed_text_is_the_generated_text() -> None:
    engine = TorchEngine(make_model(vocab_size=N_IDS))

    streamed = "".join(stream_text(engine, TOKENIZER, "Zürich", SAMPLING))

    assert [streamed] == generate_text(engine, TOKENIZER, ["Zürich"], SAMPLING)


def test_conversation_tags_and_padding_are_never_drawn() -> None:
    engine = TorchEngine(make_model(vocab_size=N_IDS + 40))
    hot = SamplingConfig(temperature=100.0, top_k=0, max_new_tokens=300)

    generate_text(engine, TOKENIZER, ["Gr"], hot)  # decoding would refuse any of them

    with pytest.raises(InputError, match="banned"):
        generate_text(ScriptedEngine([[N_IDS - 1]], vocab_size=N_IDS), TOKENIZER, ["Gr"], hot)


def test_a_tokenizer_of_another_model_is_refused() -> None:
    with pytest.raises(InputError, match="tokenizer"):
        generate_text(TorchEngine(make_model()), TOKENIZER, ["a"], SAMPLING)
