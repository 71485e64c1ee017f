"""Documentation comments of Go, each below the declaration that it describes, as `go doc` shows them.

Functions end where their body begins. Types, constants and variables keep their lines, for these hold the
comments of fields and values; what they are filled with is `{ ... }`.
"""

import re
from collections.abc import Mapping
from itertools import pairwise

import tree_sitter_go
from tree_sitter import Language, Node, Query

from mypt.documents.characters import normalise_characters
from mypt.documents.raw_file import RawFile
from mypt.documents.syntax import Spans, captures, grammar_version, head, parse

_GO = Language(tree_sitter_go.language())
_TOP_QUERY = Query(
    _GO,
    """
(source_file (comment) @comment)
(source_file [(package_clause) (function_declaration) (method_declaration)] @single)
(source_file [(type_declaration) (const_declaration) (var_declaration)] @group)
(function_declaration body: (block) @body)
(method_declaration body: (block) @body)
""",
)
_GROUP_QUERY = Query(_GO, "(comment) @comment [(block) (literal_value)] @body")
_DIRECTIVE = re.compile(r"//(?:[a-z0-9]+:[a-z0-9]|line |extern |export |\s?\+build)")


class GoComments:
    """Go files: packages, functions, types, constants and variables that are documented."""

    name = "go"
    version = f"1 {grammar_version('tree-sitter-go')}"
    reads_neighbours = False

    def to_text(self, file: RawFile) -> str:
        """Return declarations and comments, a blank line between them; empty where nothing is documented."""
        source = normalise_characters(file.text).encode()
        found = captures(_TOP_QUERY, parse(_GO, source), depth=1)
        bodies = [node.start_byte for node in found.get("body", [])]
        above = {
            node.end_point.row: node for node in found.get("comment", []) if node.start_point.column == 0
        }
        entries = [
            (node.start_byte, f"{head(source, node, bodies)}\n{text}\n")
            for node in found.get("single", [])
            if (text := _comment_above(node, above))
        ]
        for node in found.get("group", []):
            text = _comment_above(node, above)
            inside = captures(_GROUP_QUERY, node)
            elided = Spans(inside.get("body", []))
            if text or not all(elided.holds(comment.start_byte) for comment in inside.get("comment", [])):
                entries.append((node.start_byte, f"{_elided(source, node, elided)}\n{text}".rstrip() + "\n"))
        return "\n".join(entry for _, entry in sorted(entries))


def _comment_above(node: Node, above: Mapping[int, Node]) -> str:
    """Return the comment that ends on the line above, without its markers and without compiler directives."""
    row = node.start_point.row - 1
    lines: list[str] = []
    while row in above:
        comment = above[row]
        raw = (comment.text or b"").decode()
        if not _DIRECTIVE.match(raw):
            lines += reversed(_without_markers(raw))
        row = comment.start_point.row - 1
    return "\n".join(reversed(lines)).strip("\n")


def _without_markers(raw: str) -> list[str]:
    if raw.startswith("//"):
        return [raw[2:].removeprefix(" ").rstrip()]
    return [line.rstrip() for line in raw.removeprefix("/*").removesuffix("*/").strip().split("\n")]


def _elided(source: bytes, node: Node, bodies: Spans) -> str:
    cuts = [node.start_byte, *(edge for span in bodies.spans for edge in span), node.end_byte]
    kept = [source[start:end] for start, end in list(pairwise(cuts))[::2]]
    return b"{ ... }".join(kept).decode()
