"""An index is made once, brought up to date cheaply, and survives whatever stops it."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from mypt.errors import InputError
from mypt.retrieval import index as index_module
from mypt.retrieval.hashing_embedder import HashingEmbedder
from mypt.retrieval.index import (
    KEYWORD_NAME,
    MANIFEST_NAME,
    build,
    check_embedders,
    embedder_digests,
    fill_vectors,
    open_keywords,
    passage_keys,
    searchable_text,
)
from mypt.retrieval.keyword_cache import read_cache
from mypt.retrieval.retriever import Retriever
from mypt.workspace.rows import OPERATOR, PassageRow
from mypt.workspace.workspace import Workspace
from tests.retrieval.workspaces import PAGE_END, add_text, add_texts, make_workspace, plain_reader

EMBEDDER = HashingEmbedder(16)
TEXTS = {
    f"t{n}.txt": PAGE_END.join(f"Seite {p} über Wort{n} und Haus{p}" for p in range(4)) for n in range(6)
}
BUILD = """
import sys
from pathlib import Path
from mypt.retrieval.hashing_embedder import HashingEmbedder
from mypt.retrieval import index
from mypt.workspace.workspace import Workspace
index._BATCH = 2
with Workspace.open(Path(sys.argv[1])) as workspace:
    index.build(workspace, [HashingEmbedder(16)], lambda *facts: print(*facts, flush=True))
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with make_workspace(tmp_path) as workspace:
        add_texts(workspace, TEXTS)
        yield workspace


def caches(workspace: Workspace) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in workspace.index_folder.iterdir() if path.name != ".lock"}


def start_build(workspace: Workspace) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", BUILD, str(workspace.path)],
        env={**os.environ, "OMP_NUM_THREADS": "1"}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_a_build_makes_everything_that_search_needs(workspace: Workspace) -> None:
    reported: list[tuple[str, int, int]] = []

    built = build(workspace, [EMBEDDER], lambda *facts: reported.append(facts))

    assert (built.passages, built.vectors) == (24, {"hashing": 24})
    assert reported == [("keywords", 0, 24), ("keywords", 24, 24), ("hashing", 24, 24)]
    assert embedder_digests(workspace.index_folder) == {"hashing": EMBEDDER.digest}
    assert len(read_cache(workspace.index_folder / KEYWORD_NAME).index) == 24


def test_a_second_build_computes_nothing_and_changes_no_byte(workspace: Workspace) -> None:
    build(workspace, [EMBEDDER])
    before = caches(workspace)

    built = build(workspace, [EMBEDDER])

    assert built.vectors == {"hashing": 0}
    assert caches(workspace) == before


def test_a_changed_document_alone_is_read_again(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(workspace, [EMBEDDER])
    add_text(workspace, "t3.txt", "Ganz neuer Text")
    read: list[str] = []

    def note(title: str, row: PassageRow) -> str:
        read.append(row.text)
        return searchable_text(title, row)

    monkeypatch.setattr(index_module, "searchable_text", note)

    built = build(workspace, [EMBEDDER])

    assert read == ["Ganz neuer Text"] * 2  # for the words, and for the vector
    assert (built.passages, built.vectors) == (21, {"hashing": 1})


def test_an_index_brought_up_to_date_has_the_bytes_of_a_new_one(workspace: Workspace) -> None:
    build(workspace, [EMBEDDER])
    add_text(workspace, "t3.txt", "Ganz neuer Text" + PAGE_END + "zwei")
    workspace.remove(workspace.documents(OPERATOR)[0].id)
    build(workspace, [EMBEDDER])
    updated = caches(workspace)

    for path in workspace.index_folder.iterdir():
        path.unlink()
    build(workspace, [EMBEDDER])

    assert caches(workspace) == updated


def test_a_stopped_build_goes_on_where_it_was(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "_BATCH", 5)

    def stop(name: str, done: int, total: int) -> None:  # noqa: ARG001
        if name == "hashing" and done >= 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(workspace, [EMBEDDER], stop)

    assert workspace.n_vectors(EMBEDDER.digest) == 10
    assert Retriever.open(workspace, [EMBEDDER]).search("Wort2", OPERATOR)[0].title == "t2"
    assert fill_vectors(workspace, EMBEDDER) == 14


def test_a_permission_changes_no_cache(workspace: Workspace) -> None:
    build(workspace, [EMBEDDER])
    before = caches(workspace)

    workspace.set_readers(workspace.documents(OPERATOR)[0].id, ["anna"])

    assert not open_keywords(workspace, workspace.all_passages())[1]
    build(workspace, [EMBEDDER])
    assert caches(workspace) == before


def test_passages_of_another_workspace_have_other_keys(workspace: Workspace, tmp_path: Path) -> None:
    with make_workspace(tmp_path / "other") as other:
        add_texts(other, {name: text.replace("über", "von") for name, text in TEXTS.items()})

        ours, theirs = (passage_keys(each.all_passages()) for each in (workspace, other))

    assert len(np.union1d(ours, theirs)) == 48


def test_a_cache_of_another_workspace_is_not_used(workspace: Workspace, tmp_path: Path) -> None:
    with make_workspace(tmp_path / "other") as other:
        add_text(other, "x.txt", "Fremdes Wort")
        build(other, [])
        foreign = (other.index_folder / KEYWORD_NAME).read_bytes()
    workspace.index_folder.mkdir()
    (workspace.index_folder / KEYWORD_NAME).write_bytes(foreign)

    assert Retriever.open(workspace).search("fremdes", OPERATOR) == []


def test_other_embedders_are_refused_by_their_digest(workspace: Workspace) -> None:
    check_embedders(workspace.index_folder, [EMBEDDER])
    build(workspace, [EMBEDDER])

    check_embedders(workspace.index_folder, [EMBEDDER])
    with pytest.raises(InputError, match=f"made with hashing {EMBEDDER.digest[:12]}, asked with no embedder"):
        check_embedders(workspace.index_folder, [])


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"embedders": 3}', "\0"])
def test_a_damaged_list_of_embedders_counts_as_missing(workspace: Workspace, text: str) -> None:
    build(workspace, [EMBEDDER])
    (workspace.index_folder / MANIFEST_NAME).write_text(text)

    assert embedder_digests(workspace.index_folder) is None


