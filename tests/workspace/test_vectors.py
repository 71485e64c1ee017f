"""Vectors are kept with their passages, and only while these are there."""

from pathlib import Path

import numpy as np
import pytest

from mypt.errors import InputError
from mypt.workspace.rows import OPERATOR
from mypt.workspace.workspace import Workspace
from tests.workspace.fakes import ENGLISH, GERMAN, make


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return make(tmp_path, {"a.txt": f"{GERMAN}\f{ENGLISH}", "b.txt": ENGLISH})


def _halves(*values: float) -> bytes:
    return np.array(values, dtype="<f2").tobytes()


def test_vectors_come_back_in_the_order_of_passages(workspace: Workspace) -> None:
    ids = workspace.all_passages().ids

    n_stored = workspace.store_vectors("e", [(ids[2], _halves(3, 4)), (ids[0], _halves(1, 2))])

    found = workspace.vectors("e")
    assert n_stored == workspace.n_vectors("e") == 2
    assert workspace.all_passages().positions(found.numbers).tolist() == [0, 2]
    assert found.matrix.tolist() == [[1, 2], [3, 4]]
    assert workspace.vectors("e", after=int(found.numbers[0])).matrix.tolist() == [[3, 4]]


def test_what_is_missing_is_given_out_in_pieces(workspace: Workspace) -> None:
    ids = workspace.all_passages().ids
    workspace.store_vectors("e", [(ids[1], _halves(1))])

    first = workspace.missing_vectors("e", limit=1)
    rest = workspace.missing_vectors("e", limit=9, after=first[-1].number)

    assert [passage.row.id for passage in first + rest] == [ids[0], ids[2]]
    assert first[0].row.text == GERMAN
    assert len(workspace.missing_vectors("other", limit=9)) == 3


def test_each_embedder_has_its_own(workspace: Workspace) -> None:
    id_ = workspace.all_passages().ids[0]
    workspace.store_vectors("e", [(id_, _halves(1, 2))])
    workspace.store_vectors("f", [(id_, _halves(1, 2, 3))])
    workspace.store_vectors("e", [(id_, _halves(5, 6))])

    assert workspace.vectors("e").matrix.tolist() == [[5, 6]]
    assert workspace.vectors("f").matrix.shape == (1, 3)
    assert workspace.vectors("g").matrix.shape == (0, 0)


def test_vectors_go_with_their_document_and_late_ones_are_left_out(workspace: Workspace) -> None:
    ids = workspace.all_passages().ids
    workspace.store_vectors("e", [(id_, _halves(1)) for id_ in ids])

    workspace.remove(workspace.documents(OPERATOR)[0].id)

    assert workspace.n_vectors("e") == 1
    assert workspace.store_vectors("e", [(ids[0], _halves(1)), ("nonsense", _halves(1))]) == 0
    assert workspace.n_vectors("e") == 1


def test_storing_vectors_does_not_raise_the_revision(workspace: Workspace) -> None:
    before = workspace.revision()

    workspace.store_vectors("e", [(workspace.all_passages().ids[0], _halves(1))])

    assert workspace.revision() == before


@pytest.mark.parametrize("vector", [b"", b"\0", _halves(1, 2)])
def test_another_length_is_refused_and_nothing_is_kept(workspace: Workspace, vector: bytes) -> None:
    ids = workspace.all_passages().ids
    workspace.store_vectors("e", [(ids[0], _halves(1))])

    with pytest.raises(InputError):
        workspace.store_vectors("e", [(ids[1], _halves(2)), (ids[2], vector)])

    assert workspace.n_vectors("e") == 1
