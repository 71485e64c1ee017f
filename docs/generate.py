"""Writes docs/reference/ from the code: `python tasks.py docs`.

With --check it writes nothing and says whether the pages are up to date.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mypt.cli.app import build_app
from mypt.cli.config import RECIPES, recipe_class
from mypt.conversation.special_tokens import TAG_WEIGHTS, Tag, get_special_token_ids
from mypt.errors import MyptError

REFERENCE = Path(__file__).parent / "reference"
HEADER = "<!-- Written by `python tasks.py docs` from the code. Change the code, not this file. -->\n\n"

BOUNDS = {
    "minimum": "≥ {}",
    "exclusiveMinimum": "> {}",
    "maximum": "≤ {}",
    "exclusiveMaximum": "< {}",
    "minLength": "at least {} characters",
    "minItems": "at least {}",
    "maxItems": "at most {}",
    "pattern": "matching `{}`",
}


def main(arguments: list[str]) -> int:
    """Write every page, or with --check return 1 when one is out of date."""
    pages = render_pages()
    stale = [name for name, text in pages.items() if read_page(name) != text]
    if "--check" in arguments:
        print(f"out of date: {', '.join(stale)}; run: python tasks.py docs" if stale else "up to date")
        return int(bool(stale))
    for name in stale:
        REFERENCE.mkdir(exist_ok=True)
        (REFERENCE / name).write_text(pages[name], encoding="utf-8", newline="\n")
        print(f"wrote docs/reference/{name}")
    return 0


def read_page(name: str) -> str | None:
    """Return a page as it is now, or nothing when it does not exist."""
    path = REFERENCE / name
    return path.read_text(encoding="utf-8") if path.is_file() else None


def render_pages() -> dict[str, str]:
    """Return every page by its file name."""
    pages = {
        "commands.md": render_commands(),
        "settings.md": render_settings(),
        "tags.md": render_tags(),
        "errors.md": render_errors(),
    }
    return {name: HEADER + text.rstrip() + "\n" for name, text in pages.items()}


def render_commands() -> str:
    """Describe every command as its own `--help` does."""
    text = build_app().generate_docs().replace("\\", "/")  # default paths, when this runs on Windows
    return "\n".join(line.rstrip() for line in text.splitlines())


def render_settings() -> str:
    """Describe every setting of every kind of recipe."""
    lines = [
        "# Settings",
        "",
        "A recipe is a JSON file. A value comes from, lowest first: the default below, the file that the",
        "recipe `extends`, the recipe itself, `--set key=value`. `mypt config show RECIPE` prints every one",
        "of them and where it came from.",
        "",
    ]
    for name, section in sections_of_recipes().items():
        lines += [f"## {name}", "", first_paragraph(section.get("description", "")), ""]
        lines += table(["setting", "value", "default", "meaning"], setting_rows(section))
    return "\n".join(lines)


def sections_of_recipes() -> dict[str, Mapping[str, Any]]:
    """Return the JSON Schema of each recipe and of each section in one, by class name."""
    sections: dict[str, Mapping[str, Any]] = {}
    for schema in map(recipe_class, RECIPES):
        whole = schema.model_json_schema()
        parts = {name: part for name, part in whole.get("$defs", {}).items() if "properties" in part}
        sections |= {schema.__name__: whole, **parts}
    return sections


def setting_rows(section: Mapping[str, Any]) -> Iterator[list[str]]:
    """Yield name, values, default and meaning of each setting in a section."""
    for name, field in section["properties"].items():
        default = "required" if name in section.get("required", ()) else ""
        if "default" in field:
            default = in_json(field["default"])
        meaning = field.get("description", "What this describes." if name == "kind" else "")
        yield [f"`{name}`", kind_of(field), default, meaning]


def in_json(value: object) -> str:
    """Return a value as one writes it into a recipe."""
    return f"`{json.dumps(value, ensure_ascii=False)}`"


def kind_of(field: Mapping[str, Any]) -> str:
    """Say in words which values a JSON Schema allows."""
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    for word in ("anyOf", "oneOf"):
        if word in field:
            return " or ".join(kind_of(choice) for choice in field[word])
    values = field.get("enum", [field["const"]] if "const" in field else [])
    if values:
        return " or ".join(map(in_json, values))
    return ", ".join([kind_of_container(field), *bounds_of(field)])


def kind_of_container(field: Mapping[str, Any]) -> str:
    """Say what a list or a mapping holds, and call anything else by its JSON type."""
    if isinstance(field.get("items"), Mapping):
        return f"list of {kind_of(field['items'])}"
    if isinstance(field.get("additionalProperties"), Mapping):
        return f"name to {kind_of(field['additionalProperties'])}"
    return str(field.get("type", "any value"))


def bounds_of(field: Mapping[str, Any]) -> list[str]:
    """Say which limits a JSON Schema sets."""
    return [text.format(field[word]) for word, text in BOUNDS.items() if word in field]


def render_tags() -> str:
    """List the conversation tags with their ids and weights."""
    ids = get_special_token_ids()
    rows = [[str(ids[tag.value]), f"`{tag.value}`", *training_of(tag)] for tag in Tag]
    lines = ["# Conversation tags", "", "Their ids follow GPT-2's 50,257; they are pinned.", ""]
    return "\n".join([*lines, *table(["id", "tag", "written by", "weight in the loss"], rows)])


def training_of(tag: Tag) -> list[str]:
    """Say who writes a tag, and how much the model learns from it."""
    return ["the model", str(TAG_WEIGHTS[tag])] if tag in TAG_WEIGHTS else ["the system", "masked"]


def render_errors() -> str:
    """List every error with the exit code of the command that it ends."""
    rows = [
        ["0", "", "The command did what it says."],
        ["130", "", "Ctrl-C or a termination signal stopped it."],
    ]
    rows += [
        [str(error.exit_code), f"`{error.__name__}`", error.__doc__ or ""] for error in all_errors(MyptError)
    ]
    lines = ["# Errors and exit codes", "", "Any other exception is a bug and shows its traceback.", ""]
    return "\n".join([*lines, *table(["exit code", "error", "meaning"], rows)])


def all_errors(error: type[MyptError]) -> Iterator[type[MyptError]]:
    """Yield an error and everything below it in the tree."""
    yield error
    for child in error.__subclasses__():
        yield from all_errors(child)


def first_paragraph(text: str) -> str:
    """Return a docstring's first paragraph on one line."""
    return " ".join(text.partition("\n\n")[0].split())


def table(head: list[str], rows: Iterator[list[str]] | list[list[str]]) -> list[str]:
    """Return the lines of a Markdown table, with an empty one at the end."""
    body = [[" ".join(cell.split()).replace("|", "\\|") for cell in row] for row in rows]
    return [f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *body]] + [""]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
