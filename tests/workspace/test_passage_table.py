"""All passages as arrays: in order, by number, and masked."""

from pathlib import Path

import numpy as np

from mypt.workspace.rows import OPERATOR, Filters
from tests.workspace.fakes import BOB, ENGLISH, GERMAN, make

FILES = {"a.txt": f"{GERMAN}\f{ENGLISH}", "b.txt": ENGLISH, "c.txt": GERMAN}


def test_the_order_is_that_of_documents_and_places(tmp_path: Path) -> None:
    workspace = make(tmp_path, FILES)

    table = workspace.all_passages()

    rows = [
        row
        for document in workspace.documents(OPERATOR)
        for row in workspace.passages_of(OPERATOR, document.id)
    ]
    assert table.ids == [table.id(position) for position in range(len(table))] == [row.id for row in rows]
    assert [table.languages[code] for code in table.language_codes] == [row.language for row in rows]
    assert table.positions(table.numbers[[2, 0]]).tolist() == [2, 0]


def test_a_language_is_that_of_the_passage(tmp_path: Path) -> None:
    workspace = make(tmp_path, FILES)

    mask = workspace.allowed_passages(OPERATOR, Filters(languages=("en",)))

    assert mask.tolist() == [False, True, True, False]
    assert not workspace.allowed_passages(OPERATOR, Filters(languages=("fr",))).any()


def test_an_empty_workspace_has_an_empty_table(tmp_path: Path) -> None:
    workspace = make(tmp_path, {"a.txt": "broken"})

    table = workspace.all_passages()

    assert (len(table), table.ids, table.languages) == (0, [], ())
    assert workspace.allowed_passages(OPERATOR).shape == (0,)


def test_what_is_new_follows_and_a_number_is_never_given_twice(tmp_path: Path) -> None:
    workspace = make(tmp_path, FILES)
    before = workspace.all_passages()
    workspace.remove(workspace.documents(OPERATOR)[2].id)
    (tmp_path / "docs" / "a.txt").write_text(f"New. {ENGLISH}", encoding="utf-8")
    workspace.sync()

    after = workspace.all_passages()

    assert after.revision > before.revision
    assert after.numbers.tolist() == [before.numbers[2], before.numbers[-1] + 1]
    assert np.all(np.diff(after.numbers) > 0)


def test_a_permission_that_is_taken_back_leaves_the_mask(tmp_path: Path) -> None:
    workspace = make(tmp_path, FILES, readers=("bob",))
    before = workspace.allowed_passages(BOB).sum()

    workspace.set_readers(workspace.documents(OPERATOR)[0].id, [])

    assert (before, workspace.allowed_passages(BOB).sum()) == (4, 2)
