"""Blocks become lines: what stands apart, what is indented, what stays to the letter."""

from mypt.documents.layout import Layout


def test_white_space_counts_once_and_paragraphs_stand_apart() -> None:
    layout = Layout()

    layout.text("  one\n two ")
    layout.line(blank=True)
    layout.line(blank=True)
    layout.text("three")

    assert layout.result() == "one two\n\nthree\n"


def test_marks_of_nested_blocks_stand_before_their_first_line() -> None:
    layout = Layout()

    layout.push("- ")
    layout.push("10. ")
    layout.text("one")
    layout.line()
    layout.text("two")
    layout.pop()
    layout.pop()
    layout.text("three")

    assert layout.result() == "- 10. one\n      two\nthree\n"


def test_a_block_without_text_leaves_no_mark() -> None:
    layout = Layout()

    layout.push("- ")
    layout.push("- ")
    layout.pop()
    layout.text("one")
    layout.pop()

    assert layout.result() == "- one\n"


def test_a_quotation_keeps_its_sign_on_blank_lines() -> None:
    layout = Layout()
    layout.text("a")
    layout.line(blank=True)

    layout.push("> ", "> ")
    layout.text("b")
    layout.line(blank=True)
    layout.text("c")
    layout.pop()

    assert layout.result() == "a\n\n> b\n>\n> c\n"


def test_what_is_verbatim_keeps_its_spaces_and_breaks() -> None:
    layout = Layout()

    layout.push("- ")
    layout.text("code:")
    layout.begin_verbatim()
    layout.text("\n  a\n\n")
    layout.line(blank=True)
    layout.text("\tb ")
    layout.break_line()
    layout.text("c\n\n")
    layout.end_verbatim()
    layout.text("end")

    assert layout.result() == "- code:\n\n    a\n\n  \tb\n  c\n\n  end\n"


def test_a_row_is_one_line_unless_a_cell_holds_blocks() -> None:
    layout = Layout()
    for cells in (["a", "b"], ["", "c"], ["d", ""]):
        layout.begin_row()
        for cell in cells:
            layout.text(cell)
            layout.line(blank=True)
            layout.end_cell()
        layout.end_row()

    layout.begin_row()
    layout.text("e")
    layout.end_cell()
    layout.push("- ")
    layout.text("f")
    layout.pop()
    layout.end_cell()
    layout.end_row()

    assert layout.result() == "a | b\n| c\nd\ne\n- f\n"


def test_thousands_of_nested_blocks_do_not_indent_for_ever() -> None:
    layout = Layout()

    for _ in range(10_000):
        layout.push("- ")
        layout.text("x")

    assert len(layout.result()) < 10_000 * 80
