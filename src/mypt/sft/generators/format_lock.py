"""Phase 1: short answers to short questions, echo and its contrast."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from random import Random

from mypt.conversation.episode import AssistantMessage, Episode, JsonObject, UserMessage
from mypt.conversation.system_prompts import FORMAT_SYSTEM_PROMPT
from mypt.errors import InputError
from mypt.seeds import derive_seed
from mypt.sft.generator import GeneratorSettings, Split
from mypt.sft.generators.arithmetic import OPERATIONS, comparisons, operations
from mypt.sft.generators.payloads import own_templates, part_of, phrases, sentences, single_words
from mypt.sft.generators.questions import GROUP, AntiEcho, Draft, Item, Pattern, Table
from mypt.sft.phrase_lists import Language, phrase_lists
from mypt.sft.quotas import apportion, count_by_language, pattern_weights, shuffled_turns
from mypt.tokenizer.tokenizer import Tokenizer

NAME = "format_lock"
PATTERNS: Mapping[str, float] = {
    "echo_word": 0.06, "echo_phrase": 0.08, "echo_number": 0.06, "echo_made_up": 0.07, "echo_sentence": 0.05,
    "anti_echo": 0.15, "add": 0.07, "subtract": 0.05, "multiply": 0.05, "compare": 0.03, "numbers": 0.04,
    "capitals": 0.05, "colours": 0.04, "opposites": 0.05, "translations": 0.04, "animals": 0.02, "days": 0.02,
    "months": 0.02, "yes_no": 0.04, "sizes": 0.02, "polite": 0.01, "identity": 0.02,
}  # fmt: skip
"""Weights of the patterns where settings name none."""
MOST_REFUSALS = 0.12
"""Largest share of answers that refuse: a model that sees more of them refuses everything."""

_UNFRAMED = frozenset({"polite", "identity"})
_HELD_OUT_ITEMS = frozenset({*OPERATIONS, "compare"})
_QUOTES = ('"', "'", "`", "")
_ANTI_PARTS: Mapping[Split, frozenset[int]] = {"train": frozenset({2, 3, 4, 5}), "val": frozenset({0})}
"""Parts of the made-up words that are asked about, so that no echo alone shows them."""


class FormatLock:
    """Makes the episodes of phase 1; no question comes twice."""

    def __init__(self, settings: GeneratorSettings, _tokenizer: Tokenizer) -> None:
        self._settings = settings
        self._weights = pattern_weights(settings, PATTERNS)
        share = self._weights.get("anti_echo", 0) / sum(self._weights.values()) / GROUP
        if share > MOST_REFUSALS:
            raise InputError(
                f"{NAME}: {share:.0%} of the answers would refuse, at most {MOST_REFUSALS:.0%} may",
                hint=f"give `anti_echo` at most {MOST_REFUSALS * GROUP:.0%} of the weights",
            )

    def episodes(self, split: Split) -> Iterator[Episode]:
        """Return the episodes of a split; InputError when there are not so many different ones."""
        settings = self._settings
        count = settings.count if split == "train" else settings.val_count
        quotas: dict[tuple[Language, str], int] = {}
        for language, due in count_by_language(count, settings.de_share).items():
            capacity = {name: pattern(name, language, split).size for name in self._weights}
            for name, quota in apportion(due, self._weights, capacity).items():
                quotas[language, name] = quota
        return self._drawn(quotas, split)

    def _drawn(self, quotas: Mapping[tuple[Language, str], int], split: Split) -> Iterator[Episode]:
        def rng(*purpose: str) -> Random:
            return Random(derive_seed(self._settings.seed, NAME, split, *purpose))  # noqa: S311

        drafts = {
            (language, name): pattern(name, language, split).drafts(quota, rng(language, name))
            for (language, name), quota in quotas.items()
        }
        for language, name in shuffled_turns(quotas, rng("order")):
            yield _episode(next(drafts[language, name]), name, language)


def _episode(draft: Draft, name: str, language: Language) -> Episode:
    meta: JsonObject = {"pattern": name, "template": f"{draft.template}-{language}"}
    if draft.payload is not None:
        meta["payload"] = draft.payload
    if draft.group is not None:
        meta["group"] = f"{language}-{draft.group}"
    return Episode(
        system=FORMAT_SYSTEM_PROMPT,
        messages=(UserMessage(content=draft.question), AssistantMessage(content=draft.answer)),
        language="de" if language == "de" else "en",
        source=NAME,
        phase=1,
        meta=meta,
    )


@cache
def pattern(name: str, language: Language, split: Split) -> Pattern:
    """Return what a pattern can ask in a language, in one split."""
    if name == "anti_echo":
        return _anti_echo(language, split)
    if name.startswith("echo_"):
        return _echo(name, language, split, _echoed(name, language, split))
    frames = ("{0}",) if name in _UNFRAMED else _phrases(f"frames_{split}", language)
    return Table(
        name, _templates(name, language, split), _items(name, language, split), frames,
        payload_column=-1 if name in _HELD_OUT_ITEMS else None,
    )  # fmt: skip


def _phrases(name: str, language: Language) -> Sequence[str]:
    return phrase_lists(NAME)[name][language]


def _templates(name: str, language: Language, split: Split) -> Sequence[str]:
    return own_templates(_phrases(f"{name}_{split}", language))


def _items(name: str, language: Language, split: Split) -> Sequence[Item]:
    """Return what is asked for: facts are the same in both splits, only their wording is held out."""
    if name in OPERATIONS:
        return operations(name, split)
    if name == "compare":
        return comparisons(split)
    return [tuple(line.split("|")) for line in _phrases(f"{name}_items", language)]


def _echoed(name: str, language: Language, split: Split) -> Sequence[str]:
    words = single_words(split)
    if name == "echo_word":
        return [*words["english" if language == "en" else "german"], *words["mixed_case"]]
    if name == "echo_made_up":
        return [word for word in words["made_up"] if part_of(word) not in _ANTI_PARTS[split]]
    if name == "echo_number":
        return words["number"]
    return (phrases if name == "echo_phrase" else sentences)(language, split)


def _echo(name: str, language: Language, split: Split, payloads: Sequence[str]) -> Table:
    """Return an echo of texts; a sentence only stands at the end of a question."""
    templates = _templates("echo", language, split)
    if name == "echo_sentence":
        templates = [text for text in templates if text.endswith("{0}")]
    wordings = [f"{text}|{{0}}" for text in templates]
    return Table("echo", wordings, [(payload,) for payload in payloads], quotes=_QUOTES, payload_column=0)


def _anti_echo(language: Language, split: Split) -> AntiEcho:
    words = [word for word in single_words(split)["made_up"] if part_of(word) in _ANTI_PARTS[split]]
    templates: dict[str, list[str]] = {}
    for line in _phrases(f"anti_{split}", language):
        topic, _, template = line.partition("|")
        templates.setdefault(topic, []).extend(own_templates([template]))
    frames = _phrases(f"frames_{split}", language)
    twins = [
        Table(f"anti-{topic}", wordings, _items(topic, language, split), frames, quotes=('"', "'", ""))
        for topic, wordings in templates.items()
    ]
    return AntiEcho(twins, words, _echo("echo", language, split, words), _phrases("unknown", language)[0])
