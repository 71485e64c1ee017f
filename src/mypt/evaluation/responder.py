"""Who answers the cases: a model in batches, or a rule that must not pass."""

from collections.abc import Iterator, Sequence
from typing import Protocol, runtime_checkable

from mypt.agent.retrieved import retrieved_passages
from mypt.conversation.episode import Episode, UserMessage
from mypt.conversation.parse import ModelOutput, Problem, ProblemKind, parse
from mypt.conversation.render import render_prompt, stop_ids
from mypt.conversation.special_tokens import model_vocab_size
from mypt.errors import InputError
from mypt.inference.config import SamplingConfig
from mypt.inference.engine import InferenceEngine
from mypt.inference.generate import generate
from mypt.inference.stopping import stop_at, stop_at_any
from mypt.inference.torch_engine import TorchEngine
from mypt.model.config import GPTConfig
from mypt.model.gpt import GPT
from mypt.model.init_weights import init_weights
from mypt.tokenizer.tokenizer import Tokenizer

MAX_TOKENS = 192
"""Most tokens of a turn where nobody says otherwise: a call, or an answer with thoughts and citations."""
BATCH_TOKENS = 16_384
"""Prompt and answer tokens that are kept at once; a batch is as many rows as fit."""


@runtime_checkable
class Responder(Protocol):
    """Writes the next turn of each of several conversations."""

    def respond(self, prompts: Sequence[Episode], *, max_tokens: int | None = None) -> list[ModelOutput]:
        """Return what is written after each prompt, in their order; longer turns are cut off."""
        ...


class EngineResponder:
    """A model that always takes its likeliest token.

    No tag is banned, so that what it writes is what it has learned to write. A row is the same
    alone and in a batch, up to the rounding of its dtype.
    """

    def __init__(
        self,
        engine: InferenceEngine,
        tokenizer: Tokenizer,
        *,
        max_tokens: int = MAX_TOKENS,
        batch_tokens: int = BATCH_TOKENS,
    ) -> None:
        """Keep the engine; InputError when it has no ids for the conversation tags."""
        if engine.vocab_size < model_vocab_size(tokenizer):
            raise InputError(
                f"the model has {engine.vocab_size} ids, a conversation needs {model_vocab_size(tokenizer)}",
                hint="use a model made for conversations, with the tokenizer that lies beside it",
            )
        self._engine = engine
        self._tokenizer = tokenizer
        self._max_tokens = max_tokens
        self._batch_tokens = batch_tokens
        self._stop = stop_at_any(stop_ids(tokenizer).are_reached, stop_at({tokenizer.end_of_text}))

    def respond(self, prompts: Sequence[Episode], *, max_tokens: int | None = None) -> list[ModelOutput]:
        """Return what the model writes; a prompt that fills its context is answered by a problem."""
        most = min(max_tokens or self._max_tokens, self._engine.block_size)
        ids = [render_prompt(prompt, self._tokenizer) for prompt in prompts]
        outputs = [_unreadable(len(prompt), self._engine.block_size) for prompt in ids]
        for batch in self._batches(ids, most):
            written = self._generate([ids[number] for number in batch], most)
            for number, output in zip(batch, written, strict=True):
                outputs[number] = output
        return outputs

    def _batches(self, ids: Sequence[Sequence[int]], most: int) -> Iterator[list[int]]:
        """Yield the numbers of prompts of about one length; with the longest first, memory runs out early."""
        fitting = [number for number, prompt in enumerate(ids) if len(prompt) <= self._engine.block_size]
        fitting.sort(key=lambda number: (-len(ids[number]), number))
        while fitting:
            n_rows = max(1, self._batch_tokens // (len(ids[fitting[0]]) + most))
            yield fitting[:n_rows]
            fitting = fitting[n_rows:]

    def _generate(self, prompts: Sequence[Sequence[int]], most: int) -> list[ModelOutput]:
        """Generate, and leave out what a row wrote after its context was full."""
        sampling = SamplingConfig(temperature=0.0, max_new_tokens=most)
        completions = generate(self._engine, prompts, sampling, self._stop)
        rooms = [self._engine.block_size - len(prompt) + 1 for prompt in prompts]
        return [
            parse(completion.ids[:room], self._tokenizer)
            for completion, room in zip(completions, rooms, strict=True)
        ]


class AlwaysRefuse:
    """Says that it does not know, in the language of the conversation."""

    def respond(self, prompts: Sequence[Episode], *, max_tokens: int | None = None) -> list[ModelOutput]:  # noqa: ARG002
        """Return the same refusal for all."""
        return [
            answered("Das weiss ich nicht." if one.language == "de" else "I do not know.") for one in prompts
        ]


class AlwaysEcho:
    """Repeats what the user said last."""

    def respond(self, prompts: Sequence[Episode], *, max_tokens: int | None = None) -> list[ModelOutput]:  # noqa: ARG002
        """Return the last question of each."""
        return [answered(_last_question(prompt)) for prompt in prompts]


class CopyContext:
    """Repeats and cites the first passage that was shown."""

    def respond(self, prompts: Sequence[Episode], *, max_tokens: int | None = None) -> list[ModelOutput]:  # noqa: ARG002
        """Return the first passage of each, or nothing where there is none."""
        firsts = [next(iter(retrieved_passages(prompt).items()), ("", "")) for prompt in prompts]
        return [answered(text, *([name] if name else [])) for name, text in firsts]


def random_weights(tokenizer: Tokenizer, seed: int = 0) -> EngineResponder:
    """Return a small model that has learned nothing."""
    config = GPTConfig(n_layer=2, n_head=2, n_embd=32, vocab_size=model_vocab_size(tokenizer), dropout=0.0)
    return EngineResponder(TorchEngine(init_weights(GPT(config), seed)), tokenizer, max_tokens=32)


def answered(text: str, *cited: str) -> ModelOutput:
    """Return a clean turn with an answer; one that is empty breaks the grammar."""
    problems = () if text else (Problem(ProblemKind.EMPTY, ""),)
    return ModelOutput(text, None, cited, None, problems)


def _unreadable(n_tokens: int, block_size: int) -> ModelOutput:
    detail = f"the prompt has {n_tokens} tokens, the model reads {block_size}"
    return ModelOutput("", None, (), None, (Problem(ProblemKind.CUT_OFF, detail),))


def _last_question(prompt: Episode) -> str:
    questions = [message.content for message in prompt.messages if isinstance(message, UserMessage)]
    return questions[-1]
