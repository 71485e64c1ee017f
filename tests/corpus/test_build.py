"""Sources become one sealed corpus, the same bytes each time, or nothing at all."""

import json
from pathlib import Path
from typing import Any

import pytest

from mypt.config import load, validate
from mypt.corpus import build as module
from mypt.corpus.recipe import CorpusRecipe
from mypt.documents.parts import read_documents, read_table
from mypt.errors import InputError, ManifestMismatch
from mypt.execution.runner import Execution
from mypt.provenance.artifact import Artifact, open_artifact
from tests.corpus.corpora import corpus_of, essay

ROOT = Path(__file__).parents[2]
ALONE = Execution(workers=1)
GERMAN = "Die Kantone sind souverän, soweit ihre Souveränität nicht beschränkt ist."
ENGLISH = "The cantons are sovereign except to the extent that it is limited."


def write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def recipe(*folders: Path, names: str = "abcdefgh", **settings: Any) -> CorpusRecipe:
    sources = [
        {"kind": "folder", "name": name, "path": str(folder), "licence": "MIT"}
        for name, folder in zip(names, folders, strict=False)
    ]
    return validate({"sources": sources, **settings}, CorpusRecipe, "test")


def build(recipe: CorpusRecipe, out: Path, **options: Any) -> Artifact:
    return module.build(recipe, out, execution=options.pop("execution", ALONE), **options)


def ids(corpus: Artifact) -> list[str]:
    return [document.id for document in read_documents(corpus.path)]


def dropped(corpus: Artifact) -> list[tuple[str, str]]:
    rows = read_table(corpus.path / "dropped.parquet").to_pylist()
    return sorted((row["id"], row["reason"]) for row in rows)


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    write(tmp_path / "texts" / "de.md", f"# Art. 3\n\n{GERMAN}\n")
    write(tmp_path / "texts" / "en.txt", f"{ENGLISH}\n")
    return tmp_path / "texts"


def test_a_corpus_holds_every_document_and_is_sealed(texts: Path, tmp_path: Path) -> None:
    corpus = build(recipe(texts), tmp_path / "corpus")

    assert open_artifact(tmp_path / "corpus", "corpus") == corpus
    assert [document.text for document in read_documents(corpus.path)] == [
        f"Art. 3\n\n{GERMAN}\n",
        f"{ENGLISH}\n",
    ]


def test_the_manifest_counts_documents_languages_and_licences(texts: Path, tmp_path: Path) -> None:
    write(texts / "notes.pdf", "x")

    manifest = build(recipe(texts), tmp_path / "corpus").manifest

    assert manifest.counts["documents"] == 2
    by_language = manifest.counts["by_language"].items()
    assert {name: counts["documents"] for name, counts in by_language} == {"de": 1, "en": 1}
    assert manifest.counts["ignored"] == {"suffix .pdf": 1}
    assert manifest.licences == {"MIT": 2}
    assert list(manifest.sources) == ["a"]
    assert "pyarrow" in manifest.environment


def test_documents_of_all_sources_stand_in_the_order_of_their_ids(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        for name in ("b.md", "a/z.md", "a-b.md"):
            write(tmp_path / folder / name, f"{folder} {name}")
    wanted = [{"name": "x", "path": "one"}, {"name": "x-y", "path": "two"}]
    sources = [
        {"kind": "folder", "licence": "MIT", "name": w["name"], "path": str(tmp_path / w["path"])}
        for w in wanted
    ]

    corpus = build(validate({"sources": sources}, CorpusRecipe, "test"), tmp_path / "corpus")

    assert ids(corpus) == sorted(ids(corpus))
    assert len(ids(corpus)) == 6


def test_the_same_files_give_the_same_bytes_whatever_their_order_of_creation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["b.md", "a.md", "c/d.txt"]
    digests = set()
    for place, order in (("first", names), ("second", names[::-1])):
        for name in order:
            write(tmp_path / place / "texts" / name, f"{ENGLISH} {name}")
        monkeypatch.chdir(tmp_path / place)
        digests.add(build(recipe(Path("texts")), Path("corpus")).digest)

    assert len(digests) == 1


def test_the_same_text_is_kept_once_and_the_copy_names_the_first(texts: Path, tmp_path: Path) -> None:
    write(tmp_path / "more" / "copy.md", f"Art. 3\n---\n\n{GERMAN}")

    corpus = build(recipe(texts, tmp_path / "more"), tmp_path / "corpus")

    assert ids(corpus) == ["a/de.md", "a/en.txt"]
    assert dropped(corpus) == [("b/copy.md", "exact duplicate")]
    assert read_table(corpus.path / "dropped.parquet")["detail"].to_pylist() == ["of a/de.md"]
    assert corpus.manifest.counts["dropped"] == {"exact duplicate": 1}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PNG\0", r"bad\.md: binary: NUL byte at offset 3"),
        (b"W\xc3\xbcrde f\xfcr", r"bad\.md: unknown encoding: byte 0xfc at offset 8"),
    ],
)
def test_an_unreadable_file_stops_the_build_and_leaves_nothing(
    texts: Path, tmp_path: Path, content: bytes, message: str
) -> None:
    write(texts / "bad.md", content)

    with pytest.raises(InputError, match=message) as caught:
        build(recipe(texts), tmp_path / "corpus")

    assert "on_unreadable=drop" in caught.value.hint
    assert not (tmp_path / "corpus").exists()
    assert not list(tmp_path.rglob(".*"))


