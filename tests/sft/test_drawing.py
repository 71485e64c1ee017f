"""Draws by split, and the stream of episodes."""

from collections import Counter
from random import Random

import pytest

from mypt.conversation.episode import Passage
from mypt.conversation.render import render
from mypt.errors import InputError
from mypt.sft.drawing import Dialogue, Draw, EpisodeStream, Language, Turn, capitalised
from mypt.sft.generator import GeneratorSettings, Split
from mypt.sft.phrase_lists import phrase_lists, read_table
from mypt.tokenizer.character import CharacterTokenizer
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe

TOKENIZER = Gpt2Bpe()
SPLITS: tuple[Split, Split] = ("train", "val")


def draws(seed: int, language: Language, split: Split, think_omit_ratio: float = 0.0) -> Draw:
    return Draw(Random(seed), language, split, think_omit_ratio)  # noqa: S311


def counted(draw: Draw) -> Dialogue:
    number = str(draw.random.randrange(30))
    return Dialogue([Turn(f"Say {number}.", number)], number)


def long(draw: Draw) -> Dialogue:
    text = " ".join(draw.words(draw.random.randint(2, 60)))
    return Dialogue(
        [Turn(text, "Yes.", "So it is.", (Passage(id="a#1", text="Tea."),), ("a#1",), "Note.")], text
    )


def stream(**values: object) -> EpisodeStream:
    settings = GeneratorSettings.model_validate({"generator": "x", "count": 10, "val_count": 2, **values})
    return EpisodeStream(settings, TOKENIZER, "x", 3, {"counted": (1.0, counted), "long": (0.0, long)})


@pytest.mark.parametrize("table", ["words", "names", "topics"])
def test_each_row_of_a_table_belongs_to_one_split(table: str) -> None:
    drawn: dict[Split, set[str]] = {}
    for split in SPLITS:
        draw = draws(1, "en", split)
        drawn[split] = {str(draw.item(table)) for _ in range(3000)}

    everything = read_table("everyday")
    assert isinstance(everything, dict)
    rows = everything[table]
    assert isinstance(rows, list)
    assert drawn["train"] | drawn["val"] == {str(row) for row in rows}
    assert not drawn["train"] & drawn["val"]


def test_phrases_of_one_split_are_never_drawn_in_the_other() -> None:
    drawn: dict[Split, set[str]] = {}
    for split in SPLITS:
        draw = draws(1, "de", split)
        drawn[split] = {draw.phrase("multiply", first=2, second=3) for _ in range(200)}

    assert len(drawn["train"]) == len(phrase_lists("everyday_tasks")["multiply_train"]["de"])
    assert not drawn["train"] & drawn["val"]


def test_the_phrases_that_were_used_are_known() -> None:
    draw = draws(1, "en", "train")

    draw.phrase("multiply", first=2, second=3)
    draw.phrase("multiply_answer", result=6)

    assert [template.rsplit("-", 1)[0] for template in draw.templates] == ["multiply_train-en"]


def test_the_other_language_goes_on_with_the_same_choices() -> None:
    draw = draws(1, "en", "train")

    assert draw.other_language().language == "de"
    assert draw.other_language().random is draw.random


def test_thoughts_are_left_out_in_their_share() -> None:
    draw = draws(1, "en", "train", think_omit_ratio=0.25)

    kept = Counter(draw.thoughts("So.") for _ in range(4000))

    assert kept[None] == pytest.approx(1000, abs=100)


def test_a_text_is_capitalised_at_its_start_alone() -> None:
    assert capitalised("über New York") == "Über New York"
    assert capitalised("") == ""


def test_payloads_are_in_one_split_and_differ() -> None:
    payloads = {split: [episode.meta["payload"] for episode in stream().episodes(split)] for split in SPLITS}

    assert len(set(payloads["train"])) == 10
    assert not set(payloads["train"]) & set(payloads["val"])


def test_more_episodes_than_there_are_is_an_error() -> None:
    with pytest.raises(InputError, match="no new one"):
        list(stream(count=31).episodes("train"))


def test_a_longer_stream_begins_like_a_shorter_one() -> None:
    short = list(stream(count=5).episodes("train"))

    assert list(stream(count=10).episodes("train"))[:5] == short


@pytest.mark.parametrize("max_tokens", [60, 100, 1024])
def test_episodes_fit(max_tokens: int) -> None:
    episodes = stream(count=60, patterns={"long": 1}, max_tokens=max_tokens).episodes("train")

    lengths = [len(render(episode, TOKENIZER).ids) for episode in episodes]

    assert max(lengths) <= max_tokens
    assert max(lengths) > min(max_tokens, 100) * 0.8


def test_no_tokenizer_has_more_tokens_than_were_allowed_for() -> None:
    tokenizer = CharacterTokenizer("")
    settings = GeneratorSettings(generator="x", count=60, patterns={"long": 1}, max_tokens=420)

    episodes = EpisodeStream(settings, tokenizer, "x", 3, {"long": (1.0, long)}).episodes("train")

    assert max(len(render(episode, tokenizer).ids) for episode in episodes) <= 420


@pytest.mark.parametrize("share", [0.0, 0.25, 0.4, 1.0])
def test_each_beginning_has_the_german_share(share: float) -> None:
    languages = [episode.language for episode in stream(count=20, de_share=share).episodes("train")]

    for n in range(21):
        assert languages[:n].count("de") == int(n * share + 1e-9)


def test_an_unknown_pattern_is_named() -> None:
    with pytest.raises(InputError, match="countd"):
        list(stream(patterns={"countd": 1}).episodes("train"))
