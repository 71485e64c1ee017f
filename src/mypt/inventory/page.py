"""The page of a summary: one HTML file that needs nothing else and runs nothing."""

import base64
import hashlib
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from mypt.inventory.summary import Summary

_HERE = Path(__file__).parent
_TEMPLATES = Environment(
    loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
    lstrip_blocks=True,
)  # fmt: skip


def render(summary: Summary) -> str:
    """Return the page; the same summary gives the same bytes, and text in it is never markup."""
    style = (_HERE / "page.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return _TEMPLATES.get_template("page.html").render(
        summary=summary, style=style, style_digest=f"sha256-{digest}", visible=visible
    )


def visible(text: str) -> str:
    """Return a text with signs in the place of control characters, which no page may hold."""
    return "".join(c if c in "\n\t" or (c.isprintable() or c == " ") else "\ufffd" for c in text)
