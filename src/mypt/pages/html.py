"""One frame for every page: a single style sheet, and a policy that allows that one and nothing else."""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_HERE = Path(__file__).parent


def render_page(folder: Path, *, rules: Iterable[Mapping[str, str]] = (), **facts: Any) -> str:
    """Return `page.html` of a folder, filled in; the same facts give the same bytes.

    `rules` are further classes for the style sheet, name to declarations, of our own making.
    """
    templates = Environment(
        loader=FileSystemLoader([folder, _HERE]), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    style = _style(rules)
    return templates.get_template("page.html").render(style=style, style_digest=_digest(style), **facts)


def visible(text: str, limit: int = 200) -> str:
    """Return the beginning of a text with every character that has no shape written as its escape."""
    cut = text[:limit].replace("\t", "    ")
    shown = "".join(
        sign if sign.isprintable() or sign == "\n" else sign.encode("unicode_escape").decode() for sign in cut
    )
    return shown if len(text) <= limit else f"{shown}…"


def _style(rules: Iterable[Mapping[str, str]]) -> str:
    merged = {name: rule for each in rules for name, rule in each.items()}
    written = [f".{name} {{ {rule} }}" for name, rule in sorted(merged.items())]
    return "\n".join([(_HERE / "page.css").read_text(encoding="utf-8"), *written])


def _digest(style: str) -> str:
    """Return what the page's policy allows: this style sheet and no other."""
    return "sha256-" + base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