def test_unreadable_files_are_dropped_with_their_reason_when_the_recipe_says_so(
    texts: Path, tmp_path: Path
) -> None:
    write(texts / "bad.md", b"PNG\0")
    write(texts / "sub" / "worse.txt", b"W\xc3\xbcrde f\xfcr")
    write(texts / "empty.md", "")

    corpus = build(recipe(texts, on_unreadable="drop"), tmp_path / "corpus")

    assert dropped(corpus) == [
        ("a/bad.md", "binary"),
        ("a/empty.md", "empty"),
        ("a/sub/worse.txt", "unknown encoding"),
    ]
    assert ids(corpus) == ["a/de.md", "a/en.txt"]


def test_an_empty_file_never_stops_the_build(texts: Path, tmp_path: Path) -> None:
    write(texts / "empty.md", "\n\n")

    assert dropped(build(recipe(texts), tmp_path / "corpus")) == [("a/empty.md", "empty")]


def test_a_corpus_without_a_document_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "texts" / "empty.md", "")

    with pytest.raises(InputError, match="no usable document; every file was dropped: empty"):
        build(recipe(tmp_path / "texts"), tmp_path / "corpus")

    assert not (tmp_path / "corpus").exists()


def test_a_missing_folder_is_refused_before_anything_is_written(texts: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere: no such folder"):
        build(recipe(texts, tmp_path / "nowhere"), tmp_path / "corpus")

    assert not (tmp_path / "corpus").exists()


@pytest.mark.parametrize("place", [".", "corpus", "deep/er"])
def test_a_corpus_is_not_written_into_one_of_its_sources(texts: Path, place: str) -> None:
    with pytest.raises(InputError, match=r"lies inside .* a source of the corpus"):
        build(recipe(texts), texts / place)


def test_the_same_work_is_found_and_not_done_again(texts: Path, tmp_path: Path) -> None:
    first = build(recipe(texts), tmp_path / "corpus")
    written = (tmp_path / "corpus" / "documents-00000.parquet").stat().st_ino

    again = build(recipe(texts), tmp_path / "corpus")

    assert again == first
    assert (tmp_path / "corpus" / "documents-00000.parquet").stat().st_ino == written


@pytest.mark.parametrize("change", ["content", "new file", "renamed", "removed", "new stranger"])
def test_a_changed_source_is_noticed(texts: Path, tmp_path: Path, change: str) -> None:
    before = build(recipe(texts), tmp_path / "corpus")
    match change:
        case "content":
            write(texts / "en.txt", f"{ENGLISH}!\n")
        case "new file":
            write(texts / "new.md", "new")
        case "renamed":
            (texts / "en.txt").rename(texts / "other.txt")
        case "removed":
            (texts / "en.txt").unlink()
        case _:
            write(texts / "new.pdf", "new")

    with pytest.raises(InputError, match="another recipe or other inputs"):
        build(recipe(texts), tmp_path / "corpus")
    after = build(recipe(texts), tmp_path / "corpus", replace=True)

    assert after.manifest.fingerprint != before.manifest.fingerprint


def test_a_hidden_file_changes_nothing(texts: Path, tmp_path: Path) -> None:
    build(recipe(texts), tmp_path / "corpus")
    write(texts / ".de.md.swp", b"\0")

    assert ids(build(recipe(texts), tmp_path / "corpus")) == ["a/de.md", "a/en.txt"]


def test_a_damaged_corpus_is_not_taken_for_the_real_one(texts: Path, tmp_path: Path) -> None:
    corpus = build(recipe(texts), tmp_path / "corpus")
    path = corpus.path / "documents-00000.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b"?")

    with pytest.raises(ManifestMismatch, match="not what was sealed"):
        build(recipe(texts), tmp_path / "corpus")


def many(folder: Path) -> Path:
    for number in range(40):
        write(
            folder / f"{number % 7}" / f"{number:02d}.md",
            f"# {number}\n\n{GERMAN} {ENGLISH} {number * number}\n" * 3,
        )
    return folder


def test_any_number_of_workers_makes_the_same_corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mypt.execution.runner.PATIENCE", 0)
    monkeypatch.setattr("mypt.corpus.transform.GROUP_BYTES", 1000)
    folder = many(tmp_path / "texts")

    made = [
        build(recipe(folder, near_duplicates=None), tmp_path / f"{n}/corpus", execution=Execution(workers=n))
        for n in (1, 2)
    ]

    assert len({corpus.digest for corpus in made}) == 1
    assert len(list(made[0].path.glob("documents-*.parquet"))) > 3


def test_results_on_the_way_may_lie_on_another_disk(texts: Path, tmp_path: Path, another_disk: Path) -> None:
    corpus = build(recipe(texts), tmp_path / "one", execution=Execution(workers=1, work=another_disk))

    assert corpus.digest == build(recipe(texts), tmp_path / "two").digest


def test_a_new_file_changes_one_group_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mypt.corpus.transform.GROUP_BYTES", 1000)
    folder, work = many(tmp_path / "texts"), tmp_path / "work"
    build(recipe(folder, near_duplicates=None), tmp_path / "one", execution=Execution(workers=1, work=work))
    before = {path.name for path in (work / "transform").iterdir()}

    write(folder / "3" / "new.md", "# new\n\nSomething else.")
    build(recipe(folder, near_duplicates=None), tmp_path / "two", execution=Execution(workers=1, work=work))

    after = {path.name for path in (work / "transform").iterdir()}
    assert 1 <= len(after - before) <= 2 < len(before)


def test_near_duplicates_leave_the_longest_and_the_table_says_for_whom(tmp_path: Path) -> None:
    paragraph = " ".join(f"Wort{number} steht hier" for number in range(60))
    write(tmp_path / "texts" / "short.md", paragraph)
    write(tmp_path / "texts" / "long.md", f"{paragraph} und noch etwas mehr")

    corpus = build(recipe(tmp_path / "texts"), tmp_path / "corpus")

    assert ids(corpus) == ["a/long.md"]
    assert dropped(corpus) == [("a/short.md", "near duplicate")]
    clusters = read_table(corpus.path / "clusters.parquet").to_pylist()
    assert [(row["cluster"], row["id"]) for row in clusters] == [
        ("a/long.md", "a/long.md"),
        ("a/long.md", "a/short.md"),
    ]
    assert 0.8 <= clusters[1]["similarity"] < 1


def test_each_row_of_a_file_of_many_is_a_document(texts: Path, tmp_path: Path) -> None:
    rows = [json.dumps({"text": f"{ENGLISH} Row {number}."}) for number in range(3)]
    write(texts / "rows.jsonl", "\n".join(rows))

    corpus = build(recipe(texts, near_duplicates=None), tmp_path / "corpus")

    assert ids(corpus)[2:] == ["a/rows.jsonl#1", "a/rows.jsonl#2", "a/rows.jsonl#3"]


def test_progress_counts_every_task(texts: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []

    build(recipe(texts), tmp_path / "corpus", progress=lambda done, total: seen.append((done, total)))

    assert seen == [(1, 1)] * 3


def test_the_shipped_sample_is_a_bilingual_corpus_without_a_drop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)

    corpus = build(load(Path("configs/corpus/demo.json"), CorpusRecipe), tmp_path / "corpus")

    languages = corpus.manifest.counts["by_language"]
    assert set(corpus.manifest.counts["dropped"]) <= {"near duplicate"}
    assert sorted(languages) == ["de", "en"]
    assert all(counts["bytes"] > 800_000 for counts in languages.values())
    assert set(corpus.manifest.licences) == {"LicenseRef-CH-URG-Art5"}
    assert json.dumps(corpus.manifest.recipe).count("data/sample/") == 2


def test_the_recipe_in_a_manifest_makes_the_same_corpus(tmp_path: Path) -> None:
    files = {"long.txt": essay("one"), "short.txt": "Too short for prose, long enough to look something up."}
    corpus = corpus_of(tmp_path, files, source={"profile": "prose"})
    assert corpus.manifest.counts["dropped"] == {"min_words": 1}

    resolved = CorpusRecipe.model_validate(corpus.manifest.recipe)

    assert module.build(resolved, tmp_path / "again", execution=ALONE).digest == corpus.digest