def test_a_passage_is_found_by_its_title_and_headings_too() -> None:
    passage = PassageRow("d-1", "d", 1, 1, 0, 4, ("Teil", "Kapitel"), "de", "Text")

    assert searchable_text("Titel", passage) == "Titel\nTeil\nKapitel\nText"


def test_what_a_killed_process_left_is_removed_and_what_a_running_one_writes_is_not(
    workspace: Workspace,
) -> None:
    workspace.index_folder.mkdir()
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    left = workspace.index_folder / f".{KEYWORD_NAME}.{gone.pid}.staging"
    running = workspace.index_folder / f".{KEYWORD_NAME}.{os.getpid()}.staging"
    left.touch()
    running.touch()

    build(workspace, [])

    assert not left.exists()


def test_two_processes_that_build_at_once_take_turns(workspace: Workspace) -> None:
    with start_build(workspace) as one, start_build(workspace) as other:
        outputs = [process.communicate(timeout=120) for process in (one, other)]

    assert [process.returncode for process in (one, other)] == [0, 0], outputs
    together = caches(workspace)
    assert workspace.n_vectors(EMBEDDER.digest) == 24
    build(workspace, [EMBEDDER])
    assert caches(workspace) == together


@pytest.mark.slow
def test_a_build_killed_at_any_moment_leaves_an_index_that_can_be_searched(workspace: Workspace) -> None:
    build(workspace, [EMBEDDER])
    chance = random.Random(5)  # noqa: S311
    kept = 24
    for number in range(20):
        add_text(workspace, f"new{number}.txt", f"Zuwachs Nummer {number}" + PAGE_END + "und mehr davon")
        with start_build(workspace) as process:
            assert process.stdout is not None
            process.stdout.readline()  # the build has begun
            time.sleep(chance.random() * 0.15)
            process.kill()

        n_vectors = workspace.n_vectors(EMBEDDER.digest)
        found = Retriever.open(workspace, [EMBEDDER]).search(f"Zuwachs {number}", OPERATOR, top_k=100)

        assert f"new{number}" in {hit.title for hit in found}
        assert n_vectors >= kept
        kept = n_vectors
    build(workspace, [EMBEDDER])
    assert workspace.n_vectors(EMBEDDER.digest) == len(workspace.all_passages())
    assert not list(workspace.index_folder.glob(".*.staging"))


def test_a_workspace_opened_again_is_the_same(workspace: Workspace) -> None:
    build(workspace, [EMBEDDER])

    with Workspace.open(workspace.path, plain_reader) as again:
        assert Retriever.open(again, [EMBEDDER]).digest == Retriever.open(workspace, [EMBEDDER]).digest
