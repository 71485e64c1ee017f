"""Each form is recognised by its first row, and an unknown one is described."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mypt.errors import InputError
from mypt.sft.imports.formats import FORMATS, find_format, recognise
from mypt.sft.imports.records import Record
from mypt.sft.imports.rejection import Rejected
from mypt.sft.imports.turns import messages_of
from tests.sft.imports.public_rows import ROWS, json_values


def test_there_are_rows_of_every_form() -> None:
    assert ROWS.keys() == FORMATS.keys()


@pytest.mark.parametrize("name", ROWS)
def test_a_row_is_recognised_and_read(name: str) -> None:
    for row in ROWS[name]:
        assert recognise(row, "x") == {"dolci": "openai"}.get(name, name)
        assert messages_of(find_format(name).turns(row))[1]


def test_what_is_not_recognised_is_described() -> None:
    with pytest.raises(InputError, match="f:1: in no known format: an object with 'text', 'id'") as caught:
        recognise({"text": "x", "id": 3}, "f:1")
    assert "oasst2, openschnabeltier" in caught.value.hint
    with pytest.raises(InputError, match="in no known format: list"):
        recognise([], "f:1")


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean `alpaca`"):
        find_format("alpacca")


@given(st.lists(json_values(), max_size=3), st.sampled_from(sorted(FORMATS)))
@settings(max_examples=150, deadline=None)
def test_any_row_is_a_dialogue_or_rejected(rows: list[object], name: str) -> None:
    format_ = find_format(name)

    for record in format_.arrange(Record(1, row) for row in rows):
        if isinstance(record.value, dict):
            with suppress(Rejected):
                assert messages_of(format_.turns(record.value))[1][0].role == "user"
