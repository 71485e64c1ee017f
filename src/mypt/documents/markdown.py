"""Markdown to plain text: what it says, without the signs that only format it.

Decided here: soft line breaks become a space, as every reader of Markdown shows
them; hard breaks stay. Bullets, numbers, nesting and the `>` of quotations stay,
for they carry meaning without any rendering. Code stays to the letter, without
its fences. Table rows are lines with ` | ` between the cells. Links and images
are their text. HTML tags go, what stands between them stays. Front matter goes.
"""

import html
import re
from collections.abc import Callable, Iterable

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from mdit_py_plugins.front_matter import front_matter_plugin

from mypt.documents.characters import normalise_characters

_PARSER = (
    MarkdownIt("commonmark", {"maxNesting": 100}).enable(["table", "strikethrough"]).use(front_matter_plugin)
)

_UNSEEN = re.compile(r"<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"""</?[a-z](?:[^<>"']|"[^"]*"|'[^']*')*>|<\?.*?\?>|<![^>]*>""", re.DOTALL | re.IGNORECASE)


class Markdown:
    """Markdown files, CommonMark with tables."""

    suffixes = (".md", ".markdown")

    def to_text(self, raw: str) -> str:
        """Return the text, one blank line between blocks and a line feed at its end."""
        tree = SyntaxTreeNode(_PARSER.parse(normalise_characters(raw)))
        lines = _join_blocks(tree.children, gap=[""])
        return "\n".join([*lines, ""]) if lines else ""


def _join_blocks(nodes: Iterable[SyntaxTreeNode], gap: list[str]) -> list[str]:
    lines: list[str] = []
    for node in nodes:
        block = _LINES_OF.get(node.type, _text_lines)(node)
        lines += [*gap, *block] if lines and block else block
    return lines


def _text_lines(node: SyntaxTreeNode) -> list[str]:
    text = _inline_text(node)
    return text.split("\n") if text else []


def _list_lines(node: SyntaxTreeNode) -> list[str]:
    """A tight list stays tight: in it the parser hides the paragraphs."""
    is_tight = not any(
        child.type == "paragraph" and not child.hidden for item in node.children for child in item.children
    )
    gap = [] if is_tight else [""]
    lines: list[str] = []
    for item in node.children:
        mark = f"{item.info}{item.markup} " if node.type == "ordered_list" else "- "
        block = _prefixed(_join_blocks(item.children, gap) or [""], first=mark, rest=" " * len(mark))
        lines += [*gap, *block] if lines else block
    return lines


def _prefixed(lines: list[str], first: str, rest: str) -> list[str]:
    marked = [(first if number == 0 else rest) + line for number, line in enumerate(lines)]
    return [line if plain else line.rstrip() for line, plain in zip(marked, lines, strict=True)]


def _quote_lines(node: SyntaxTreeNode) -> list[str]:
    return _prefixed(_join_blocks(node.children, gap=[""]), first="> ", rest="> ")


def _code_lines(node: SyntaxTreeNode) -> list[str]:
    return node.content.removesuffix("\n").split("\n") if node.content.strip() else []


def _table_lines(node: SyntaxTreeNode) -> list[str]:
    return [_row_line(row) for part in node.children for row in part.children]


def _row_line(row: SyntaxTreeNode) -> str:
    return " | ".join(_inline_text(cell).replace("\n", " ") for cell in row.children).strip()


def _inline_text(node: SyntaxTreeNode) -> str:
    match node.type:
        case "text" | "code_inline":
            return node.content
        case "softbreak":
            return " "
        case "hardbreak":
            return "\n"
        case "html_inline":
            return "\n" if node.content.lower().startswith("<br") else ""
        case _:
            return "".join(_inline_text(child) for child in node.children)


def _html_lines(node: SyntaxTreeNode) -> list[str]:
    """Return the lines that a block of HTML shows."""
    shown = html.unescape(_TAG.sub("", _UNSEEN.sub("", node.content)))
    return [line.strip() for line in shown.split("\n") if line.strip()]


_LINES_OF: dict[str, Callable[[SyntaxTreeNode], list[str]]] = {
    "bullet_list": _list_lines,
    "ordered_list": _list_lines,
    "blockquote": _quote_lines,
    "fence": _code_lines,
    "code_block": _code_lines,
    "table": _table_lines,
    "html_block": _html_lines,
    "hr": lambda _: ["---"],
    "front_matter": lambda _: [],
}
