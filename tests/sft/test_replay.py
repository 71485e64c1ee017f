"""Pretraining text for replay comes from training documents alone, and each piece says from where."""

from itertools import islice

import pytest

from mypt.documents.document import Document
from mypt.errors import InputError
from mypt.provenance.artifact import Artifact
from mypt.sft.replay import ReplayPiece, replay_pieces, require_same_tokenizer
from mypt.tokenizer.character import CharacterTokenizer
from mypt.tokenizer.registry import load_tokenizer
from tests.dataset.corpora import dataset_of, ids_of, rows

SENTENCES = {
    "de": "Die Kantone sind souverän, soweit ihre Souveränität nicht beschränkt ist. ",
    "en": "The cantons are sovereign \u2013 except to the extent that it is limited. ",
}


def text_of(language: str, number: int) -> str:
    """Return paragraphs of different lengths, the last of them without a letter."""
    paragraphs = [f"{language}{number}-{n}: " + SENTENCES[language] * (1 + n % 4) for n in range(12)]
    return "\n\n".join([*paragraphs, "123 456 789 " * 20])


@pytest.fixture(scope="module", params=["gpt2_bpe", "character"])
def dataset(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    """Return a dataset of ten documents, some of them held out."""
    documents = [
        Document(f"{language}/{n}.txt", "", "CC0-1.0", language, text_of(language, n), "general")
        for language in SENTENCES
        for n in range(5)
    ]
    return dataset_of(tmp_path_factory.mktemp("replay"), documents, tokenizer=request.param)


@pytest.fixture(scope="module")
def pieces(dataset: Artifact) -> list[ReplayPiece]:
    """Return all pieces of up to a hundred tokens."""
    return list(replay_pieces(dataset, 100, 0))


def test_each_piece_is_where_it_says_and_encodes_to_the_ids_there(
    dataset: Artifact, pieces: list[ReplayPiece]
) -> None:
    tokenizer = load_tokenizer(dataset.path)
    texts = {f"{language}/{n}.txt": text_of(language, n) for language in SENTENCES for n in range(5)}

    assert len(pieces) > 20
    for piece in pieces:
        ids = ids_of(dataset, piece.shard)[piece.start : piece.start + piece.n_tokens]
        assert tokenizer.encode(piece.text) == ids
        assert piece.text in texts[piece.document]
        assert 0 < piece.n_tokens <= 100


def test_a_piece_starts_where_its_document_or_a_paragraph_does(pieces: list[ReplayPiece]) -> None:
    for piece in pieces:
        language, number = piece.document[:2], int(piece.document[3])
        before = text_of(language, number).partition(piece.text)[0]
        assert before == "" or before.endswith("\n\n")
        assert not piece.text.startswith("\n")


def test_nothing_comes_from_what_is_held_out(dataset: Artifact, pieces: list[ReplayPiece]) -> None:
    held_out = {row.values["id"] for row in rows(dataset) if row.values["split"] == "val"}

    assert held_out
    assert not held_out & {piece.document for piece in pieces}


def test_no_place_comes_twice_and_each_document_once_before_any_twice(
    dataset: Artifact, pieces: list[ReplayPiece]
) -> None:
    n_documents = sum(row.values["split"] == "train" for row in rows(dataset))

    places = {place for piece in pieces for place in range(piece.start, piece.start + piece.n_tokens)}
    assert len(places) == sum(piece.n_tokens for piece in pieces)
    first = [piece.document for piece in pieces[: n_documents - 1]]  # one may begin with its table of numbers
    assert len(set(first)) >= n_documents - 2


def test_what_is_hardly_text_is_left_out(pieces: list[ReplayPiece]) -> None:
    for piece in pieces:
        assert sum(map(str.isalpha, piece.text)) >= 0.3 * len(piece.text)


def test_the_same_seed_gives_the_same_pieces_and_another_one_others(
    dataset: Artifact, pieces: list[ReplayPiece]
) -> None:
    again, others = (list(islice(replay_pieces(dataset, 100, seed), 5)) for seed in (0, 1))

    assert again == pieces[:5] != others


def test_another_tokenizer_is_refused(dataset: Artifact) -> None:
    require_same_tokenizer(dataset, load_tokenizer(dataset.path))

    with pytest.raises(InputError, match="encoded by another tokenizer"):
        require_same_tokenizer(dataset, CharacterTokenizer("abc"))
