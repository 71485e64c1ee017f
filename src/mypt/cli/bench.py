"""`mypt bench`: speed and memory, measured here."""

import json
from dataclasses import asdict
from typing import Annotated, Any

from cyclopts import Parameter

from mypt.bench.data import DataBenchConfig, DataSpeed, measure_data
from mypt.bench.processes import Timing
from mypt.bench.timing import Spread
from mypt.bench.train import BenchConfig, TrainingSpeed, measure_training
from mypt.cli.arguments import RecipePath, Workers
from mypt.cli.console import note
from mypt.config import load
from mypt.corpus.lock import lock_path, read_lock
from mypt.corpus.recipe import CorpusRecipe
from mypt.execution.runner import EVERY_CORE

DEFAULT = BenchConfig()
DATA_DEFAULT = DataBenchConfig()


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


def data(
    recipe: RecipePath,
    setting: Annotated[DataBenchConfig, Parameter(name="*")] = DATA_DEFAULT,
    *,
    execution: Workers = EVERY_CORE,
    as_json: Annotated[bool, Parameter(name="--json", negative="", help="Only the JSON.")] = False,
) -> None:
    """Measure the data pipeline on a corpus recipe, from files to shards. The last line is JSON."""
    note(f"building {recipe} in a folder of its own, from its files to shards")
    speed = measure_data(load(recipe, CorpusRecipe), read_lock(lock_path(recipe)), execution, setting)
    if not as_json:
        print("\n".join(_data_lines(speed)))
    print(json.dumps(asdict(speed)))


def _data_lines(speed: DataSpeed) -> list[str]:
    lines = [
        f"{speed.documents:,} documents, {speed.tokens:,} tokens, {speed.workers} workers, root {speed.root}",
        f"raw files to text   {_rate(speed.raw_megabytes, speed.transform)}",
        f"  again, all kept   {_rate(speed.raw_megabytes, speed.transform_again)}",
        *(
            f"  {each.name:<17} {each.raw_megabytes / each.processor_seconds:,.1f} MB/s a processor, "
            f"{each.text_megabytes / each.processor_seconds:,.1f} of text ({each.files} files, "
            f"{each.raw_megabytes:.1f} MB)"
            for each in speed.formats
        ),
        f"text to corpus      {_rate(speed.raw_megabytes, speed.corpus)}",
        f"corpus to shards    {_rate(speed.tokens / 1e6, speed.dataset, 'M tokens')}",
    ]
    ours, *peers = speed.tokenising
    lines += [
        f"tokenising          {each.tokens_per_second / 1e6:.1f} M tokens/s a processor by {each.name}"
        f", {ours.tokens_per_second / each.tokens_per_second:.1f} times slower than ours"
        f", {each.differing} of {each.documents} documents differ"
        for each in (ours, *peers)
    ]
    first = speed.duplicates.contenders[0]
    lines += [
        f"near duplicates     {each.documents_per_second:,.0f} documents/s a processor by {each.name}"
        f", {first.documents_per_second / each.documents_per_second:.1f} times slower than ours"
        f", precision {each.precision:.3f}, recall "
        + ", ".join(f"{recall:.3f} at {name}" for name, recall in each.recall.items())
        for each in speed.duplicates.contenders
    ]
    return [
        *lines,
        f"lineage             {speed.lookups_per_second / 1e6:.1f} M look-ups/s, "
        f"{speed.lineage_bytes_per_document:.1f} bytes a document",
        f"memory              {speed.peak_memory_bytes / 2**20:,.0f} MiB here, "
        f"{(speed.peak_memory_of_a_worker_bytes or 0) / 2**20:,.0f} MiB in the largest of its processes",
        f"limit of sealing    {speed.sha256_megabytes_per_second:,.0f} MB/s of sha256 a processor",
    ]


def _rate(amount: float, timing: Timing, unit: str = "MB") -> str:
    return (
        f"{amount / timing.wall_seconds:,.1f} {unit}/s by the wall, "
        f"{amount / timing.processor_seconds:,.1f} a processor ({timing.wall_seconds:.1f} s)"
    )


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
