"""How RAG episodes are worded."""

from random import Random

import pytest

from mypt.conversation.episode import AssistantMessage, Passage
from mypt.sft.generators.rag_passages import Asked, Source, Topic
from mypt.sft.generators.rag_writer import TooShort, Writer

SENTENCE = "The gate opens at 06:10."


def _topic(value: str = "06:10") -> Topic:
    return Topic(
        "the opening time", ("When does it open?",), value, SENTENCE, ("It opens at 06:10.",), "gate"
    )


def _source(name: str, text: str, *topics: Topic) -> Source:
    return Source(Passage(id=name, text=text), name, lambda: topics)


def _writer(seed: int, *, topic: Topic | None = None, others: int = 3) -> Writer:
    writer = Writer("en", "train", 0.0, Random(seed))  # noqa: S311
    topic = topic or _topic()
    beside = [_source(f"d{number}-1", f"Text {number}.") for number in range(others)]
    asked = Asked(topic, _source("da-1", SENTENCE, topic), lambda _rng: iter(beside))
    writer.begin(asked, 3)
    return writer


def test_a_value_that_is_a_whole_sentence_is_quoted() -> None:
    for seed in range(20):
        (episode,) = _writer(seed, topic=_topic(SENTENCE)).write("extraction", 0, "")
        assert str(episode.meta["template"]).startswith("quote")
        assert episode.messages[-1] == AssistantMessage(content=SENTENCE, cite=("da-1",))


def test_with_one_topic_there_is_no_second_turn() -> None:
    with pytest.raises(TooShort):
        _writer(0).write("multiturn", 0, "")


def test_with_no_passage_in_its_place_there_is_no_pair() -> None:
    with pytest.raises(TooShort):
        _writer(0, others=0).write("insufficient_context", 0, "t")


def test_twins_show_the_same_passages_but_for_the_one_that_answers() -> None:
    writer = next(writer for writer in map(_writer, range(50)) if writer.n_others == 2)

    answered, refused = (episode.messages[0] for episode in writer.write("insufficient_context", 2, "t"))

    assert answered.role == refused.role == "user"
    ids = [passage.id for passage in answered.context]
    assert [passage.id for passage in refused.context] == ["d2-1" if name == "da-1" else name for name in ids]


def test_a_topic_that_another_passage_tells_too_is_no_second_one() -> None:
    second = Topic("the noise", ("How loud?",), "90", "Noise is 90.", ("Noise is 90.",), "noise")
    beside = [
        _source("d0-1", "Noise is 90.", second),
        _source("d1-1", "Noise is 95."),
        _source("d2-1", "Hm."),
    ]
    asked = Asked(_topic(), _source("da-1", SENTENCE, _topic()), lambda _rng: iter(beside))
    writer = Writer("en", "train", 0.0, Random(1))  # noqa: S311
    while writer.n_others != 2:
        writer.begin(asked, 3)

    (episode,) = writer.write("multiturn", 1, "")
    with pytest.raises(TooShort):
        writer.write("multiturn", 2, "")

    answer = episode.messages[-1]
    assert isinstance(answer, AssistantMessage)
    assert answer.cite == ("d0-1",)
