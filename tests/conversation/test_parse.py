"""What the model wrote is read as it was rendered, and broken output without failing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mypt.conversation.episode import AssistantMessage, Episode, ToolCallMessage
from mypt.conversation.parse import ModelOutput, Problem, ProblemKind, parse
from mypt.conversation.render import render, render_prompt, stop_ids
from mypt.conversation.special_tokens import SPECIAL_TOKENS, get_special_token_ids, model_vocab_size
from mypt.tokenizer.character import CharacterTokenizer
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe
from mypt.tokenizer.tokenizer import Tokenizer
from tests.conversation.strategies import episodes

TOKENIZER = CharacterTokenizer("")
SHORT = {
    "think": "think",
    "call": "toolcall",
    "cite": "cite",
    "assistant": "assistant",
    "eot": "eot",
    "user": "user",
    "result": "toolresult",
}
CALL = '{"name": "search", "arguments": {"query": "x"}}'


def ids_of(written: str) -> list[int]:
    """Turn `«think»text«/think»` into ids, with tags where the marks stand."""
    tags = get_special_token_ids(TOKENIZER.base_vocab_size)
    names = {
        f"«{side}{short}»": f"<{side}myPT_{name}>" for short, name in SHORT.items() for side in ("", "/")
    }
    ids: list[int] = []
    for part in written.replace("«", "\0«").replace("»", "»\0").split("\0"):
        ids += [tags[names[part]]] if part in names else TOKENIZER.encode(part)
    return ids


def read(written: str) -> ModelOutput:
    return parse(ids_of(written), TOKENIZER)


def kinds(output: ModelOutput) -> list[ProblemKind]:
    return [problem.kind for problem in output.problems]


def outputs(row: Episode, tokenizer: Tokenizer) -> list[list[int]]:
    """What a model would have written for each of its messages, up to where generation stops."""
    trained = render(row, tokenizer).ids.tolist()
    stop = stop_ids(tokenizer)
    found: list[list[int]] = []
    for number, message in enumerate(row.messages):
        if isinstance(message, AssistantMessage | ToolCallMessage):
            start = len(render_prompt(row.model_copy(update={"messages": row.messages[:number]}), tokenizer))
            end = next(end for end in range(start, len(trained) + 1) if stop.are_reached(trained[start:end]))
            found.append(trained[start:end])
    return found


@settings(deadline=None, max_examples=40)
@given(row=episodes(), tokenizer=st.sampled_from([Gpt2Bpe(), TOKENIZER, CharacterTokenizer("<>_my")]))
def test_what_was_rendered_is_read_as_it_was(row: Episode, tokenizer: Tokenizer) -> None:
    parsed = [parse(ids, tokenizer) for ids in outputs(row, tokenizer)]

    written = [message for message in row.messages if isinstance(message, AssistantMessage | ToolCallMessage)]
    assert [output.to_message() for output in parsed] == [as_learned(message) for message in written]
    assert [output.problems for output in parsed] == [()] * len(written)


def as_learned(message: AssistantMessage | ToolCallMessage) -> AssistantMessage | ToolCallMessage:
    """Ids do not say whether they are learned."""
    return message.model_copy(update={"learn": True}) if isinstance(message, ToolCallMessage) else message


@settings(deadline=None, max_examples=300)
@given(ids=st.lists(st.integers(-2, model_vocab_size(TOKENIZER) + 2), max_size=60))
def test_no_ids_whatever_make_it_fail(ids: list[int]) -> None:
    output = parse(ids, TOKENIZER)

    message = output.to_message()
    assert message is None or isinstance(message, AssistantMessage | ToolCallMessage)


@settings(deadline=None, max_examples=200)
@given(
    parts=st.lists(
        st.sampled_from([*(f"«{side}{name}»" for name in SHORT for side in ("", "/")), "text", CALL, "{"]),
        max_size=8,
    )
)
def test_only_sound_output_is_without_problems(parts: list[str]) -> None:
    written = "".join(part for part in parts if part != "«/eot»")

    output = read(written)

    message = output.to_message()
    if not output.problems:
        assert message is not None
        end = "«/assistant»«eot»" if isinstance(message, AssistantMessage) else "«/assistant»"
        before, found, _ = written.partition(end)
        assert found
        assert "«/assistant»" not in before


@pytest.mark.parametrize("rest", ["«think»", "more", "«eot»"])
def test_what_follows_the_end_is_not_read(rest: str) -> None:
    assert read(f"It is so.«/assistant»«eot»{rest}") == read("It is so.«/assistant»«eot»")


def test_an_answer_is_read_with_think_and_citations() -> None:
    output = read("«think»Hm.«/think»It is so.«cite»d#1«/cite»«cite»d#2«/cite»«/assistant»«eot»")

    assert output == ModelOutput("It is so.", "Hm.", ("d#1", "d#2"), None, ())
    assert output.to_message() == AssistantMessage(content="It is so.", think="Hm.", cite=("d#1", "d#2"))


def test_a_tool_call_is_read_with_think() -> None:
    output = read(f"«think»Hm.«/think»«call»{CALL}«/call»«/assistant»")

    assert output.problems == ()
    assert output.to_message() == ToolCallMessage(name="search", arguments={"query": "x"}, think="Hm.")


@pytest.mark.parametrize(
    ("written", "answer", "problems"),
    [
        ("", "", [ProblemKind.CUT_OFF, ProblemKind.EMPTY]),
        ("«/assistant»«eot»", "", [ProblemKind.EMPTY]),
        ("cut", "cut", [ProblemKind.CUT_OFF]),
        ("closed«/assistant»", "closed", [ProblemKind.CUT_OFF]),
        ("not closed«eot»", "not closed", [ProblemKind.NOT_CLOSED]),
        ("«think»Hm.", "", [ProblemKind.CUT_OFF, ProblemKind.EMPTY]),
        ("«think»Hm.«/assistant»«eot»", "", [ProblemKind.NOT_CLOSED, ProblemKind.EMPTY]),
        ("«think»«/think»A«/assistant»«eot»", "A", [ProblemKind.EMPTY]),
        ("A«think»late«/think»«/assistant»«eot»", "A", [ProblemKind.MISPLACED]),
        ("«/think»A«/assistant»«eot»", "A", [ProblemKind.MISPLACED]),
        ("A«cite»d«/cite»B«/assistant»«eot»", "AB", [ProblemKind.MISPLACED]),
        ("A«cite»«/cite»«/assistant»«eot»", "A", [ProblemKind.EMPTY]),
        ("A«cite»d]e«/cite»«/assistant»«eot»", "A", [ProblemKind.BAD_CITATION]),
        ("A«cite»d«cite»e«/cite»«/assistant»«eot»", "A", [ProblemKind.NOT_CLOSED]),
        ("A«/assistant»B«eot»", "A", [ProblemKind.MISPLACED]),
        ("A«/assistant»«/assistant»«eot»", "A", [ProblemKind.MISPLACED]),
        ("A«/assistant»«cite»d«/cite»«eot»", "A", [ProblemKind.MISPLACED] * 3),
        ("A«/assistant»«user»Obey.«/user»«eot»", "A", [ProblemKind.FOREIGN_ID]),
        ("«result»{}«/result»A«/assistant»«eot»", "", [ProblemKind.FOREIGN_ID, ProblemKind.EMPTY]),
    ],
)
def test_broken_answers_are_read_as_far_as_they_make_sense(
    written: str, answer: str, problems: list[ProblemKind]
) -> None:
    output = read(written)

    assert output.answer == answer
    assert kinds(output) == problems


@pytest.mark.parametrize(
    "call",
    [
        "",
        "{",
        "[]",
        '"search"',
        '{"name": "search"}',
        '{"name": "search", "arguments": {}, "learn": false}',
        '{"name": "", "arguments": {}}',
        '{"name": 1, "arguments": {}}',
        '{"name": "search", "arguments": "x"}',
        '{"name": "search", "arguments": {"a": NaN}}',
        '{"name": "search", "arguments": {"a": 1e999}}',
        '{"name": "search", "arguments": {"a": "\\ud800"}}',
        '{"name": "search", "arguments": {"a": 1, "a": 2}}',
        '{"name": "search", "arguments": {}} and more',
        '{"name": "search", "arguments": {"a": ' + "[" * 20_000,
        '{"name": "search", "arguments": {"a": ' + "[" * 400 + "]" * 400 + "}}",
        '{"name": "search", "arguments": {"a": ' + "1" * 5_000 + "}}",
    ],
    ids=lambda call: call[:50],
)
def test_a_call_that_cannot_be_made_is_reported(call: str) -> None:
    output = read(f"«call»{call}«/call»«/assistant»")

    assert output.tool_call is None
    assert output.to_message() is None
    assert kinds(output) == [ProblemKind.BAD_TOOL_CALL if call else ProblemKind.EMPTY]


@pytest.mark.parametrize(
    ("written", "problems"),
    [
        (f"text«call»{CALL}«/call»«/assistant»", [ProblemKind.MISPLACED]),
        (f"«call»{CALL}«/call»text«/assistant»", [ProblemKind.MISPLACED]),
        (f"«call»{CALL}«/call»«call»{{}}«/call»«/assistant»", [ProblemKind.MISPLACED]),
        (f"«call»{CALL}«/call»«eot»", [ProblemKind.NOT_CLOSED]),
        (f"«call»{CALL}«/call»", [ProblemKind.CUT_OFF]),
    ],
)
def test_a_call_in_a_broken_block_is_still_read(written: str, problems: list[ProblemKind]) -> None:
    output = read(written)

    assert output.tool_call == ToolCallMessage(name="search", arguments={"query": "x"})
    assert kinds(output) == problems


@pytest.mark.parametrize("written", [f"«call»{CALL}", f"«call»{CALL}«/assistant»", f"«call»{CALL}«eot»"])
def test_half_a_call_is_no_call(written: str) -> None:
    assert read(written).tool_call is None


def test_half_a_thought_is_kept() -> None:
    assert read("«think»I was about to").think == "I was about to"


def test_nothing_after_a_call_is_read() -> None:
    output = read(f"«call»{CALL}«/call»«/assistant»«result»forged«/result»")

    assert output.problems == ()
    assert output.tool_call is not None


def test_a_problem_says_what_it_is_about() -> None:
    assert read("A«/think»B«/assistant»«eot»").problems == (Problem(ProblemKind.MISPLACED, "</myPT_think>"),)


@pytest.mark.parametrize("token", [-1, TOKENIZER.end_of_text, model_vocab_size(TOKENIZER), 50303])
def test_reading_stops_at_ids_that_the_model_never_writes(token: int) -> None:
    output = parse([*TOKENIZER.encode("before"), token, *TOKENIZER.encode("after")], TOKENIZER)

    assert output.answer == "before"
    assert output.problems == (Problem(ProblemKind.FOREIGN_ID, f"id {token}"),)


def test_broken_utf8_is_shown_and_reported() -> None:
    output = parse([0xC3, *ids_of("!«/assistant»«eot»")], TOKENIZER)

    assert output.answer == "\ufffd!"
    assert kinds(output) == [ProblemKind.NOT_UTF8]


def test_text_that_spells_tags_stays_text() -> None:
    spelled = "".join(SPECIAL_TOKENS)

    assert read(f"{spelled}«/assistant»«eot»").answer == spelled
