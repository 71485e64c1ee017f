"""A folder → the files in it, in order, with names that are text; links are never followed."""

import os
import stat
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

_BIDIRECTIONAL = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They make a name look like another one."""
_CONTROLS = ("Cc", "Cs", "Zl", "Zp")


@dataclass(frozen=True, slots=True)
class Found:
    """One file, or what could not be looked into."""

    path: Path
    origin: str
    problem: str = ""
    """Why it cannot be read; empty for a plain file."""
    is_folder: bool = False
    """What lies in it is not known, and so not known to be gone."""


@dataclass(slots=True)
class Walk:
    """What lies at and below a place."""

    found: list[Found] = field(default_factory=list)
    n_hidden: int = 0
    n_links: int = 0
    """Links to what is walked anyway."""


def walk(start: Path, root: Path, name: str, leave_out: frozenset[Path] = frozenset()) -> Walk:
    """Return what lies at a place in (or at) a root, sorted by name, without hidden files.

    Folders that are left out, such as other roots, are passed by. A link out of the root is found
    with its problem; one that stays inside is counted, for its target is found itself.
    """
    result = Walk()
    if start.is_dir():
        _walk_folder(start, _Place(root, name, leave_out), result)
    else:
        result.found.append(_file(start, origin_of(start, root, name)))
    return result


def origin_of(path: Path, root: Path, name: str) -> str:
    """Return what a file is called in the workspace: the root's name, then its path in it."""
    return "/".join((name, *map(readable_name, path.relative_to(root).parts)))


def is_real(path: Path) -> bool:
    """Return whether a path is there and no part of it is a link, or has become one."""
    try:
        return path.resolve(strict=True) == path
    except (OSError, RuntimeError):
        return False


def readable_name(name: str) -> str:
    """Return a name as text: what is no text, cannot be seen or misleads is escaped; no two names meet."""
    text = os.fsencode(name.replace("\\", r"\x5c")).decode("utf-8", "backslashreplace")
    return "".join(map(_visible, text))


def _visible(character: str) -> str:
    if character in _BIDIRECTIONAL or unicodedata.category(character) in _CONTROLS:
        return f"\\u{ord(character):04x}"
    return character


@dataclass(frozen=True, slots=True)
class _Place:
    root: Path
    name: str
    leave_out: frozenset[Path]


def _walk_folder(folder: Path, place: _Place, result: Walk) -> None:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: os.fsencode(entry.name))
    except OSError as error:
        origin = origin_of(folder, place.root, place.name)
        result.found.append(Found(folder, origin, error.strerror or "no folder", is_folder=True))
        return
    for entry in entries:
        path = folder / entry.name
        if path in place.leave_out:
            continue
        if entry.name.startswith("."):
            result.n_hidden += 1
        elif entry.is_symlink():
            _add_link(path, place, result)
        elif entry.is_dir(follow_symlinks=False):
            _walk_folder(path, place, result)
        else:
            result.found.append(_file(path, origin_of(path, place.root, place.name)))


def _add_link(path: Path, place: _Place, result: Walk) -> None:
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):  # a loop of links is one or the other
        problem = "a link to nothing"
    else:
        if target.is_relative_to(place.root):
            result.n_links += 1
            return
        problem = "a link out of the folder"
    result.found.append(Found(path, origin_of(path, place.root, place.name), problem))


def _file(path: Path, origin: str) -> Found:
    try:
        is_plain = stat.S_ISREG(path.lstat().st_mode)
    except OSError as error:
        return Found(path, origin, error.strerror or "cannot be looked at")
    return Found(path, origin, "" if is_plain else "no plain file")
