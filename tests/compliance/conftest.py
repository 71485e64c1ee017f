"""Datasets that every paper is written about."""

import pytest

from mypt.compliance.facts import Facts, read_facts
from mypt.provenance.artifact import Artifact
from tests.compliance.samples import hostile_facts, sample_dataset


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    """Return a dataset of Swiss acts and of manuals."""
    return sample_dataset(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="session")
def facts(dataset: Artifact) -> Facts:
    """Return its facts."""
    return read_facts(dataset.path)


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    """Return the facts of a dataset whose names were written by an enemy."""
    return hostile_facts(tmp_path_factory.mktemp("hostile"))
