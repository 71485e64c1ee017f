"""Puts the parts of a run together: the stepper, and the trainer around it."""

import torch

from mypt.errors import ConfigError
from mypt.model.float8 import float8_pays, use_float8
from mypt.model.gpt import GPT
from mypt.training.compilation import compile_model, resolve_compile
from mypt.training.distributed import World
from mypt.training.gradients import GradientSum, RunningSum, TreeSum
from mypt.training.guard import StepGuard
from mypt.training.optimizer import make_optimizers
from mypt.training.precision import DTYPES, make_scaler, resolve_precision
from mypt.training.recipe import TrainingConfig
from mypt.training.sharding import shard_model
from mypt.training.step import Stepper


def make_stepper(model: GPT, config: TrainingConfig, world: World) -> Stepper:
    """Return a model, wherever it will train, with all that its steps need.

    Raises ConfigError for settings that exclude each other or do not fit the processes.
    """
    _refuse_uneven(config, world)
    if config.audit and world.device.type == "cpu":
        torch.set_num_threads(1)  # more threads add in another order
    precision = resolve_precision(config.precision, world.device)
    model.compute_dtype = DTYPES[precision]
    model.activation_checkpointing = config.activation_checkpointing
    model.to(world.device)
    if config.fp8:
        _use_8_bits(model, world.device)
    if config.shard == "full":
        shard_model(model, world)
    compile_model(model, resolve_compile(config.compile, world.device))
    scaler = make_scaler(precision, world.device)
    return Stepper(
        model=model,
        optimizers=make_optimizers(model, config),
        scaler=scaler,
        guard=StepGuard(config.spike_sigmas, world.device, is_scaled=scaler.is_enabled()),
        gradients=_gradient_sum(model, config, world),
        config=config,
        world=world,
    )


def _refuse_uneven(config: TrainingConfig, world: World) -> None:
    if config.grad_accum_steps % world.size:
        raise ConfigError(
            f"training.grad_accum_steps={config.grad_accum_steps} micro-batches cannot be divided among "
            f"{world.size} processes",
            hint=f"start a number of processes that divides {config.grad_accum_steps}, so that the step "
            "stays the same for any number",
        )


def _use_8_bits(model: GPT, device: torch.device) -> None:
    """Let hidden matrices multiply in 8 bits; ConfigError where that is impossible or does not pay."""
    without = "--set training.fp8=false"
    if device.type != "cuda" or model.compute_dtype is not torch.bfloat16:
        raise ConfigError("training.fp8 needs a GPU and precision=bf16", hint=without)
    verdict = float8_pays(model.config, torch.cuda.get_device_capability(device))
    if not verdict.pays:
        raise ConfigError(f"training.fp8 does not pay here: {verdict.reason}", hint=without)
    use_float8(model)


def _gradient_sum(model: GPT, config: TrainingConfig, world: World) -> GradientSum:
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    if config.audit:
        return TreeSum(parameters, config.grad_accum_steps, world.size)
    return RunningSum(parameters, world.size, is_sharded=config.shard == "full")
