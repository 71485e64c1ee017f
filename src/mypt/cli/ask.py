"""`mypt ask`: a question to the documents of a workspace, and an answer whose citations were checked."""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from mypt.agent.agent import Agent
from mypt.agent.answer import Answer, Citation, Sentence
from mypt.agent.config import AgentConfig
from mypt.agent.engine_speaker import EngineSpeaker
from mypt.agent.open_toolbox import open_toolbox
from mypt.agent.openai_connection import OpenAiServer
from mypt.agent.openai_speaker import OpenAiSpeaker
from mypt.agent.reader_view import ReaderView
from mypt.agent.room import rendered
from mypt.agent.scripted_speaker import read_script
from mypt.agent.speaker import ModelName, Speaker
from mypt.agent.steps import Done, Step, Thinking, ToolCalled, ToolReturned
from mypt.agent.system_prompt import tool_system_prompt
from mypt.agent.toolbox import Toolbox
from mypt.agent.view import WorkspaceView
from mypt.cli import index
from mypt.cli.arguments import DEMO_MODEL
from mypt.cli.console import note
from mypt.config import Section, load
from mypt.conversation.episode import Episode, UserMessage
from mypt.documents.language import guess_language
from mypt.errors import AgentError, InputError
from mypt.inference.config import SamplingConfig
from mypt.pages.html import visible
from mypt.retrieval.index import embedder_digests
from mypt.retrieval.retriever import Retriever
from mypt.workspace.rows import OPERATOR, Reader
from mypt.workspace.workspace import Workspace

_LONGEST = 100_000
_SHOWN_RESULT = 160
_ENDED_WITH_AN_ANSWER = ("answer", "refused")
_HINT = "ask something narrower, or raise agent.{limit} in the settings"
_HINTS = {
    "steps": _HINT.format(limit="steps"),
    "tokens": _HINT.format(limit="tokens_a_step"),
    "seconds": _HINT.format(limit="seconds"),
    "context": "ask something narrower, or lower agent.result_characters in the settings",
    "malformed call": "a model that does not call tools can be led: agent.first_tools in the settings",
    "no answer": "use a model that has learned to answer",
}


class AskSettings(Section):
    """How questions are answered; the file that `--settings` names."""

    agent: AgentConfig = AgentConfig()
    server: OpenAiServer = OpenAiServer()
    """For `--server`; its address comes from there."""
    sampling: SamplingConfig = SamplingConfig(temperature=0.0)
    """For `--model`."""


@Parameter(name="*")
@dataclass(frozen=True)
class How:
    """Who answers, which is one of three, and within which limits."""

    model: Annotated[Path | None, Parameter(help="Folder of a model of ours.")] = None
    server: Annotated[
        str | None, Parameter(help="An OpenAI-compatible server here, as http://127.0.0.1:8080/v1.")
    ] = None
    script: Annotated[Path | None, Parameter(help="Turns to replay, one JSON object a line.")] = None
    settings: Annotated[Path | None, Parameter(help="Limits, tools and servers, JSON or TOML.")] = None


def ask(
    workspace: index.WorkspacePath,
    question: Annotated[str, Parameter(help="What to ask; all of it is text.")],
    *,
    how: How = How(),  # frozen
    reader: index.Readers = (),
    models: index.Models = None,
    as_json: Annotated[bool, Parameter(name="--json", negative="", help="Only the JSON.")] = False,
) -> None:
    """Answer a question from the documents of a workspace, with citations that were checked."""
    settings = load(how.settings, AskSettings) if how.settings else AskSettings()
    speaker, tools = _speaker(how, settings), settings.agent.tools
    with _view(workspace, reader, models) as view, open_toolbox(tools, os.environ) as toolbox:
        agent = Agent(speaker, toolbox, settings.agent)
        answer = _follow(agent.answer(_episode(question, toolbox), view))
    print(json.dumps(answer.to_json(), ensure_ascii=False) if as_json else _page(answer))
    if answer.finish not in _ENDED_WITH_AN_ANSWER:
        raise AgentError(f"no answer within the limits: {answer.finish}", hint=_HINTS[answer.finish])


