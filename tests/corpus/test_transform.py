"""Groups follow from names; each file becomes a row, or a reason."""

from pathlib import Path

import pytest

from mypt.corpus import transform as module
from mypt.corpus.listing import SourceFile
from mypt.corpus.lock import Lock
from mypt.corpus.source import open_sources
from mypt.corpus.transform import TEXTS_NAME, file_groups, transform_task
from mypt.documents.parts import read_table
from mypt.errors import InputError
from tests.corpus.corpora import corpus_recipe, write_files


def files(names: list[str], size: int = 100) -> list[SourceFile]:
    return [SourceFile(name, "00" * 32, size, "MIT", "") for name in sorted(names)]


def test_groups_hold_every_file_once_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GROUP_BYTES", 1000)
    whole = files([f"{n:04d}.txt" for n in range(500)])

    groups = list(file_groups(whole))

    assert [file for group in groups for file in group] == whole
    assert all(sum(file.bytes for file in group) <= 1000 for group in groups)


def test_a_new_file_moves_few_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GROUP_BYTES", 100_000)
    names = [f"{n:05d}.txt" for n in range(3000)]
    before = {tuple(file.path for file in group) for group in file_groups(files(names))}

    after = {tuple(file.path for file in group) for group in file_groups(files([*names, "01000a.txt"]))}

    assert len(before) > 5
    assert len(after - before) <= 3


def test_a_file_larger_than_a_group_is_a_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GROUP_BYTES", 50)

    assert [len(group) for group in file_groups(files(["a", "b", "c"]))] == [1, 1, 1]


def test_each_file_is_a_row_with_its_text_or_a_reason(tmp_path: Path) -> None:
    write_files(tmp_path / "texts", {"a.md": "# A", "b.txt": "b"})
    (tmp_path / "texts" / "c.txt").write_bytes(b"\0")
    source = open_sources(corpus_recipe(tmp_path / "texts"), Lock())[0]
    task = transform_task(source, source.listing.files, tmp_path / "work")

    task.run()

    rows = read_table(task.output / TEXTS_NAME).to_pylist()
    assert [(row["path"], row["format"], row["text"], row["reason"]) for row in rows] == [
        ("a.md", "markdown", "A\n", None),
        ("b.txt", "text", "b", None),
        ("c.txt", None, None, "binary"),
    ]


def test_a_recipe_can_say_what_format_a_file_has(tmp_path: Path) -> None:
    write_files(tmp_path / "texts", {"a.md": "# A"})
    source = open_sources(corpus_recipe(tmp_path / "texts", source={"formats": {"*.md": "text"}}), Lock())[0]
    task = transform_task(source, source.listing.files, tmp_path / "work")

    task.run()

    assert read_table(task.output / TEXTS_NAME)["text"].to_pylist() == ["# A"]


def test_a_file_that_changed_since_it_was_listed_stops_the_build(tmp_path: Path) -> None:
    write_files(tmp_path / "texts", {"a.txt": "one"})
    source = open_sources(corpus_recipe(tmp_path / "texts"), Lock())[0]
    task = transform_task(source, source.listing.files, tmp_path / "work")
    write_files(tmp_path / "texts", {"a.txt": "two"})

    with pytest.raises(InputError, match=r"a\.txt: changed while the corpus was built"):
        task.run()
