"""Each format that is there is read once more, by itself, and its speed told."""

from pathlib import Path

from mypt.bench.data_formats import measure_formats
from mypt.corpus.build import transform_all
from mypt.corpus.lock import Lock
from mypt.corpus.source import open_sources
from mypt.execution.local import LocalRunner
from tests.corpus.corpora import corpus_recipe, essay, write_files

FILES = {
    **{f"{n}.md": f"# Title\n\n{essay(f'm{n}x', 200)}\n" for n in range(9)},
    **{f"{n}.txt": essay(f"t{n}x", 200) for n in range(3)},
    "empty.xyz": "",
    "rows.jsonl": '{"text": "no file of its own"}\n',
}


def test_files_are_counted_and_timed_by_format(tmp_path: Path) -> None:
    sources = open_sources(corpus_recipe(write_files(tmp_path / "texts", FILES)), Lock())
    read = transform_all(sources, LocalRunner(1), tmp_path / "work", None)

    whole = measure_formats(read, 1.0, tmp_path / "whole")
    some = measure_formats(read, 0.004, tmp_path / "some")

    assert [(each.name, each.files) for each in whole] == [("markdown", 9), ("text", 3)]
    assert all(each.raw_megabytes > 0 and each.text_megabytes > 0 for each in whole)
    assert all(each.processor_seconds >= 0 for each in whole)
    assert 0 < some[0].files < 9
