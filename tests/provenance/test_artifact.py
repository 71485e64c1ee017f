"""A folder becomes an artifact whole or not at all, whatever goes wrong on the way."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from mypt import __version__
from mypt.config import Section
from mypt.errors import InputError, ManifestMismatch
from mypt.provenance.artifact import Artifact, find, open_artifact, staged


class Recipe(Section):
    """What the artifacts of these tests are made from."""

    seed: int = 1


def make(target: Path, text: str = "text", *, seed: int = 1, replace: bool = False) -> Artifact:
    with staged(target, "corpus", Recipe(seed=seed), replace=replace) as draft:
        (draft.path / "sub").mkdir()
        (draft.path / "sub" / "a.txt").write_text(text, encoding="utf-8")
        draft.counts["documents"] = 1
        draft.licences |= {"MIT": 1, "CC0-1.0": 2}
        draft.environment["torch"] = "2"
    return open_artifact(target, "corpus")


def text_of(target: Path) -> str:
    return (open_artifact(target, "corpus").path / "sub" / "a.txt").read_text(encoding="utf-8")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def in_a_process_of_its_own(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run code that starts with this module's imports and ends as badly as it wants."""
    head = "import os, sys\nfrom pathlib import Path\nfrom mypt.config import Section\n"
    tail = "from mypt.errors import StorageFull\nfrom mypt.provenance.artifact import staged\n"
    recipe = "class Recipe(Section):\n    seed: int = 2\n"
    command = [sys.executable, "-c", head + tail + recipe + dedent(code), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_sealed_folder_holds_its_files_and_a_manifest_of_them(tmp_path: Path) -> None:
    artifact = make(tmp_path / "deep" / "corpus")

    manifest = artifact.manifest
    assert list(manifest.files) == ["sub/a.txt"]
    assert manifest.files["sub/a.txt"].bytes == 4
    assert manifest.recipe == {"seed": 1}
    assert manifest.counts == {"documents": 1}
    assert list(manifest.licences) == ["CC0-1.0", "MIT"]
    assert manifest.environment == {"mypt": __version__, "torch": "2"}
    assert names(tmp_path / "deep") == ["corpus"]


def test_the_same_work_gives_the_same_digest_anywhere(tmp_path: Path) -> None:
    assert make(tmp_path / "one").digest == make(tmp_path / "two").digest


def test_another_byte_gives_another_digest(tmp_path: Path) -> None:
    assert make(tmp_path / "one").digest != make(tmp_path / "two", "Text").digest


def test_an_artifact_names_itself_as_an_input(tmp_path: Path) -> None:
    artifact = make(tmp_path / "corpus")

    entry = artifact.as_input()

    assert (entry.kind, Path(entry.path), entry.digest) == ("corpus", artifact.path, artifact.digest)


def test_inputs_and_sources_are_bound_by_the_manifest(tmp_path: Path) -> None:
    corpus = make(tmp_path / "corpus")

    with staged(tmp_path / "dataset", "dataset", Recipe(), [corpus], {"raw": "ab"}):
        pass

    manifest = open_artifact(tmp_path / "dataset", "dataset").manifest
    assert manifest.inputs == (corpus.as_input(),)
    assert manifest.sources == {"raw": "ab"}


def break_off(target: Path, error: type[BaseException], *, replace: bool = False) -> None:
    with staged(target, "corpus", Recipe(), replace=replace) as draft:
        (draft.path / "half").write_bytes(b"x")
        raise error


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_an_exception_leaves_nothing_behind(tmp_path: Path, error: type[BaseException]) -> None:
    with pytest.raises(error):
        break_off(tmp_path / "corpus", error)

    assert names(tmp_path) == []


def test_an_exception_leaves_the_old_artifact_as_it_was(tmp_path: Path) -> None:
    before = make(tmp_path / "corpus")

    with pytest.raises(KeyboardInterrupt):
        break_off(tmp_path / "corpus", KeyboardInterrupt, replace=True)

    assert open_artifact(tmp_path / "corpus", "corpus") == before
    assert names(tmp_path) == ["corpus"]


def test_an_artifact_is_not_replaced_unless_told_to(tmp_path: Path) -> None:
    make(tmp_path / "corpus", "old")

    with pytest.raises(InputError, match="already holds an artifact") as caught:
        make(tmp_path / "corpus", "new")

    assert "--replace" in caught.value.hint
    assert text_of(tmp_path / "corpus") == "old"


def test_a_replaced_artifact_is_gone_and_the_new_one_is_whole(tmp_path: Path) -> None:
    make(tmp_path / "corpus", "old")

    make(tmp_path / "corpus", "new", replace=True)

    assert text_of(tmp_path / "corpus") == "new"
    assert names(tmp_path) == ["corpus"]


def test_a_folder_that_is_no_artifact_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work", encoding="utf-8")

    with pytest.raises(InputError, match="is not an artifact of MyPT"):
        make(tmp_path / "thesis", replace=True)

    assert names(tmp_path / "thesis") == ["chapter.txt"]


def test_a_file_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "corpus").write_text("a file", encoding="utf-8")

    with pytest.raises(InputError, match="is not an artifact of MyPT"):
        make(tmp_path / "corpus", replace=True)


