"""What RAG episodes ask, of documents that are made up."""

from itertools import islice
from random import Random

import pytest

from mypt.sft.generators.rag_passages import distractors, made_up

LANGUAGES = ("en", "de")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_topic_is_told_by_its_passage(language: str) -> None:
    for asked in islice(made_up(language, 0), 500):
        topic, text = asked.topic, asked.source.passage.text
        assert topic.sentence in text
        assert topic.value in topic.sentence
        assert all(topic.value in statement for statement in topic.statements)
        assert topic in asked.source.topics


@pytest.mark.parametrize("language", LANGUAGES)
def test_passages_beside_it_do_not_tell_it(language: str) -> None:
    rng = Random(0)  # noqa: S311
    for asked in islice(made_up(language, 1), 300):
        others = distractors(asked, 3, rng)
        assert len({other.passage.id for other in [asked.source, *others]}) == 4
        for other in others:
            assert asked.topic.sentence not in other.passage.text
            assert asked.topic.topic not in {topic.topic for topic in other.topics}


def test_some_passages_beside_it_are_of_the_same_document_or_of_its_kind() -> None:
    rng = Random(0)  # noqa: S311
    n_own = n_rivals = 0
    for asked in islice(made_up("en", 2), 300):
        others = distractors(asked, 2, rng)
        n_own += any(other.document == asked.source.document for other in others)
        attribute = asked.topic.topic.removesuffix(asked.source.document)
        n_rivals += any(attribute in topic.topic for other in others for topic in other.topics)
    assert 100 < n_own < 200
    assert n_rivals > 100


def test_no_topic_comes_twice() -> None:
    topics = [asked.topic.topic + asked.topic.value for asked in islice(made_up("de", 3), 3_000)]

    assert len(set(topics)) > 0.999 * len(topics)


def test_ids_look_like_those_of_a_workspace() -> None:
    for asked in islice(made_up("en", 0), 50):
        document, _, number = asked.source.passage.id.partition("-")
        assert document[0] == "d"
        assert len(document) == 13
        assert int(number) >= 1
