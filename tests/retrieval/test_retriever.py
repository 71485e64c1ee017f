"""What a reader is shown is what a workspace of their own documents would show, to the last bit."""

import datetime
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jaxtyping import Float32

from mypt.errors import InputError
from mypt.retrieval import retriever as retriever_module
from mypt.retrieval.embedder import Embedder, Side
from mypt.retrieval.hashing_embedder import HashingEmbedder
from mypt.retrieval.hit import Hit
from mypt.retrieval.index import KEYWORD_NAME, build, fill_vectors
from mypt.retrieval.retriever import Retriever
from mypt.retrieval.settings import RetrievalSettings
from mypt.workspace.rows import OPERATOR, Filters, Reader
from mypt.workspace.workspace import Workspace
from tests.retrieval.workspaces import PAGE_END, add_text, add_texts, make_workspace

EMBEDDER = HashingEmbedder(32)
ANNA = Reader(frozenset({"anna"}))
TEXTS = {
    "en.txt": "The red house stands at the lake.",
    "de.txt": "Das rote Haus steht am See." + PAGE_END + "Im Garten wachsen Äpfel und Birnen.",
    "law.txt": "SR 220 regelt das Obligationenrecht." + PAGE_END + "SR 221 regelt etwas anderes.",
    "apt.txt": "apt install --no-install-recommends libfoo2-dev",
    "mail.txt": "Schreiben Sie eine E-Mail an die Verwaltung der Pakete.",
}


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with make_workspace(tmp_path) as workspace:
        add_texts(workspace, TEXTS)
        yield workspace


def titles(hits: Sequence[Hit]) -> list[str]:
    return [hit.title for hit in hits]


def seen(hits: Sequence[Hit]) -> list[tuple[str, float, dict[str, float]]]:
    return [(hit.passage.id, hit.score, dict(hit.parts)) for hit in hits]


class Counting:
    """Counts what it is asked for."""

    name = "counting"

    def __init__(self, n_dimensions: int = 32) -> None:
        self._embedder = HashingEmbedder(n_dimensions)
        self.n_dimensions = n_dimensions
        self.digest = self._embedder.digest
        self.questions: list[str] = []

    def embed(self, texts: Sequence[str], side: Side) -> Float32[np.ndarray, "texts dimensions"]:
        if side == "query":
            self.questions += texts
        return self._embedder.embed(texts, side)


def test_passages_are_found_by_words_alone(workspace: Workspace) -> None:
    hits = Retriever.open(workspace).search("Welche Häuser stehen am See?", OPERATOR)

    assert titles(hits) == ["de"]
    assert hits[0].passage.text.startswith("Das rote Haus")
    assert [hits[0].passage.text[start:end] for start, end in hits[0].matches] == ["Haus", "See"]
    assert set(hits[0].parts) == {"keyword", "coverage"}


def test_an_identifier_comes_before_its_near_twin(workspace: Workspace) -> None:
    build(workspace, [EMBEDDER])

    hits = Retriever.open(workspace, [EMBEDDER]).search("sr-221", OPERATOR)

    assert hits[0].passage.text.startswith("SR 221")
    assert hits[0].parts["coverage"] == 1.0


def test_every_passage_is_ranked_by_meaning(workspace: Workspace) -> None:
    build(workspace, [EMBEDDER])

    hits = Retriever.open(workspace, [EMBEDDER]).search("Gartenäpfel", OPERATOR)

    assert len(hits) == 7
    assert hits[0].passage.text.startswith("Im Garten")
    assert set(hits[0].parts) == {"hashing", "keyword", "coverage"}
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_a_question_is_embedded_once(workspace: Workspace) -> None:
    embedder = Counting()
    build(workspace, [embedder])
    retriever = Retriever.open(workspace, [embedder])

    for reader in (OPERATOR, ANNA, OPERATOR):
        retriever.search("Haus", reader)

    assert embedder.questions == ["Haus"]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from([f"{name}.txt" for name in "abcdefgh"]),
        st.tuples(
            st.lists(
                st.lists(
                    st.sampled_from(["haus", "see", "rot", "SR-220", "garten", "apfelbaum"]),
                    min_size=1,
                    max_size=5,
                ),
                min_size=1,
                max_size=3,
            ),
            st.sampled_from([(), ("anna",), ("everyone",), ("others", "team")]),
            st.sampled_from(["owner", "anna"]),
        ),
        min_size=1,
        max_size=6,
    ),
    st.lists(
        st.lists(
            st.sampled_from(["Haus", "Seen", "rote", "SR-220", "Gartenhaus", "apfelbaum", "fremd"]),
            min_size=1,
            max_size=4,
        ),
        min_size=1,
        max_size=3,
    ),
)
def test_results_and_scores_are_those_of_the_readers_own_documents(
    tmp_path_factory: pytest.TempPathFactory,
    documents: dict[str, tuple[list[list[str]], tuple[str, ...], str]],
    questions: list[list[str]],
) -> None:
    reader = Reader(frozenset({"anna", "team"}))
    folder = tmp_path_factory.mktemp("readers")
    with make_workspace(folder / "all") as everything, make_workspace(folder / "own") as own:
        for name, (pages, readers, owner) in documents.items():
            text = PAGE_END.join(" ".join(page) for page in pages)
            add_text(everything, name, text, readers, owner)
            if {"anna", "team", "everyone"} & {*readers, owner}:
                add_text(own, name, text, readers, owner)
        for each in (everything, own):
            build(each, [EMBEDDER])
        ours, theirs = Retriever.open(everything, [EMBEDDER]), Retriever.open(own, [EMBEDDER])

        for question in map(" ".join, questions):
            for filters in (Filters(), Filters(languages=("de", "unknown"))):
                hits = ours.search(question, reader, top_k=50, filters=filters)

                assert seen(hits) == seen(theirs.search(question, OPERATOR, top_k=50, filters=filters))


