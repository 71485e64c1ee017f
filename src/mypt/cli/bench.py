"""`mypt bench`: speed and memory, measured here."""

import json
from dataclasses import asdict
from typing import Annotated, Any

from cyclopts import Parameter

from mypt.bench.timing import Spread
from mypt.bench.train import BenchConfig, TrainingSpeed, measure_training
from mypt.cli.console import note

DEFAULT = BenchConfig()


def train(
    setting: Annotated[BenchConfig, Parameter(name="*")] = DEFAULT,
    *,
    as_json: Annotated[bool, Parameter(name="--json", negative="", help="Only the JSON.")] = False,
) -> None:
    """Measure training: whole steps, alone or in turns with peers. The last line is JSON."""
    note(f"measuring {setting.preset}: {setting.warmup} steps to warm up, {setting.steps} timed")
    speed = measure_training(setting)
    if not as_json:
        print("\n".join(_lines(speed)))
    print(json.dumps(speed_values(speed)))


def speed_values(speed: TrainingSpeed) -> dict[str, Any]:
    """Return a measurement as plain values."""
    return {**asdict(speed), "setting": speed.setting.model_dump(mode="json")}


def _lines(speed: TrainingSpeed) -> list[str]:
    setting, machine = speed.setting, speed.machine
    rows = "packed rows" if setting.packed else "rows"
    memory = speed.peak_memory_bytes / 2**30
    lines = [
        f"{setting.preset}: {speed.parameters / 1e6:,.1f}M parameters, {setting.batch_size} {rows} of "
        f"{setting.sequence} tokens, {setting.precision}, {setting.optimizer}, compile {setting.compile}",
        f"on {machine['device']}, {machine['threads']} threads, torch {machine['torch']}",
        f"tokens per second  {_spread(speed.tokens_per_second, ',.0f')}",
        f"seconds per step   {_spread(speed.step_seconds, '.4f')}",
        f"warm-up            {speed.warmup_seconds:.1f} seconds for {setting.warmup} steps",
        f"share of the peak  {speed.mfu_published:.1%} by 6N + 12LdT, {speed.mfu_exact:.1%} counted exactly",
        f"  the peak         {speed.peak_flops / 1e9:,.1f} GFLOP/s, {speed.peak_source}",
        f"peak memory        {memory:.2f} GiB",
        f"waiting for data   {speed.data_wait_share:.2%} of the time",
    ]
    return lines + [
        f"against {peer.name:<10} {_spread(peer.ours_over_peer, '.2f')} times as fast as its "
        f"{peer.tokens_per_second.median:,.0f} tokens per second ({peer.parameters / 1e6:,.1f}M parameters)"
        for peer in speed.peers
    ]


def _spread(spread: Spread, form: str) -> str:
    return f"{spread.median:{form}} ({spread.p10:{form}} to {spread.p90:{form}})"
