"""`mypt chat`: talk with a model, in the protocol that it is trained in."""

import sys
from collections.abc import Iterator
from typing import Annotated, Literal

from cyclopts import Parameter

from mypt.cli.arguments import DEMO_MODEL, ModelPath
from mypt.cli.console import note, show_error
from mypt.cli.generate import DEFAULT, Sampling
from mypt.cli.models import load_for_use
from mypt.conversation.system_prompts import FORMAT_SYSTEM_PROMPT
from mypt.errors import InputError
from mypt.inference.chat import ChatSession

_BASE_MODEL_NOTE = (
    "this is a base model: it has read text, but has not yet learned to answer; expect continuations"
)


def chat(
    *,
    model: ModelPath = DEMO_MODEL,
    system: Annotated[
        str, Parameter(help="The system text that opens the conversation.")
    ] = FORMAT_SYSTEM_PROMPT,
    language: Literal["en", "de"] = "en",
    sampling: Sampling = DEFAULT,
) -> None:
    """Talk with a model; an empty line or Ctrl-D ends."""
    loaded = load_for_use(model)
    session = ChatSession(loaded.engine, loaded.tokenizer, sampling, system=system, language=language)
    if loaded.is_base:
        note(_BASE_MODEL_NOTE)
    for question in _questions():
        _answer(session, question)


def _questions() -> Iterator[str]:
    """Yield what is typed; the prompt is shown only to people."""
    while True:
        if sys.stdin.isatty():
            print("you  > ", end="", flush=True)
        line = sys.stdin.readline().strip()
        if not line:
            return
        yield line


def _answer(session: ChatSession, question: str) -> None:
    dropped = session.n_dropped_turns
    try:
        pieces = session.reply(question)
    except InputError as error:
        show_error(error)
        return
    if sys.stdin.isatty():
        print("mypt > ", end="")
    for piece in pieces:
        print(piece, end="", flush=True)
    print()
    if session.n_dropped_turns > dropped:
        note(f"the model no longer sees the first {session.n_dropped_turns} turns: they do not fit")
