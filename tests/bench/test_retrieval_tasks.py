"""Each question of a task has its one right passage."""

from mypt.bench.retrieval_sources import Half, Pair
from mypt.bench.retrieval_tasks import parallel_tasks, shipped_tasks


def pair(key: str, question: str = "") -> Pair:
    return Pair(
        key, Half(question or f"frage {key}", f"text {key}"), Half(question or f"ask {key}", f"body {key}")
    )


PAIRS = [pair(str(number)) for number in range(30)]


def test_there_is_a_task_for_each_direction() -> None:
    tasks = parallel_tasks("packages", PAIRS, 5, 20)

    assert [task.name for task in tasks] == [f"packages {d}" for d in ("en-en", "de-de", "de-en", "en-de")]
    german_to_english = tasks[2]
    assert len(german_to_english.passages) == 20
    assert len(german_to_english.questions) == 5
    for question, right in zip(german_to_english.questions, german_to_english.right, strict=True):
        assert german_to_english.passages[right] == question.replace("frage", "body")


def test_the_choice_depends_on_keys_alone() -> None:
    assert parallel_tasks("x", PAIRS, 5, 20) == parallel_tasks("x", PAIRS[::-1], 5, 20)


def test_a_question_that_two_pairs_ask_is_not_asked() -> None:
    tasks = parallel_tasks("x", [pair("a", "same"), pair("b", "same"), pair("c")], 10, 10)

    assert [len(task.questions) for task in tasks] == [1] * 4
    assert all(len(task.passages) == 3 for task in tasks)


def test_what_is_shipped_stands_among_other_passages() -> None:
    tasks = {task.name: task for task in shipped_tasks({"en": ["other"], "de": ["anderes", "mehr"]})}

    paraphrases = {f"paraphrase {direction}" for direction in ("en-en", "de-de", "de-en", "en-de")}
    assert set(tasks) == paraphrases | {"identifier en-en", "identifier de-de"}
    assert tasks["paraphrase en-de"].passages[-2:] == ("anderes", "mehr")
    assert len(tasks["paraphrase de-en"].questions) == 40
    for task in tasks.values():
        assert len(task.questions) == len(task.right) == len(set(task.questions))
        assert len(set(task.passages)) == len(task.passages)
        assert max(task.right) < len(task.passages)


def test_paraphrases_share_few_words_with_their_passages() -> None:
    for task in shipped_tasks({}):
        if not task.name.startswith("paraphrase"):
            continue
        for question, right in zip(task.questions, task.right, strict=True):
            words = {word for word in question.lower().strip("?").split() if len(word) > 5}
            assert len(words & set(task.passages[right].lower().split())) <= 1, question
