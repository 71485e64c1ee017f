"""The error tree as drawn is the error tree as written."""

import re

import pytest

from mypt import errors
from mypt.errors import ConfigError, LimitReached, MyptError

DRAWN = re.compile(r"^(?:[│├└─ ]*── )?([A-Z]\w+)(?: +exit (\d+))?(?: |$)", re.MULTILINE)


def _subclasses(error: type[MyptError]) -> set[type[MyptError]]:
    return {error}.union(*(_subclasses(child) for child in error.__subclasses__()))


ALL_ERRORS = sorted(_subclasses(MyptError), key=lambda error: error.__name__)


def _drawing() -> dict[str, str]:
    tree = (errors.__doc__ or "").split("\n\n")[1]
    return dict(DRAWN.findall(tree))


def test_the_drawing_shows_every_error_and_no_other() -> None:
    assert set(_drawing()) == {error.__name__ for error in ALL_ERRORS}


@pytest.mark.parametrize("error", ALL_ERRORS)
def test_the_drawing_shows_each_exit_code_where_it_is_set(error: type[MyptError]) -> None:
    is_set_here = "exit_code" in vars(error) and error is not MyptError

    assert _drawing()[error.__name__] == (str(error.exit_code) if is_set_here else "")


@pytest.mark.parametrize("error", ALL_ERRORS)
def test_every_error_says_in_a_sentence_what_went_wrong(error: type[MyptError]) -> None:
    assert (error.__doc__ or "").endswith(".")
    assert error.__module__ == "mypt.errors"


def test_branches_of_the_tree_have_exit_codes_of_their_own() -> None:
    codes = [child.exit_code for child in MyptError.__subclasses__()]

    assert len(set(codes)) == len(codes)
    assert MyptError.exit_code not in codes


def test_an_error_carries_its_message_and_its_hint() -> None:
    error = ConfigError("x.json: no such setting", hint="did you mean y?")

    assert (str(error), error.message, error.hint) == (
        "x.json: no such setting",
        "x.json: no such setting",
        "did you mean y?",
    )


def test_a_limit_says_which() -> None:
    error = LimitReached("seconds", "too slow")

    assert (error.limit, error.exit_code, error.message) == ("seconds", 6, "too slow")
