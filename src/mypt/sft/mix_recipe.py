"""What a phase is trained on: inputs, their shares of supervised tokens, and what that comes to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import Field, PositiveInt, model_validator

from mypt.config import Section
from mypt.conversation.episode import Text
from mypt.errors import InputError
from mypt.sft.phases import PRETRAINING_SHARE, phase

PRETRAINING = "pretraining"
_TOLERANCE = 1e-9


class MixInput(Section):
    """Episodes made for the phase itself."""

    artifact: Text
    """Folder of an artifact of episodes."""
    share: Annotated[float, Field(gt=0)] = 1.0
    """Weight among the inputs of the phase itself; together they get what replay leaves."""
    repeat: PositiveInt = 1
    """How often a row may come; nothing else makes a row come twice."""


class EarlierPhase(Section):
    """Episodes of an earlier phase, so that it is not forgotten."""

    artifact: Text
    """Folder of an artifact of episodes; of a mix, only the rows of that phase are looked at."""
    share: Annotated[float, Field(gt=0, lt=0.5)] | None = None
    """Share of all supervised tokens; without it, that of the curriculum."""
    repeat: PositiveInt = 1
    """How often a row may come."""


class PretrainingText(Section):
    """Pretraining text, every token of it learned."""

    dataset: Text
    """Folder of the dataset that the base model was trained on."""
    share: Annotated[float, Field(ge=PRETRAINING_SHARE[0], le=PRETRAINING_SHARE[1])] = 0.03
    """Share of all supervised tokens."""
    max_tokens: Annotated[int, Field(ge=16)] = 256
    """Most tokens of one piece."""


class MixRecipe(Section):
    """Inputs by shares of supervised tokens."""

    kind: Literal["sft_mix"] = "sft_mix"
    phase: Annotated[int, Field(ge=1, le=6)]
    """The phase that it is for."""
    inputs: Annotated[dict[Text, MixInput], Field(min_length=1)]
    """Name → episodes of the phase itself. The name decides which rows are drawn, so keep it."""
    earlier: dict[int, EarlierPhase] = Field(default_factory=dict)
    """Number of each earlier phase → its episodes."""
    pretraining: PretrainingText | None
    """Pretraining text; null only where there is no dataset, as for a model from elsewhere."""
    supervised_tokens: PositiveInt | None = None
    """Tokens to learn in one pass; without it, as many as the phase's own inputs give at their shares."""
    on_short: Literal["error", "shrink"] = "error"
    """When an input is too small for its share: stop, or make the whole smaller so that all shares hold."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Decides which rows are drawn, and their order."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        expected = set(range(1, self.phase))
        if missing := sorted(expected - self.earlier.keys()):
            raise ValueError(f"earlier: replay of phase {missing[0]} is missing; phase {self.phase} needs it")
        if extra := sorted(self.earlier.keys() - expected):
            raise ValueError(f"earlier: phase {extra[0]} is not earlier than phase {self.phase}")
        if taken := sorted(self.inputs.keys() & {PRETRAINING, *map(replay_name, expected)}):
            raise ValueError(f"inputs: the name {taken[0]!r} is taken by replay")
        if sum(self._replay_shares().values()) >= 1:
            raise ValueError("earlier: replay takes everything, nothing is left for the phase itself")
        return self

    def shares(self) -> dict[str, float]:
        """Return the share of each input by name, its own first; together they are 1."""
        replay = self._replay_shares()
        rest, whole = 1 - sum(replay.values()), sum(one.share for one in self.inputs.values())
        return {name: rest * one.share / whole for name, one in self.inputs.items()} | replay

    def _replay_shares(self) -> dict[str, float]:
        usual = phase(self.phase).replay
        shares = {
            replay_name(number): usual[number] if one.share is None else one.share
            for number, one in sorted(self.earlier.items())
        }
        return shares | ({PRETRAINING: self.pretraining.share} if self.pretraining else {})


@dataclass(frozen=True)
class Plan:
    """How many supervised tokens a mix has."""

    wanted: float
    total: float
    """Less than wanted where an input is too small and the mix was made smaller."""
    short: tuple[str, ...]
    """The inputs that are too small for what is wanted."""


def replay_name(number: int) -> str:
    """Return how the replay of a phase is called among the inputs."""
    return f"phase{number}"


def wanted_tokens(recipe: MixRecipe, available: Mapping[str, int]) -> float:
    """Return how many supervised tokens the recipe asks for, given how many its own inputs can give."""
    if recipe.supervised_tokens is not None:
        return float(recipe.supervised_tokens)
    shares = recipe.shares()
    return min(available[name] / shares[name] for name in recipe.inputs)


def plan_total(recipe: MixRecipe, wanted: float, available: Mapping[str, int]) -> Plan:
    """Return how many supervised tokens there will be; InputError when an input is too small for its share.

    With `on_short` set to `shrink` the total becomes smaller instead.
    """
    shares = recipe.shares()
    reachable = min(available[name] / shares[name] for name in shares)
    short = tuple(n for n in shares if available[n] * (1 + _TOLERANCE) < shares[n] * wanted)
    if short and recipe.on_short == "error":
        name = short[0]
        raise InputError(
            f"input {name!r}: its share of {shares[name]:.1%} is {shares[name] * wanted:,.0f} supervised "
            f"tokens; it can give {available[name]:,}",
            hint=f'make more of it, lower its share, set its repeat, or set on_short to "shrink" '
            f"(then {reachable:,.0f} supervised tokens in all)",
        )
    return Plan(wanted, min(wanted, reachable), short)
