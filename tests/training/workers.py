"""What processes of the tests do: functions that a fork server can find by name."""

import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any, NamedTuple

import torch

from mypt.errors import InputError
from mypt.training.distributed import process_group
from mypt.training.recipe import PretrainRecipe
from mypt.training.run import train
from mypt.training.sft_recipe import SftRecipe, TrainingRecipe


def agree() -> list[Any]:
    """Exchange one of everything with the other processes."""
    with process_group("cpu") as world:
        told = world.gather([world.rank * 10, world.rank * 10 + 1])
        flags = [world.any(world.rank == 1), world.any(flag=False)]
        made = world.on_main(lambda: f"made by {world.rank}")
        try:
            world.on_main(_fail)
        except InputError as error:
            return [world.rank, world.is_main, told, flags, made, error.message]
    return []


def _fail() -> None:
    raise InputError("refused by the main process")


def train_some(recipe: str, out: str, stop_after: int) -> str | None:
    """Train, or go on, until so many steps were taken here or to the end, and return the model's digest."""
    asked: list[int] = []

    def should_stop() -> bool:
        asked.append(1)
        return len(asked) == stop_after

    model = train(_read(recipe), Path(out), should_stop=should_stop)
    return None if model is None else model.digest


def _read(recipe: str) -> TrainingRecipe:
    values = json.loads(recipe)
    return (SftRecipe if values["kind"] == "sft" else PretrainRecipe).model_validate(values)


class Moment(NamedTuple):
    """When to die: so many seconds after the start, or when something happens to a file for the n-th time."""

    seconds: float = 0.0
    event: str = ""
    name: str = ""
    times: int = 1


def train_until(recipe: str, out: str, moment: Moment | None) -> None:
    """Train in this process until the moment; to the end without one."""
    torch.set_num_threads(1)
    if moment is not None:
        _die_at(moment)
    train(_read(recipe), Path(out))


def _die_at(moment: Moment) -> None:
    """Let the process be killed as it can be: without a chance to say goodbye."""
    if not moment.event:
        timer = threading.Timer(moment.seconds, os.kill, (os.getpid(), signal.SIGKILL))
        timer.daemon = True
        timer.start()
        return
    seen: list[str] = []

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if event == moment.event and arguments and moment.name in str(arguments[0]):
            seen.append(event)
            if len(seen) == moment.times:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
