"""Go files give what is documented in them."""

import pytest

from mypt.documents.go_comments import GoComments
from mypt.documents.raw_file import RawFile


def _text(source: str) -> str:
    return GoComments().to_text(RawFile("a.go", source.encode()))


def test_declarations_stand_above_their_comments() -> None:
    source = """// Copyright notice.

// Package p does things:
//
//	indented code
package p

// F returns <b>x</b>, "// no comment".
//go:noinline
func (t *T) F(a int) (b string) { return "// not this" }

func undocumented() {}

/*
G is told in a block.
*/
func G()
"""

    assert _text(source) == (
        "package p\nPackage p does things:\n\n\tindented code\n\n"
        'func (t *T) F(a int) (b string)\nF returns <b>x</b>, "// no comment".\n\n'
        "func G()\nG is told in a block.\n"
    )


def test_types_and_constants_keep_the_comments_inside_them() -> None:
    source = """package p

type T struct {
	// X is a field.
	X int // in metres
}

const (
	A = iota // first
	B
)

var plain = 1
"""

    assert _text(source) == (
        "type T struct {\n\t// X is a field.\n\tX int // in metres\n}\n\n"
        "const (\n\tA = iota // first\n\tB\n)\n"
    )


def test_long_values_and_function_bodies_are_left_out() -> None:
    source = """package p

// T is a table.
var T = map[string]int{
	"a": 1, // one
}

var f = func() {
	// inner
}
"""

    assert _text(source) == "var T = map[string]int{ ... }\nT is a table.\n"


def test_a_comment_after_code_or_before_a_blank_line_describes_nothing() -> None:
    source = "package p\n\nvar a = 1 // of a\nfunc f() {}\n\n// far away\n\nfunc g() {}\n"

    assert _text(source) == ""


@pytest.mark.parametrize("source", ["", "package p", "func (((((", "\ufeffpackage p\r\n", "}" * 1000])
def test_files_without_documentation_are_empty(source: str) -> None:
    assert _text(source) == ""


def test_signs_of_the_model_stay_text() -> None:
    assert _text("package p\n\n// <|endoftext|> <myPT_assistant>\nfunc F() {}\n") == (
        "func F()\n<|endoftext|> <myPT_assistant>\n"
    )


def test_a_long_line_is_read() -> None:
    source = f"package p\n\n// F {'x' * 5_000_000}\nfunc F() {{}}\n"

    assert len(_text(source)) > 5_000_000
