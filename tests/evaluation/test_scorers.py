"""Each kind of check against output that is right, nearly right, broken and random."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mypt.conversation.episode import ToolCallMessage
from mypt.conversation.parse import ModelOutput, Problem, ProblemKind, parse
from mypt.conversation.special_tokens import get_special_token_ids
from mypt.errors import InputError
from mypt.evaluation.case import Chain
from mypt.evaluation.responder import answered
from mypt.evaluation.scorers import PlayedCall, score, score_chain
from mypt.tokenizer.character import CharacterTokenizer
from tests.evaluation.cases import case

SHOWN = {"p-1", "p-2", "p-3"}
EVERY_KIND: list[dict[str, Any]] = [
    {"kind": "exact", "answers": ["Hello"]},
    {"kind": "contains", "any_of": ["Bern"], "none_of": ["Paris"], "max_characters": 40},
    {"kind": "contains", "all_of": ["red", "blue"]},
    {"kind": "json", "value": {"name": "Ada", "age": 36}},
    {"kind": "cited", "any_of": ["1712"], "cite": ["p-1", "p-2"]},
    {"kind": "abstains", "none_of": ["1712"]},
    {"kind": "answers", "any_of": ["1712"]},
    {"kind": "closed_turn"},
    {"kind": "call", "name": "workspace.search", "arguments": {"query": ["notice period"]}},
    {"kind": "no_call", "any_of": ["Hello"]},
]  # fmt: skip


def call(name: str = "workspace.search", **arguments: Any) -> ModelOutput:
    return ModelOutput("", None, (), ToolCallMessage(name=name, arguments=arguments), ())


def passes(check: dict[str, Any], output: ModelOutput) -> bool:
    verdict = score(case(check).check, output, SHOWN)
    assert verdict.passed or verdict.reason
    return verdict.passed


GOOD = [
    answered("Hello"), answered("It is bern."), answered("Blue and red."),
    answered('{"age": 36, "name": "Ada"}'), answered("In 1712.", "p-2"), answered("I don't know."),
    answered("In 1712. The month is not known."), answered("x"),
    call(query="What is the NOTICE PERIOD?"), answered("hello!"),
]  # fmt: skip


@pytest.mark.parametrize(("check", "good"), list(zip(EVERY_KIND, GOOD, strict=True)))
def test_what_is_asked_for_passes_and_broken_or_empty_output_never(
    check: dict[str, Any], good: ModelOutput
) -> None:
    cut = ModelOutput(good.answer, None, good.citations, good.tool_call, (Problem(ProblemKind.CUT_OFF, ""),))

    assert passes(check, good)
    assert not passes(check, cut)
    assert not passes(check, answered(""))
    assert not passes(check, answered("  \n"))
    assert not passes(check, answered(good.answer, "p-9"))  # never shown


@pytest.mark.parametrize("check", [check for check in EVERY_KIND if check["kind"] != "call"])
def test_a_call_is_no_answer(check: dict[str, Any]) -> None:
    assert not passes(check, call(query="notice period"))


@pytest.mark.parametrize("check", EVERY_KIND)
@given(st.integers(0, 2**32))
def test_random_tokens_never_pass(check: dict[str, Any], seed: int) -> None:
    tokenizer = CharacterTokenizer("".join(map(chr, range(32, 127))))
    draw = random.Random(seed)  # noqa: S311
    ids = [draw.randrange(tokenizer.base_vocab_size + 19) for _ in range(draw.randrange(40))]
    tags = get_special_token_ids(tokenizer.base_vocab_size)
    output = parse([*ids, tags["</myPT_assistant>"], tags["<myPT_eot>"]], tokenizer)

    is_clean = not output.problems and bool(output.answer.strip())

    assert passes(check, output) == (is_clean and check["kind"] == "closed_turn")


@pytest.mark.parametrize("answer", ["hello", "Hello.", " Hello", "Hello\n", "Hello Hello"])
def test_exact_is_char_for_char(answer: str) -> None:
    assert not passes(EVERY_KIND[0], answered(answer))


@pytest.mark.parametrize("answer", ["Berner", "Bern, not Paris.", "Bern " + "x" * 40])
def test_parts_of_words_forbidden_words_and_long_answers_do_not_count(answer: str) -> None:
    assert not passes(EVERY_KIND[1], answered(answer))


@pytest.mark.parametrize(
    "answer",
    [
        '{"name": "Ada"}', '{"name": "ada", "age": 36}', '{"name": "Ada", "age": "36"}',
        '{"name": "Ada", "age": 36.0}', '{"name": "Ada", "age": 36, "x": 1}', '{"name": "Ada", "age": 36}.',
        '```json\n{"name": "Ada", "age": 36}\n```', '{"name": "Ada", "age": 1, "age": 36}', "[" * 100_000,
        "NaN",        "{'name': 'Ada', 'age': 36}",
    ],
)  # fmt: skip
def test_json_is_the_whole_answer_and_strict(answer: str) -> None:
    assert not passes(EVERY_KIND[3], answered(answer))


def test_json_tells_true_from_one() -> None:
    assert not passes({"kind": "json", "value": True}, answered("1"))


@pytest.mark.parametrize(
    "output",
    [
        answered("In 1712."), answered("In 1712.", "p-3"), answered("In 1712.", "p-1", "p-3"),
        answered("In 11712.", "p-1"), answered("In 1713.", "p-1"),
    ],
)  # fmt: skip
def test_a_citation_must_support_and_the_fact_be_there(output: ModelOutput) -> None:
    assert not passes(EVERY_KIND[4], output)


@pytest.mark.parametrize(
    "output", [answered("No."), answered("I do not know.", "p-1"), answered("I do not know. Maybe 1712.")]
)
def test_an_abstention_says_so_cites_nothing_and_invents_nothing(output: ModelOutput) -> None:
    assert not passes(EVERY_KIND[5], output)


@pytest.mark.parametrize(
    ("answer", "is_answer"),
    [
        ("It was 1712, I think.", True),
        ("The mill dates from 1712. Who built it is not mentioned.", True),
        ("The passage does not say whether it was 1712.", False),
        ("I do not know. 1712.", False),
        ("I do not know.", False),
    ],
)
def test_an_answer_may_hedge_behind_the_fact_but_not_refuse_it(answer: str, *, is_answer: bool) -> None:
    assert passes(EVERY_KIND[6], answered(answer)) == is_answer


CALL = {
    "kind": "call", "name": "workspace.get_doc",
    "arguments": {"title": ["Debian handbook"], "page": [2]}, "optional": {"range": ["2-3"], "top_k": []},
}  # fmt: skip


@pytest.mark.parametrize(
    "arguments",
    [
        {"title": "debian HANDBOOK", "page": 2},
        {"title": "Debian handbook", "page": 2, "range": "2-3"},
        {"title": "Debian handbook", "page": 2, "range": None, "top_k": 17},
    ],
)
def test_a_call_is_matched_on_what_it_means(arguments: dict[str, Any]) -> None:
    assert passes(CALL, call("workspace.get_doc", **arguments))


@pytest.mark.parametrize(
    ("name", "arguments", "reason"),
    [
        ("workspace.search", {"title": "Debian handbook", "page": 2}, "calls workspace.search instead"),
        ("workspace.get_doc", {"title": "Debian handbook"}, "leaves out page"),
        ("workspace.get_doc", {"title": "Debian handbook", "page": None}, "leaves out page"),
        ("workspace.get_doc", {"title": "Debian handbook", "page": "2"}, 'gives page="2"'),
        ("workspace.get_doc", {"title": "Debian handbook", "page": 2.0}, "gives page=2.0"),
        ("workspace.get_doc", {"title": "The Debian handbook", "page": 2}, "gives title="),
        ("workspace.get_doc", {"title": "Debian handbook", "page": 2, "range": "2-4"}, "gives range="),
        ("workspace.get_doc", {"title": "Debian handbook", "page": 2, "force": True}, "nobody asked for"),
    ],
)
def test_a_call_with_other_arguments_fails_and_says_which(
    name: str, arguments: dict[str, Any], reason: str
) -> None:
    verdict = score(case(CALL).check, call(name, **arguments))

    assert not verdict.passed
    assert reason in verdict.reason


def test_a_free_text_needs_all_words_of_an_accepted_one() -> None:
    check = {
        "kind": "call",
        "name": "workspace.search",
        "arguments": {"query": ["notice period", "Kündigungsfrist"]},
    }

    assert passes(check, call(query="period of notice"))
    assert passes(check, call(query="KÜNDIGUNGSFRIST im ersten Jahr"))
    assert not passes(check, call(query="notice"))
    assert not passes(check, call(query="noticeperiod"))


def test_values_of_lists_and_truth_are_compared_by_type() -> None:
    check = {"kind": "call", "name": "t", "arguments": {"ids": [["A", "b"]], "all": [True]}}

    assert passes(check, call("t", ids=["a", "B"], all=True))
    assert not passes(check, call("t", ids=["a", "B"], all=1))
    assert not passes(check, call("t", ids=["b", "a"], all=True))


CHAIN = Chain(
    tools=("workspace.search", "workspace.get_doc"), any_of=("two months",), cite_origin=("law/notice.txt",)
)
ORIGINS = {"p-1": "root/law/notice.txt", "p-2": "root/other.txt"}


def made(*names: str) -> list[PlayedCall]:
    return [PlayedCall(name.strip("!"), succeeded=not name.endswith("!")) for name in names]


@pytest.mark.parametrize(
    ("output", "calls", "reason"),
    [
        (
            answered("Two months.", "p-1"),
            made("workspace.search", "workspace.list_docs", "workspace.get_doc"),
            "",
        ),
        (answered("Two months.", "p-1"), made("workspace.get_doc", "workspace.search"), "no successful call"),
        (
            answered("Two months.", "p-1"),
            made("workspace.search", "workspace.get_doc!"),
            "no successful call",
        ),
        (answered("Two months.", "p-1"), [], "made: none"),
        (
            answered("Two months.", "p-2"),
            made("workspace.search", "workspace.get_doc"),
            "cites no passage of",
        ),
        (answered("Two months."), made("workspace.search", "workspace.get_doc"), "cites no passage of"),
        (answered("Two months.", "p-8"), made("workspace.search", "workspace.get_doc"), "never shown"),
        (answered("One month.", "p-1"), made("workspace.search", "workspace.get_doc"), "says none of"),
        (call(query="more"), made("workspace.search", "workspace.get_doc"), "one too many"),
    ],
)
def test_a_chain_needs_its_calls_in_order_and_a_supported_end(
    output: ModelOutput, calls: list[PlayedCall], reason: str
) -> None:
    verdict = score_chain(CHAIN, output, calls, ORIGINS)

    assert verdict.passed == (reason == "")
    assert reason in verdict.reason


def test_a_chain_is_not_scored_by_one_turn() -> None:
    with pytest.raises(InputError):
        score(CHAIN, answered("Two months."))