def test_a_reader_without_any_document_finds_nothing(tmp_path: Path) -> None:
    with make_workspace(tmp_path) as workspace:
        add_text(workspace, "secret.txt", "Das Geheimnis", readers=("anna",))
        build(workspace, [EMBEDDER])
        retriever = Retriever.open(workspace, [EMBEDDER])

        assert retriever.search("Geheimnis", Reader(frozenset({"bob"}))) == []
        assert len(retriever.search("Geheimnis", ANNA)) == 1


def test_a_word_of_a_forbidden_passage_is_an_unknown_word(workspace: Workspace) -> None:
    retriever = Retriever.open(workspace)
    before = seen(retriever.search("Haus Geheimnis", ANNA))

    add_text(workspace, "secret.txt", "Das Geheimnis im Haus", readers=("bob",))

    assert seen(retriever.search("Haus Geheimnis", ANNA)) == before


def test_filters_are_applied_before_anything_is_scored(workspace: Workspace) -> None:
    build(workspace, [EMBEDDER])
    retriever = Retriever.open(workspace, [EMBEDDER])
    law = next(document for document in workspace.documents(OPERATOR) if document.title == "law")

    hits = retriever.search("Haus am See", OPERATOR, filters=Filters(documents=(law.id,)))

    assert {hit.passage.document_id for hit in hits} == {law.id}
    assert [hit.score for hit in hits] == [1.0, -1.0]  # two passages alone: one deviation above, one below
    assert retriever.search("Haus", OPERATOR, filters=Filters(formats=("pdf",))) == []
    assert retriever.search("Haus", OPERATOR, filters=Filters(modified_to=datetime.date(1999, 1, 1))) == []


def test_a_document_has_at_most_the_hits_that_are_set(workspace: Workspace) -> None:
    build(workspace, [EMBEDDER])
    retriever = Retriever.open(workspace, [EMBEDDER], RetrievalSettings(hits_per_document=1))

    found = titles(retriever.search("SR regelt", OPERATOR, top_k=5))

    assert sorted(found) == ["apt", "de", "en", "law", "mail"]
    assert len(retriever.search("SR regelt", OPERATOR, top_k=2)) == 2


def test_deleted_and_added_documents_show_at_once(workspace: Workspace) -> None:
    retriever = Retriever.open(workspace)
    digest = retriever.digest
    (hit,) = retriever.search("Obligationenrecht", OPERATOR)

    workspace.remove(hit.passage.document_id)
    add_text(workspace, "new.txt", "Das neue Obligationenrecht")

    assert titles(retriever.search("Obligationenrecht", OPERATOR)) == ["new"]
    assert retriever.digest != digest


def test_a_permission_that_is_taken_away_holds_at_once(workspace: Workspace) -> None:
    retriever = Retriever.open(workspace)
    (hit,) = retriever.search("Obligationenrecht", ANNA)

    workspace.set_readers(hit.passage.document_id, ["bob"])

    assert retriever.search("Obligationenrecht", ANNA) == []


