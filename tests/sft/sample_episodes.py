"""Small real sets of episodes, and the generator that makes them."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

from mypt.config import Section
from mypt.conversation.episode import AssistantMessage, Episode, UserMessage
from mypt.provenance.artifact import Artifact, open_artifact, staged
from mypt.seeds import derive_seed
from mypt.sft.episode_files import SPLITS, Row, write_rows
from mypt.sft.generator import GeneratorSettings, Split
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe
from mypt.tokenizer.tokenizer import Tokenizer

TOKENIZER = Gpt2Bpe()
ASKS = {"en": ("Say {}", "Repeat: {}"), "de": ("Sag {}", "Wiederhole: {}")}


class Made(Section):
    """Whatever made the episodes."""

    name: str


def episode(question: str, answer: str, **values: Any) -> Episode:
    """Return an episode of one turn."""
    settings = {"language": "en", "source": "sample", "phase": 1, "system": "You are MyPT.", **values}
    return Episode(messages=(UserMessage(content=question), AssistantMessage(content=answer)), **settings)


def echoes(
    split: str, n_episodes: int, *, name: str = "echo", phase: int = 1, seed: int = 0
) -> list[Episode]:
    """Return episodes that repeat made-up words, others in each split."""
    return [_echo(split, number, name, phase, seed) for number in range(n_episodes)]


def _echo(split: str, number: int, name: str, phase: int, seed: int) -> Episode:
    random = Random(derive_seed(seed, name, split, number))  # noqa: S311
    language = "de" if random.random() < 0.4 else "en"
    template = random.randrange(len(ASKS[language]))
    word = " ".join(
        "".join(random.choice("bdfgklmnprst") + random.choice("aeiou") for _ in range(random.randint(2, 4)))
        for _ in range(random.randint(1, 4))
    )
    meta = {"pattern": "echo", "template": f"{language}-{template}", "payload": word}
    asked = ASKS[language][template].format(word)
    return episode(asked, word, language=language, source=name, phase=phase, meta=meta)


class EchoGenerator:
    """A generator whose episodes are a function of seed, split and number."""

    def __init__(self, settings: GeneratorSettings, _tokenizer: Tokenizer) -> None:
        self._settings = settings

    def episodes(self, split: Split) -> Iterator[Episode]:
        count = self._settings.count if split == "train" else self._settings.val_count
        yield from echoes(split, count, name=self._settings.generator, seed=self._settings.seed)


def sealed(folder: Path, train: Sequence[Row], val: Sequence[Row] = ()) -> Artifact:
    """Seal rows as an artifact."""
    with staged(folder, "episodes", Made(name=folder.name)) as draft:
        for split, rows in zip(SPLITS, (train, val), strict=True):
            draft.counts[split] = write_rows(draft.path, split, rows)
        draft.licences["MIT"] = len(train)
    return open_artifact(folder, "episodes")
