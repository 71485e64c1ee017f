"""What a grammar finds in a source file: trees, and nodes by the names that a query gives them."""

import importlib.metadata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import groupby

from tree_sitter import Language, Node, Parser, Query, QueryCursor

from mypt.documents.raw_file import Unreadable

_LONGEST_RUN = 10_000
_CLOSING = " \t\n;,:"


def grammar_version(package: str) -> str:
    """Return the versions of the parser and of a grammar."""
    return " ".join(f"{name} {importlib.metadata.version(name)}" for name in ("tree-sitter", package))


def parse(language: Language, source: bytes) -> Node:
    """Return the root of a source file's tree; Unreadable where a query of it would not come to an end."""
    root = Parser(language).parse(source).root_node
    if _longest_run(root) > _LONGEST_RUN:
        raise Unreadable("malformed", f"more than {_LONGEST_RUN:,} signs with nothing between them")
    return root


def captures(query: Query, node: Node, depth: int | None = None) -> dict[str, list[Node]]:
    """Return nodes by their name in a query, as they stand in the source; patterns begin down to a depth."""
    cursor = QueryCursor(query)
    if depth is not None:
        cursor.set_max_start_depth(depth)
    return {name: sorted(nodes, key=_start_byte) for name, nodes in cursor.captures(node).items()}


def _longest_run(root: Node) -> int:
    """Return how many children without a name follow each other; at each, a query looks through the rest."""
    longest = 0
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.descendant_count > _LONGEST_RUN:
            waiting += node.children
            if node.child_count - node.named_child_count > _LONGEST_RUN:
                runs = groupby(node.children, key=_is_named)
                longest = max([longest, *(sum(1 for _ in run) for is_named, run in runs if not is_named)])
    return longest


def _is_named(node: Node) -> bool:
    return node.is_named


def _start_byte(node: Node) -> int:
    return node.start_byte


def head(source: bytes, declaration: Node, bodies: Sequence[int]) -> str:
    """Return a declaration up to the first body that begins inside it, with its lines moved to the left."""
    number = bisect_left(bodies, declaration.start_byte)
    end = min([declaration.end_byte, *bodies[number : number + 1]])
    start_of_line = declaration.start_byte - declaration.start_point.column
    indent = source[start_of_line : declaration.start_byte].decode()
    text = source[declaration.start_byte : end].decode().replace(f"\n{indent}", "\n").rstrip(_CLOSING)
    return text.removesuffix("=>").removesuffix("->").removesuffix("=").rstrip()


class Spans:
    """The outermost of many nested nodes, such as the bodies of functions."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for node in nodes:
            if not self._ends or node.start_byte >= self._ends[-1]:
                self._starts.append(node.start_byte)
                self._ends.append(node.end_byte)

    def holds(self, position: int) -> bool:
        """Return whether a position lies inside one of them."""
        number = bisect_right(self._starts, position) - 1
        return number >= 0 and position < self._ends[number]

    @property
    def spans(self) -> Iterable[tuple[int, int]]:
        """Return where each begins and ends."""
        return zip(self._starts, self._ends, strict=True)