def test_an_empty_folder_may_become_an_artifact(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()

    assert make(tmp_path / "corpus").path == tmp_path / "corpus"


def test_a_place_where_no_folder_can_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")

    with pytest.raises(InputError, match="cannot be written"):
        make(tmp_path / "file" / "corpus")


def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path: Path) -> None:
    killed = in_a_process_of_its_own(
        """
        with staged(Path(sys.argv[1]), "corpus", Recipe()) as draft:
            (draft.path / "half").write_bytes(b"x")
            os._exit(9)
        """,
        tmp_path / "corpus",
    )
    assert killed.returncode == 9
    assert names(tmp_path) == [".corpus.claim", ".corpus.staging"]

    make(tmp_path / "corpus")

    assert names(tmp_path) == ["corpus"]
    assert list(open_artifact(tmp_path / "corpus", "corpus").manifest.files) == ["sub/a.txt"]


def _kill_between_the_renames(target: Path) -> None:
    killed = in_a_process_of_its_own(
        """
        rename = Path.rename
        def rename_or_die(self, other):
            if self.name.endswith(".staging"):
                os._exit(9)
            return rename(self, other)
        Path.rename = rename_or_die
        with staged(Path(sys.argv[1]), "corpus", Recipe(), replace=True) as draft:
            (draft.path / "new").write_bytes(b"x")
        """,
        target,
    )
    assert killed.returncode == 9, killed.stderr
    assert not target.exists()


def test_a_kill_between_the_two_renames_costs_no_artifact(tmp_path: Path) -> None:
    make(tmp_path / "corpus", "old")
    _kill_between_the_renames(tmp_path / "corpus")

    with pytest.raises(InputError, match="already holds an artifact"):
        make(tmp_path / "corpus", "new")

    assert text_of(tmp_path / "corpus") == "old"


def test_after_a_kill_between_the_two_renames_the_replacement_works(tmp_path: Path) -> None:
    make(tmp_path / "corpus", "old")
    _kill_between_the_renames(tmp_path / "corpus")

    make(tmp_path / "corpus", "new", replace=True)

    assert text_of(tmp_path / "corpus") == "new"
    assert names(tmp_path) == ["corpus"]


