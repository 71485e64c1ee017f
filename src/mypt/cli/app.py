"""The table of commands; nothing heavy is imported until its command runs."""

from typing import NamedTuple

import cyclopts

from mypt import __version__
from mypt.cli.console import exit_with_errors_shown, use_utf8


class Command(NamedTuple):
    """Where a command's function lies, and its line in `--help`."""

    target: str
    summary: str


COMMANDS: dict[str, Command] = {
    "demo": Command(
        "mypt.cli.demo:demo", "Run the whole line on the sample corpus: text to a model that speaks."
    ),
    "corpus build": Command("mypt.cli.corpus:build", "Turn source files into one clean corpus."),
    "dataset build": Command("mypt.cli.dataset:build", "Turn a corpus into token shards."),
    "pretrain": Command(
        "mypt.cli.pretrain:pretrain", "Train a base model from scratch, or go on with a begun run."
    ),
    "generate": Command("mypt.cli.generate:generate", "Continue a text."),
    "chat": Command("mypt.cli.chat:chat", "Talk with a model in the terminal."),
    "trace": Command("mypt.cli.trace:trace", "Show what an artifact was made from, back to its documents."),
    "model params": Command(
        "mypt.cli.model:params", "Count parameters, FLOPs and memory of a preset or model."
    ),
    "model presets": Command("mypt.cli.model:presets", "List the architectures by name."),
    "model import-gpt2": Command(
        "mypt.cli.model:import_gpt2", "Make a model folder of published GPT-2 weights."
    ),
    "config check": Command("mypt.cli.config:check", "Say whether a recipe is valid."),
    "config show": Command("mypt.cli.config:show", "Print a recipe with every value and where it came from."),
    "config schema": Command("mypt.cli.config:schema", "Print the JSON Schema of a kind of recipe."),
    "bench train": Command(
        "mypt.cli.bench:train", "Measure training speed against this machine's own limit."
    ),
    "doctor": Command("mypt.cli.doctor:doctor", "Say what this machine can do."),
}

GROUPS: dict[str, str] = {
    "corpus": "Sources to clean text.",
    "dataset": "Text to tokens on disk.",
    "model": "Architectures and weights.",
    "config": "Recipes: check, show, describe.",
    "bench": "Speed and memory, measured here.",
}

_PRECEDENCE = (
    "Recipes are JSON files. A value comes from, lowest first: the built-in default, "
    "the file that the recipe `extends`, the recipe, `--set key=value`."
)


def build_app() -> cyclopts.App:
    """Return the command line as a cyclopts app."""
    app = cyclopts.App(
        name="mypt",
        help="Make, keep and use your own GPT, offline and with evidence.",
        help_epilogue=_PRECEDENCE,
        version=__version__,
        help_format="plaintext",
        exit_on_error=False,
        print_error=False,
        verbose=False,
    )
    groups = {name: cyclopts.App(name=name, help=summary) for name, summary in GROUPS.items()}
    for group in groups.values():
        app.command(group)
    for name, command in COMMANDS.items():
        *group_name, leaf = name.split()
        parent = groups[group_name[0]] if group_name else app
        parent.command(command.target, name=leaf, help=command.summary)
    return app


def main() -> None:
    """Run the command line; errors of MyPT end with their exit code and without a traceback."""
    use_utf8()
    exit_with_errors_shown(build_app())
