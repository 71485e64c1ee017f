"""Whether a row to learn from holds a case: its questions, a long run of its words, or what it holds out."""

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mypt.agent.retrieved import retrieved_passages
from mypt.conversation.episode import AssistantMessage, Episode, Message, Replay, UserMessage
from mypt.conversation.system_prompts import CHAT_SYSTEM_PROMPTS, FORMAT_SYSTEM_PROMPT
from mypt.documents.words import Texts, ngram_hashes
from mypt.evaluation.beside import FOLDER, files_beside
from mypt.evaluation.case import Case
from mypt.evaluation.suite import cases_of, prompt_of, read_suite, shipped_suites
from mypt.evaluation.words import joined, words

log = logging.getLogger(__name__)

N_GRAM_WORDS = 13
_HELD_OUT = ("payload", "template")
_USUAL_SYSTEMS = frozenset({FORMAT_SYSTEM_PROMPT, *CHAT_SYSTEM_PROMPTS})
_FIRST_TOOL_PHASE = 5
_OPERATOR = re.compile(r"(?<=[\d)])\s*([-+*/\u00d7\u00f7\u00b7^%:])\s*(?=[\d(])")

Row = Episode | Replay


class LeakIndex:
    """What rows to learn from may not hold.

    A row holds a case when its questions, with their passages, are the case's but for case and
    punctuation; when it shares a run of 13 words with it; or when its `payload` or `template` is
    one that a case of the same phase holds out. A case whose system text is its own, as in a
    hierarchy, is only held together with that text.
    """

    def __init__(self, cases: Iterable[Case]) -> None:
        self._ids: list[str] = []
        self._keys: dict[tuple[str, ...], int] = {}
        self._held_out: dict[tuple[int | None, str, str], int] = {}
        texts: list[str] = []
        owners: list[int] = []
        for number, case in enumerate(cases):
            self._ids.append(case.id)
            prompt = prompt_of(case)
            self._keys.setdefault(_key(prompt, _own_system(case)), number)
            for held in _held_out(case.phase, case.meta):
                self._held_out.setdefault(held, number)
            long = [text for text in _texts(prompt) if len(words(text)) >= N_GRAM_WORDS]
            texts += long
            owners += [number] * len(long)
        self._sizes = sorted({len(key) - 1 for key in self._keys})
        hashes, offsets = _hashes(texts)
        self._hashes, first = np.unique(hashes, return_index=True)
        self._owners = np.repeat(np.array(owners, dtype=np.int64), np.diff(offsets))[first]

    @classmethod
    def of_suites(cls, paths: Iterable[Path] | None = None) -> "LeakIndex":
        """Return the index of files of cases, by default of all that gates judge; InputError for no suite."""
        if paths is None and not files_beside():
            log.warning(
                "no %s/eval_*/*.jsonl here: what gates judge beside the suites is not kept out", FOLDER
            )
        chosen = [*shipped_suites().values(), *files_beside()] if paths is None else paths
        return cls(cases_of([read_suite(path) for path in chosen]))

    def find(self, row: Row) -> str | None:
        """Return the id of a case that the row holds, or None."""
        return self.find_many([row])[0]

    def find_many(self, rows: Sequence[Row]) -> list[str | None]:
        """Return for each row what `find` does; many at once are faster."""
        by_words = self._shared_runs(rows)
        found = [
            runs if (known := self._known(row)) is None else known
            for row, runs in zip(rows, by_words, strict=True)
        ]
        return [None if number is None else self._ids[number] for number in found]

    def _known(self, row: Row) -> int | None:
        """Look for whole prompts and for what is held out."""
        if isinstance(row, Replay):
            return None
        for held in _held_out(row.phase, row.meta):
            if held in self._held_out:
                return self._held_out[held]
        turns = _turns(row)
        systems = ("", joined(row.system or ""))
        for size in self._sizes:
            for start in range(len(turns) - size + 1):
                for system in systems:
                    number = self._keys.get((system, *turns[start : start + size]))
                    if number is not None:
                        return number
        return None

    def _shared_runs(self, rows: Sequence[Row]) -> list[int | None]:
        """Look each run of words up among those of the cases."""
        texts = [[row.text] if isinstance(row, Replay) else list(_texts(row)) for row in rows]
        found: list[int | None] = [None] * len(rows)
        if not len(self._hashes):
            return found
        hashes, offsets = _hashes([text for own in texts for text in own])
        places = np.minimum(np.searchsorted(self._hashes, hashes), len(self._hashes) - 1)
        hits = np.flatnonzero(self._hashes[places] == hashes)
        bounds = offsets[np.cumsum([0, *map(len, texts)])]
        for hit in hits[::-1].tolist():  # backwards, so that the first one stays
            row = int(np.searchsorted(bounds, hit, side="right")) - 1
            found[row] = int(self._owners[places[hit]])
        return found


def own_system(system: str | None, phase: int | None) -> str:
    """Return a system text where it sets a rule of its own, and nothing for the usual ones."""
    is_usual = system is None or system in _USUAL_SYSTEMS or (phase or 0) >= _FIRST_TOOL_PHASE
    return "" if is_usual else system or ""


def _own_system(case: Case) -> str:
    system = own_system(case.system, case.phase)
    return joined(system) if system else ""


def _key(prompt: Episode, system: str) -> tuple[str, ...]:
    return (system, *_turns(prompt))


def _turns(episode: Episode) -> list[str]:
    """Return each question with its passages, without case and punctuation but with signs of arithmetic."""
    questions = [message for message in episode.messages if isinstance(message, UserMessage)]
    return ["\n".join(map(_normal, [question.content, *_passages(question)])) for question in questions]


def _passages(question: UserMessage) -> list[str]:
    return [passage.text for passage in question.context]


def _normal(text: str) -> str:
    return f"{joined(text) if words(text) else text}{''.join(_OPERATOR.findall(text))}"


def _held_out(phase: int | None, meta: object) -> Iterator[tuple[int | None, str, str]]:
    if isinstance(meta, dict):
        yield from (
            (phase, name, _normal(str(meta[name]))) for name in _HELD_OUT if meta.get(name) is not None
        )


def _texts(episode: Episode) -> Iterator[str]:
    """Return what people and documents say; system texts and the errors of tools are everybody's."""
    for message in episode.messages:
        yield from _said(message)
    yield from retrieved_passages(episode).values()


def _said(message: Message) -> Iterator[str]:
    if isinstance(message, UserMessage | AssistantMessage):
        yield message.content


def _hashes(texts: Sequence[str]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    hashes, offsets = ngram_hashes(Texts.from_strings(map(str.casefold, texts)), N_GRAM_WORDS)
    return hashes, offsets
