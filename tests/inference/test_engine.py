"""What all engines refuse."""

import subprocess
import sys

import pytest

from mypt.errors import InputError
from mypt.inference.engine import InferenceEngine, refuse_unreadable
from mypt.inference.scripted_engine import ScriptedEngine
from mypt.inference.torch_engine import TorchEngine
from tests.inference.models import make_model


def test_an_empty_prompt_is_refused_with_advice() -> None:
    with pytest.raises(InputError, match="prompt 1 is empty") as caught:
        refuse_unreadable([[1], []], 10)
    assert "end-of-text" in caught.value.hint


@pytest.mark.parametrize("token", [-1, 10])
def test_an_id_that_does_not_exist_is_refused(token: int) -> None:
    with pytest.raises(InputError, match=f"id {token}"):
        refuse_unreadable([[1, token, 2]], 10)


def test_both_engines_are_engines() -> None:
    engines: list[InferenceEngine] = [TorchEngine(make_model()), ScriptedEngine([])]

    assert all(engine.block_size > 0 for engine in engines)


def test_all_but_the_computing_engine_works_without_torch() -> None:
    modules = "chat, engine, generate, scripted_engine"
    code = f"import sys; from mypt.inference import {modules}; sys.exit('torch' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
