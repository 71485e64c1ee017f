"""The import step: rows of public files as episodes, and why some of them cannot be learned from."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field, ValidationError

from mypt.config import Section
from mypt.conversation.bulk_render import render_many
from mypt.conversation.episode import (
    AssistantMessage,
    Episode,
    Message,
    Text,
    ToolCallMessage,
    UserMessage,
    obstacles,
)
from mypt.corpus.licence import Licence
from mypt.documents.language import UNKNOWN, guess_language
from mypt.errors import InputError
from mypt.evaluation.leaks import LeakIndex
from mypt.execution.runner import Progress
from mypt.files import canonical_json, sha256_file, storage_errors, write_json
from mypt.provenance.artifact import Artifact, Draft, find, open_artifact, staged
from mypt.sft.diversity import digest_of, normalised
from mypt.sft.episode_files import REPORT_NAME, SPLITS, RowCounts, batches, split_path
from mypt.sft.generate import bucket_of, rule_digests
from mypt.sft.generator import Split
from mypt.sft.imports.formats import Format, find_format, recognise
from mypt.sft.imports.records import Record, read_records
from mypt.sft.imports.rejection import Rejected, Tally
from mypt.sft.imports.turns import messages_of
from mypt.sft.phrase_lists import phrase_lists
from mypt.tokenizer.tokenizer import Tokenizer, token_byte_lengths

_BATCH = 256
_LANGUAGES = ("en", "de")
_TOOL_PHASE, _MULTI_TURN_PHASE, _CHAT_PHASE = 5, 4, 3


class ImportRules(Section):
    """What is imported as what."""

    licence: Licence
    """Under which the data is published, as an SPDX expression."""
    source: Text
    """Name of the data, which every row keeps."""
    format: Text | None = None
    """How rows are written; without it, each file is recognised by its first row."""
    phase: Annotated[int, Field(ge=3, le=6)] | None = None
    """Phase of every row; without it, 5 for tools, 4 for several turns, else 3."""
    val_fraction: Annotated[float, Field(ge=0, lt=0.5)] = 0.02
    """Share of questions that are held out."""
    max_tokens: Annotated[int, Field(gt=0)] = 1024
    """Most tokens of an episode, as its tokenizer counts."""


@dataclass(frozen=True)
class Import:
    """Which files are to be imported, and how."""

    files: Sequence[Path]
    rules: ImportRules
    tokenizer: Tokenizer


def import_public(
    work: Import,
    out: Path,
    *,
    leaks: LeakIndex | None = None,
    replace: bool = False,
    progress: Progress | None = None,
) -> Artifact:
    """Return the rows of local files as episodes, imported or found as they were imported before.

    Rows that cannot be learned from are left out and counted by reason. Raises InputError for a
    file that cannot be read or is in no known format, and when not one row is left.
    """
    rules = work.rules
    sources = rule_digests(work.tokenizer, leaks) | {path.as_posix(): _digest(path) for path in work.files}
    found = find(out, "episodes", rules, (), sources, replace=replace)
    if found is not None:
        return found
    with staged(out, "episodes", rules, (), sources, replace=replace) as draft:
        tally = Tally()
        episodes = _Sieve(rules, work.tokenizer, leaks, tally).kept(_converted(work, tally, progress))
        _write(draft, rules, episodes)
        report = tally.to_json()
        write_json(draft.path / REPORT_NAME, report)
        if not draft.licences[rules.licence]:
            reasons = "; ".join(f"{one['rows']:,} x {one['reason']}" for one in report["rejected"])
            raise InputError(f"no row to learn from: {reasons or 'the files are empty'}")
    return open_artifact(out, "episodes")


def _digest(path: Path) -> str:
    try:
        return sha256_file(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error


def _converted(work: Import, tally: Tally, progress: Progress | None) -> Iterator[Episode]:
    """Yield the rows of all files that are dialogues in our languages."""
    files, rules = sorted(set(work.files)), work.rules  # the same bytes in whichever order they are named
    for n_done, path in enumerate(files):
        if progress is not None:
            progress(n_done, len(files))
        format_name, format_, records = _open(path, rules.format)
        for record in format_.arrange(records):
            tally.n_read[path.name] += 1
            try:
                if isinstance(record.value, Rejected):
                    raise record.value
                meta = {
                    "licence": rules.licence,
                    "pattern": format_name,
                    "file": path.name,
                    "line": record.number,
                }
                episode, changes = _episode(record.value, format_, rules, meta)
            except Rejected as why:
                tally.reject(path.name, record.number, why)
            else:
                tally.changed.update(changes)
                yield episode


def _open(path: Path, name: str | None) -> tuple[str, Format, Iterator[Record]]:
    """Return a file's format and its records; the first one that is JSON says which it is."""
    records = read_records(path)
    before: list[Record] = []
    while name is None:
        first = next(records, None)
        if first is None:
            break
        before.append(first)
        if not isinstance(first.value, Rejected):
            name = recognise(first.value, f"{path}:{first.number}")
    name = name or "openai"  # nothing in the file is JSON, so nothing is read as anything
    return name, find_format(name), chain(before, records)


