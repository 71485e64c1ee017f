"""Cases as values: which there are, and which are refused."""

from typing import Any, get_args

import pytest
from pydantic import ValidationError

from mypt.evaluation.case import Case, Check
from tests.evaluation.cases import case, exact


def test_a_case_survives_its_json_form() -> None:
    one = exact("Say: hello", "hello", meta={"template": "t-1"})

    assert Case.model_validate(one.model_dump(mode="json")) == one


@pytest.mark.parametrize(
    "check",
    [
        {"kind": "exact", "answers": []},
        {"kind": "cited", "any_of": ["x"], "cite": []},
        {"kind": "answers", "any_of": []},
        {"kind": "chain", "tools": []},
        {"kind": "closed_turn", "max_tokens": 0},
        {"kind": "looks good"},
        {"kind": "exact", "answers": ["x"], "tolerance": 1},
    ],
)
def test_a_check_that_asks_for_nothing_or_is_unknown_is_refused(check: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        case(check)


def test_each_kind_of_check_has_a_name_of_its_own() -> None:
    kinds = [kind.model_fields["kind"].default for kind in get_args(get_args(Check)[0])]

    assert len(set(kinds)) == len(kinds) == 10
