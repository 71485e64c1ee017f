"""Tables and groups of questions."""

from random import Random

from mypt.sft.generators.questions import GROUP, AntiEcho, Table

CAPITALS = Table(
    "capitals",
    ("Capital of {0}?|{1}", "The city {1} is in?|{0}"),
    (("France", "Paris"), ("Spain", "Madrid")),
    ("{0}", "Hello! {0}"),
)
ECHO = Table("echo", ("Say: {0}|{0}", "Repeat {0} once.|{0}"), (), quotes=('"',), payload_column=0)


def test_a_table_yields_each_of_its_questions_once() -> None:
    drafts = list(CAPITALS.drafts(CAPITALS.size, Random(1)))  # noqa: S311

    assert len({draft.question for draft in drafts}) == CAPITALS.size == 8
    answers = {draft.question: draft.answer for draft in drafts}
    assert answers["Hello! Capital of Spain?"] == "Madrid"
    assert answers["The city Paris is in?"] == "France"


def test_the_answer_is_the_item_without_the_quotes_of_the_question() -> None:
    draft = ECHO.filled(1, ("red hat",), Random(1))  # noqa: S311

    assert (draft.question, draft.answer, draft.payload) == ('Repeat "red hat" once.', "red hat", "red hat")


def test_an_instruction_is_parted_from_its_text_in_several_ways() -> None:
    questions = {ECHO.filled(0, ("x",), Random(seed)).question for seed in range(20)}  # noqa: S311

    assert questions == {'Say: "x"', 'Say:\n"x"', 'Say "x"'}


def test_bare_text_follows_a_long_instruction_after_a_colon_only() -> None:
    table = Table("echo", ("I want you to say: {0}|{0}",), (), quotes=("",))

    assert all(":" in table.filled(0, ("x",), Random(seed)).question for seed in range(20))  # noqa: S311


def test_a_group_asks_about_a_made_up_word_asks_its_twin_and_echoes_the_word() -> None:
    anti = AntiEcho((CAPITALS,), ("blor", "dri", "fem"), ECHO, "Unknown.")

    drafts = list(anti.drafts(anti.size, Random(3)))  # noqa: S311

    assert len(drafts) == anti.size == 3 * GROUP
    for start in range(0, anti.size, GROUP):
        asked, twin, echoed = drafts[start : start + GROUP]
        assert asked.answer == "Unknown."
        assert asked.payload
        assert asked.payload in asked.question
        assert twin.answer in {"Paris", "Madrid", "France", "Spain"}
        assert asked.template == twin.template
        assert echoed.answer == asked.payload
        assert asked.group == twin.group == echoed.group == start // GROUP