def test_a_second_rename_that_fails_puts_the_old_artifact_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path / "corpus", "old")
    rename = Path.rename

    def rename_or_fail(self: Path, target: Path) -> Path:
        if self.name.endswith(".staging"):
            raise TimeoutError("the network drive went away")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", rename_or_fail)
    with pytest.raises(TimeoutError):
        make(tmp_path / "corpus", "new", replace=True)

    assert text_of(tmp_path / "corpus") == "old"
    assert names(tmp_path) == ["corpus"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits on file size")
def test_a_full_disk_is_reported_and_the_old_artifact_stays(tmp_path: Path) -> None:
    make(tmp_path / "corpus", "old")

    full = in_a_process_of_its_own(
        """
        import resource
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
        try:
            with staged(Path(sys.argv[1]), "corpus", Recipe(), replace=True) as draft:
                (draft.path / "large").write_bytes(bytes(100_000))
        except StorageFull as error:
            print(error.message)
            sys.exit(error.exit_code)
        """,
        tmp_path / "corpus",
    )

    assert full.returncode == 3, full.stderr
    assert "no room left on the disk" in full.stdout
    assert text_of(tmp_path / "corpus") == "old"
    assert names(tmp_path) == ["corpus"]


def test_finished_work_is_found(tmp_path: Path) -> None:
    artifact = make(tmp_path / "corpus")

    assert find(tmp_path / "corpus", "corpus", Recipe()) == artifact


def test_other_work_is_not_found(tmp_path: Path) -> None:
    make(tmp_path / "corpus")
    other = make(tmp_path / "other")
    path = tmp_path / "corpus"

    assert find(tmp_path / "nowhere", "corpus", Recipe()) is None
    assert find(path, "dataset", Recipe(), replace=True) is None
    assert find(path, "corpus", Recipe(seed=2), replace=True) is None
    assert find(path, "corpus", Recipe(), [other], replace=True) is None
    assert find(path, "corpus", Recipe(), sources={"raw": "ab"}, replace=True) is None


def test_a_place_that_will_be_refused_is_refused_before_the_work(tmp_path: Path) -> None:
    corpus = make(tmp_path / "corpus")

    with pytest.raises(InputError, match="already holds an artifact"):
        find(tmp_path / "corpus", "corpus", Recipe(seed=2))
    with pytest.raises(InputError, match="cannot be replaced"):
        find(tmp_path / "corpus", "corpus", Recipe(), [corpus], replace=True)
    (tmp_path / "corpus" / "manifest.json").unlink()
    with pytest.raises(InputError, match="is not an artifact of MyPT"):
        find(tmp_path / "corpus", "corpus", Recipe(), replace=True)


def test_an_artifact_of_another_kind_is_refused(tmp_path: Path) -> None:
    make(tmp_path / "corpus")

    with pytest.raises(ManifestMismatch, match="expected a dataset, this is a corpus"):
        open_artifact(tmp_path / "corpus", "dataset")


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: path.write_bytes(b"X" + path.read_bytes()[1:]),
        lambda path: path.unlink(),
        lambda path: (path.parents[1] / "manifest.json").write_bytes(b"{"),
    ],
    ids=["truncated file", "changed byte", "missing file", "broken manifest"],
)
def test_damage_is_noticed_on_opening_and_on_finding(
    tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    make(tmp_path / "corpus")
    damage(tmp_path / "corpus" / "sub" / "a.txt")

    with pytest.raises(ManifestMismatch) as on_opening:
        open_artifact(tmp_path / "corpus", "corpus")
    with pytest.raises(ManifestMismatch) as on_finding:
        find(tmp_path / "corpus", "corpus", Recipe())

    assert on_opening.value.message == on_finding.value.message
    assert on_opening.value.hint


def test_a_missing_artifact_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ManifestMismatch, match="does not exist"):
        open_artifact(tmp_path / "nowhere", "corpus")


def test_a_damaged_artifact_counts_as_not_made_only_when_it_may_be_replaced(tmp_path: Path) -> None:
    make(tmp_path / "a")
    (tmp_path / "a" / "sub" / "a.txt").write_text("tex", encoding="utf-8")

    assert find(tmp_path / "a", "corpus", Recipe(), replace=True) is None
    with pytest.raises(ManifestMismatch, match="3 bytes, the manifest says 4") as caught:
        find(tmp_path / "a", "corpus", Recipe())
    assert "--replace" in caught.value.hint
