"""Episodes become packed rows: nothing is cut, everything is counted, nothing is half-written."""

import logging
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mypt.conversation.episode import AssistantMessage, Episode, Passage, Replay, UserMessage
from mypt.conversation.render import render
from mypt.dataset.episode_rows import EpisodeRows
from mypt.errors import InputError
from mypt.sft.tokenise import TokeniseSection, split_at_turns, tokenise
from mypt.tokenizer.character import CharacterTokenizer
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe
from mypt.tokenizer.registry import load_tokenizer
from tests.conversation.strategies import episodes
from tests.sft.episode_sets import ALL, chat, episode, episodes_of, tool_episode

GPT2 = Gpt2Bpe()
ROW = 200


def long_chat(n_turns: int = 5) -> Episode:
    turns = ((UserMessage(content=f"{n} " * 20), AssistantMessage(content=f"{n}")) for n in range(n_turns))
    return episode(*(message for turn in turns for message in turn))


def test_rows_hold_what_the_renderer_makes_of_each_episode(tmp_path: Path) -> None:
    made = tokenise(
        episodes_of(tmp_path / "in", ALL), TokeniseSection(row_tokens=ROW), GPT2, tmp_path / "out"
    )

    rows = EpisodeRows.open(made.path, "train", ROW)
    for number, row in enumerate(ALL):
        expected, place = (
            render(row, GPT2),
            slice(rows.starts[number], rows.starts[number] + rows.lengths[number]),
        )
        assert rows.tokens[place].tolist() == expected.ids.tolist()
        assert rows.weights[place][1:].tolist() == expected.weights[1:].tolist()


def test_the_manifest_counts_what_is_learned_in_each_split(tmp_path: Path) -> None:
    source = episodes_of(tmp_path / "in", ALL, val=[chat(3)])
    made = tokenise(source, TokeniseSection(row_tokens=ROW), GPT2, tmp_path / "out")

    counts, train = made.manifest.counts, made.manifest.counts["train"]
    assert (counts["dtype"], counts["row_tokens"], counts["val"]["episodes"]) == ("uint16", ROW, 1)
    assert train["episodes"] == len(ALL)
    assert train["tokens"] == sum(len(render(row, GPT2).ids) for row in ALL)
    assert train["supervised_tokens"] == sum(render(row, GPT2).n_supervised for row in ALL)
    assert train["supervised_tokens"] == EpisodeRows.open(made.path, "train", ROW).n_supervised
    assert train["supervised_by_role"]["turn_end"] == 2 * 2 + 4 + 1 + 4 + 2
    assert set(train["supervised_by_role"]) == {
        "replay", "assistant", "think", "cite", "toolcall", "turn_end",
    }  # fmt: skip
    assert made.manifest.licences == {"CC0-1.0": 3}
    assert load_tokenizer(made.path) == GPT2


def test_the_same_work_is_found_and_another_tokenizer_is_other_work(tmp_path: Path) -> None:
    source, section = episodes_of(tmp_path / "in", ALL), TokeniseSection(row_tokens=2 * ROW)
    first = tokenise(source, section, GPT2, tmp_path / "out")

    assert tokenise(source, section, GPT2, tmp_path / "out").digest == first.digest
    with pytest.raises(InputError, match="already holds"):
        tokenise(source, section, CharacterTokenizer("ab"), tmp_path / "out")


def test_a_long_episode_is_dropped_with_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    source = episodes_of(tmp_path / "in", [chat(1), long_chat(), Replay(text="a")])

    with caplog.at_level(logging.WARNING):
        made = tokenise(source, TokeniseSection(row_tokens=100), GPT2, tmp_path / "out")

    train = made.manifest.counts["train"]
    assert (train["episodes"], train["dropped"], train["split"]) == (1, 2, 0)
    assert "2 were dropped and 0 split" in caplog.text


def test_a_long_episode_is_split_when_asked_for(tmp_path: Path) -> None:
    source = episodes_of(tmp_path / "in", [long_chat(), Replay(text="word " * 200), chat(1)])

    made = tokenise(source, TokeniseSection(row_tokens=100, on_long="split"), GPT2, tmp_path / "out")

    train = made.manifest.counts["train"]
    assert (train["episodes"], train["dropped"], train["split"]) == (3, 1, 1)


@settings(max_examples=15, deadline=None)
@given(episodes(), st.integers(20, 400))
def test_pieces_fit_keep_the_system_text_and_hold_whole_turns(row: Episode, row_tokens: int) -> None:
    pieces = split_at_turns(row, row_tokens, GPT2)

    for piece in pieces:
        assert len(render(piece, GPT2).ids) - 1 <= row_tokens
        assert piece.system == row.system
        assert piece.messages[0].role == "user"
        assert piece.is_complete
    kept = [message for piece in pieces for message in piece.messages]
    assert all(message in row.messages for message in kept)


