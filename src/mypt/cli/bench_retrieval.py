"""`mypt bench retrieval`: how well and how fast passages are found, beside single methods and peers."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from mypt.bench.retrieval_quality import FUSION, Quality, measure_quality
from mypt.bench.retrieval_sources import read_pairs
from mypt.bench.retrieval_speed import Latency, Speed, SpeedConfig, measure_speed
from mypt.bench.retrieval_tasks import Task, parallel_tasks, shipped_tasks
from mypt.cli.console import note
from mypt.cli.index import Embedders, Models, open_embedders, progress_bars
from mypt.config import Section

SPEED_DEFAULT = SpeedConfig()


class QualityConfig(Section):
    """Which questions are asked."""

    pairs: tuple[str, ...] = ()
    """Parallel documents as NAME=GERMAN,ENGLISH: packages, manual or help."""
    questions: int = 300
    """Of each source and direction; half of them choose the weight, half of them judge."""
    candidates: int = 1500
    """Passages among which the right one is looked for."""


QUALITY_DEFAULT = QualityConfig()


def retrieval(
    quality: Annotated[QualityConfig, Parameter(name="*")] = QUALITY_DEFAULT,
    speed: Annotated[SpeedConfig, Parameter(name="*")] = SPEED_DEFAULT,
    *,
    embedders: Embedders = ("e5", "use"),
    models: Models = None,
    only: Annotated[Literal["", "quality", "speed"], Parameter(help="To leave the other out.")] = "",
    as_json: Annotated[bool, Parameter(name="--json", negative="", help="Only the JSON.")] = False,
) -> None:
    """Measure how well and how fast passages are found. The last line is JSON."""
    chosen = open_embedders(embedders, models)
    tasks = _tasks(quality)
    with progress_bars() as progress:
        found = measure_quality(tasks, chosen, progress) if only != "speed" else None
        taken = measure_speed(speed, *_texts(tasks), chosen, progress) if only != "quality" else None
    if not as_json:
        print("\n".join([*quality_lines(found), *speed_lines(taken)]))
    print(json.dumps({"quality": found and asdict(found), "speed": taken and asdict(taken)}))


def _tasks(config: QualityConfig) -> list[Task]:
    """Return the tasks of all sources, then the small ones that come with the program."""
    tasks: list[Task] = []
    others: dict[str, list[str]] = {"en": [], "de": []}
    for source in config.pairs:
        name = source.partition("=")[0]
        note(f"reading {source}")
        made = parallel_tasks(name, read_pairs(source), config.questions, config.candidates)
        tasks += made
        others["en"] += made[0].passages
        others["de"] += made[1].passages
    return [*tasks, *shipped_tasks(others)]


def _texts(tasks: list[Task]) -> tuple[list[str], list[str]]:
    """Return all passages and all questions, each once."""
    passages = dict.fromkeys(text for task in tasks for text in task.passages)
    questions = dict.fromkeys(text for task in tasks for text in task.questions)
    return list(passages), list(questions)


def quality_lines(quality: Quality | None) -> Iterator[str]:
    """Yield a table of MRR@10 by task and method, then means and gains with their intervals."""
    if quality is None:
        return
    methods = [*(name for name in quality.means if name != FUSION), FUSION]
    width = max(map(len, methods)) + 2
    yield f"MRR@10 on the odd questions; the even ones chose weight {quality.weight:g}"
    yield f"{'task':<20}{'asked':>6}{'among':>7}" + "".join(f"{name:>{width}}" for name in methods)
    for task, figures in quality.tasks.items():
        row = "".join(f"{figures[name].mrr:>{width}.3f}" for name in methods)
        yield f"{task:<20}{quality.n_questions[task]:>6}{quality.n_passages[task]:>7,}{row}"
    for name in methods:
        mean = quality.means[name]
        line = f"{name:<16} {mean.mean:.3f} ({mean.low:.3f} to {mean.high:.3f})"
        gain = quality.gains.get(name)
        yield line + (f", fusion {gain.mean:+.3f} ({gain.low:+.3f} to {gain.high:+.3f})" if gain else "")


def speed_lines(speed: Speed | None) -> Iterator[str]:
    """Yield what a workspace of this size took."""
    if speed is None:
        return
    yield f"{speed.passages:,} passages in {speed.documents:,} documents"
    rows: dict[str, Any] = {
        "search": speed.search, "filtered": speed.filtered, "for a reader": speed.reader,
        "of that embedding": speed.embedding, **{each.name: each.search for each in speed.peers},
    }  # fmt: skip
    for name, latency in rows.items():
        yield f"{name:<20}{_latency(latency)}"
    yield f"{'new reader':<20}{speed.new_reader_seconds * 1e3:,.0f} ms for the first search"
    memory = _mebibytes(speed.cold_memory_bytes)
    yield f"{'fresh process':<20}{speed.cold_seconds:.2f} s to its first hits, {memory}"
    yield f"{'index':<20}{speed.index_seconds:.1f} s, {speed.passages / speed.index_seconds:,.0f} passages/s"
    yield f"{'changed document':<20}{speed.changed_document_seconds:.2f} s until it can be found"
    for each in speed.peers:
        yield f"{each.name + ' built':<20}{each.build_seconds:.1f} s"


def _latency(latency: Latency) -> str:
    return f"p50 {latency.p50:7.1f} ms   p95 {latency.p95:7.1f} ms"


def _mebibytes(n_bytes: int) -> str:
    return f"{n_bytes / 2**20:,.0f} MiB"
