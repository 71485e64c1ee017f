"""Values of arguments are compared as the public answers accept them."""

from typing import Any

import pytest

from mypt.evaluation.bfcl_values import accepts, json_schema

SIZES = {"type": "array", "items": {"type": "integer"}}
ORDER = {"type": "dict", "properties": {"size": {"type": "string"}, "price": {"type": "float"}}}


@pytest.mark.parametrize(
    ("accepted", "value", "described"),
    [
        (["New York"], "new-york", {"type": "string"}),
        (["x^2", ""], "x2", {"type": "string"}),
        ([5], 5, {"type": "integer"}),
        ([5.0], 5, {"type": "float"}),
        ([5], 5.0, {"type": "float"}),
        ([True], True, {"type": "boolean"}),
        ([[1, 2], [2, 1]], [2, 1], SIZES),
        ([{"size": ["large", "big"], "price": [2.5, ""]}], {"size": "Big"}, ORDER),
        ([[{"size": ["large"]}]], [{"size": "large"}], {"type": "array", "items": ORDER}),
        (["user_list"], "user_list", {"type": "array", "items": {"type": "string"}}),
        ([None], None, {"type": "string"}),
        (["7"], "7", {"type": "any"}),
    ],
)
def test_one_of_the_accepted_values_is_right(
    accepted: list[Any], value: Any, described: dict[str, Any]
) -> None:
    assert accepts(accepted, value, described)


@pytest.mark.parametrize(
    ("accepted", "value", "described"),
    [
        (["New York"], "Boston", {"type": "string"}),
        ([5], 5.0, {"type": "integer"}),
        ([5], "5", {"type": "integer"}),
        ([1], True, {"type": "integer"}),
        ([1], True, {"type": "any"}),
        ([True], 1, {"type": "boolean"}),
        ([[1, 2]], [2, 1], SIZES),
        ([[1, 2]], [1, 2, 3], SIZES),
        ([[1, 2]], [1.0, 2.0], SIZES),
        ([{"size": ["large"], "price": [2.5, ""]}], {"price": 2.5}, ORDER),
        ([{"size": ["large"]}], {"size": "large", "colour": "red"}, ORDER),
        ([{"size": ["large"]}], {"size": ["large"]}, ORDER),
        (["a"], None, {"type": "string"}),
    ],
)
def test_another_value_and_another_type_are_wrong(
    accepted: list[Any], value: Any, described: dict[str, Any]
) -> None:
    assert not accepts(accepted, value, described)


def test_types_are_written_as_json_schema() -> None:
    described = {
        "type": "dict",
        "required": ["at"],
        "properties": {"at": {"type": "tuple", "items": {"type": "float"}}, "note": {"type": "any"}},
    }

    assert json_schema(described) == {
        "type": "object",
        "required": ["at"],
        "properties": {"at": {"type": "array", "items": {"type": "number"}}, "note": {}},
    }
