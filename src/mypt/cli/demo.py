"""`mypt demo`: the whole line on the sample corpus, and what came out of it."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from mypt.cli.arguments import Overrides
from mypt.cli.console import err, note, progress_bar, stop_signal
from mypt.cli.models import load_for_use
from mypt.cli.sft import RunOptions, run_phases
from mypt.cli.training_progress import recipe_meter, training_progress
from mypt.config import load
from mypt.corpus.build import build as build_corpus
from mypt.corpus.recipe import CorpusRecipe
from mypt.dataset.build import build as build_dataset
from mypt.dataset.recipe import DatasetRecipe
from mypt.errors import ConfigError
from mypt.inference.config import SamplingConfig
from mypt.inference.generate import generate_text
from mypt.provenance.artifact import Artifact
from mypt.sft.phases import PHASES
from mypt.sft.recipe import PhaseRecipe
from mypt.sft.run import PhaseResult
from mypt.training.recipe import PretrainRecipe
from mypt.training.run import train

RECIPES = {
    "corpus": Path("configs/corpus/demo.json"),
    "dataset": Path("configs/dataset/demo.json"),
    "pretrain": Path("configs/base/demo.json"),
}
PHASES_FOLDER = Path("configs/sft/demo")
PROMPTS = {"de": "Art. 1 Zweck\n\n1 Der Bundesrat", "en": "Art. 1 Purpose\n\n1 The Federal Council"}
SAMPLING = SamplingConfig(max_new_tokens=110, temperature=0.5, top_k=40, repetition_penalty=1.1, seed=2)


@dataclass(frozen=True)
class Made:
    """What the demo has to show."""

    corpus: Artifact
    dataset: Artifact
    model: Artifact
    samples: dict[str, str]
    phases: list[PhaseResult]
    seconds: float


def demo(
    *,
    out: Annotated[Path, Parameter(help="Folder for everything that is made.")] = Path("artifacts/demo"),
    sft: Annotated[bool, Parameter(help="Take the base model through the six phases too.")] = True,
    overrides: Overrides = (),
) -> None:
    """Run the whole line on the sample corpus: text to a model that speaks, and six phases with their gates.

    Run again, it finds what it made and only speaks; --set changes the training recipe of the base model.
    """
    if not all(path.exists() for path in (*RECIPES.values(), PHASES_FOLDER)):
        raise ConfigError(
            "the demo's recipes are not here: configs/corpus/demo.json and its neighbours",
            hint="run the demo in the folder that holds README.md and configs/",
        )
    with stop_signal() as should_stop:
        made = _run_line(out, overrides, should_stop, has_phases=sft)
    if made is None:
        note("stopped with a checkpoint; the same command goes on from there")
        sys.exit(130)
    print("\n".join(_summary(made)))


def _run_line(
    out: Path, overrides: tuple[str, ...], should_stop: Callable[[], bool], *, has_phases: bool
) -> Made | None:
    """Do what the commands that it names would do, one after the other."""
    started = time.perf_counter()
    _announce(1, "documents to a clean corpus", f"mypt corpus build {RECIPES['corpus'].as_posix()}")
    with progress_bar("corpus") as progress:
        recipe = load(RECIPES["corpus"], CorpusRecipe)
        corpus = build_corpus(recipe, out / "corpus", replace=True, progress=progress)
    _announce(2, "corpus to token shards", f"mypt dataset build {RECIPES['dataset'].as_posix()}")
    with progress_bar("dataset") as progress:
        cut = load(RECIPES["dataset"], DatasetRecipe, [f"corpus={corpus.path.as_posix()}"])
        dataset = build_dataset(cut, out / "dataset", replace=True, progress=progress)
    _announce(3, "shards to a base model", f"mypt pretrain {RECIPES['pretrain'].as_posix()}")
    how = load(RECIPES["pretrain"], PretrainRecipe, [f"dataset={dataset.path.as_posix()}", *overrides])
    with training_progress(lambda: recipe_meter(how)) as observer:
        model = train(how, out / "pretrain", [observer], should_stop=should_stop, replace=True)
    if model is None:
        return None
    _announce(4, "the model speaks", f'mypt generate "{PROMPTS["de"].splitlines()[0]}"')
    with progress_bar("generate") as progress:
        loaded = load_for_use(model.path)
        texts = generate_text(loaded.engine, loaded.tokenizer, list(PROMPTS.values()), SAMPLING)
        progress(len(texts), len(texts))
    samples = {name: PROMPTS[name] + text for name, text in zip(PROMPTS, texts, strict=True)}
    phases = _run_phases(model, out / "sft") if has_phases else []
    if phases is None:
        return None
    return Made(corpus, dataset, model, samples, phases, time.perf_counter() - started)


def _run_phases(base: Artifact, out: Path) -> list[PhaseResult] | None:
    """Take the base model through all phases, whatever their gates say; None when it was stopped."""
    _announce(
        5, "the base model learns to converse", f"mypt sft run --all --recipes {PHASES_FOLDER.as_posix()}"
    )
    recipes = [load(PHASES_FOLDER / f"{phase.slug}.json", PhaseRecipe) for phase in PHASES]
    return run_phases(recipes, RunOptions(base=base.path, out=out, keep_going=True, replace=True))


def _announce(number: int, what: str, command: str) -> None:
    err.print(f"\n[bold]{number}/5[/] {what}   [dim]$ {command}[/]")


def _summary(made: Made) -> list[str]:
    """Say what was made, where it lies, how it did and what to type next."""
    counts, tokens = made.model.manifest.counts, made.dataset.manifest.counts["tokens"]
    before, after = (counts["validations"][i]["categories"]["held_out"] for i in (0, -1))
    share = 1 - after["bits_per_byte"] / before["bits_per_byte"]
    documents = sum(made.corpus.manifest.licences.values())
    lines = [
        "",
        f"Done in {made.seconds:.0f} s",
        f"  corpus   {made.corpus.path}   {documents} documents, licences {_names(made.corpus)}",
        f"  dataset  {made.dataset.path}   {tokens['train']:,} tokens to learn, {tokens['val']:,} held out",
        f"  model    {made.model.path}   {counts['parameters']:,} parameters, {counts['steps']} steps",
        "",
        f"Held-out text, bits per byte: {before['bits_per_byte']:.3f} before, "
        f"{after['bits_per_byte']:.3f} after ({share:.0%} less)",
    ]
    for language, text in made.samples.items():
        lines += ["", f"A sample in {language.upper()} (the first words are given):"]
        lines += [f"  | {line}" for line in text.splitlines()]
    if made.phases:
        lines += ["", *_gate_lines(made.phases)]
    return [*lines, "", *_next_steps(made)]


def _gate_lines(phases: list[PhaseResult]) -> list[str]:
    """Say bucket by bucket how many cases passed after each phase; what stays shut is said as it is."""
    rows: dict[str, list[str]] = {}
    for number, result in enumerate(phases):
        for bucket in result.gate.buckets:
            row = rows.setdefault(bucket.bucket, ["-"] * number)
            row.append(f"{bucket.n_passed}/{bucket.n_cases}{'' if bucket.passed else '!'}")
    opened = [str(result.phase.number) for result in phases if result.gate.passed]
    return [
        "Cases passed after each phase (! is below what the gate asks for); "
        f"gates that open: {', '.join(opened) or 'none'}",
        *(f"  {name:<18}" + "".join(f"{cell:>8}" for cell in row) for name, row in rows.items()),
    ]


def _names(artifact: Artifact) -> str:
    return ", ".join(artifact.manifest.licences)


def _next_steps(made: Made) -> list[str]:
    model = made.model.path.as_posix()
    talks = (made.phases[-1].model.path if made.phases else made.model.path).as_posix()
    commands = {
        f'mypt generate "The Federal Council" --model {model}': "let it continue your text",
        f"mypt trace {model}": "from the model back to its documents",
        f"mypt chat --model {talks}": "talk" if made.phases else "talk; a base model does not answer yet",
        f"mypt report {made.model.path.parent.as_posix()}": "the run as one page, with its curves",
        "mypt config show configs/base/demo.json": "every setting, and where it comes from",
    }
    width = max(len(command) for command in commands)
    return ["Next:", *(f"  {command:<{width}}  # {what}" for command, what in commands.items())]