def test_an_embedder_that_catches_up_takes_part_for_what_it_has(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    retriever = Retriever.open(workspace, [EMBEDDER])
    by_words = retriever.search("Haus", OPERATOR)
    half = [passage.row.id for passage in workspace.missing_vectors(EMBEDDER.digest, 4)]
    vectors = EMBEDDER.embed(half, "passage").astype("<f2")
    workspace.store_vectors(EMBEDDER.digest, [(i, v.tobytes()) for i, v in zip(half, vectors, strict=True)])
    monkeypatch.setattr(retriever_module, "_CATCHING_UP_SECONDS", 0.0)

    hits = retriever.search("Haus", OPERATOR)

    assert titles(by_words) == ["de"]
    assert len(hits) == 7
    assert sorted("hashing" in hit.parts for hit in hits) == [False] * 3 + [True] * 4
    fill_vectors(workspace, EMBEDDER)
    assert all("hashing" in hit.parts for hit in retriever.search("Haus", OPERATOR))


def test_an_index_of_other_embedders_is_refused(workspace: Workspace) -> None:
    build(workspace, [EMBEDDER])

    choices: list[list[Embedder]] = [[], [HashingEmbedder(64)], [EMBEDDER, Counting()]]
    for others in choices:
        with pytest.raises(InputError, match="made with hashing") as refused:
            Retriever.open(workspace, others)
        assert "mypt index build" in refused.value.hint


def test_deleted_caches_change_no_answer(workspace: Workspace) -> None:
    build(workspace, [EMBEDDER])
    before = seen(Retriever.open(workspace, [EMBEDDER]).search("Haus am See", OPERATOR))
    contents = {path.name: path.read_bytes() for path in workspace.index_folder.glob("*.bin")}

    for path in workspace.index_folder.glob("*.bin"):
        path.unlink()

    assert seen(Retriever.open(workspace, [EMBEDDER]).search("Haus am See", OPERATOR)) == before
    assert {path.name: path.read_bytes() for path in workspace.index_folder.glob("*.bin")} == contents


@pytest.mark.parametrize("damage", [b"", b"MyPTkw1\n", b"\0" * 5000])
def test_a_damaged_cache_is_made_anew(workspace: Workspace, damage: bytes) -> None:
    build(workspace, [])
    path = workspace.index_folder / KEYWORD_NAME
    whole = path.read_bytes()
    path.write_bytes(damage)

    assert titles(Retriever.open(workspace).search("Haus", OPERATOR)) == ["de"]
    assert path.read_bytes() == whole


def test_a_workspace_that_cannot_be_written_is_searched_all_the_same(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise InputError("cannot be written")

    monkeypatch.setattr(retriever_module, "write_cache", refuse)

    assert titles(Retriever.open(workspace).search("Haus", OPERATOR)) == ["de"]


@pytest.mark.parametrize(
    ("question", "top_k", "message"),
    [("", 8, "empty"), (" \n", 8, "empty"), ("x" * 8_001, 8, "8,001 characters"), ("x", 0, "0 hits"),
     ("x", 1_001, "1001 hits")],
)  # fmt: skip
def test_what_is_no_question_is_refused(
    workspace: Workspace, question: str, top_k: int, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        Retriever.open(workspace).search(question, OPERATOR, top_k=top_k)


@pytest.mark.parametrize(
    "question", ['"', "NEAR(", "a* OR b", "title:x", "?!", "\x00", "\udc80", "a\u0308pfel"]
)
def test_any_text_is_a_question(workspace: Workspace, question: str) -> None:
    build(workspace, [EMBEDDER])

    assert len(Retriever.open(workspace, [EMBEDDER]).search(question, OPERATOR)) == 7


def test_an_empty_workspace_has_no_hit(tmp_path: Path) -> None:
    with make_workspace(tmp_path) as workspace:
        build(workspace, [EMBEDDER])

        assert Retriever.open(workspace, [EMBEDDER]).search("Haus", OPERATOR) == []


def test_several_threads_may_search_while_documents_come_and_go(workspace: Workspace) -> None:
    build(workspace, [EMBEDDER])
    retriever = Retriever.open(workspace, [EMBEDDER], RetrievalSettings(kept_readers=1))
    failures: list[BaseException] = []

    def search() -> None:
        try:
            for number in range(20):
                reader = OPERATOR if number % 2 else ANNA
                assert "en" in titles(retriever.search("house at the lake", reader))
        except BaseException as error:  # noqa: BLE001  # shown below, whatever it is
            failures.append(error)

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(5):
        workspace.remove(add_text(workspace, f"n{number}.txt", f"house {number}", readers=("bob",)))
    for thread in threads:
        thread.join()

    assert failures == []


def test_an_embedder_is_one_of_any_kind() -> None:
    assert isinstance(Counting(), Embedder)
