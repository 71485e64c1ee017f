"""Facts of documents that nobody made up: a sentence as it stands, and words that lead to it."""

from pathlib import Path

import pytest

from mypt.errors import InputError
from mypt.evaluation.live_workspace import open_documents
from mypt.sft.generators.document_facts import facts_of_documents
from tests.sft.generators.tool_plays import answer_of, calls_of, maker

TEXT = """The council of the borough meets on the first Monday of every quarter in the upper assembly room.

A list follows | and a table | with cells.

Residents submit written applications for balcony extensions at least twelve weeks before construction begins.
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Return a workspace of ten documents with two pages each."""
    folder = tmp_path / "documents"
    folder.mkdir()
    for number in range(10):
        (folder / f"rules {number}.txt").write_text(
            TEXT
            + f"\fChapter {number} explains the collection of bulky refuse from narrow mountain villages.",
            "utf-8",
        )
    open_documents(folder, tmp_path / "workspace")
    return tmp_path / "workspace"


def test_sentences_are_taken_as_they_stand_and_asked_for_by_their_words(
    tmp_path: Path, workspace: Path
) -> None:
    view = open_documents(tmp_path / "documents", workspace)

    facts = facts_of_documents(view, "en", "train")

    assert facts
    for fact in facts:
        assert fact.sentence in fact.passage.text
        assert fact.statements == (fact.sentence,)
        assert len(fact.topic.split()) == 3
        assert all(word in fact.sentence for word in fact.topic.split())
        assert "|" not in fact.sentence


def test_validation_has_documents_of_its_own(tmp_path: Path, workspace: Path) -> None:
    view = open_documents(tmp_path / "documents", workspace)

    train, val = (
        {one.document.id for one in facts_of_documents(view, "en", each)} for each in ("train", "val")
    )

    assert train
    assert val
    assert not train & val
    assert facts_of_documents(view, "de", "train") == []


def test_episodes_are_made_over_a_given_workspace(workspace: Path) -> None:
    episodes = list(maker(6, 12, documents=[str(workspace)], de_share=0.0).episodes("train"))

    assert {str(one.meta["pattern"]) for one in episodes} >= {"search"}
    cited = [name for one in episodes for name in answer_of(one.messages).cite]
    assert cited
    assert any(calls_of(one.messages) for one in episodes)


def test_a_workspace_without_the_language_is_refused(workspace: Path) -> None:
    with pytest.raises(InputError, match="no sentence in `de`"):
        next(iter(maker(6, 1, documents=[str(workspace)], de_share=1.0).episodes("train")))
