"""A second turn after tools were used: thanks, a repetition, what is shown already, or one more call."""

from mypt.conversation.episode import AssistantMessage, ToolResultMessage
from mypt.sft.generators.tool_patterns import answer_summary
from mypt.sft.generators.tool_play import GET_DOC, LIST_DOCS, SUMMARIZE, Play, entries, texts

_LONGEST_PAGE = 500


def follow_up(play: Play) -> bool:
    """Let the user say something more; False where the conversation does not allow what was drawn."""
    result, last = (None, *play.messages)[-2:]
    if not (isinstance(result, ToolResultMessage) and isinstance(last, AssistantMessage)):
        return False
    if result.name == LIST_DOCS:
        return play.n_calls == 1 and _of_the_list(play, result)
    return play.rng.choice((_thanks, _repeat, _shown))(play, last)


def _thanks(play: Play, _last: AssistantMessage) -> bool:
    play.ask("thanks")
    return play.answer(play.phrase("answer_thanks"), think="think_no_tool")


def _repeat(play: Play, last: AssistantMessage) -> bool:
    play.ask("repeat")
    return play.answer(last.content, last.cite, think="think_no_tool")


def _shown(play: Play, _last: AssistantMessage) -> bool:
    """Ask for another fact of the same subject that a passage above states already."""
    asked, subject = play.fact, play.fact.subject
    for fact in play.workspace.facts:
        play.fact = fact
        if fact.subject == subject and fact is not asked and play.shows_fact:
            play.say(play.question(), "shown")
            told = play.rng.choice(fact.statements)
            return play.answer(told, [fact.passage.id], think="think_shown")
    play.fact = asked
    return False


def _of_the_list(play: Play, result: ToolResultMessage) -> bool:
    """Read or sum up a document of the list by the id that stands there."""
    chosen = play.rng.choice(entries(result.content, "documents"))
    if play.rng.random() < 0.5:
        play.ask("then_sum", title=chosen["title"])
        return answer_summary(
            play, play.call(SUMMARIZE, play.phrase("think_listed"), doc_id=chosen["doc_id"])
        )
    play.ask("then_read", title=chosen["title"])
    found = play.call(GET_DOC, play.phrase("think_listed"), doc_id=chosen["doc_id"], page=1)
    text = " ".join(" ".join(texts(found, "passages", "text")).split())
    told = play.phrase("answer_page", page=1, title=chosen["title"], text=text)
    return len(text) <= _LONGEST_PAGE and play.answer(told, texts(found, "passages", "id"), think="")
