"""The way back: every artifact of a lineage, verified, nearest first."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from mypt.config import Section
from mypt.errors import ManifestMismatch
from mypt.provenance.artifact import Artifact, open_artifact, staged
from mypt.provenance.manifest import Kind
from mypt.provenance.trace import trace_back


class Recipe(Section):
    """What the artifacts of these tests are made from."""

    seed: int = 1


def make(path: Path, kind: Kind, inputs: Sequence[Artifact] = (), *, seed: int = 1) -> Artifact:
    with staged(path, kind, Recipe(seed=seed), inputs, replace=True) as draft:
        (draft.path / "content.txt").write_text(f"{path.name} {seed}", encoding="utf-8")
        draft.licences["MIT"] = 2
    return open_artifact(path, kind)


@pytest.fixture
def model(tmp_path: Path) -> Artifact:
    """Return a model that came from a dataset that came from a corpus."""
    corpus = make(tmp_path / "corpus", "corpus")
    dataset = make(tmp_path / "dataset", "dataset", [corpus])
    return make(tmp_path / "model", "model", [dataset])


def places(path: Path) -> list[tuple[str, int]]:
    return [(link.artifact.path.name, link.depth) for link in trace_back(path)]


def test_the_lineage_comes_nearest_first_with_its_depth(model: Artifact) -> None:
    assert places(model.path) == [("model", 0), ("dataset", 1), ("corpus", 2)]


def test_every_link_holds_its_licences(model: Artifact) -> None:
    assert [link.artifact.manifest.licences for link in trace_back(model.path)] == [{"MIT": 2}] * 3


def test_an_artifact_without_inputs_is_its_own_lineage(model: Artifact) -> None:
    assert places(model.path.parent / "corpus") == [("corpus", 0)]


def test_several_inputs_are_followed_in_their_order(model: Artifact, tmp_path: Path) -> None:
    other = make(tmp_path / "other", "corpus")
    both = make(tmp_path / "both", "dataset", [open_artifact(tmp_path / "corpus", "corpus"), other])

    lineage = places(both.path)

    assert lineage == [("both", 0), ("corpus", 1), ("other", 1)]
    assert ("other", 1) not in places(model.path)


def change(path: Path) -> None:
    (path / "content.txt").write_text("changed!", encoding="utf-8")


def add(path: Path) -> None:
    (path / "more.txt").touch()


def remove(path: Path) -> None:
    (path / "content.txt").unlink()


def unseal(path: Path) -> None:
    (path / "manifest.json").unlink()


def move_away(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))


@pytest.mark.parametrize("name", ["corpus", "dataset", "model"])
@pytest.mark.parametrize("damage", [change, add, remove, unseal, move_away])
def test_damage_anywhere_on_the_way_is_found_and_named(
    model: Artifact, tmp_path: Path, name: str, damage: Callable[[Path], None]
) -> None:
    damage(tmp_path / name)

    with pytest.raises(ManifestMismatch, match=name) as caught:
        trace_back(model.path)

    assert caught.value.hint


def test_an_input_that_is_another_now_is_refused_with_the_digest_that_was_used(
    model: Artifact, tmp_path: Path
) -> None:
    used = model.manifest.inputs[0].digest
    make(tmp_path / "dataset", "dataset", [open_artifact(tmp_path / "corpus", "corpus")], seed=2)

    with pytest.raises(ManifestMismatch, match=r"is not the dataset that .* was made from") as caught:
        trace_back(model.path)

    assert used in caught.value.hint


def test_an_input_of_another_kind_is_refused(model: Artifact, tmp_path: Path) -> None:
    make(tmp_path / "dataset", "corpus")

    with pytest.raises(ManifestMismatch, match="expected a dataset, this is a corpus"):
        trace_back(model.path)


def test_an_edited_manifest_breaks_the_way(model: Artifact, tmp_path: Path) -> None:
    path = tmp_path / "corpus" / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"MIT":2', b'"MIT":3'))

    with pytest.raises(ManifestMismatch, match=r"is not the corpus that .* was made from"):
        trace_back(model.path)


def test_a_folder_that_is_no_artifact_has_no_lineage(tmp_path: Path) -> None:
    with pytest.raises(ManifestMismatch, match=r"has no manifest\.json"):
        trace_back(tmp_path)
