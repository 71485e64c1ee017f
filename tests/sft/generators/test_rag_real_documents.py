"""Topics of real documents: a workspace and a corpus."""

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from mypt.conversation.episode import AssistantMessage, UserMessage
from mypt.documents.document import Document
from mypt.errors import InputError
from mypt.sft.generator import GeneratorSettings, Split
from mypt.sft.generators.rag_chat import RagChat
from mypt.sft.generators.rag_passages import Asked, distractors
from mypt.sft.generators.rag_real_documents import RealDocuments
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe
from mypt.workspace.rows import OPERATOR
from mypt.workspace.workspace import Workspace
from tests.dataset.corpora import corpus_of

THINGS = ("harbour", "library", "orchard", "quarry", "railway", "foundry", "vineyard", "reservoir")
WORKERS = ("keepers", "clerks", "pickers", "masons", "drivers", "casters", "growers", "wardens")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    files = tmp_path_factory.mktemp("files")
    for number in range(60):
        thing, worker = THINGS[number % 8], WORKERS[number // 8]
        (files / f"{number}.txt").write_text(
            f"Every spring the people of the valley repair the old {thing} walls with lime and sand.\n\n"
            f"In summer the {thing} {worker} of the valley count what was stored and note it in a book.\n\n"
            f"Late visitors are shown around by the night {worker} of the {thing} until the gate is shut.\n"
        )
    path = tmp_path_factory.mktemp("made") / "workspace"
    with Workspace.create(path) as workspace:
        workspace.add([files], owner="someone")
    return path


@pytest.fixture(scope="module")
def documents(folder: Path) -> RealDocuments:
    return RealDocuments((folder,), seed=0)


def _english(documents: RealDocuments) -> Iterator[Asked]:
    return documents.asked("en", "train")


def test_passages_are_those_of_the_workspace(folder: Path, documents: RealDocuments) -> None:
    with Workspace.open(folder) as workspace:
        for asked in islice(_english(documents), 20):
            (row,) = workspace.passages([asked.source.passage.id], OPERATOR)
            assert row.text == asked.source.passage.text


def test_the_answer_is_the_one_sentence_with_the_term(documents: RealDocuments) -> None:
    for asked in islice(_english(documents), 50):
        (term,) = re.findall("“(.+)”", asked.topic.topic)
        assert term in asked.topic.sentence
        assert asked.topic.sentence in " ".join(asked.source.passage.text.split())
        assert asked.source.passage.text.casefold().count(asked.topic.trace) == 1


def test_no_passage_beside_it_holds_the_term(documents: RealDocuments) -> None:
    rng = Random(0)  # noqa: S311
    for asked in islice(_english(documents), 50):
        for other in distractors(asked, 3, rng):
            assert asked.topic.trace not in other.passage.text.casefold()


def test_documents_of_val_are_not_those_of_train(documents: RealDocuments) -> None:
    splits: list[set[str]] = []
    both: tuple[Split, ...] = ("train", "val")
    for split in both:
        found: set[str] = set()
        with pytest.raises(InputError, match="more are asked for"):
            found.update(asked.source.document for asked in documents.asked("en", split))
        splits.append({asked.source.document for asked in islice(documents.asked("en", split), 10)})
    assert splits[0]
    assert splits[1]
    assert not splits[0] & splits[1]


def test_episodes_are_made_of_them_and_cite_what_holds_the_answer(folder: Path) -> None:
    settings = GeneratorSettings(generator="rag_chat", count=60, de_share=0, documents=(str(folder),))
    for episode in RagChat(settings, Gpt2Bpe()).episodes("train"):
        question, answer = episode.messages[:2]
        assert isinstance(question, UserMessage)
        assert isinstance(answer, AssistantMessage)
        for name in answer.cite:
            text = next(passage.text for passage in question.context if passage.id == name)
            assert any(sentence in answer.content for sentence in re.split(r"\n+", text.strip()))


def test_a_language_that_is_not_there_is_an_error(folder: Path) -> None:
    settings = GeneratorSettings(generator="rag_chat", count=60, de_share=0.5, documents=(str(folder),))

    with pytest.raises(InputError, match="`de`"):
        list(RagChat(settings, Gpt2Bpe()).episodes("train"))


def test_passages_of_a_corpus_are_cut_and_named_as_in_a_workspace(tmp_path: Path) -> None:
    texts = [
        f"Gemeinsam verwalten die Dörfer ihre alte Wasserleitung und den {thing.capitalize()}.\n\n" * 2
        + f"Über den Unterhalt entscheidet die Versammlung {number} der Genossenschaft im Herbst.\n"
        for number, thing in enumerate(THINGS * 3)
    ]
    rows = [Document(f"x/{n}.txt", "", "CC0-1.0", "de", text, "general") for n, text in enumerate(texts)]
    corpus = corpus_of(tmp_path / "corpus", rows)

    asked = list(islice(RealDocuments((corpus.path,), 0).asked("de", "train"), 15))

    assert all(re.fullmatch(r"d[a-z2-7]{12}-\d+", one.source.passage.id) for one in asked)
    # The other sentence comes twice in each document.
    assert {one.topic.sentence.split()[0] for one in asked} == {"Über"}
    assert all("„Unterhalt“" in one.topic.topic for one in asked)
