"""What tunes one phase: how much is generated, in which shares, for how long, and what the gate asks for."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, PositiveInt, model_validator

from mypt.config import Section
from mypt.conversation.episode import Text
from mypt.sft.generator import GeneratorSettings
from mypt.sft.mix_recipe import EarlierPhase, MixInput, MixRecipe, PretrainingText
from mypt.sft.phases import PHASES, PRETRAINING_SHARE, Phase, phase
from mypt.sft.tokenise import TokeniseSection
from mypt.training.adapt_recipe import RegularizationOverrides
from mypt.training.recipe import TrainingConfig, TrainingSettings
from mypt.training.sft_recipe import steps_for

Share = Annotated[float, Field(gt=0)]


class PhaseMix(Section):
    """In which shares of supervised tokens a phase learns."""

    shares: dict[Text, Share] = Field(default_factory=dict)
    """Generator or import → its weight among the phase's own; 1 where nothing is said."""
    replay: dict[int, Share] = Field(default_factory=dict)
    """Earlier phase → its share of all; the curriculum's where nothing is said."""
    pretraining_share: Annotated[float, Field(ge=PRETRAINING_SHARE[0], le=PRETRAINING_SHARE[1])] = 0.03
    """Share of pretraining text."""
    pretraining_dataset: Text | None = None
    """Folder of the base model's dataset; without it, the one that the base model's manifest names."""
    supervised_tokens: PositiveInt | None = None
    """Tokens to learn in one pass; without it, as many as the phase's own episodes give at their shares."""
    on_short: Literal["error", "shrink"] = "shrink"
    """When an input is too small for its share: stop, or make the whole smaller so that all shares hold."""


class PhaseTraining(TrainingSettings):
    """How a phase is trained; its length is epochs or supervised tokens, not steps."""

    epochs: Annotated[float, Field(gt=0)] | None = None
    """Passes over the packed rows; or else `supervised_tokens`."""
    supervised_tokens: PositiveInt | None = None
    """Supervised tokens to learn from, repeated ones included; or else `epochs`."""
    warmup_share: Annotated[float, Field(ge=0, lt=1)] = 0.05
    """Share of the steps over which the learning rate rises, in place of `warmup_steps`."""

    @model_validator(mode="after")
    def _has_one_length(self) -> Self:
        if (self.epochs is None) == (self.supervised_tokens is None):
            raise ValueError("give exactly one of epochs and supervised_tokens")
        if self.warmup_steps:
            raise ValueError(
                "warmup_steps: a phase has warmup_share instead, as its steps follow from its data"
            )
        return self

    def resolve(self, n_rows: int, n_supervised: int) -> TrainingConfig:
        """Return the training of a phase whose packed rows hold so many supervised tokens."""
        epochs = self.epochs or (self.supervised_tokens or 0) / max(1, n_supervised)
        steps = steps_for(n_rows, epochs, self.batch_size, self.grad_accum_steps)
        own = {"epochs", "supervised_tokens", "warmup_share"}
        values = self.model_dump(exclude=own) | {
            "steps": steps,
            "warmup_steps": min(round(steps * self.warmup_share), steps - 1),
            "validate_every": min(self.validate_every, steps),
            "checkpoint_every": min(self.checkpoint_every, steps),
        }
        return TrainingConfig.model_validate(values)


class PhaseRecipe(Section):
    """One phase, from its parent to its gate."""

    kind: Literal["sft_phase"] = "sft_phase"
    phase: Annotated[int, Field(ge=1, le=6)]
    """Its number."""
    generate: tuple[GeneratorSettings, ...] = ()
    """The generators that make its episodes."""
    imports: dict[Text, Text] = Field(default_factory=dict)
    """Name → folder of imported episodes that are learned with the generated ones."""
    mix: PhaseMix = PhaseMix()
    """Shares of supervised tokens."""
    tokenise: TokeniseSection = TokeniseSection()
    """How episodes become packed rows."""
    eval_sets: dict[str, str] = Field(default_factory=dict)
    """Name → dataset whose hold-out is measured, beside the base model's and those of earlier phases."""
    regularization: RegularizationOverrides = RegularizationOverrides()
    """What of the architecture may differ from the parent."""
    training: PhaseTraining
    """How to train."""
    gate: Text
    """File of the gate's thresholds."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Decides which rows are mixed, and their order."""

    @model_validator(mode="after")
    def _learns_something(self) -> Self:
        names = [one.generator for one in self.generate]
        if len(set(names)) != len(names):
            raise ValueError("generate: names one generator twice")
        if taken := sorted(set(names) & self.imports.keys()):
            raise ValueError(f"imports: {taken[0]!r} is the name of a generator of this phase")
        if not names and not self.imports:
            raise ValueError("generate: nothing is generated and nothing is imported")
        if extra := sorted(self.mix.shares.keys() - {*names, *self.imports}):
            raise ValueError(f"mix.shares: {extra[0]!r} is neither generated nor imported")
        if odd := sorted(self.mix.replay.keys() - self.definition.replay.keys()):
            raise ValueError(f"mix.replay: phase {odd[0]} is not earlier than phase {self.phase}")
        return self

    @property
    def definition(self) -> Phase:
        """Return what the phase is, whatever tunes it."""
        return phase(self.phase)

    @property
    def earlier(self) -> tuple[Phase, ...]:
        """Return the phases before this one."""
        return PHASES[: self.phase - 1]

    def mix_recipe(
        self, generated: dict[str, Path], earlier: dict[int, Path], pretraining: str | None
    ) -> MixRecipe:
        """Return the mix of generated, imported and earlier episodes with pretraining text."""
        own = {**{name: path.as_posix() for name, path in generated.items()}, **self.imports}
        shares = self.mix.shares
        text = None
        if pretraining is not None:
            text = PretrainingText(dataset=pretraining, share=self.mix.pretraining_share)
        return MixRecipe(
            phase=self.phase,
            inputs={name: MixInput(artifact=path, share=shares.get(name, 1.0)) for name, path in own.items()},
            earlier={
                number: EarlierPhase(artifact=path.as_posix(), share=self.mix.replay.get(number))
                for number, path in earlier.items()
            },
            pretraining=text,
            supervised_tokens=self.mix.supervised_tokens,
            on_short=self.mix.on_short,
            seed=self.seed,
        )
