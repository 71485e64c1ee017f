"""What a folder holds is found in order, under names that are text, and nothing outside it."""

import os
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from mypt.workspace.walk import Walk, is_real, readable_name, walk
from tests.workspace.fakes import write


def _walk(root: Path, *leave_out: Path) -> Walk:
    return walk(root, root, root.name, frozenset(leave_out))


def _problems(root: Path) -> dict[str, str]:
    return {found.origin: found.problem for found in _walk(root).found}


def test_files_come_sorted_with_their_path_in_the_root(tmp_path: Path) -> None:
    root = write(tmp_path / "docs", {"b.txt": "", "a/z.txt": "", "a/Y.txt": ""})

    assert list(_problems(root)) == ["docs/a/Y.txt", "docs/a/z.txt", "docs/b.txt"]


def test_what_is_hidden_is_counted_and_not_entered(tmp_path: Path) -> None:
    root = write(tmp_path / "docs", {"a.txt": "", ".b.txt": "", ".git/c.txt": "", ".git/d.txt": ""})

    found = _walk(root)

    assert ([one.origin for one in found.found], found.n_hidden) == (["docs/a.txt"], 2)


def test_a_link_out_of_the_root_is_a_problem_and_not_followed(tmp_path: Path) -> None:
    root = write(tmp_path / "docs", {"a.txt": ""})
    write(tmp_path / "secret", {"key.txt": ""})
    (root / "file").symlink_to(tmp_path / "secret" / "key.txt")
    (root / "folder").symlink_to("../secret", target_is_directory=True)
    (root / "nothing").symlink_to("gone")

    assert _problems(root) == {
        "docs/a.txt": "",
        "docs/file": "a link out of the folder",
        "docs/folder": "a link out of the folder",
        "docs/nothing": "a link to nothing",
    }


def test_links_that_stay_inside_are_counted_and_loops_end(tmp_path: Path) -> None:
    root = write(tmp_path / "docs", {"a/b.txt": ""})
    (root / "a" / "again").symlink_to("..", target_is_directory=True)
    (root / "same").symlink_to("a/b.txt")
    (root / "self").symlink_to("self")

    found = _walk(root)

    assert found.n_links == 2
    assert [one.origin for one in found.found] == ["docs/a/b.txt", "docs/self"]


def test_a_pipe_is_no_plain_file(tmp_path: Path) -> None:
    root = write(tmp_path / "docs", {})
    os.mkfifo(root / "pipe")

    assert _problems(root) == {"docs/pipe": "no plain file"}


def test_other_roots_are_left_out(tmp_path: Path) -> None:
    root = write(tmp_path / "docs", {"a.txt": "", "own/b.txt": "", "c.txt": ""})

    found = _walk(root, root / "own", root / "c.txt")

    assert [one.origin for one in found.found] == ["docs/a.txt"]


def test_a_file_may_be_a_root(tmp_path: Path) -> None:
    root = write(tmp_path, {"a.txt": ""}) / "a.txt"

    assert _problems(root) == {"a.txt": ""}


def test_bytes_that_are_no_text_and_marks_that_mislead_are_escaped(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    for name in (b"\xff.txt", b"tab\there", "gpj\u202etxt.exe".encode(), rb"\xff.txt"):
        (tmp_path / "docs" / os.fsdecode(name)).touch()

    origins = list(_problems(tmp_path / "docs"))

    assert origins == [
        "docs/\\x5cxff.txt",
        "docs/gpj\\u202etxt.exe",
        "docs/tab\\u0009here",
        "docs/\\xff.txt",
    ]


def test_a_path_over_a_link_is_not_real(tmp_path: Path) -> None:
    write(tmp_path / "docs", {"a.txt": ""})
    (tmp_path / "link").symlink_to("docs")

    assert is_real(tmp_path / "docs" / "a.txt")
    assert not is_real(tmp_path / "link" / "a.txt")
    assert not is_real(tmp_path / "docs" / "b.txt")


@settings(deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=6), min_size=2, max_size=2, unique=True))
def test_no_two_names_become_one(names: list[bytes]) -> None:
    first, second = (readable_name(os.fsdecode(name)) for name in names)

    assert first != second
    first.encode()
