"""`mypt sft tokenize`, `check` and `show`: episodes to packed rows, and what is in them."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mypt.cli.arguments import Replace
from mypt.cli.console import note, progress_bar
from mypt.files import write_atomic
from mypt.provenance.artifact import open_artifact
from mypt.sft.check import require_sound
from mypt.sft.generator import Split
from mypt.sft.show import ShownEpisode, ShownToken, episodes_page, show_episodes
from mypt.sft.tokenise import TokeniseSection, tokenise
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe
from mypt.tokenizer.registry import load_tokenizer

DatasetPath = Annotated[Path, Parameter(help="Folder of tokenised episodes.")]
TokenizerPath = Annotated[
    Path | None, Parameter(help="Folder of the model to be trained, for its tokenizer; without it, GPT-2's.")
]
Rows = Annotated[tuple[int, ...], Parameter(negative="", help="A row, from 0. May be repeated.")]
Episodes = Annotated[tuple[int, ...], Parameter(negative="", help="An episode, from 0. May be repeated.")]
DEFAULT = TokeniseSection()

_STYLES = {"masked": "dim", "learned": "black on green", "heavy": "black on yellow"}


def tokenize(
    episodes: Annotated[Path, Parameter(help="Folder of episodes.")],
    *,
    out: Annotated[Path | None, Parameter(help="Folder to write; by default EPISODES-tokens.")] = None,
    tokenizer: TokenizerPath = None,
    settings: Annotated[TokeniseSection, Parameter(name="*")] = DEFAULT,
    replace: Replace = False,
) -> None:
    """Turn episodes into packed rows with masks and weights, and print their folder."""
    target = out or episodes.with_name(f"{episodes.name}-tokens")
    chosen = load_tokenizer(tokenizer) if tokenizer else Gpt2Bpe()
    with progress_bar("tokenise") as progress:
        made = tokenise(
            open_artifact(episodes, "episodes"), settings, chosen, target, replace=replace, progress=progress
        )
    for split in ("train", "val"):
        counts = made.manifest.counts[split]
        note(
            f"{split}: {counts['episodes']:,} episodes in {counts['rows']:,} rows, "
            f"fill {counts['fill']:.1%} of at most {counts['best_fill']:.1%}; "
            f"{counts['supervised_tokens']:,} of {counts['tokens']:,} tokens learned; "
            f"too long: {counts['dropped']:,} dropped, {counts['split']:,} split"
        )
    print(made.path)


def check(
    dataset: DatasetPath,
    *,
    phase: Annotated[int | None, Parameter(help="Also find tags that this phase does not know.")] = None,
) -> None:
    """Say whether tokenised episodes keep the protocol; ends with exit code 3 when they do not."""
    open_artifact(dataset, "episode_dataset")
    require_sound(dataset, phase)
    print("ok")


def show(
    dataset: DatasetPath,
    *,
    split: Annotated[Split, Parameter(help="Which split.")] = "train",
    row: Rows = (),
    episode: Episodes = (),
    tokens: Annotated[bool, Parameter(negative="", help="One line for each token.")] = False,
    html: Annotated[Path | None, Parameter(help="Write the page here too, one HTML file.")] = None,
) -> None:
    """Draw rows or episodes as they are learned: what is masked, what counts, and how much."""
    shown = show_episodes(dataset, split, row or (() if episode else (0,)), episode)
    console = Console(file=sys.stdout, highlight=False, emoji=False)
    for one in shown:
        console.print(Text(one.title, style="bold"))
        console.print(_table(one) if tokens else _flow(one), soft_wrap=not tokens)
    if html is not None:
        write_atomic(html, episodes_page(f"{dataset.name}, {split}", shown).encode())
        print(html)


def _flow(episode: ShownEpisode) -> Text:
    """Return the tokens one behind the other; what is text cannot look like a tag, which is underlined."""
    return Text.assemble(*((token.text, _style(token)) for token in episode.tokens))


def _table(episode: ShownEpisode) -> Table:
    table = Table("segment", "position", "id", "text", "block", "mask", "weight")
    for token in episode.tokens:
        numbers = (str(episode.segment), str(token.position), str(token.id))
        table.add_row(
            *numbers, Text(token.text, style=_style(token)), token.role, str(token.mask), f"{token.weight:g}"
        )
    return table


def _style(token: ShownToken) -> str:
    return f"{_STYLES[token.style]} bold underline" if token.is_tag else _STYLES[token.style]
