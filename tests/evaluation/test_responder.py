"""Models in batches, and the rules that must not pass."""

from collections.abc import Sequence

import pytest
import torch

from mypt.conversation.episode import Episode
from mypt.conversation.parse import ProblemKind
from mypt.conversation.special_tokens import SPECIAL_TOKENS
from mypt.errors import InputError
from mypt.evaluation.responder import (
    AlwaysEcho,
    AlwaysRefuse,
    CopyContext,
    EngineResponder,
    Responder,
    random_weights,
)
from mypt.inference.scripted_engine import ScriptedEngine
from mypt.inference.torch_engine import TorchEngine
from mypt.model.config import GPTConfig
from mypt.model.gpt import GPT
from mypt.model.init_weights import init_weights
from mypt.tokenizer.character import CharacterTokenizer

TOKENIZER = CharacterTokenizer(" .?abcdefghijklmnopqrstuvwxyz")


def prompt(text: str) -> Episode:
    return Episode.model_validate(
        {"messages": [{"role": "user", "content": text}], "language": "en", "source": "case"}
    )


def lively_engine(block_size: int = 96) -> TorchEngine:
    config = GPTConfig(
        n_layer=2, n_head=2, n_embd=16, vocab_size=TOKENIZER.base_vocab_size + len(SPECIAL_TOKENS),
        block_size=block_size, pos_encoding="rope", dropout=0.0,
    )  # fmt: skip
    model = init_weights(GPT(config), 1)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.mul_(12)  # so that choices are far apart
    return TorchEngine(model)


class CountingEngine:
    """An engine that keeps how many prompts came at once."""

    def __init__(self, engine: TorchEngine) -> None:
        self._engine = engine
        self.block_size, self.vocab_size = engine.block_size, engine.vocab_size
        self.batches: list[int] = []

    def stream(self, prompts: Sequence[Sequence[int]], *rest: object) -> object:
        self.batches.append(len(prompts))
        return self._engine.stream(prompts, *rest)  # type: ignore[arg-type]


def test_a_batch_is_the_same_as_one_by_one_and_in_the_same_order() -> None:
    prompts = [prompt("abcdefg hij"[: 1 + n % 11] + "xyz"[n % 3]) for n in range(14)]
    counting = CountingEngine(lively_engine())
    batched = EngineResponder(counting, TOKENIZER, max_tokens=20, batch_tokens=160)  # type: ignore[arg-type]
    single = EngineResponder(lively_engine(), TOKENIZER, max_tokens=20)

    outputs = batched.respond(prompts)

    assert outputs == [single.respond([one])[0] for one in prompts]
    assert len({output.answer for output in outputs}) > 5  # or nothing is compared
    assert 1 < len(counting.batches) < len(prompts)
    assert max(counting.batches) > 1


def test_no_row_is_read_beyond_its_context() -> None:
    engine = lively_engine(block_size=24)
    responder = EngineResponder(engine, TOKENIZER, max_tokens=24)
    prompts = [prompt("a" * n) for n in (1, 17, 40)]

    short, long, too_long = responder.respond(prompts)

    assert responder.respond(prompts[1:2]) == [long]
    assert len(long.answer) <= 24 - 20 + 1
    assert too_long.problems[0].kind is ProblemKind.CUT_OFF
    assert "the prompt has 43 tokens, the model reads 24" in too_long.problems[0].detail
    assert short.answer


def test_fewer_tokens_cut_a_turn_off() -> None:
    replies = [TOKENIZER.encode("yes") + _ids("</myPT_assistant>", "<myPT_eot>")] * 2
    responder = EngineResponder(ScriptedEngine(replies, vocab_size=TOKENIZER.base_vocab_size + 19), TOKENIZER)

    (whole,) = responder.respond([prompt("a")])
    (cut,) = responder.respond([prompt("a")], max_tokens=4)

    assert (whole.answer, whole.problems) == ("yes", ())
    assert cut.problems[0].kind is ProblemKind.CUT_OFF


def test_a_model_without_tags_is_refused() -> None:
    with pytest.raises(InputError, match="19 ids, a conversation needs"):
        EngineResponder(ScriptedEngine([], vocab_size=19), TOKENIZER)


def test_rules_answer_as_they_are_named() -> None:
    passages = [{"id": "p-1", "text": "The first."}, {"id": "p-2", "text": "The second."}]
    asked = [{"role": "user", "content": "Wann?", "context": passages}]
    german = Episode.model_validate({"messages": asked, "language": "de", "source": "case"})

    assert AlwaysRefuse().respond([german])[0].answer == "Das weiss ich nicht."
    assert AlwaysEcho().respond([german])[0].answer == "Wann?"
    copied, empty = CopyContext().respond([german, prompt("a")])
    assert (copied.answer, copied.citations) == ("The first.", ("p-1",))
    assert empty.problems[0].kind is ProblemKind.EMPTY


def test_a_model_that_learned_nothing_answers_and_does_not_end_its_turn() -> None:
    responder = random_weights(TOKENIZER)

    assert isinstance(responder, Responder)
    assert responder.respond([prompt("abc")])[0].problems


def _ids(*tags: str) -> list[int]:
    return [TOKENIZER.base_vocab_size + SPECIAL_TOKENS.index(tag) for tag in tags]
