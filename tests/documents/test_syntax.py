"""A grammar finds nodes, and declarations end where their bodies begin."""

import pytest
import tree_sitter_go
from tree_sitter import Language, Query

from mypt.documents.raw_file import Unreadable
from mypt.documents.syntax import Spans, captures, grammar_version, head, parse

GO = Language(tree_sitter_go.language())
SOURCE = b"package p\n\nfunc f() {\n\tg := func() { }\n\tg()\n}\n\nfunc h()\n"


def test_captures_stand_in_the_order_of_the_source() -> None:
    found = captures(Query(GO, "(block) @body (function_declaration) @function"), parse(GO, SOURCE))

    assert [node.start_byte for node in found["function"]] == [11, 47]
    assert len(found["body"]) == 2


def test_a_depth_keeps_the_query_near_the_root() -> None:
    assert len(captures(Query(GO, "(block) @body"), parse(GO, SOURCE), depth=2)["body"]) == 1


def test_spans_are_the_outermost_nodes() -> None:
    bodies = Spans(captures(Query(GO, "(block) @body"), parse(GO, SOURCE))["body"])

    assert list(bodies.spans) == [(20, 45)]
    assert [bodies.holds(position) for position in (19, 20, 44, 45)] == [False, True, True, False]


def test_a_declaration_ends_before_its_body() -> None:
    found = captures(Query(GO, "(function_declaration) @function (block) @body"), parse(GO, SOURCE))
    bodies = [node.start_byte for node in found["body"]]

    assert [head(SOURCE, node, bodies) for node in found["function"]] == ["func f()", "func h()"]


@pytest.mark.parametrize("source", [b"{" * 100_000, b"if " * 20_000])
def test_signs_without_end_are_refused(source: bytes) -> None:
    with pytest.raises(Unreadable):
        parse(GO, source)


def test_long_lists_of_values_are_no_such_signs() -> None:
    assert not parse(GO, b"package p\nvar a = []int{" + b"1," * 20_000 + b"}\n").has_error


def test_the_version_names_parser_and_grammar() -> None:
    assert grammar_version("tree-sitter-go").startswith("tree-sitter 0.")
