"""Where the steps of a phase lie, and what a phase is made from; whole phases run with the command line."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mypt.config import Section, validate
from mypt.errors import InputError
from mypt.provenance.artifact import Artifact, open_artifact, staged
from mypt.provenance.manifest import Kind
from mypt.sft.phases import phase
from mypt.sft.recipe import PhaseRecipe
from mypt.sft.run import Curriculum, PhaseFolder, phase_of, pretraining_dataset


class Made(Section):
    """Whatever made an artifact."""

    phase: int | None = None


def sealed(path: Path, kind: Kind, *inputs: Artifact, phase: int | None = None) -> Artifact:
    with staged(path, kind, Made(phase=phase), inputs) as draft:
        (draft.path / "x").write_text("x", encoding="utf-8")
    return open_artifact(path, kind)


@contextmanager
def no_bar(_name: str) -> Iterator[Callable[[int, int], None]]:
    yield lambda _done, _total: None


def test_the_gold_model_is_what_a_phase_gives_where_there_is_one(tmp_path: Path) -> None:
    folder = PhaseFolder(tmp_path)
    sealed(folder.run.model, "model")
    assert folder.model == folder.run.model

    sealed(folder.run.gold, "model")

    assert folder.model == folder.run.gold


def test_the_pretraining_dataset_is_that_of_the_first_ancestor(tmp_path: Path) -> None:
    first, second = sealed(tmp_path / "general", "dataset"), sealed(tmp_path / "domain", "dataset")
    base = sealed(tmp_path / "base", "model", first)
    adapted = sealed(tmp_path / "adapted", "model", second, base)

    assert pretraining_dataset(adapted.path) == first.path.as_posix()


def test_a_model_from_elsewhere_has_no_pretraining_dataset(tmp_path: Path) -> None:
    assert pretraining_dataset(sealed(tmp_path / "base", "model").path) is None


def test_the_phase_of_packed_rows_is_that_of_their_mix(tmp_path: Path) -> None:
    mixed = sealed(tmp_path / "mixed", "episodes", phase=4)
    rows = sealed(tmp_path / "rows", "episode_dataset", mixed)

    assert phase_of(rows.manifest) == 4
    assert phase_of(sealed(tmp_path / "model", "model", rows).manifest) is None


def test_a_phase_needs_the_model_of_the_one_before(tmp_path: Path) -> None:
    values = {
        "phase": 3, "generate": [{"generator": "chat", "count": 1}],
        "training": {"epochs": 1}, "gate": "g.json",
    }  # fmt: skip
    curriculum = Curriculum(tmp_path / "base", tmp_path / "out", no_bar, lambda _recipe, _folder: None)

    with pytest.raises(InputError, match="phase 3 starts from the model of phase 2") as caught:
        curriculum.run(validate(values, PhaseRecipe, "x.json"))

    assert "mypt sft run 2" in caught.value.hint
    assert not (tmp_path / "out").exists()
    assert curriculum.folder(phase(3)).path == tmp_path / "out" / "phase3_chat"