def test_pieces_are_as_few_as_fit() -> None:
    pieces = split_at_turns(long_chat(), 100, GPT2)

    assert [len(piece.messages) // 2 for piece in pieces] == [3, 2]
    assert [message for piece in pieces for message in piece.messages] == list(long_chat().messages)


def test_a_piece_that_cites_what_it_does_not_show_is_left_out() -> None:
    shown = UserMessage(content="Q " * 20, context=(Passage(id="p", text="P"),))
    cited = AssistantMessage(content="A", cite=("p",))
    row = episode(shown, AssistantMessage(content="A"), UserMessage(content="Q " * 20), cited)

    assert [piece.messages for piece in split_at_turns(row, 45, GPT2)] == [row.messages[:2]]


def test_a_turn_that_is_too_long_alone_is_left_out() -> None:
    row = episode(
        UserMessage(content="a"), AssistantMessage(content="b"),
        UserMessage(content="long " * 100), AssistantMessage(content="b"),
        UserMessage(content="c"), AssistantMessage(content="d"),
    )  # fmt: skip

    assert [piece.messages for piece in split_at_turns(row, 40, GPT2)] == [row.messages[:2], row.messages[4:]]


def test_only_episodes_alike_in_a_field_share_a_row(tmp_path: Path) -> None:
    source = episodes_of(tmp_path / "in", [chat(number) for number in range(6)])
    section = TokeniseSection(row_tokens=ROW, group_by="meta.operator")

    rows = EpisodeRows.open(tokenise(source, section, GPT2, tmp_path / "out").path, "train", ROW)

    assert [rows.episodes_of(row).tolist() for row in range(rows.n_rows)] == [[0, 2, 4], [1, 3, 5]]


def test_without_the_weighted_mask_the_rows_fall_back_to_the_plain_one(tmp_path: Path) -> None:
    source = episodes_of(tmp_path / "in", [tool_episode()])
    made = tokenise(source, TokeniseSection(weighted_mask=False), GPT2, tmp_path / "out")

    weights = EpisodeRows.open(made.path, "train", 1024).batch(np.array([0])).weights

    assert set(weights.ravel().tolist()) == {0.0, 1.0}


def test_a_vocabulary_that_needs_it_gets_wider_ids(tmp_path: Path) -> None:
    tokenizer = CharacterTokenizer("".join(map(chr, range(0x10000, 0x20000))))

    made = tokenise(episodes_of(tmp_path / "in", [chat(1)]), TokeniseSection(), tokenizer, tmp_path / "out")

    assert made.manifest.counts["dtype"] == "uint32"
    assert EpisodeRows.open(made.path, "train", 1024).tokens.max() > 2**16


@pytest.mark.parametrize(
    ("line", "message"),
    [("{", "train.jsonl:2: not JSON"), ('{"messages": []}', "train.jsonl:2: not an episode")],
)
def test_a_line_that_is_no_episode_is_named_and_nothing_is_left(
    tmp_path: Path, line: str, message: str
) -> None:
    source = episodes_of(tmp_path / "in", [chat(1)])
    with (source.path / "train.jsonl").open("a") as file:
        file.write(line + "\n")

    with pytest.raises(InputError, match=message):
        tokenise(source, TokeniseSection(), GPT2, tmp_path / "out" / "data")

    assert list((tmp_path / "out").iterdir()) == []


def test_a_run_that_is_stopped_leaves_nothing_and_can_be_done_again(tmp_path: Path) -> None:
    source = episodes_of(tmp_path / "in", ALL, val=[chat(3)])
    seen: list[tuple[int, int]] = []

    def stop(done: int, total: int) -> None:
        seen.append((done, total))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tokenise(source, TokeniseSection(), GPT2, tmp_path / "out" / "data", progress=stop)

    assert seen == [(len(ALL), len(ALL) + 1)]
    assert list((tmp_path / "out").iterdir()) == []
    assert (
        tokenise(source, TokeniseSection(), GPT2, tmp_path / "out" / "data").manifest.counts["val"]["rows"]
        == 1
    )


def test_nothing_to_learn_is_an_error(tmp_path: Path) -> None:
    source = episodes_of(tmp_path / "in", [long_chat()])

    with pytest.raises(InputError, match="holds nothing to learn"):
        tokenise(source, TokeniseSection(row_tokens=10), GPT2, tmp_path / "out")
