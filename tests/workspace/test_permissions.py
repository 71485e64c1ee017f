"""Who may read what is decided in one place, and the answer is no unless somebody said yes."""

import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mypt.errors import InputError
from mypt.workspace.permissions import check_may_change, check_owner, check_readers
from mypt.workspace.rows import EVERYONE, OPERATOR, Filters, Reader
from mypt.workspace.workspace import Workspace
from tests.workspace.fakes import ANN, BOB, ENGLISH, EVE, GERMAN, make

NAMES = ("ann", "bob", "staff", "everyone-else")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = make(
        tmp_path_factory.mktemp("permissions"),
        {f"{number}.txt": f"{number} {GERMAN if number % 2 else ENGLISH}" for number in range(6)},
    )
    made.store_vectors("e", [(id_, b"\0\0") for id_ in made.all_passages().ids])
    return made


def test_nobody_but_the_owner_reads_without_permission(workspace: Workspace) -> None:
    assert len(workspace.documents(ANN)) == 6
    assert workspace.documents(EVE) == workspace.documents(Reader()) == []
    assert len(workspace.documents(OPERATOR)) == 6


def test_a_name_that_looks_like_a_query_is_a_name(workspace: Workspace) -> None:
    for name in ("' OR 1=1 --", '"]; x', "%", "*", "ann'", "Ann", "ann "):
        assert workspace.documents(Reader(frozenset({name}))) == []


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sets(st.sampled_from([*NAMES, EVERYONE]), max_size=3), min_size=6, max_size=6),
    st.sets(st.sampled_from(NAMES)),
)
def test_no_method_shows_a_foreign_document(
    workspace: Workspace, readers: list[set[str]], principals: set[str]
) -> None:
    rows = workspace.documents(OPERATOR)
    for row, names in zip(rows, readers, strict=True):
        workspace.set_readers(row.id, sorted(names))
    reader = Reader(frozenset(principals))

    mine = {
        row.id for row, names in zip(rows, readers, strict=True)
        if principals & {"ann"} or names & (principals | {EVERYONE})
    }  # fmt: skip

    assert {row.id for row in workspace.documents(reader)} == mine
    assert workspace.summary(reader).n_documents == len(mine)
    table = workspace.all_passages()
    mask = workspace.allowed_passages(reader)
    assert {id_.partition("-")[0] for id_, allowed in zip(table.ids, mask, strict=True) if allowed} == mine
    for row in rows:
        _check_one(workspace, reader, row.id, is_mine=row.id in mine)


def _check_one(workspace: Workspace, reader: Reader, id_: str, *, is_mine: bool) -> None:
    asked = (
        lambda: workspace.document(reader, id_),
        lambda: workspace.page_text(reader, id_, 1),
        lambda: workspace.page_boxes(reader, id_, 1),
        lambda: workspace.page_label(reader, id_, 1),
        lambda: workspace.passages_of(reader, id_),
        lambda: workspace.passages([f"{id_}-1"], reader),
        lambda: workspace.warnings(reader, id_),
    )
    for ask in asked:
        if is_mine:
            ask()
            continue
        with pytest.raises(InputError) as forbidden:
            ask()
        assert str(forbidden.value).startswith("no such ")


def test_absent_and_forbidden_are_one_error(workspace: Workspace) -> None:
    there = workspace.documents(OPERATOR)[0].id
    workspace.set_readers(there, [])
    absent = "d" + "a" * 12

    messages = []
    for id_ in (there, absent):
        for ask in (workspace.document, workspace.passages_of):
            with pytest.raises(InputError) as error:
                ask(EVE, id_)
            messages.append((str(error.value).replace(id_, "ID"), error.value.hint))
        with pytest.raises(InputError) as error:
            workspace.remove(id_, EVE)
        messages.append((str(error.value).replace(id_, "ID"), error.value.hint))

    assert len(set(messages)) == 1


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        (Filters(languages=("de",)), ["1", "3", "5"]),
        (Filters(languages=("de", "en"), formats=("text",)), ["0", "1", "2", "3", "4", "5"]),
        (Filters(formats=("pdf",)), []),
        (Filters(modified_from=datetime.date(2100, 1, 1)), []),
        (Filters(modified_to=datetime.date(2000, 1, 1)), []),
        (Filters(documents=("d" + "a" * 12,)), []),
    ],
)
def test_filters_leave_what_is_wanted(workspace: Workspace, filters: Filters, names: list[str]) -> None:
    assert [row.title for row in workspace.documents(OPERATOR, filters)] == names
    assert workspace.allowed_passages(OPERATOR, filters).sum() == len(names)


def test_a_filter_by_document_does_not_show_it(workspace: Workspace) -> None:
    row = workspace.documents(OPERATOR)[0]
    workspace.set_readers(row.id, [])

    assert workspace.documents(EVE, Filters(documents=(row.id,))) == []
    assert not workspace.allowed_passages(EVE, Filters(documents=(row.id,))).any()
    assert workspace.documents(ANN, Filters(documents=(row.id,)))[0].id == row.id


def test_only_the_owner_changes_what_others_read(workspace: Workspace) -> None:
    row = workspace.documents(OPERATOR)[0]
    workspace.set_readers(row.id, ["bob"])

    with pytest.raises(InputError, match="only its owner"):
        workspace.set_readers(row.id, ["bob", "eve"], BOB)
    workspace.set_readers(row.id, ["bob", "eve"], ANN)

    assert workspace.document(EVE, row.id).readers == ("bob", "eve")


def test_names_are_sorted_and_each_is_there_once() -> None:
    assert check_readers(["b", "a", "b", EVERYONE]) == ("a", "b", EVERYONE)


@pytest.mark.parametrize("name", ["", " ", " a", "a\n", "a\0b", "a\u202eb", "x" * 201])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(InputError):
        check_readers([name])
    with pytest.raises(InputError):
        check_owner(name)


def test_a_text_is_no_list_of_readers_and_everyone_owns_nothing() -> None:
    with pytest.raises(InputError):
        check_readers("everyone")
    with pytest.raises(InputError):
        check_owner(EVERYONE)


def test_the_owner_and_the_operator_may_change() -> None:
    check_may_change(ANN, "ann", "x")
    check_may_change(OPERATOR, "ann", "x")
    with pytest.raises(InputError):
        check_may_change(Reader(), "ann", "x")
