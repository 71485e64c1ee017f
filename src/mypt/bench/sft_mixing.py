"""How many rows the generate step and the mix take in per second of one core."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from mypt.conversation.episode import Episode
from mypt.provenance.artifact import Artifact
from mypt.sft.generate import Generation, generate
from mypt.sft.generator import GeneratorSettings, Split
from mypt.sft.generators.registry import find_generator
from mypt.sft.mix import mix
from mypt.sft.mix_recipe import EarlierPhase, MixInput, MixRecipe
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe
from mypt.tokenizer.tokenizer import Tokenizer

_GENERATORS = ("format_lock", "operators")
_FURTHER = ("rag_chat", "chat", "multi_turn")
_WARM_ROWS = 200
T = TypeVar("T")


@dataclass(frozen=True)
class MixingSpeed:
    """Rows per second of processor time."""

    generators: dict[str, float]
    """What each generator gives by itself."""
    generate_step: float
    """Checking, counting, measuring and writing of rows that are there already."""
    mix: float
    """Reading, checking, counting and drawing of all rows, and writing of most."""


@dataclass(frozen=True)
class _Ready:
    """A generator that has its episodes."""

    rows: Sequence[Episode]

    def __call__(self, _settings: GeneratorSettings, _tokenizer: Tokenizer) -> "_Ready":
        return self

    def episodes(self, split: Split) -> Iterator[Episode]:
        """Yield them all to learn from."""
        return iter(self.rows if split == "train" else ())


def measure(n_rows: int, folder: Path) -> MixingSpeed:
    """Return the speeds on so many rows of phases 1 and 2 each; what is made is left in the folder."""
    made: dict[str, list[Episode]] = {}
    alone: dict[str, float] = {}
    for name in _GENERATORS:
        made[name], seconds = _timed(partial(_made, name, n_rows))
        alone[name] = n_rows / seconds
    _steps({name: rows[:_WARM_ROWS] for name, rows in made.items()}, folder / "warm")  # compiles
    generate_seconds, mix_seconds = _steps(made, folder / "measured")
    n_all = sum(map(len, made.values()))
    return MixingSpeed(alone, n_all / generate_seconds, n_all / mix_seconds)


def _made(name: str, n_rows: int) -> list[Episode]:
    return list(find_generator(name)(_settings(name, n_rows), Gpt2Bpe()).episodes("train"))


def _steps(made: dict[str, list[Episode]], folder: Path) -> tuple[float, float]:
    """Return the seconds of the generate steps, and of a mix of what they made."""
    artifacts, generate_seconds = _timed(
        lambda: {name: _generated(name, rows, folder / name) for name, rows in made.items()}
    )
    earlier, own = (str(artifacts[name].path) for name in _GENERATORS)
    recipe = MixRecipe(
        phase=2,
        inputs={"operators": MixInput(artifact=own)},
        earlier={1: EarlierPhase(artifact=earlier, share=0.3)},
        pretraining=None,
        on_short="shrink",
    )
    _, mix_seconds = _timed(lambda: mix(recipe, Gpt2Bpe(), folder / "mix"))
    return generate_seconds, mix_seconds


def _generated(name: str, rows: Sequence[Episode], out: Path) -> Artifact:
    return generate(Generation(_settings(name, len(rows)), _Ready(rows), Gpt2Bpe()), out)


def _settings(name: str, n_rows: int) -> GeneratorSettings:
    return GeneratorSettings(generator=name, count=n_rows, val_count=0)


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    start = time.process_time()
    return work(), time.process_time() - start
