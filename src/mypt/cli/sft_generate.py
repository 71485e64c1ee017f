"""`mypt sft generate`, `mix` and `diversity`: episodes made, mixed and looked at."""

import json
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from mypt.cli.arguments import Out, Overrides, RecipePath, Replace, default_out
from mypt.cli.console import note, progress_bar
from mypt.config import load
from mypt.errors import InputError
from mypt.evaluation.leaks import LeakIndex
from mypt.files import read_json
from mypt.pages.html import visible
from mypt.provenance.artifact import open_artifact
from mypt.sft.diversity import Diversity, measure_diversity
from mypt.sft.episode_files import REPORT_NAME, SPLITS, read_rows
from mypt.sft.generate import Generation
from mypt.sft.generate import generate as generate_episodes
from mypt.sft.generator import GeneratorSettings
from mypt.sft.generators.registry import find_generator
from mypt.sft.mix import mix as mix_episodes
from mypt.sft.mix_recipe import MixRecipe
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe
from mypt.tokenizer.registry import load_tokenizer
from mypt.tokenizer.tokenizer import Tokenizer

Settings = Annotated[GeneratorSettings | None, Parameter(name="*")]
TokenizerPath = Annotated[
    Path | None, Parameter(help="Folder of a model or dataset whose tokenizer counts; without it, GPT-2's.")
]
AsJson = Annotated[bool, Parameter(name="--json", negative="", help="Only the JSON.")]


def generate(
    settings: Settings = None,
    *,
    recipe: Annotated[
        Path | None, Parameter(help="The settings as a JSON file, in place of options.")
    ] = None,
    out: Out = None,
    tokenizer: TokenizerPath = None,
    replace: Replace = False,
) -> None:
    """Make the episodes of a generator without duplicates and evaluation items, and print their folder."""
    if (settings is None) == (recipe is None):
        raise InputError("give a generator and a count, or --recipe", hint="mypt sft generate operators 1000")
    chosen = settings or load(recipe or Path(), GeneratorSettings)
    folder = out or default_out(Path(chosen.generator), "episodes")
    work = Generation(chosen, find_generator(chosen.generator), _tokenizer(tokenizer))
    with progress_bar(chosen.generator) as progress:
        made = generate_episodes(work, folder, leaks=_leaks(), replace=replace, progress=progress)
    _note_missing(made.path)
    print(made.path)


def mix(
    recipe: RecipePath,
    *,
    out: Out = None,
    overrides: Overrides = (),
    tokenizer: TokenizerPath = None,
    replace: Replace = False,
) -> None:
    """Mix episodes by shares of supervised tokens, and print the folder of the mix."""
    loaded = load(recipe, MixRecipe, overrides)
    folder = out or default_out(recipe, "mix")
    own = tokenizer or (Path(loaded.pretraining.dataset) if loaded.pretraining else None)
    with progress_bar("mix") as progress:
        made = mix_episodes(
            loaded, _tokenizer(own), folder, leaks=_leaks(), replace=replace, progress=progress
        )
    print(made.path)


def diversity(
    folder: Annotated[Path, Parameter(help="Folder of episodes.")],
    *,
    tokenizer: TokenizerPath = None,
    as_json: AsJson = False,
) -> None:
    """Show how different the episodes of a folder are: n-grams, templates, duplicates, lengths."""
    artifact, counted_by = open_artifact(folder, "episodes"), _tokenizer(tokenizer)
    rows = {split: (numbered.row for numbered in read_rows(artifact.path, split)) for split in SPLITS}
    found = {str(split): measure_diversity(own, counted_by) for split, own in rows.items()}
    if as_json:
        print(json.dumps({split: one.model_dump(mode="json") for split, one in found.items()}))
    else:
        Console(file=sys.stdout, highlight=False, emoji=False, markup=False).print(_table(found))


def _tokenizer(folder: Path | None) -> Tokenizer:
    return load_tokenizer(folder) if folder is not None else Gpt2Bpe()


def _leaks() -> LeakIndex:
    return LeakIndex.of_suites()


def _note_missing(folder: Path) -> None:
    """Say of a split that has fewer episodes than were asked for how many it has."""
    for split, one in read_json(folder / REPORT_NAME).items():
        if split in SPLITS and (n_made := one["diversity"]["episodes"]) < one["wanted"]:
            note(f"{split}: {n_made:,} different episodes of {one['wanted']:,}; dropped: {one['dropped']}")


def _table(found: dict[str, Diversity]) -> Table:
    table = Table("", *found)
    for lines in zip(*(one.lines() for one in found.values()), strict=True):
        table.add_row(lines[0][0], *(visible(value) for _, value in lines))
    return table
