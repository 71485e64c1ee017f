"""The loop: search, read, answer; and every way in which it ends early."""

import threading
from collections.abc import Callable, Iterator

import pytest

from mypt.agent.agent import Agent
from mypt.agent.config import AgentConfig, McpServer, ToolSettings
from mypt.agent.scripted_speaker import ScriptedTurn
from mypt.agent.speaker import Delta, ModelName, Spoken, TurnLimits
from mypt.agent.steps import Answering, Done, Thinking, ToolCalled, ToolReturned
from mypt.agent.tool import ToolSpec
from mypt.agent.toolbox import Toolbox
from mypt.conversation.episode import Episode, ToolCallMessage, ToolResultMessage
from mypt.conversation.parse import ModelOutput
from mypt.errors import LimitReached
from tests.agent.conversations import answer_of, call, last, question, says, script, steps_of
from tests.agent.test_toolbox import OneTool
from tests.agent.views import DEBIAN, LAW, small_view

SENTENCE = "Im zweiten Dienstjahr beträgt die Kündigungsfrist zwei Monate."
SEARCH = call("search", query="Kündigungsfrist Dienstjahr")


class Saying:
    """A speaker whose turns a test writes."""

    model = ModelName("m")
    context_tokens = 100

    def __init__(self, turn: Callable[[list[ToolSpec], TurnLimits], Iterator[Delta | Spoken]]) -> None:
        self._turn = turn

    def speak(self, episode: Episode, tools: list[ToolSpec], limits: TurnLimits) -> Iterator[Delta | Spoken]:
        assert episode.messages
        return self._turn(tools, limits)


def test_search_then_read_then_answer() -> None:
    steps = steps_of(script(SEARCH, call("get_doc", doc_id="@1"), says(SENTENCE, "@2")))

    kinds = [type(step) for step in steps if not isinstance(step, Answering)]
    answer = last(steps)
    assert kinds == [ToolCalled, ToolReturned, ToolCalled, ToolReturned, Done]
    assert "".join(step.text for step in steps if isinstance(step, Answering)) == SENTENCE == answer.text
    assert (answer.finish, answer.usage.steps) == ("answer", 3)
    assert [citation.id for citation in answer.citations] == [f"{LAW}-2"]
    assert answer.sentences[0].support.status == "supported"
    assert [use.name for use in answer.tool_calls] == ["workspace.search", "workspace.get_doc"]
    assert answer.retrieved[0].parts == {"keyword": 2.0}
    assert (answer.model.name, answer.index_digest) == ("script", "index")


def test_the_model_sees_calls_and_results_as_the_protocol_has_them() -> None:
    speaker = script(SEARCH, says("a"))

    steps_of(speaker)

    first, second = speaker.episodes
    assert len(first.messages) == 1
    made, told = second.messages[1:]
    assert isinstance(made, ToolCallMessage)
    assert isinstance(told, ToolResultMessage)
    assert made.name == told.name == "workspace.search"
    Episode.model_validate(second.model_dump())  # the order of its messages is allowed


def test_thoughts_are_kept_apart_from_the_answer() -> None:
    steps = steps_of(script(ScriptedTurn(think="hmm", answer="So.", cite=())))

    assert [step.text for step in steps if isinstance(step, Thinking)] == ["hmm"]
    assert (last(steps).think, last(steps).text) == ("hmm", "So.")


def test_an_error_is_told_and_the_model_may_go_on() -> None:
    answer = answer_of(script(call("get_doc", doc_id="dzzz"), SEARCH, says(SENTENCE, "@2")))

    assert answer.finish == "answer"
    assert [use.error for use in answer.tool_calls] == ["no such document", ""]


@pytest.mark.parametrize(
    "wrong",
    [
        ScriptedTurn(raw_call="{'name': 'workspace.search'}"),
        ScriptedTurn(raw_call='{"name": "workspace.search"}'),
        call("search", query=7),
        call("delete", doc_id=LAW),
    ],
)
def test_a_malformed_call_gets_one_repair_and_then_an_honest_end(wrong: ScriptedTurn) -> None:
    repaired = answer_of(script(wrong, SEARCH, says(SENTENCE, "@2")))
    ended = steps_of(script(wrong, wrong, says("never said")))

    assert repaired.finish == "answer"
    assert last(ended).finish == "malformed call"
    assert last(ended).text == (
        "Ich konnte nicht zu Ende kommen: Kein Werkzeug versteht die Aufrufe des Modells. "
        "Gefunden wurde nichts."
    )
    assert [step.is_error for step in ended if isinstance(step, ToolReturned)] == [True, True]


def test_a_second_malformed_call_ends_it_also_when_good_ones_lie_between() -> None:
    wrong = call("search", query=7)

    assert answer_of(script(wrong, SEARCH, wrong, says("never said"))).finish == "malformed call"


def test_a_call_that_was_made_before_is_not_made_again() -> None:
    answer = answer_of(script(SEARCH, SEARCH, says(SENTENCE, "@2")))

    assert answer.tool_calls[1].error.startswith("this call was made before")
    assert answer.finish == "answer"


def test_steps_that_are_used_up_end_with_what_was_found() -> None:
    answer = answer_of(script(SEARCH, call("list_docs"), call("get_doc", doc_id=DEBIAN)), steps=2)

    assert answer.finish == "steps"
    assert "- Obligationenrecht, Seite 1" in answer.text
    assert answer.written == ""


