"""LexRank on small texts where the right answer is plain."""

from mypt.agent.centrality import central_sentences

STORY = [
    "The cat sat on the mat.",
    "Notice periods in employment law protect employees from sudden dismissal.",
    "Employment law sets notice periods for employees and employers.",
    "Employees have notice periods of two months under employment law.",
    "Bananas are yellow.",
]


def test_the_sentence_most_others_resemble_comes_first() -> None:
    assert central_sentences(STORY, 1)[0] in (1, 2, 3)


def test_a_sentence_that_says_the_same_again_is_left_out() -> None:
    twice = [STORY[2], STORY[2], STORY[3]]

    assert len({twice[number] for number in central_sentences(twice, 3)}) == len(central_sentences(twice, 3))


def test_nothing_of_nothing_and_no_sentence_without_words() -> None:
    assert central_sentences([], 3) == []
    assert central_sentences(["the of and", "..."], 3) == []
    assert central_sentences(["Only one sentence."], 3) == [0]


def test_a_long_text_is_bounded_and_the_same_each_time() -> None:
    long = [f"Sentence {number} is about topic {number % 7} and law." for number in range(2000)]

    assert central_sentences(long, 4) == central_sentences(long, 4)
    assert len(central_sentences(long, 4)) <= 4
