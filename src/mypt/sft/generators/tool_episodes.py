"""Episodes with tools: which pattern, over which workspace, and only what fits into a row."""

import random
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from math import floor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from mypt.agent.config import AgentConfig, result_room
from mypt.agent.system_prompt import tool_system_prompt
from mypt.agent.toolbox import Toolbox
from mypt.conversation.episode import Episode
from mypt.conversation.render import render
from mypt.errors import InputError
from mypt.extraction.extractor import Extractor
from mypt.seeds import derive_seed
from mypt.sft.generator import GeneratorSettings, Split
from mypt.sft.generators.document_facts import facts_of_documents
from mypt.sft.generators.tool_follow_ups import follow_up
from mypt.sft.generators.tool_patterns import Pattern
from mypt.sft.generators.tool_play import Play
from mypt.sft.generators.tool_workspace import Language, ToolWorkspace, make_up, open_given
from mypt.sft.quotas import pattern_weights
from mypt.tokenizer.tokenizer import Tokenizer

CONTRASTIVE = "contrastive"
_EPISODES_A_WORKSPACE = 100
"""Of both languages together, which have a workspace each."""
_TRIES = 60
_SHARE_OF_FOLLOW_UPS = 0.2
_STRIDE = 37  # from a fact that does not fit to the next one to try


class Weighted(NamedTuple):
    """A pattern and its weight beside the others."""

    weight: float
    play: Pattern


@dataclass(frozen=True)
class ToolEpisodes:
    """Makes the episodes of one phase."""

    settings: GeneratorSettings
    tokenizer: Tokenizer
    phase: int
    patterns: Mapping[str, Weighted]

    def episodes(self, split: Split, folder: Path | None = None) -> Iterator[Episode]:
        """Yield the episodes of a split; workspaces lie in a folder, or in one that is removed afterwards.

        Raises InputError for a pattern that the documents do not allow.
        """
        count = self.settings.count if split == "train" else self.settings.val_count
        with ExitStack() as stack:
            place = folder or Path(stack.enter_context(TemporaryDirectory()))
            toolbox = Toolbox(AgentConfig().tools)
            stack.callback(toolbox.close)
            workspaces = _Workspaces(self.settings, split, place, toolbox, stack.enter_context(Extractor()))
            for number in range(count):
                yield self._episode(split, number, workspaces)

    @cached_property
    def weights(self) -> Mapping[str, float]:
        """The share of each pattern; the contrastive one has the share that the settings give it."""
        weights = dict(
            pattern_weights(self.settings, {name: one.weight for name, one in self.patterns.items()})
        )
        if CONTRASTIVE in weights and CONTRASTIVE not in self.settings.patterns:
            share, others = self.settings.contrastive_share, sum(weights.values()) - weights[CONTRASTIVE]
            weights = {name: weight / others * (1 - share) for name, weight in weights.items()}
            weights[CONTRASTIVE] = share
        return weights

    def _episode(self, split: Split, number: int, workspaces: "_Workspaces") -> Episode:
        language: Language = "de" if _is_german(number, self.settings.de_share) else "en"
        workspace = workspaces.get(number // _EPISODES_A_WORKSPACE, language)
        rng = random.Random(derive_seed(self.settings.seed, self.phase, split, number))  # noqa: S311
        left = dict(self.weights)
        thinks, variant = rng.random() >= self.settings.think_omit_ratio, rng.random()
        while left:  # a small workspace may lack what one pattern takes, and have what another does
            name = rng.choices(tuple(left), tuple(left.values()))[0]
            for attempt in range(_TRIES):
                fact = workspace.facts[(number + attempt * _STRIDE) % len(workspace.facts)]
                play = Play(workspace, split, rng, fact, thinks=thinks, variant=variant)
                if self.patterns[name].play(play) and self._fits(episode := self._finished(play, name)):
                    return self._longer(play, episode)
            del left[name]
        raise InputError(
            f"{self.settings.generator}: no episode in `{language}` comes of these documents",
            hint="name other `documents`, give other `patterns` a weight or raise `max_tokens`",
        )

    def _longer(self, play: Play, episode: Episode) -> Episode:
        """Return the episode with a second turn, where one is due and fits."""
        if play.rng.random() < _SHARE_OF_FOLLOW_UPS and follow_up(play):
            longer = self._finished(play, str(episode.meta["pattern"]))
            return longer if self._fits(longer) else episode
        return episode

    def _fits(self, episode: Episode) -> bool:
        return len(render(episode, self.tokenizer).ids) <= self.settings.max_tokens

    def _finished(self, play: Play, pattern: str) -> Episode:
        return Episode(
            system=tool_system_prompt(play.workspace.toolbox.specs, play.language),
            messages=tuple(play.messages),
            language=play.language,
            source=self.settings.generator,
            phase=self.phase,
            meta={"pattern": pattern, "template": play.template},
        )


def _is_german(number: int, share: float) -> bool:
    """Spread German episodes evenly, so that each beginning of a split has the share."""
    return floor((number + 1) * share + 0.5) > floor(number * share + 0.5)


class _Workspaces:
    """Opens the workspace of a block of episodes when the first of them comes; the last ones stay open."""

    def __init__(
        self, settings: GeneratorSettings, split: Split, folder: Path, toolbox: Toolbox, extractor: Extractor
    ) -> None:
        self._settings = settings
        self._split: Split = split
        self._folder = folder
        self._toolbox = toolbox
        self._extractor = extractor
        self._room = result_room(AgentConfig(), settings.max_tokens)
        self._open: dict[Language, tuple[int, ToolWorkspace]] = {}

    def get(self, block: int, language: Language) -> ToolWorkspace:
        """Return the workspace of a block in a language."""
        known = self._open.get(language)
        block = block % len(self._settings.documents) if self._settings.documents else block
        if known is None or known[0] != block:
            known = self._open[language] = block, self._made(block, language)
        return known[1]

    def _made(self, block: int, language: Language) -> ToolWorkspace:
        seed = derive_seed(
            self._settings.seed, "workspace", self._settings.generator, self._split, language, block
        )
        rng = random.Random(seed)  # noqa: S311
        if self._settings.documents:
            path = Path(self._settings.documents[block])
            view = open_given(path)
            facts = facts_of_documents(view, language, self._split)
            if not facts:
                raise InputError(f"{path}: no sentence in `{language}` to ask about", hint="set `de_share`")
        else:
            view, facts = make_up(
                self._folder / f"{self._split}-{language}-{block}", rng, language, self._extractor
            )
        rng.shuffle(facts)
        return ToolWorkspace(view, self._toolbox, self._room, language, facts)
