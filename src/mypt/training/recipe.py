"""What one training run is: data, architecture and how to train."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from mypt.config import Section
from mypt.model.config import GPTConfig
from mypt.model.presets import PRESETS
from mypt.training.data_recipe import AttentionBackend, DataRecipe
from mypt.training.gold import GoldConfig

PositiveInt = Annotated[int, Field(gt=0)]


class ModelSection(GPTConfig):
    """An architecture: a preset, and any setting of it that should differ.

    `vocab_size` is not set here; the dataset's tokenizer decides it.
    """

    preset: str | None = None
    """Name of a preset to start from; `mypt model presets` lists them."""

    @model_validator(mode="before")
    @classmethod
    def _expand_preset(cls, values: Any) -> Any:
        if not isinstance(values, dict) or values.get("preset") is None:
            return values
        name = values["preset"]
        if name not in PRESETS:
            raise ValueError(f"preset={name!r} is not one of {', '.join(PRESETS)}")
        return {**PRESETS[name].model_dump(), **values}

    def with_vocabulary(self, vocab_size: int) -> GPTConfig:
        """Return the architecture for a vocabulary of `vocab_size` ids."""
        values = self.model_dump(exclude={"preset"})
        return GPTConfig(**{**values, "vocab_size": vocab_size})


class TrainingSettings(Section):
    """How a model is trained, but for how long; a step is one optimizer update."""

    batch_size: PositiveInt = 16
    """Sequences in one micro-batch."""
    grad_accum_steps: PositiveInt = 1
    """Micro-batches whose gradients make one step."""
    learning_rate: Annotated[float, Field(gt=0)] = 1e-3
    """Highest learning rate, reached after the warm-up."""
    min_lr_ratio: Annotated[float, Field(ge=0, le=1)] = 0.1
    """The cosine ends at this share of the highest learning rate."""
    warmup_steps: Annotated[int, Field(ge=0)] = 0
    """Steps over which the learning rate rises linearly."""
    weight_decay: Annotated[float, Field(ge=0)] = 0.1
    """Decay of matrix weights; embeddings, norms and biases never decay."""
    beta1: Annotated[float, Field(ge=0, lt=1)] = 0.9
    """AdamW's decay of the mean of gradients."""
    beta2: Annotated[float, Field(ge=0, lt=1)] = 0.95
    """AdamW's decay of the mean of squared gradients."""
    grad_clip: Annotated[float, Field(ge=0)] = 1.0
    """Longest norm of the whole gradient; 0 turns clipping off."""
    precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto"
    """What the model computes in; weights and moments stay fp32. `auto` is bf16 where fast, else fp32."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where to train; `auto` takes the GPU if there is one."""
    activation_checkpointing: Literal["none", "selective", "full"] = "none"
    """`selective` keeps results of products, `full` only each block's input; the rest is made again."""
    optimizer: Literal["adamw", "muon"] = "adamw"
    """Muon takes the hidden matrices and AdamW the rest; both at the same learning rate."""
    compile: Literal["auto", "off", "block", "full"] = "auto"
    """Compile each block, or the whole model; `auto` compiles blocks on a GPU and nothing on a CPU."""
    fp8: bool = False
    """Multiply hidden matrices in 8 bits, on GPUs that can; refused where it does not pay."""
    attention: AttentionBackend = "auto"
    """Kernel for packed rows; `auto` is varlen on a GPU in 16 bits, and split or sdpa elsewhere."""
    isolate_documents: bool = True
    """Whether a token sees only its own document where a window holds several."""
    shard: Literal["none", "full"] = "none"
    """`full` spreads weights, gradients and moments over all processes, block by block."""
    audit: bool = False
    """Sum gradients in one fixed tree, so that 1, 2, 4, … processes give the same bytes; slower."""
    on_bad_step: Literal["skip", "rollback", "stop"] = "skip"
    """After a non-finite or spiking step, whose update never happens: go on, go back to the last checkpoint
    and pass over the data, or stop."""
    spike_sigmas: Annotated[float, Field(ge=0)] = 6.0
    """A loss or gradient so many deviations above the last 128 steps is a spike; 0 looks for none."""
    max_bad_steps: PositiveInt = 10
    """So many bad steps in a row, or so many rollbacks in all, end the run."""
    validate_every: PositiveInt = 100
    """Steps between validations; the first and the last step are always validated."""
    validation_windows: PositiveInt = 64
    """Fixed windows of held-out text, spread evenly."""
    checkpoint_every: PositiveInt = 100
    """Steps between checkpoints; the last step and each new GOLD one always have one."""
    keep_checkpoints: PositiveInt = 2
    """Newest checkpoints that are kept."""
    copy_sequences: Annotated[int, Field(ge=0)] = 16
    """Repeated random sequences that measure how well the model copies; 0 measures none."""
    gold: GoldConfig = GoldConfig()
    """Which checkpoint may be the GOLD one."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Decides initial weights, data order and every random draw."""

    @model_validator(mode="after")
    def _sharding_excludes(self) -> "TrainingSettings":
        excluded = {
            "audit=true, which needs whole gradients": self.audit,
            "optimizer=muon, which needs whole matrices": self.optimizer == "muon",
            "fp8=true, which needs whole matrices": self.fp8,
            "compile=full; a sharded model is compiled by blocks": self.compile == "full",
        }
        for what, is_asked in excluded.items():
            if self.shard == "full" and is_asked:
                raise ValueError(f"shard=full excludes {what}")
        return self


class TrainingConfig(TrainingSettings):
    """How a model is trained, and how long."""

    steps: PositiveInt
    """Optimizer updates of the whole run."""

    @model_validator(mode="after")
    def _warmup_fits(self) -> "TrainingConfig":
        if self.warmup_steps >= self.steps:
            raise ValueError(f"warmup_steps={self.warmup_steps} leaves no step of steps={self.steps}")
        return self


class PretrainRecipe(DataRecipe):
    """A base model from scratch."""

    kind: Literal["pretrain"] = "pretrain"
    model: ModelSection
    """The architecture."""
    training: TrainingConfig
    """How to train it."""
