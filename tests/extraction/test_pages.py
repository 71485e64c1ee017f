"""What was read, and why something was not."""

from typing import get_args

import pytest

from mypt.extraction.pages import Reason, Unextractable


def test_a_reason_is_kept_beside_its_detail() -> None:
    error = Unextractable("encrypted", "it has a password")

    assert (error.reason, error.detail) == ("encrypted", "it has a password")
    assert str(error) == "encrypted: it has a password"


@pytest.mark.parametrize("reason", get_args(Reason))
def test_a_reason_alone_is_enough(reason: Reason) -> None:
    assert str(Unextractable(reason)) == reason
