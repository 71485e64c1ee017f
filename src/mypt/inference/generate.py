"""Prompts → completions, of ids and of plain text."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from mypt.errors import InputError
from mypt.inference.config import SamplingConfig
from mypt.inference.engine import InferenceEngine
from mypt.inference.stopping import FinishReason, StopRule, never_stop, stop_at
from mypt.inference.text_stream import TextStream
from mypt.tokenizer.tokenizer import Tokenizer, decode


@dataclass(frozen=True)
class Completion:
    """What an engine made of one prompt."""

    ids: tuple[int, ...]
    """All that was drawn, with the id that ended it."""
    finish: FinishReason
    n_prompt_tokens: int


def generate(
    engine: InferenceEngine,
    prompts: Sequence[Sequence[int]],
    sampling: SamplingConfig,
    stop: StopRule = never_stop,
    banned_ids: Collection[int] = (),
) -> list[Completion]:
    """Return one completion for each prompt, in order."""
    ids: list[list[int]] = [[] for _ in prompts]
    reasons = [FinishReason.LENGTH] * len(prompts)
    for event in engine.stream(prompts, sampling, stop, banned_ids):
        ids[event.row].append(event.id)
        reasons[event.row] = event.finish or reasons[event.row]
    return [
        Completion(tuple(drawn), reason, len(prompt))
        for drawn, reason, prompt in zip(ids, reasons, prompts, strict=True)
    ]


def generate_text(
    engine: InferenceEngine, tokenizer: Tokenizer, prompts: Sequence[str], sampling: SamplingConfig
) -> list[str]:
    """Return how a base model continues each text, up to the end of a document.

    An empty text stands for the start of a document.
    """
    ids = [encode_prompt(prompt, tokenizer) for prompt in prompts]
    completions = generate(engine, ids, sampling, _end_of_document(tokenizer), _not_text(engine, tokenizer))
    return [decode(tokenizer, completion.ids) for completion in completions]


def stream_text(
    engine: InferenceEngine, tokenizer: Tokenizer, prompt: str, sampling: SamplingConfig
) -> Iterator[str]:
    """Yield the same continuation of one text piece by piece."""
    ids, stop = encode_prompt(prompt, tokenizer), _end_of_document(tokenizer)
    events = engine.stream([ids], sampling, stop, _not_text(engine, tokenizer))
    return _pieces((event.id for event in events), TextStream(tokenizer))


def encode_prompt(prompt: str, tokenizer: Tokenizer) -> list[int]:
    """Return the ids of a text to continue; an empty one follows the end of another document."""
    return tokenizer.encode(prompt) or [tokenizer.end_of_text]


def _end_of_document(tokenizer: Tokenizer) -> StopRule:
    return stop_at({tokenizer.end_of_text})


def _not_text(engine: InferenceEngine, tokenizer: Tokenizer) -> range:
    """The ids behind the tokenizer's own: conversation tags, and rows that nothing was trained on."""
    if engine.vocab_size < tokenizer.base_vocab_size:
        raise InputError(
            f"the tokenizer has {tokenizer.base_vocab_size} ids, the model only {engine.vocab_size}",
            hint="use the tokenizer that lies beside the model",
        )
    return range(tokenizer.base_vocab_size, engine.vocab_size)


def _pieces(ids: Iterator[int], text: TextStream) -> Iterator[str]:
    for token in ids:
        if piece := text.feed(token):
            yield piece
    if rest := text.finish():
        yield rest