def test_the_last_step_is_offered_no_tools() -> None:
    offered: list[int] = []

    def turn(tools: list[ToolSpec], _: TurnLimits) -> Iterator[Delta | Spoken]:
        offered.append(len(tools))
        named = ToolCallMessage(name="workspace.list_docs", arguments={"page": len(offered)})
        yield Spoken(ModelOutput("", None, (), named, ()), 1, 1)

    steps_of(Saying(turn), steps=3)

    assert offered == [4, 4, 0]


def test_tools_can_be_required_of_the_first_turns() -> None:
    asked: list[tuple[list[str], bool]] = []

    def turn(tools: list[ToolSpec], limits: TurnLimits) -> Iterator[Delta | Spoken]:
        asked.append(([tool.name for tool in tools], limits.must_call))
        named = ToolCallMessage(name="workspace.search", arguments={"query": "Ferien"})
        yield Spoken(ModelOutput("a", None, (), named if len(asked) == 1 else None, ()), 1, 1)

    steps_of(Saying(turn), first_tools=["workspace.search"])

    assert asked[0] == (["workspace.search"], True)
    assert (len(asked[1][0]), asked[1][1]) == (4, False)


def test_tokens_that_are_used_up_leave_what_was_written_and_checked() -> None:
    answer = answer_of(script(says("eins zwei drei vier")), tokens=2)

    assert (answer.finish, answer.text, answer.usage.tokens) == ("tokens", "eins zwei", 2)


def test_no_tokens_left_end_before_another_turn() -> None:
    answer = answer_of(script(SEARCH, says("never said")), tokens=1)

    assert answer.finish == "tokens"
    assert "Bis hierher gefunden:" in answer.text


def test_a_model_that_says_nothing_is_reported_so() -> None:
    answer = answer_of(script(says("")), asked=question(language="en"))

    assert (answer.finish, answer.text) == ("no answer", "The model gave no answer. Nothing was found.")


class Clock:
    """A clock that goes on by itself."""

    def __init__(self, tick: float) -> None:
        self.now, self.tick = 0.0, tick

    def __call__(self) -> float:
        self.now += self.tick
        return self.now


def test_time_that_is_up_ends_with_what_was_found() -> None:
    agent = Agent(
        script(SEARCH, *[call("get_doc", doc_id=DEBIAN, page=n) for n in (1, 2, 3)] * 9),
        Toolbox(ToolSettings()),
        AgentConfig(seconds=10, steps=30),
        Clock(0.5),
    )

    answer = last(agent.answer(question(), small_view()))

    assert answer.finish == "seconds"
    assert "Obligationenrecht" in answer.text


def test_a_turn_that_is_broken_off_leaves_what_was_written() -> None:
    def turn(_: list[ToolSpec], __: TurnLimits) -> Iterator[Delta | Spoken]:
        yield Delta("answer", "Half an")
        raise LimitReached("seconds", "up")

    answer = answer_of(Saying(turn), asked=question(language="en"))

    assert (answer.finish, answer.text) == ("seconds", "Half an")


def test_closing_the_iterator_stops_the_model() -> None:
    closed: list[bool] = []

    def turn(_: list[ToolSpec], __: TurnLimits) -> Iterator[Delta | Spoken]:
        try:
            while True:
                yield Delta("answer", "on and on ")
        finally:
            closed.append(True)

    steps = Agent(Saying(turn), Toolbox(ToolSettings()), AgentConfig()).answer(question(), small_view())
    next(steps)
    assert isinstance(steps, Iterator)
    steps.close()  # type: ignore[attr-defined]

    assert closed == [True]


def test_a_tool_that_hangs_does_not_hang_the_answer() -> None:
    release = threading.Event()
    settings = ToolSettings(
        allowed=("site.one",), servers=(McpServer(name="site", command=("x",)),), seconds=0.05
    )
    toolbox = Toolbox(settings, [OneTool(release.wait)])
    hanging = ScriptedTurn.model_validate({"call": {"name": "site.one"}})

    answer = answer_of(script(hanging, says("Ohne Werkzeug.")), toolbox=toolbox)

    release.set()
    assert answer.finish == "answer"
    assert "took longer" in answer.tool_calls[0].error


def test_unsupported_sentences_are_marked_or_refused() -> None:
    wrong = "Im zweiten Dienstjahr beträgt die Kündigungsfrist neun Monate."
    both = f"{SENTENCE} {wrong}"

    marked = answer_of(script(SEARCH, says(both, "@2")))
    refused = answer_of(script(SEARCH, says(both, "@2")), refuse_unsupported=True)
    nothing = answer_of(script(SEARCH, says(wrong, "@2")), refuse_unsupported=True)

    assert [one.support.status for one in marked.sentences] == ["supported", "unsupported"]
    assert marked.text == both
    assert refused.text == f"{SENTENCE} (Weggelassen, weil keine Passage sie stützt: Sätze des Modells: 1.)"
    assert [one.is_refused for one in refused.sentences] == [False, True]
    assert nothing.finish == "refused"
    assert nothing.text.startswith("Ich gebe keine Antwort")
    assert nothing.written == wrong


def test_what_may_be_refused_is_not_streamed_before_it_is_checked() -> None:
    wrong = "Die Kündigungsfrist beträgt neun Monate."

    steps = steps_of(
        script(SEARCH, says(wrong, "@1")), refuse_unsupported=True, asked=question(language="en")
    )

    streamed = "".join(step.text for step in steps if isinstance(step, Answering))
    assert streamed == last(steps).text
    assert "neun" not in streamed
    assert streamed.startswith("I give no answer")
