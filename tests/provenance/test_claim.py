"""A path is made by one process at a time, and a kill frees it."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mypt.config import Section
from mypt.errors import InputError
from mypt.provenance.artifact import staged
from mypt.provenance.claim import claimed

HOLD = """
import sys, time
from pathlib import Path
from mypt.provenance.claim import claimed
with claimed(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


class Recipe(Section):
    """What the artifact of these tests is made from."""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Yield another process that holds `a`."""
    command = [sys.executable, "-c", HOLD, str(tmp_path / "a")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_path_that_another_process_makes_is_refused(
    holder: subprocess.Popen[str],  # noqa: ARG001
    tmp_path: Path,
) -> None:
    with pytest.raises(InputError, match="another process is writing it"), claimed(tmp_path / "a"):
        pass


def test_an_artifact_that_another_process_makes_is_refused(
    holder: subprocess.Popen[str],  # noqa: ARG001
    tmp_path: Path,
) -> None:
    with (
        pytest.raises(InputError, match="another process is writing it"),
        staged(tmp_path / "a", "corpus", Recipe()),
    ):
        pass


def test_other_paths_are_free(holder: subprocess.Popen[str], tmp_path: Path) -> None:  # noqa: ARG001
    with claimed(tmp_path / "b"):
        assert (tmp_path / ".b.claim").exists()
    assert not (tmp_path / ".b.claim").exists()


def test_a_killed_process_holds_nothing(holder: subprocess.Popen[str], tmp_path: Path) -> None:
    holder.send_signal(signal.SIGKILL)
    holder.wait()

    with claimed(tmp_path / "a"):
        pass

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("left", ["", "no number", "1 12.5", "999999999 1.0"])
def test_a_claim_that_names_no_living_process_holds_nothing(tmp_path: Path, left: str) -> None:
    (tmp_path / ".a.claim").write_text(left, encoding="ascii")

    with claimed(tmp_path / "a"):
        pass

    assert list(tmp_path.iterdir()) == []


def test_the_same_process_does_not_take_a_path_twice(tmp_path: Path) -> None:
    with (
        claimed(tmp_path / "a"),
        pytest.raises(InputError, match="another process is writing it"),
        claimed(tmp_path / "a"),
    ):
        pass