def _episode(
    row: object, format_: Format, rules: ImportRules, meta: dict[str, Any]
) -> tuple[Episode, frozenset[str]]:
    """Return a row as an episode, with what was changed; Rejected says why it is none."""
    if not isinstance(row, dict):
        raise Rejected("not an object")
    try:
        system, messages, changes = messages_of(format_.turns(row))
        _refuse_other_assistants(messages)
        episode = Episode(
            system=system, messages=messages, language=_language(messages), source=rules.source,
            phase=_phase(messages, rules.phase), meta=meta,
        )  # fmt: skip
    except (ValidationError, RecursionError) as error:
        place = error.errors()[0]["loc"] if isinstance(error, ValidationError) else ()
        raise Rejected("not a valid episode", ".".join(map(str, place))) from error
    if problem := next(obstacles(episode), None):
        raise Rejected(problem)
    return episode, changes


def _phase(messages: Sequence[Message], wanted: int | None) -> int:
    if any(isinstance(message, ToolCallMessage) for message in messages):
        if wanted is not None and wanted < _TOOL_PHASE:
            raise Rejected(f"a tool call before phase {_TOOL_PHASE}")
        return wanted or _TOOL_PHASE
    n_questions = sum(isinstance(message, UserMessage) for message in messages)
    return wanted or (_MULTI_TURN_PHASE if n_questions > 1 else _CHAT_PHASE)


def _language(messages: Sequence[Message]) -> Any:
    """Return the language of the answers, or of all that is said where they are too short to tell."""
    answers = [message.content for message in messages if isinstance(message, AssistantMessage)]
    questions = [message.content for message in messages if isinstance(message, UserMessage)]
    language = guess_language("\n".join(answers))
    if language == UNKNOWN:
        language = guess_language("\n".join(questions + answers))
    if language not in _LANGUAGES:
        raise Rejected("of no clear language" if language == UNKNOWN else f"in another language: {language}")
    return language


def _refuse_other_assistants(messages: Sequence[Message]) -> None:
    for number, message in enumerate(messages):
        if isinstance(message, AssistantMessage):
            said = message.content.casefold().replace("\u2019", "'")
            if any(phrase in said for phrase in _other_assistants()):
                raise Rejected("speaks as another assistant", f"messages.{number}")


@cache
def _other_assistants() -> tuple[str, ...]:
    return tuple(
        phrase.casefold() for own in phrase_lists("other_assistants")["says"].values() for phrase in own
    )


class _Sieve:
    """Lets through what is short enough, was not said before, and holds no evaluation item."""

    def __init__(
        self, rules: ImportRules, tokenizer: Tokenizer, leaks: LeakIndex | None, tally: Tally
    ) -> None:
        self._rules = rules
        self._tokenizer = tokenizer
        self._leaks = leaks
        self._tally = tally
        self._seen: set[bytes] = set()
        self._most_bytes = rules.max_tokens * int(token_byte_lengths(tokenizer).max())

    def kept(self, episodes: Iterator[Episode]) -> Iterator[Episode]:
        """Yield the episodes that stay."""
        for batch in batches(filter(self._is_new, episodes), _BATCH):
            lengths = np.diff(render_many(batch, self._tokenizer).starts)
            short = [
                one for one, n_ids in zip(batch, lengths.tolist(), strict=True) if self._fits(one, n_ids)
            ]
            cases = self._leaks.find_many(short) if self._leaks is not None else [None] * len(short)
            for episode, case in zip(short, cases, strict=True):
                if case is None:
                    yield episode
                else:
                    self._reject(episode, f"evaluation {bucket_of(case)}")

    def _is_new(self, episode: Episode) -> bool:
        text = episode.model_dump_json(include={"system", "messages"})
        if len(text) > 8 * self._most_bytes:  # of what JSON writes with six characters too
            self._reject(episode, "too many tokens")
            return False
        digest = digest_of(text)
        if digest in self._seen:
            self._reject(episode, "a duplicate")
            return False
        self._seen.add(digest)
        return True

    def _fits(self, episode: Episode, n_ids: int) -> bool:
        if n_ids > self._rules.max_tokens:
            self._reject(episode, "too many tokens")
        return n_ids <= self._rules.max_tokens

    def _reject(self, episode: Episode, reason: str) -> None:
        self._tally.reject(str(episode.meta["file"]), int(str(episode.meta["line"])), Rejected(reason))


def _write(draft: Draft, rules: ImportRules, episodes: Iterator[Episode]) -> None:
    """Write each episode into its split as it comes."""
    counts = {split: RowCounts() for split in SPLITS}
    n_rows = 0
    with ExitStack() as stack, storage_errors(draft.path):
        files = {split: stack.enter_context(split_path(draft.path, split).open("wb")) for split in SPLITS}
        for episode in episodes:
            split = _split(episode, rules.val_fraction)
            values = episode.model_dump(mode="json")
            files[split].write(canonical_json(values) + b"\n")
            counts[split].add(values)
            n_rows += 1
    draft.counts |= {split: counts[split].to_json() for split in SPLITS}
    draft.licences[rules.licence] = n_rows


def _split(episode: Episode, val_fraction: float) -> Split:
    """One first question is in one split only, whatever it is answered."""
    first = next(message for message in episode.messages if isinstance(message, UserMessage))
    place = int.from_bytes(digest_of(normalised(first.content))[:8], "big")
    return "val" if place < val_fraction * 2**64 else "train"
