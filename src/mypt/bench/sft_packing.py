"""How fast episodes become packed rows: rendering beside the bare encoder, and packing with its fill."""

import random
import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import numpy as np

from mypt.conversation.bulk_render import render_many
from mypt.conversation.episode import AssistantMessage, Episode, UserMessage
from mypt.conversation.render import pieces
from mypt.dataset.packing import compute_packing_stats, greedy_bin_pack
from mypt.tokenizer.bulk import BulkEncoder, bulk_encoder
from mypt.tokenizer.tokenizer import Tokenizer, decode

LENGTHS = {"short": (10, 60), "tool": (300, 900)}
"""Tokens of an episode, shortest and longest: phases 1 and 2, and tool episodes."""
TEXTS = {"short": (5, 2), "long": (250, 130)}
"""Words of the question and of the answer."""

_CHUNK = 500
_REPEATS = 3
T = TypeVar("T")


def bench_packing(n_episodes: int = 110_000, row_tokens: int = 1024) -> dict[str, float]:
    """Return episodes packed in a second of one core and how full rows are, for evenly spread lengths.

    `best_fill` is what no packing exceeds: episodes longer than half a row can share none with each other.
    """
    greedy_bin_pack(np.array([1]), 1)  # compiles
    figures: dict[str, float] = {}
    for name, (shortest, longest) in LENGTHS.items():
        lengths = np.random.default_rng(0).integers(shortest, longest + 1, n_episodes)
        seconds, rows = _fastest(partial(greedy_bin_pack, lengths, row_tokens))
        stats = compute_packing_stats(lengths, rows, row_tokens)
        figures |= {
            f"packing {name} episodes per second": n_episodes / seconds,
            f"packing {name} fill": stats.fill,
            f"packing {name} best fill": stats.best_fill,
        }
    return figures


def bench_rendering(tokenizer: Tokenizer, n_episodes: int = 20_000) -> dict[str, float]:
    """Return episodes and tokens rendered in a second of one core, beside the bare encoder on their texts."""
    encode = bulk_encoder(tokenizer)
    figures: dict[str, float] = {}
    for name, (n_question, n_answer) in TEXTS.items():
        episodes = _episodes(tokenizer, n_episodes, n_question, n_answer)
        seconds, n_tokens = _fastest(partial(_render, episodes, tokenizer))
        texts = [piece.encode() for one in episodes for piece, _ in pieces(one) if isinstance(piece, str)]
        bare, n_encoded = _fastest(partial(_encode, texts, encode))
        figures |= {
            f"rendering {name} tokens per episode": n_tokens / n_episodes,
            f"rendering {name} episodes per second": n_episodes / seconds,
            f"rendering {name} tokens per second": n_tokens / seconds,
            f"rendering {name} tokens per second of the encoder alone": n_encoded / bare,
        }
    return figures


def _render(episodes: list[Episode], tokenizer: Tokenizer) -> int:
    starts = range(0, len(episodes), _CHUNK)
    return sum(len(render_many(episodes[start : start + _CHUNK], tokenizer).ids) for start in starts)


def _encode(texts: list[bytes], encode: BulkEncoder) -> int:
    return sum(len(encode(text)) for text in texts)


def _episodes(tokenizer: Tokenizer, count: int, n_question: int, n_answer: int) -> list[Episode]:
    """Return episodes of words that are tokens of the vocabulary, the same ones every time."""
    rng = random.Random(0)  # noqa: S311  # nothing secret
    words = [decode(tokenizer, [token]) for token in range(300, min(5000, tokenizer.end_of_text))]
    words = [word for word in words if word.strip().isalpha()] or ["a"]

    def text(n_words: int) -> str:
        return "".join(rng.choices(words, k=n_words)).strip()

    return [
        Episode(
            system="You are MyPT.",
            messages=(UserMessage(content=text(n_question)), AssistantMessage(content=text(n_answer))),
            language="en",
            source="bench",
            phase=1,
        )
        for _ in range(count)
    ]


def _fastest(work: Callable[[], T]) -> tuple[float, T]:
    """Return the processor's seconds of the best of some runs, and what the last one gave."""
    seconds: list[float] = []
    for _ in range(_REPEATS):
        start = time.process_time()
        result = work()
        seconds.append(max(time.process_time() - start, 1e-9))
    return min(seconds), result