def _episode(question: str, toolbox: Toolbox) -> Episode:
    """Return the conversation so far; InputError for a question that says nothing."""
    if not question.strip():
        raise InputError("the question is empty", hint="say what you want to know")
    language: Literal["en", "de"] = "de" if guess_language(question) == "de" else "en"
    system = tool_system_prompt(toolbox.specs, language)
    messages = (UserMessage(content=question),)
    return Episode(system=system, messages=messages, language=language, source="ask")


def _speaker(how: How, settings: AskSettings) -> Speaker:
    """Return who answers, by default the demonstration's model; InputError when several are named."""
    named = [given for given in (how.model, how.server, how.script) if given is not None]
    if len(named) > 1:
        raise InputError("--model, --server and --script: name one of them", hint="mypt ask --help")
    if how.script is not None:
        return read_script(how.script)
    if how.server is not None:
        return OpenAiSpeaker(OpenAiServer.model_validate({**settings.server.model_dump(), "url": how.server}))
    return _our_model(how.model or DEMO_MODEL, settings.sampling)


def _our_model(folder: Path, sampling: SamplingConfig) -> Speaker:
    """Import torch only for those who need it."""
    from mypt.cli.models import load_for_use
    from mypt.provenance.manifest import manifest_digest, read_manifest

    loaded = load_for_use(folder)
    if loaded.is_base:
        note("this is a base model: it has read text, but has not yet learned to answer")
    name = ModelName(folder.name, manifest_digest(read_manifest(folder)))
    return EngineSpeaker(loaded.engine, loaded.tokenizer, sampling, name)


@contextmanager
def _view(workspace: Path, reader: Sequence[str], models: Path | None) -> Iterator[WorkspaceView]:
    who = Reader(frozenset(reader)) if reader else OPERATOR
    with Workspace.open(workspace) as opened:
        named = tuple(embedder_digests(opened.index_folder) or {})
        embedders = index.open_embedders(named, models) if named else ()
        yield ReaderView(opened, Retriever.open(opened, embedders), who)


def _follow(steps: Iterator[Step]) -> Answer:
    """Say what is being done while it is, and return the answer."""
    for step in steps:
        if isinstance(step, Done):
            return step.answer
        if line := _line(step):
            note(visible(line, limit=_LONGEST))
    raise RuntimeError("an agent ends with an answer")


def _line(step: Step) -> str:
    match step:
        case Thinking(text):
            return f"thinks: {text.strip()}" if text.strip() else ""
        case ToolCalled(number, name, arguments):
            return f"{number}. {name} {rendered(dict(arguments))}"
        case ToolReturned(number, _, content, seconds, is_error):
            shown = visible(rendered(content), limit=_SHOWN_RESULT)
            return f"{number}. {'error' if is_error else 'result'} after {seconds * 1000:.0f} ms: {shown}"
    return ""


def _page(answer: Answer) -> str:
    """Return the answer with numbers behind its sentences, and the passages behind the numbers."""
    numbers = {citation.id: number for number, citation in enumerate(answer.citations, start=1)}
    text = _numbered(answer, numbers) if answer.text == answer.written else answer.text
    lines = [_cited(number, citation) for number, citation in enumerate(answer.citations, start=1)]
    return visible("\n".join([text, *([""] if lines else []), *lines]), limit=_LONGEST)


def _numbered(answer: Answer, numbers: dict[str, int]) -> str:
    text, end = "", 0
    for sentence in answer.sentences:
        text += answer.text[end : sentence.end] + _mark(sentence, numbers)
        end = sentence.end
    return text + answer.text[end:]


def _mark(sentence: Sentence, numbers: dict[str, int]) -> str:
    match sentence.support.status:
        case "supported":
            return f" [{numbers[sentence.support.passage_id]}]"
        case "unsupported":
            return " [no source found]" if sentence.support.doubt == "no citation" else " [not supported]"
        case "not comparable":
            return f" [{numbers[sentence.support.passage_id]}, in another language]"
    return ""


def _cited(number: int, citation: Citation) -> str:
    if not citation.is_retrieved:
        return f"[{number}] {citation.id}: was not retrieved in this conversation"
    where = f"page {citation.page}, characters {citation.start} to {citation.end} ({citation.id})"
    found = ", found by the check" if citation.is_found else ""
    return f"[{number}] {citation.title}, {where}, support {citation.support:.2f}{found}"
