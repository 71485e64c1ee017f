"""What cannot be represented is refused with every reason."""

import pytest

from mypt.errors import InputError
from mypt.interchange.refusal import refuse_unrepresentable


def test_nothing_to_object_to_is_let_through() -> None:
    refuse_unrepresentable("x", "Llama", [])


def test_every_obstacle_is_listed() -> None:
    with pytest.raises(InputError) as caught:
        refuse_unrepresentable("x", "Llama", ["a=1", "b=2"])

    assert caught.value.message == "x: this Llama is not representable as a model of MyPT:\n  a=1\n  b=2"
    assert caught.value.hint
