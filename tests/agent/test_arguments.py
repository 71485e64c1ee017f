"""Arguments: strict validation, and one source for schema and signature."""

from typing import Any

import pytest

from mypt.agent.arguments import read_arguments, schemas, signature
from mypt.agent.tools.get_doc import GetDocArguments
from mypt.agent.tools.search import SearchArguments
from mypt.errors import ToolInputError


def test_defaults_are_filled_in() -> None:
    assert read_arguments({"query": "a"}, SearchArguments).top_k == 5


def test_null_is_an_argument_that_was_left_out() -> None:
    assert read_arguments({"query": "a", "top_k": None}, SearchArguments).top_k == 5


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"query": "a", "top_k": "5"}, 'top_k: Input should be a valid integer, got "5"'),
        ({"query": "a", "top_k": 0}, "top_k"),
        ({"query": 3}, "query: Input should be a valid string, got 3"),
        ({}, "query: is missing"),
        ({"query": "a", "filter": {}}, "no such argument; did you mean `filters`?"),
        ({"query": "a", "filters": {"language": ["de"]}}, "did you mean `filters.languages`?"),
        ({"query": "a", "filters": {"modified_from": "soon"}}, "filters.modified_from"),
        ({"query": "a", "filters": []}, "filters"),
    ],
)
def test_what_is_wrong_is_named_with_what_is_right(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ToolInputError, match="wrong arguments") as caught:
        read_arguments(values, SearchArguments)

    assert said in caught.value.message
    assert caught.value.hint == "arguments: (query, top_k?, filters?)"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "give doc_id or title, got neither"),
        ({"doc_id": "d", "title": "t"}, "got doc_id and title"),
        ({"doc_id": "d", "page": 1, "range": "1-2"}, "give page or range, got page and range"),
    ],
)
def test_of_a_choice_one_is_given(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ToolInputError) as caught:
        read_arguments(values, GetDocArguments)

    assert said in caught.value.message


def test_a_choice_that_is_optional_may_be_left_out() -> None:
    assert read_arguments({"title": "t"}, GetDocArguments).page is None


def test_the_signature_shows_choices_and_what_is_optional() -> None:
    assert signature(GetDocArguments) == "(doc_id|title, page|range?)"


def test_every_way_to_choose_has_a_schema_with_sorted_keys() -> None:
    ways = [list(schema["properties"]) for schema in schemas(GetDocArguments)]  # type: ignore[arg-type]

    assert ways == [
        ["doc_id"],
        ["doc_id", "page"],
        ["doc_id", "range"],
        ["title"],
        ["page", "title"],
        ["range", "title"],
    ]


def test_a_schema_says_nothing_of_null_titles_or_references() -> None:
    text = str(schemas(SearchArguments) + schemas(GetDocArguments))

    assert "null" not in text
    assert "$ref" not in text
    assert "'title': 'Query'" not in text
