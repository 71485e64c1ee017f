"""`mypt bench sft`: generators, mixing, packing, training and the gate, measured here."""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from mypt.bench.sft_gate import measure_gate
from mypt.bench.sft_mixing import measure as measure_mixing
from mypt.bench.sft_packing import bench_packing, bench_rendering
from mypt.bench.sft_training import SftSetting, measure_sft_training
from mypt.cli.console import note
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe

Part = Literal["mixing", "packing", "training", "gate"]


def sft(
    *,
    only: Annotated[tuple[Part, ...], Parameter(help="Measure these parts; by default all.")] = (),
    rows: Annotated[int, Parameter(help="Episodes that are generated and mixed.")] = 20_000,
    preset: Annotated[str, Parameter(help="Shape of the model that is trained and judged.")] = "tiny",
    as_json: Annotated[bool, Parameter(name="--json", negative="", help="Only the JSON.")] = False,
) -> None:
    """Measure fine-tuning: each figure a second of one processor. The last line is JSON."""
    parts: dict[Part, Callable[[], Mapping[str, Any]]] = {
        "mixing": lambda: _mixing(rows),
        "packing": lambda: {**bench_packing(), **bench_rendering(Gpt2Bpe())},
        "training": lambda: measure_sft_training(SftSetting(preset=preset)),
        "gate": lambda: measure_gate(preset),
    }
    found: dict[str, Mapping[str, Any]] = {}
    for name in only or tuple(parts):
        note(f"measuring {name}")
        found[name] = parts[name]()
        if not as_json:
            print("\n".join(f"{name:<9} {key}: {value}" for key, value in _flat(found[name])))
    print(json.dumps(found))


def _mixing(n_rows: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="mypt-") as folder:
        return asdict(measure_mixing(n_rows, Path(folder)))


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", f"{value:,.4g}" if isinstance(value, float) else str(value)
