"""Each thing that must not be in a dataset is found, and nothing is found in what the renderer makes."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mypt.conversation.bulk_render import render_many
from mypt.conversation.episode import AssistantMessage, Episode, Replay
from mypt.conversation.special_tokens import Tag, get_special_token_ids
from mypt.errors import ManifestMismatch
from mypt.sft.check import Arrays, check, find_problems
from mypt.sft.phases import known_tags
from mypt.sft.tokenise import TokeniseSection, tokenise
from mypt.tokenizer.character import CharacterTokenizer
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe
from tests.conversation.strategies import episodes, texts
from tests.sft.episode_sets import ALL, chat, episode, episodes_of, tool_episode

TOKENIZER = CharacterTokenizer.from_texts(["abc"])
BASE = TOKENIZER.base_vocab_size
IDS = dict(zip(Tag, get_special_token_ids(BASE).values(), strict=True))
CUT = "turn that is cut: no end of turn at the end of its episode"
REPLAYS = st.builds(Replay, text=texts().filter(lambda text: len(text) > 1))
ODD = "tag or text where the grammar has none"


def arrays_of(rows: list[Episode | Replay]) -> Arrays:
    """What the writer would put on disk."""
    many = render_many(rows, TOKENIZER)
    mask, weights = many.mask.copy(), many.weights.copy()
    mask[many.starts[:-1]] = weights[many.starts[:-1]] = 0
    return Arrays(many.ids, weights, mask, many.starts[:-1])


def problems(arrays: Arrays, phase: int | None = None) -> set[str]:
    allowed = None if phase is None else known_tags(phase)
    return {name for name, marks in find_problems(arrays, BASE, allowed).items() if marks.any()}


def with_weight(arrays: Arrays, places: np.ndarray, weight: float) -> Arrays:
    weights = arrays.weights.astype(np.float32)
    weights[places] = weight
    return replace(arrays, weights=weights, mask=(weights > 0).astype(np.uint8))


def place_of(arrays: Arrays, tag: Tag, number: int = 0) -> np.ndarray:
    return np.flatnonzero(arrays.ids == IDS[tag])[[number]]


def without(arrays: Arrays, places: np.ndarray) -> Arrays:
    """Take tokens of the last episode out."""
    parts = (np.delete(values, places) for values in (arrays.ids, arrays.weights, arrays.mask))
    ids, weights, mask = parts
    return Arrays(ids, weights, mask, arrays.starts)


@settings(max_examples=12, deadline=None)
@given(
    st.lists(
        episodes() | st.builds(Replay, text=texts().filter(lambda text: len(text) > 1)),
        min_size=1,
        max_size=4,
    )
)
def test_nothing_is_found_in_what_the_renderer_makes(rows: list[Episode | Replay]) -> None:
    assert problems(arrays_of(rows)) == set()


@pytest.mark.parametrize("learn", [True, False])
def test_a_call_may_be_shown_without_being_learned(learn: bool) -> None:  # noqa: FBT001
    assert problems(arrays_of([tool_episode(learn=learn)]), phase=6) == set()


@pytest.mark.parametrize(
    ("tag", "role"),
    [
        (Tag.SYSTEM_CLOSE, "system"),
        (Tag.USER_CLOSE, "user"),
        (Tag.USER_CONTEXT_OPEN, "user_context"),
        (Tag.ASSISTANT_CONTEXT_CLOSE, "assistant_context"),
        (Tag.TOOLRESULT_OPEN, "toolresult"),
    ],
)
@pytest.mark.parametrize("offset", [0, 1])
def test_what_the_model_does_not_write_is_never_supervised(tag: Tag, role: str, offset: int) -> None:
    arrays = arrays_of([tool_episode()])
    place = place_of(arrays, tag) + (-offset if tag.value.startswith("</") else offset)

    found = problems(with_weight(arrays, place, 1.0))

    assert found == {f"supervised token of {role}"}


@pytest.mark.parametrize("tag", [Tag.END_OF_TURN, Tag.ASSISTANT_CLOSE])
@pytest.mark.parametrize("number", [0, -1])
def test_the_end_of_every_turn_is_supervised(tag: Tag, number: int) -> None:
    arrays = arrays_of([chat(1), tool_episode(), chat(2)])
    places = np.flatnonzero(arrays.ids == IDS[tag])[number]

    assert problems(with_weight(arrays, places, 0.0)) == {"unsupervised turn end"}


def test_a_call_that_is_learned_in_part_is_found() -> None:
    arrays = arrays_of([tool_episode(learn=False)])

    learned = with_weight(arrays, place_of(arrays, Tag.TOOLCALL_OPEN), 2.0)

    assert problems(learned) == {"unsupervised token of the model", "unsupervised turn end"}


def test_an_answer_that_is_not_learned_is_found_unlike_a_call() -> None:
    arrays = arrays_of([chat(1)])
    answer = np.arange(int(place_of(arrays, Tag.ASSISTANT_OPEN)[0]) + 1, len(arrays.ids))

    assert problems(with_weight(arrays, answer, 0.0)) == {
        "episode with nothing to learn", "unsupervised turn end", "unsupervised token of the model",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("break_it", "problem"),
    [
        (lambda a: without(a, place_of(a, Tag.END_OF_TURN, -1)), {CUT}),
        (lambda a: without(a, np.arange(len(a.ids) - 3, len(a.ids))), {CUT}),
        (lambda a: without(a, place_of(a, Tag.USER_CLOSE)), {ODD}),
        (lambda a: without(a, place_of(a, Tag.END_OF_TURN)), {ODD}),
        (lambda a: without(a, place_of(a, Tag.TOOLCALL_CLOSE)), {ODD}),
        (lambda a: without(a, np.array([0])), {ODD}),
        (lambda a: without(a, place_of(a, Tag.USER_OPEN) + 1), {ODD}),
    ],
    ids=["no end", "cut text", "open user", "no end inside", "open call", "cut head", "no context"],
)
def test_a_turn_that_is_not_whole_is_found(break_it: Callable[[Arrays], Arrays], problem: set[str]) -> None:
    assert problem <= problems(break_it(arrays_of([tool_episode()])))


def test_a_tool_result_follows_calls_alone() -> None:
    arrays = arrays_of([tool_episode()])
    call = slice(
        int(place_of(arrays, Tag.TOOLCALL_OPEN)[0]), int(place_of(arrays, Tag.TOOLCALL_CLOSE)[0]) + 1
    )
    ids, weights = arrays.ids.copy(), arrays.weights.astype(np.float32)
    ids[call], weights[call] = 5, 1.0

    assert ODD in problems(Arrays(ids, weights, arrays.mask, arrays.starts))


@pytest.mark.parametrize(("phase", "is_known"), [(1, False), (4, False), (5, True)])
def test_a_tag_is_unknown_before_its_phase(phase: int, is_known: bool) -> None:  # noqa: FBT001
    found = problems(arrays_of([chat(1), tool_episode()]), phase)

    assert found == (set() if is_known else {"tag that the phase does not know"})


@pytest.mark.parametrize("token", [BASE - 1, BASE + 19, 65_000])
def test_an_id_that_no_token_has_is_found(token: int) -> None:
    arrays = arrays_of([chat(1)])
    ids = arrays.ids.copy()
    ids[place_of(arrays, Tag.USER_OPEN) + 1] = token

    assert problems(replace(arrays, ids=ids)) == {"id that no token has"}


def test_first_tokens_other_weights_and_another_mask_are_found() -> None:
    arrays = arrays_of([chat(1), Replay(text="raw")])

    assert "first token of an episode with weight" in problems(with_weight(arrays, arrays.starts, 1.0))
    heavy = with_weight(arrays, place_of(arrays, Tag.END_OF_TURN), 1.5)
    assert problems(heavy) == {"weight that is not the protocol's"}
    assert problems(replace(arrays, mask=np.ones_like(arrays.mask))) == {"mask and weight that disagree"}


def dataset(folder: Path, rows: Sequence[Episode | Replay], *, weighted: bool = True) -> Path:
    section = TokeniseSection(row_tokens=200, weighted_mask=weighted)
    return tokenise(episodes_of(folder / "episodes", rows), section, Gpt2Bpe(), folder / "data").path


@pytest.mark.parametrize("weighted", [True, False])
def test_a_whole_dataset_is_found_in_order(tmp_path: Path, weighted: bool) -> None:  # noqa: FBT001
    assert check(dataset(tmp_path, ALL, weighted=weighted), phase=6) == []


def test_findings_say_where_and_how_often_across_chunks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mypt.sft.check._CHUNK", 40)
    folder = dataset(tmp_path, [chat(number) for number in range(10)])
    starts, lengths = np.fromfile(folder / "train" / "episodes.idx", "<i8").reshape(-1, 2).T
    for name, dtype in (("mask.bin", "u1"), ("mask_weighted.bin", "<f4")):
        values = np.fromfile(folder / "train" / name, dtype)
        values[starts[7] + lengths[7] - 1] = 0
        values.tofile(folder / "train" / name)

    (finding,) = check(folder)

    assert finding.examples == ((7, int(lengths[7]) - 1),)
    assert str(finding).startswith("train: unsupervised turn end: 1 times, first in episode 7 position")


def test_calls_of_which_none_is_learned_are_found(tmp_path: Path) -> None:
    whole = tool_episode(learn=False)
    folder = dataset(tmp_path, [episode(*whole.messages[:4], AssistantMessage(content="A"))])

    assert [finding.problem for finding in check(folder)] == [
        "tool call, and none in the whole split is learned"
    ]


def test_a_mask_of_another_size_is_refused(tmp_path: Path) -> None:
    folder = dataset(tmp_path, [chat(1)])
    (folder / "train" / "mask.bin").write_bytes(b"\1")

    with pytest.raises(ManifestMismatch, match="1 values for"):
        check(folder)
