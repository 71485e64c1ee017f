"""One tiny line for all commands: made once, and copied by tests that change something."""

import shutil
from pathlib import Path

import pytest

from tests.cli.line import make_line


@pytest.fixture(scope="session")
def line(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which the whole line was run; not to be changed."""
    return make_line(tmp_path_factory.mktemp("line"))


@pytest.fixture
def own_line(line: Path, tmp_path: Path) -> Path:
    """Return a copy of the line that a test may spoil."""
    return shutil.copytree(line, tmp_path / "line")
