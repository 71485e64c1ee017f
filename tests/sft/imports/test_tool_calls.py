"""One call, however it is written down."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mypt.sft.imports.rejection import Rejected
from mypt.sft.imports.tool_calls import calls_in, catalogue, json_or_text, read_calls
from mypt.sft.imports.turns import Call

WANTED = (Call("get", {"city": "Bern", "exact": True}),)


@pytest.mark.parametrize(
    "written",
    [
        {"name": "get", "arguments": {"city": "Bern", "exact": True}},
        [{"type": "function", "function": {"name": "get", "arguments": '{"city": "Bern", "exact": true}'}}],
        '{"name": "get", "arguments": \'{"city": "Bern", "exact": true}\'}',
        'get(city="Bern", exact=true)',
        '[get(city="Bern", exact=True)]',
        '<invoke name="get"><parameter name="city">Bern</parameter>'
        '<parameter name="exact">true</parameter></invoke>',
    ],
)
def test_each_way_of_writing_is_read_alike(written: object) -> None:
    assert read_calls(written) == WANTED


def test_quotes_inside_json_stay() -> None:
    assert read_calls('{"name": "run", "arguments": {"code": "f(\'{x}\')"}}') == (
        Call("run", {"code": "f('{x}')"}),
    )


def test_several_calls_and_the_text_around_them() -> None:
    text = '<tool_call>{"name": "a"}</tool_call>\n<tool_call>{"name": "b"}</tool_call>'

    assert calls_in(f"Look.\n{text}") == ("Look.", (Call("a", {}), Call("b", {})))
    assert calls_in("<function_calls>a(x=1)\nb(y=-2)</function_calls>") == (
        "",
        (Call("a", {"x": 1}), Call("b", {"y": -2})),
    )
    assert calls_in("A <function of> x") == ("A <function of> x", ())


@pytest.mark.parametrize(
    "written",
    [
        "get(", "get('Bern')", "get(**x)", "print", "get(x=open('f'))", "{", 7, "(lambda: 0)(a=1)",
        {"name": "a", "arguments": [1]}, "((" * 9999, "<invoke name=\"x\">" * 9999,
    ],
)  # fmt: skip
def test_what_is_no_call_is_rejected(written: object) -> None:
    with pytest.raises(Rejected, match="a call"):
        read_calls(written)


@given(st.text(alphabet="()[]{}<>\"'\\=,.: afnrtx01\n", max_size=40))
def test_any_text_is_calls_or_rejected(text: str) -> None:
    try:
        calls = read_calls(text)
    except Rejected:
        return
    assert all(isinstance(call.name, str) and isinstance(call.arguments, dict) for call in calls)


def test_tools_are_one_line_each() -> None:
    tools = [{"type": "function", "function": {"name": "a"}}, {"name": "b"}]

    assert catalogue(tools) == '{"name":"a"}\n{"name":"b"}'
    assert catalogue('[{"name": "a"}]') == '{"name":"a"}'
    assert (catalogue("a(x)"), catalogue("[]")) == ("a(x)", "")
    with pytest.raises(Rejected, match="not JSON"):
        catalogue([{"name": "\ud800"}])


def test_a_result_is_json_or_text() -> None:
    assert (json_or_text('{"a": 1}'), json_or_text("sunny")) == ({"a": 1}, "sunny")
