"""Phase 2: COPY x → x, WRAP x → [x] and EXTRACT "x" → x, on payloads of one to four words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random

from mypt.conversation.episode import AssistantMessage, Episode, UserMessage
from mypt.conversation.system_prompts import FORMAT_SYSTEM_PROMPT
from mypt.seeds import derive_seed
from mypt.sft.generator import GeneratorSettings, Split
from mypt.sft.generators.payloads import belongs, own_templates, phrases, single_words
from mypt.sft.phrase_lists import Language, phrase_lists
from mypt.sft.quotas import apportion, count_by_language, pattern_weights, shuffled_turns
from mypt.tokenizer.tokenizer import Tokenizer

NAME = "operators"
PATTERNS: Mapping[str, float] = {"copy": 1.0, "wrap": 1.0, "extract": 1.0}
"""Weights of the operators; with equal ones each payload comes under all three."""
TEMPLATES_PER_PAYLOAD = 2
WORD_MIX: Mapping[str, float] = {"1": 0.35, "2": 0.30, "3": 0.20, "4": 0.15}
"""Shares of payloads by their number of words, after those that come twice are gone."""
KINDS: Mapping[str, float] = {
    "english": 0.25, "german": 0.25, "mixed_case": 0.15, "number": 0.15, "made_up": 0.2,
}  # fmt: skip
"""Shares of the kinds of words, as far as there are different ones."""
_PHRASE_SHARE = 0.3


class Operators:
    """Makes the episodes of phase 2; no question comes twice."""

    def __init__(self, settings: GeneratorSettings, _tokenizer: Tokenizer) -> None:
        self._settings = settings
        self._weights = pattern_weights(settings, PATTERNS)

    def episodes(self, split: Split) -> Iterator[Episode]:
        """Return the episodes of a split; InputError when there are not so many different ones."""
        settings = self._settings
        count = settings.count if split == "train" else settings.val_count
        capacity = dict.fromkeys(self._weights, TEMPLATES_PER_PAYLOAD * most_payloads(split))
        quotas: dict[tuple[Language, str], int] = {}
        for language, due in count_by_language(count, settings.de_share).items():
            for name, quota in apportion(due, self._weights, capacity).items():
                quotas[language, name] = quota
        return self._drawn(quotas, split)

    def _drawn(self, quotas: Mapping[tuple[Language, str], int], split: Split) -> Iterator[Episode]:
        def rng(*purpose: str) -> Random:
            return Random(derive_seed(self._settings.seed, NAME, split, *purpose))  # noqa: S311

        streams: dict[tuple[Language, str], Iterator[Episode]] = {}
        for language in ("en", "de"):
            most = max(quotas[language, name] for name in self._weights)
            payloads = draw_payloads(language, split, -(-most // TEMPLATES_PER_PAYLOAD), rng(language))
            for name in self._weights:
                operator = Operator.of(name, language, split)
                streams[language, name] = operator.episodes(payloads, rng(language, name))
        for key in shuffled_turns(quotas, rng("order")):
            yield next(streams[key])


@dataclass(frozen=True)
class Operator:
    """One operator in one language: how it is asked for, and what it gives."""

    name: str
    language: Language
    split: Split
    templates: Sequence[str]
    carriers: Sequence[str]
    """What may stand around a marked payload; only `{0}` where there is nothing to extract from."""
    marks: Sequence[tuple[str, str, str]]
    """Name, opening and closing mark."""

    @classmethod
    def of(cls, name: str, language: Language, split: Split) -> "Operator":
        """Return an operator with the phrases of a split."""
        lists = phrase_lists(NAME)
        marks = [tuple(line.rsplit(" ", 2)) for line in lists["marks"][language]]
        return cls(
            name,
            language,
            split,
            own_templates(lists[f"{name}_{split}"][language]),
            lists[f"carriers_{split}"][language] if name == "extract" else ("{0}",),
            [(name, opening, closing) for name, opening, closing in marks],
        )

    def episodes(self, payloads: Sequence[str], rng: Random) -> Iterator[Episode]:
        """Yield each payload under two templates."""
        for payload in payloads:
            for template in rng.sample(range(len(self.templates)), TEMPLATES_PER_PAYLOAD):
                yield self._episode(payload, template, rng)

    def _episode(self, payload: str, template: int, rng: Random) -> Episode:
        return Episode(
            system=FORMAT_SYSTEM_PROMPT,
            messages=(
                UserMessage(content=self._question(self.templates[template], payload, rng)),
                AssistantMessage(content=f"[{payload}]" if self.name == "wrap" else payload),
            ),
            language="de" if self.language == "de" else "en",
            source=NAME,
            phase=2,
            meta={
                "pattern": self.name, "operator": self.name, "payload": payload,
                "template": f"{self.name}-{self.split}-{template}-{self.language}",
                "n_words": len(payload.split()),
            },
        )  # fmt: skip

    def _question(self, template: str, payload: str, rng: Random) -> str:
        """Fill a template in; only at its end, and with nothing to extract from, a payload may be bare."""
        name, opening, closing = rng.choice(self.marks)
        if self.name != "extract" and template.endswith("{0}") and rng.random() < 1 / (1 + len(self.marks)):
            opening = closing = ""
        marked = rng.choice(self.carriers).format(f"{opening}{payload}{closing}")
        if template.endswith(": {0}") and rng.random() < 1 / 4:
            template = template.replace(": {0}", ":\n{0}")
        return template.format(marked, name)


def most_payloads(split: Split) -> int:
    """Return how many payloads there can be with the wanted share of single words."""
    return int(sum(map(len, single_words(split).values())) / WORD_MIX["1"])


def draw_payloads(language: Language, split: Split, count: int, rng: Random) -> list[str]:
    """Return different payloads of a split, in the shares of `WORD_MIX`, in no order."""
    n_payloads = apportion(count, WORD_MIX, dict.fromkeys(WORD_MIX, count))
    words = single_words(split)
    kinds = apportion(n_payloads["1"], KINDS, {kind: len(words[kind]) for kind in KINDS})
    payloads = [word for kind, n_words in kinds.items() for word in rng.sample(words[kind], n_words)]
    seen = {payload.casefold() for payload in payloads}
    for length in ("2", "3", "4"):
        fresh = _new_ones(_several(int(length), language, split, rng), seen)
        payloads += islice(fresh, n_payloads[length])
    rng.shuffle(payloads)
    return payloads


def _new_ones(payloads: Iterator[str], seen: set[str]) -> Iterator[str]:
    """Yield what was not seen before, whatever its case, and remember it."""
    for payload in payloads:
        if payload.casefold() not in seen:
            seen.add(payload.casefold())
            yield payload


def _several(n_words: int, language: Language, split: Split, rng: Random) -> Iterator[str]:
    """Yield payloads of several words without end, the same one perhaps twice."""
    words, pairs = single_words(split), phrases(language, split)
    while True:
        drawn: list[str] = []
        while len(drawn) < n_words:
            if n_words - len(drawn) > 1 and rng.random() < _PHRASE_SHARE:
                drawn += rng.choice(pairs).split()
            else:
                (kind,) = rng.choices(list(KINDS), list(KINDS.values()))
                drawn.append(rng.choice(words[kind]))
        payload = " ".join(drawn)
        if belongs(payload, split):
            yield payload
