"""What was made from an artifact is found, over any number of steps, and nothing else is."""

from pathlib import Path

from mypt.config import Section
from mypt.provenance.artifact import Artifact, open_artifact, staged
from mypt.provenance.descendants import descendants
from mypt.provenance.manifest import Kind


class Recipe(Section):
    """Makes one artifact unlike another."""

    text: str


def make(folder: Path, kind: Kind, *inputs: Artifact) -> Artifact:
    """Seal an artifact that was made from others."""
    with staged(folder, kind, Recipe(text=folder.name), inputs) as draft:
        (draft.path / "data.txt").write_text(folder.name, encoding="utf-8")
    return open_artifact(folder, kind)


def found(artifact: Artifact, folder: Path) -> list[tuple[str, str]]:
    return [
        (path.relative_to(folder).as_posix(), manifest.kind)
        for path, manifest in descendants(artifact.digest, folder)
    ]


def test_the_whole_line_is_found_in_the_order_of_its_paths(tmp_path: Path) -> None:
    corpus = make(tmp_path / "z" / "corpus", "corpus")
    dataset = make(tmp_path / "y" / "dataset", "dataset", corpus)
    checkpoint = make(tmp_path / "x" / "deep" / "down" / "checkpoint", "checkpoint", dataset)
    make(tmp_path / "a" / "model", "model", checkpoint)

    assert found(corpus, tmp_path) == [
        ("a/model", "model"),
        ("x/deep/down/checkpoint", "checkpoint"),
        ("y/dataset", "dataset"),
    ]
    assert found(checkpoint, tmp_path) == [("a/model", "model")]


def test_what_has_another_origin_is_not_among_them(tmp_path: Path) -> None:
    corpus, other = make(tmp_path / "corpus", "corpus"), make(tmp_path / "other", "corpus")
    make(tmp_path / "dataset", "dataset", other)
    make(tmp_path / "both", "model", corpus, other)

    assert found(corpus, tmp_path) == [("both", "model")]
    assert found(make(tmp_path / "alone", "corpus"), tmp_path) == []


def test_copies_are_all_found(tmp_path: Path) -> None:
    corpus = make(tmp_path / "corpus", "corpus")
    make(tmp_path / "one" / "dataset", "dataset", corpus)
    make(tmp_path / "two" / "dataset", "dataset", corpus)

    assert found(corpus, tmp_path) == [("one/dataset", "dataset"), ("two/dataset", "dataset")]


def test_a_damaged_artifact_is_found_and_an_unreadable_manifest_hides_no_other(tmp_path: Path) -> None:
    corpus = make(tmp_path / "corpus", "corpus")
    damaged = make(tmp_path / "damaged", "dataset", corpus)
    make(tmp_path / "model", "model", damaged)
    (tmp_path / "damaged" / "data.txt").write_text("changed", encoding="utf-8")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "manifest.json").write_text("{", encoding="utf-8")

    assert found(corpus, tmp_path) == [("damaged", "dataset"), ("model", "model")]
