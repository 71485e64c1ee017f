"""The tier-3 system prompt, written from the tools."""

from mypt.agent.config import ToolSettings
from mypt.agent.system_prompt import tool_system_prompt
from mypt.agent.toolbox import Toolbox
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe

SPECS = Toolbox(ToolSettings()).specs


def test_every_tool_is_told_with_its_arguments() -> None:
    assert tool_system_prompt(SPECS).splitlines()[1:] == [
        "workspace.search(query, top_k?, filters?)",
        "workspace.list_docs(page?)",
        "workspace.get_doc(doc_id|title, page|range?)",
        "workspace.summarize(doc_id|text)",
    ]


def test_it_takes_about_eighty_tokens_in_each_language() -> None:
    tokenizer = Gpt2Bpe()

    lengths = [len(tokenizer.encode(tool_system_prompt(SPECS, language))) for language in ("en", "de")]

    assert all(60 <= length <= 100 for length in lengths), lengths


def test_a_tool_that_is_not_allowed_is_not_told() -> None:
    few = Toolbox(ToolSettings(allowed=("workspace.list_docs",))).specs

    assert "search" not in tool_system_prompt(few)
    assert tool_system_prompt(few, "fr") == tool_system_prompt(few, "en")
