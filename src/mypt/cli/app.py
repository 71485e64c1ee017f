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
    "corpus fetch": Command("mypt.cli.corpus:fetch", "Fetch sources and lock what they are."),
    "corpus build": Command("mypt.cli.corpus:build", "Turn source files into one clean corpus."),
    "corpus report": Command("mypt.cli.inventory:corpus", "Show what a corpus holds, and what was left out."),
    "corpus preview": Command(
        "mypt.cli.inventory:preview", "Say what a recipe would drop, before anything is."
    ),
    "dataset build": Command("mypt.cli.dataset:build", "Turn a corpus into token shards."),
    "dataset report": Command("mypt.cli.inventory:dataset", "Show what a dataset holds."),
    "dataset compliance": Command(
        "mypt.cli.compliance:compliance",
        "Write attribution, licences, Croissant, SPDX and the EU summary of a dataset.",
    ),
    "dataset prove": Command("mypt.cli.dataset:prove", "Build a dataset once more and compare its root."),
    "dataset delete": Command(
        "mypt.cli.dataset:delete", "Take documents and all their copies out of a dataset and its corpus."
    ),
    "plan": Command("mypt.cli.plan:plan", "Say what a training run will take, before it is run."),
    "pretrain": Command(
        "mypt.cli.pretrain:pretrain", "Train a base model from scratch, or go on with a begun run."
    ),
    "adapt": Command(
        "mypt.cli.adapt:adapt", "Let a model go on learning from a domain, and see that it does not forget."
    ),
    "find-lr": Command("mypt.cli.find_lr:find_lr", "Find a learning rate for a recipe."),
    "report": Command("mypt.cli.report:report", "Show a training run as one HTML page."),
    "generate": Command("mypt.cli.generate:generate", "Continue a text."),
    "chat": Command("mypt.cli.chat:chat", "Talk with a model in the terminal."),
    "workspace add": Command("mypt.cli.workspace:add", "Add files and folders, or look for changes."),
    "workspace list": Command("mypt.cli.workspace:list_", "List documents, and what could not be read."),
    "workspace remove": Command(
        "mypt.cli.workspace:remove", "Remove documents or a folder, with all passages and vectors."
    ),
    "workspace status": Command(
        "mypt.cli.workspace:status", "Say what a workspace holds, and whether it is whole."
    ),
    "index build": Command("mypt.cli.index:build", "Make a workspace searchable, by words and by meaning."),
    "index search": Command("mypt.cli.index:search", "Show the passages that answer a question best."),
    "ask": Command(
        "mypt.cli.ask:ask", "Answer a question from the documents of a workspace, each citation checked."
    ),
    "sft phases": Command("mypt.cli.sft:phases", "List the six phases: what each teaches and replays."),
    "sft run": Command(
        "mypt.cli.sft:run", "Take a base model through one phase, some or all, with their gates."
    ),
    "sft train": Command("mypt.cli.sft:train", "Train one phase on episodes that are tokenised already."),
    "sft generate": Command("mypt.cli.sft_generate:generate", "Make the episodes of a generator."),
    "sft mix": Command("mypt.cli.sft_generate:mix", "Mix episodes by shares of supervised tokens."),
    "sft import": Command("mypt.cli.sft_import:import_", "Turn public data on this machine into episodes."),
    "sft tokenize": Command(
        "mypt.cli.sft_data:tokenize", "Turn episodes into packed rows, masks and weights."
    ),
    "sft check": Command("mypt.cli.sft_data:check", "Say whether packed rows keep the protocol."),
    "sft show": Command(
        "mypt.cli.sft_data:show", "Draw episodes token by token: what is learned, and how much."
    ),
    "sft forgetting": Command(
        "mypt.cli.sft_forgetting:forgetting", "Say what each phase forgot of earlier ones."
    ),
    "sft diversity": Command("mypt.cli.sft_generate:diversity", "Show how different episodes are."),
    "eval run": Command("mypt.cli.evaluate:run", "Let a model answer suites, and count what passes."),
    "eval gate": Command("mypt.cli.evaluate:gate", "Judge a model by the gate of a phase."),
    "eval compare": Command("mypt.cli.evaluate:compare", "Say what changed from one model to another."),
    "eval harness": Command(
        "mypt.cli.evaluate_outside:harness", "Run tasks of lm-evaluation-harness that lie on this machine."
    ),
    "eval bfcl": Command(
        "mypt.cli.evaluate_outside:bfcl", "Measure tool calls on the public BFCL questions."
    ),
    "eval report": Command("mypt.cli.evaluate:report", "Show what gates said as one HTML page."),
    "trace": Command("mypt.cli.trace:trace", "Show what an artifact was made from, back to its documents."),
    "model params": Command(
        "mypt.cli.model:params", "Count parameters, FLOPs and memory of a preset or model."
    ),
    "model presets": Command("mypt.cli.model:presets", "List the architectures by name."),
    "model gold": Command("mypt.cli.gold:gold", "Say which checkpoint of a run is GOLD, and why."),
    "model export": Command(
        "mypt.cli.interchange:export_model", "Write a model for Hugging Face's transformers or for llama.cpp."
    ),
    "model import": Command(
        "mypt.cli.interchange:import_model", "Make a model folder of a Llama or GPT-2 of Hugging Face."
    ),
    "model convert": Command(
        "mypt.cli.interchange:convert_model", "Make a model folder of a checkpoint of the earlier MyPT."
    ),
    "config check": Command("mypt.cli.config:check", "Say whether a recipe is valid."),
    "config show": Command("mypt.cli.config:show", "Print a recipe with every value and where it came from."),
    "config schema": Command("mypt.cli.config:schema", "Print the JSON Schema of a kind of recipe."),
    "bench train": Command(
        "mypt.cli.bench:train", "Measure training speed against this machine's own limit."
    ),
    "bench data": Command(
        "mypt.cli.bench:data", "Measure the data pipeline beside its peers, from files to shards."
    ),
    "bench retrieval": Command(
        "mypt.cli.bench_retrieval:retrieval", "Measure how well and how fast passages are found."
    ),
    "bench sft": Command("mypt.cli.bench_sft:sft", "Measure fine-tuning, from generators to the gate."),
    "doctor": Command("mypt.cli.doctor:doctor", "Say what this machine can do."),
}

GROUPS: dict[str, str] = {
    "corpus": "Sources to clean text.",
    "dataset": "Text to tokens on disk.",
    "model": "Architectures and weights.",
    "workspace": "Documents to ask.",
    "index": "What makes a workspace searchable.",
    "sft": "A base model to an assistant, in six phases.",
    "eval": "What a model does, judged on frozen suites.",
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
