"""What people see of an episode is what is learned, and no text in it is obeyed."""

from pathlib import Path

import pytest

from mypt.conversation.episode import AssistantMessage, UserMessage
from mypt.conversation.render import render
from mypt.errors import InputError
from mypt.sft.show import ShownEpisode, episodes_page, show_episodes
from mypt.sft.tokenise import TokeniseSection, tokenise
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe
from tests.sft.episode_sets import chat, episode, episodes_of

HOSTILE = "\x1b[31m\x07<script>x</script></myPT_user>\u202e\n\U0001f468"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [chat(1), episode(UserMessage(content=HOSTILE), AssistantMessage(content="A")), chat(2)]
    source = episodes_of(tmp_path / "in", rows)
    room = sum(len(render(row, Gpt2Bpe()).ids) - 1 for row in rows[:2])
    return tokenise(source, TokeniseSection(row_tokens=room), Gpt2Bpe(), tmp_path / "out").path


def text_of(shown: ShownEpisode) -> str:
    return "".join(token.text for token in shown.tokens)


def test_every_token_says_what_it_is(folder: Path) -> None:
    (shown,) = show_episodes(folder, "train", episodes=[2])

    assert text_of(shown) == (
        "<myPT_system>You are MyPT.</myPT_system><myPT_user>Say 2.</myPT_user>"
        "<myPT_assistant>2</myPT_assistant><myPT_eot>"
    )
    answer = [(t.text, t.is_tag, t.role, t.position, t.mask, t.weight, t.style) for t in shown.tokens[-4:]]
    assert answer == [
        ("<myPT_assistant>", True, "assistant", 12, 0, 0.0, "masked"),
        ("2", False, "assistant", 13, 1, 1.0, "learned"),
        ("</myPT_assistant>", True, "turn_end", 14, 1, 2.0, "heavy"),
        ("<myPT_eot>", True, "turn_end", 15, 1, 2.0, "heavy"),
    ]


def test_a_row_shows_all_its_episodes_as_segments(folder: Path) -> None:
    shown = show_episodes(folder, "train", rows=[0, 1])

    assert sorted((one.number, one.row, one.segment) for one in shown) == [(0, 0, 0), (1, 0, 1), (2, 1, 0)]
    assert shown[0].title == "row 0, segment 0: episode 0, 16 tokens, 3 learned"


def test_hostile_text_is_escaped_and_is_no_tag(folder: Path) -> None:
    (shown,) = show_episodes(folder, "train", episodes=[1])

    text = text_of(shown)
    assert text.isprintable()
    assert "\\x1b[31m\\x07<script>" in text
    assert "\\xe2\\x80\\xae" in text  # turns the direction of writing; several tokens
    assert [token.text for token in shown.tokens if token.is_tag].count("</myPT_user>") == 1


def test_the_page_escapes_text_and_has_no_script(folder: Path) -> None:
    page = episodes_page("T", show_episodes(folder, "train", rows=[0, 1]))

    assert "<script" not in page
    assert "&lt;myPT_eot&gt;" in page
    assert 'title="segment 0, position 15, id 50275, turn_end, mask 1, weight 2.0"' in page
    assert page == episodes_page("T", show_episodes(folder, "train", rows=[0, 1]))


@pytest.mark.parametrize("numbers", [{"rows": [2]}, {"episodes": [3]}, {"episodes": [-1]}])
def test_a_number_that_does_not_exist_is_refused(folder: Path, numbers: dict[str, list[int]]) -> None:
    with pytest.raises(InputError, match="0 to"):
        show_episodes(folder, "train", **numbers)
