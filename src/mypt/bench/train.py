"""Training speed: whole optimizer steps of the real engine on random ids, alone or in turns with peers."""

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Annotated, Literal

import psutil
import torch
from pydantic import Field, PositiveInt, field_validator

from mypt import __version__
from mypt.bench.contender import Contender, OurStep, time_in_turns
from mypt.bench.limits import Rate, gemm_flops
from mypt.bench.mfu import peak_of
from mypt.bench.peers import PEERS, make_peer, refuse_without_transformers
from mypt.bench.processes import peak_memory
from mypt.bench.random_rows import RandomRows, executed_flops_per_token
from mypt.bench.shapes import shape, usual_batch_size
from mypt.bench.timing import Spread, StepTimer, seconds_of
from mypt.config import Section
from mypt.errors import ConfigError
from mypt.model.config import GPTConfig
from mypt.model.size import flops_per_token
from mypt.training.compilation import resolve_compile
from mypt.training.distributed import World, process_group
from mypt.training.precision import DTYPES, resolve_device, resolve_precision
from mypt.training.recipe import TrainingConfig


class BenchConfig(Section):
    """What is measured and how."""

    preset: str = "char-10M"
    """char-2M, char-10M, 124M, or a preset of `mypt model presets`."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where to train; `auto` takes the GPU if there is one."""
    batch_size: PositiveInt | None = None
    """Sequences in a micro-batch; by default what suits shape and device."""
    sequence: PositiveInt | None = None
    """Tokens in a sequence; by default the shape's block_size."""
    grad_accum_steps: PositiveInt = 1
    """Micro-batches in a step."""
    precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto"
    """As in recipes."""
    compile: Literal["auto", "off", "block", "full"] = "auto"
    """As in recipes."""
    fp8: bool = False
    """As in recipes."""
    optimizer: Literal["adamw", "muon"] = "adamw"
    """As in recipes."""
    activation_checkpointing: Literal["none", "selective", "full"] = "none"
    """As in recipes."""
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of values dropped; off by default, as in published figures."""
    packed: bool = False
    """Rows of short conversations, of which a third is learned, in place of whole rows."""
    steps: Annotated[int, Field(ge=2)] = 20
    """Timed steps; the median counts."""
    warmup: PositiveInt = 3
    """Steps before them."""
    peers: str = ""
    """Hugging Face models to be timed in turns with ours: llama, gpt2, or llama,gpt2."""

    @field_validator("peers")
    @classmethod
    def _refuse_unknown_peers(cls, peers: str) -> str:
        unknown = [name for name in filter(None, peers.split(",")) if name not in PEERS]
        if unknown:
            raise ValueError(f"{unknown[0]!r} is none of {', '.join(PEERS)}")
        return peers

    @property
    def peer_names(self) -> tuple[str, ...]:
        """Return the peers one by one."""
        return tuple(filter(None, self.peers.split(",")))


@dataclass(frozen=True)
class PeerSpeed:
    """A peer at the same shape, beside ours."""

    name: str
    parameters: int
    step_seconds: Spread
    tokens_per_second: Spread
    ours_over_peer: Spread
    """How many times as fast ours is, over the pairs of neighbouring steps."""
    ours_over_peer_by_processor: float | None
    """The ratio by processor time, which neighbours on the machine disturb less; None on a GPU."""


@dataclass(frozen=True)
class TrainingSpeed:
    """What was measured, with all that it depends on."""

    setting: BenchConfig
    """As asked for, with every `auto` resolved."""
    parameters: int
    warmup_seconds: float
    step_seconds: Spread
    tokens_per_second: Spread
    tokens_per_processor_second: float | None
    """None on a GPU."""
    flops_per_token_published: int
    """6N + 12 n_layer n_embd n_tokens (arXiv:2204.02311)."""
    flops_per_token_exact: float
    """Only what is computed: causal attention within segments, the head on learned positions."""
    peak_flops: float
    peak_source: str
    mfu_published: float
    mfu_exact: float
    peak_memory_bytes: int
    """Of a GPU what tensors took, of a CPU the process; without peers."""
    data_wait_share: float
    peers: tuple[PeerSpeed, ...]
    machine: dict[str, str]


def measure_training(asked: BenchConfig) -> TrainingSpeed:
    """Return the speed of a setting; ConfigError for one that cannot be measured here."""
    setting = _resolved(asked)
    _refuse_impossible(setting)
    config = shape(setting.preset).model_copy(
        update={"block_size": setting.sequence, "dropout": setting.dropout}
    )
    with process_group(setting.device) as world:
        return _measure(setting, config, world)


def _resolved(asked: BenchConfig) -> BenchConfig:
    """Replace every `auto` and every default that depends on another setting."""
    device = resolve_device(asked.device)
    return asked.model_copy(
        update={
            "device": device.type,
            "precision": resolve_precision(asked.precision, device),
            "compile": resolve_compile(asked.compile, device),
            "batch_size": asked.batch_size or usual_batch_size(asked.preset, device.type),
            "sequence": asked.sequence or shape(asked.preset).block_size,
        }
    )


def _refuse_impossible(setting: BenchConfig) -> None:
    if setting.fp8 and setting.device == "cpu":
        raise ConfigError(
            "--fp8: a CPU has no 8-bit matrix products", hint="--device cuda, or leave --fp8 out"
        )
    if setting.peers:
        refuse_without_transformers()
        if setting.packed or setting.precision == "fp16" or setting.grad_accum_steps > 1:
            raise ConfigError(
                "--peers: they are timed on whole rows, in fp32 or bf16, one micro-batch a step",
                hint="leave out --packed and --grad-accum-steps, and choose --precision bf16",
            )


def _measure(setting: BenchConfig, config: GPTConfig, world: World) -> TrainingSpeed:
    training = _training(setting)
    rows = RandomRows(training.batch_size, config.block_size, config.vocab_size, setting.packed)
    product = gemm_flops(torch.float32, world.device) if world.device.type == "cpu" else None
    ours = OurStep(config, training, world, rows)
    with ours.fed(setting.warmup + setting.steps):
        warmup_seconds = seconds_of(lambda: _take(ours, setting.warmup), world.device)
        memory = _peak_memory(world.device)
        peers = [make_peer(name, config, training, setting.precision, rows) for name in setting.peer_names]
        for peer in peers:
            _take(peer, setting.warmup)
        waited = ours.waited
        timers = time_in_turns([ours, *peers], world.device, setting.steps)
        waited = ours.waited - waited
    return _speed(
        setting, config, rows, _Measured(ours, peers, timers, product, warmup_seconds, memory, waited)
    )


@dataclass(frozen=True)
class _Measured:
    """The raw numbers."""

    ours: OurStep
    peers: Sequence[Contender]
    timers: Sequence[StepTimer]
    product: Rate | None
    warmup_seconds: float
    memory: int
    waited: float


def _training(setting: BenchConfig) -> TrainingConfig:
    names = ("device", "batch_size", "grad_accum_steps", "precision", "compile", "fp8", "optimizer")
    same = {name: getattr(setting, name) for name in (*names, "activation_checkpointing")}
    return TrainingConfig.model_validate(
        {"steps": setting.warmup + setting.steps, "learning_rate": 1e-4, **same}
    )


def _take(contender: Contender, steps: int) -> None:
    for _ in range(steps):
        contender.step()


def _peak_memory(device: torch.device) -> int:
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    return peak_memory()


def _speed(setting: BenchConfig, config: GPTConfig, rows: RandomRows, measured: _Measured) -> TrainingSpeed:
    timer, *others = measured.timers
    seconds = timer.seconds()
    tokens = rows.batch_size * rows.n_tokens * setting.grad_accum_steps
    per_second = _rates(tokens, seconds)
    per_processor = tokens / Spread.of(timer.processor).median if timer.processor else None
    published = flops_per_token(config, rows.n_tokens).conventional_training_flops
    exact = executed_flops_per_token(config, rows.batch(0))
    peak, source, rate = _peak(measured, setting, per_second.median, per_processor)
    return TrainingSpeed(
        setting=setting,
        parameters=measured.ours.n_parameters,
        warmup_seconds=measured.warmup_seconds,
        step_seconds=Spread.of(seconds),
        tokens_per_second=per_second,
        tokens_per_processor_second=per_processor,
        flops_per_token_published=published,
        flops_per_token_exact=exact,
        peak_flops=peak,
        peak_source=source,
        mfu_published=rate * published / peak,
        mfu_exact=rate * exact / peak,
        peak_memory_bytes=measured.memory,
        data_wait_share=measured.waited / sum(seconds),
        peers=tuple(
            _peer_speed(name, peer, other, timer, tokens)
            for name, peer, other in zip(setting.peer_names, measured.peers, others, strict=True)
        ),
        machine=_machine(setting),
    )


def _rates(tokens: int, seconds: Sequence[float]) -> Spread:
    return Spread.of([tokens / each for each in seconds])


def _peak(
    measured: _Measured, setting: BenchConfig, per_second: float, per_processor: float | None
) -> tuple[float, str, float]:
    """Return the limit, where it is from, and the tokens per second of the same clock.

    A CPU is measured by the time of its processors, which neighbours disturb less.
    """
    if measured.product is not None and per_processor is not None:
        source = "an fp32 matrix product in this process, by processor seconds"
        return measured.product.per_cpu_second, source, per_processor
    peak = peak_of(torch.device(setting.device), DTYPES[setting.precision])
    return peak.flops, peak.source, per_second


def _peer_speed(name: str, peer: Contender, timer: StepTimer, ours: StepTimer, tokens: int) -> PeerSpeed:
    seconds = timer.seconds()
    pairs = [theirs / own for theirs, own in zip(seconds, ours.seconds(), strict=True)]
    by_processor = (
        Spread.of(timer.processor).median / Spread.of(ours.processor).median if timer.processor else None
    )
    return PeerSpeed(
        name=name,
        parameters=peer.n_parameters,
        step_seconds=Spread.of(seconds),
        tokens_per_second=_rates(tokens, seconds),
        ours_over_peer=Spread.of(pairs),
        ours_over_peer_by_processor=by_processor,
    )


def _machine(setting: BenchConfig) -> dict[str, str]:
    libraries = ("torch", "numpy", *(("transformers",) if setting.peers else ()))
    is_gpu = setting.device == "cuda"
    return {
        "device": torch.cuda.get_device_name() if is_gpu else platform.machine(),
        "threads": str(torch.get_num_threads()),
        "cores": str(psutil.cpu_count(logical=False) or psutil.cpu_count()),
        "python": platform.python_version(),
        "mypt": __version__,
        **{name: version(name) for name in libraries},
        **({"cuda": str(torch.version.cuda)} if is_gpu else {}),
    }
