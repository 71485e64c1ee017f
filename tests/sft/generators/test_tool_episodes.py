"""Episodes of both tool phases: live results, citations, weights and shares, the same bytes each time."""

from collections import Counter
from pathlib import Path

import pytest

from mypt.agent.config import ToolSettings
from mypt.agent.retrieved import retrieved_passages
from mypt.agent.system_prompt import tool_system_prompt
from mypt.agent.tool import error_result
from mypt.agent.toolbox import Toolbox
from mypt.conversation.episode import AssistantMessage, Episode, parse_row
from mypt.conversation.render import render
from mypt.errors import InputError, MyptError
from mypt.evaluation.live_workspace import open_documents
from mypt.sft.generators.tool_recovery import FAILURES
from tests.sft.generators.tool_plays import ROOM, TOKENIZER, calls_of, maker, results_of, some_episodes

both = pytest.mark.parametrize("phase", [5, 6])


@both
def test_each_is_an_episode_to_learn_from_and_fits(phase: int) -> None:
    for episode in some_episodes(phase):
        parse_row(episode.model_dump(mode="json"), "here")  # refuses an open turn, and a cite never shown
        assert episode.phase == phase
        assert len(render(episode, TOKENIZER).ids) <= 1024


@both
def test_all_that_is_cited_was_shown_as_a_passage(phase: int) -> None:
    cited = [
        (name, retrieved_passages(episode))
        for episode in some_episodes(phase)
        for message in episode.messages
        if isinstance(message, AssistantMessage)
        for name in message.cite
    ]

    assert cited
    assert all(name in shown for name, shown in cited)


@both
def test_only_the_wrong_call_of_a_contrast_is_not_learned(phase: int) -> None:
    for episode in some_episodes(phase):
        not_learned = [call for call in calls_of(episode.messages) if not call.learn]
        assert len(not_learned) == (episode.meta["pattern"] == "contrastive")


@both
def test_without_a_tool_there_is_no_call(phase: int) -> None:
    episodes = some_episodes(phase)

    assert any(episode.meta["pattern"] == "no_tool" for episode in episodes)
    for episode in episodes:
        assert bool(calls_of(episode.messages)) == (episode.meta["pattern"] != "no_tool")


@both
def test_the_system_text_is_that_of_the_tools(phase: int) -> None:
    specs = Toolbox(ToolSettings()).specs

    for episode in some_episodes(phase):
        assert episode.system == tool_system_prompt(specs, episode.language)


def test_each_result_is_what_the_live_tool_returns_when_it_is_asked_again(tmp_path: Path) -> None:
    episodes = list(maker(6, 16, de_share=0.0).episodes("train", tmp_path))
    place, toolbox = tmp_path / "train-en-0", Toolbox(ToolSettings())
    view = open_documents(place / "documents", place / "again")
    n_results = 0

    for episode in episodes:
        for call, result in zip(calls_of(episode.messages), results_of(episode.messages), strict=True):
            if any(reason in str(result.content) for reason in FAILURES):
                continue
            try:
                live = toolbox.run(call.name, call.arguments, view, room=ROOM, seconds=20)
            except MyptError as told:
                live = error_result(told)
            assert result.content == live
            n_results += 1
    assert n_results > 16


@both
def test_the_same_seed_gives_the_same_bytes_in_any_folder_and_however_many(
    phase: int, tmp_path: Path
) -> None:
    again = maker(phase, 6, de_share=0.5).episodes("train", tmp_path)

    assert [_bytes(one) for one in again] == [_bytes(one) for one in some_episodes(phase)[:6]]


def test_another_seed_gives_other_episodes() -> None:
    others = {_bytes(one) for one in maker(5, 8, de_share=0.5, seed=8).episodes("train")}

    assert not others & {_bytes(one) for one in some_episodes(5)}


def test_german_episodes_have_their_share() -> None:
    assert Counter(one.language for one in some_episodes(6))["de"] == len(some_episodes(6)) / 2
    assert [one.language for one in maker(5, 8, de_share=0.25).episodes("val")].count("de") == 2


def test_thoughts_are_left_out_as_often_as_asked() -> None:
    called = [one for one in some_episodes(6) if calls_of(one.messages)]
    quiet = list(maker(6, 6, think_omit_ratio=1.0, de_share=0.0).episodes("train"))

    assert 0.05 < sum(calls_of(one.messages)[-1].think is None for one in called) / len(called) < 0.3
    assert not any("think" in _bytes(one).replace('"think":null', "") for one in quiet)


def test_weights_keep_the_share_of_contrasts() -> None:
    weights = maker(5, 1, contrastive_share=0.08).weights

    assert weights["contrastive"] == pytest.approx(0.08)
    assert weights["no_tool"] == pytest.approx(0.20)
    assert sum(weights.values()) == pytest.approx(1.0)
    assert maker(6, 1).weights["search_get_doc"] == pytest.approx(0.35 * 0.92)


def test_patterns_can_be_chosen() -> None:
    episodes = list(maker(5, 6, patterns={"list_docs": 1}, de_share=0.0).episodes("train"))

    assert {episode.meta["pattern"] for episode in episodes} == {"list_docs"}
    with pytest.raises(InputError, match="no pattern 'listdocs'"):
        maker(5, 1, patterns={"listdocs": 1}).weights  # noqa: B018


def test_what_never_fits_is_refused() -> None:
    with pytest.raises(InputError, match="comes of these documents"):
        next(iter(maker(5, 1, max_tokens=40, patterns={"no_tool": 1}).episodes("train")))


def test_documents_and_questions_of_the_splits_are_apart() -> None:
    train, val = some_episodes(5), some_episodes(5, "val")

    assert not {str(one.meta["template"]) for one in train} & {str(one.meta["template"]) for one in val}
    assert not _documents(train) & _documents(val)


def _documents(episodes: tuple[Episode, ...]) -> set[str]:
    return {
        str(call.arguments["doc_id"])
        for episode in episodes
        for call in calls_of(episode.messages)
        if "doc_id" in call.arguments
    }


def _bytes(episode: Episode) -> str:
    return episode.model_dump_json()
