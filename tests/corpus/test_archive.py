"""Archives from outside are unpacked below one folder, or refused whole."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard

from mypt.corpus.archive import Limits, Unpacked, is_archive, read_deb_control, safe_name, unpack
from mypt.errors import InputError

TEXT = b"Die Kantone sind souver\xc3\xa4n.\n"


def tar_bytes(*members: tuple[str, Any]) -> bytes:
    """A member is a name and its bytes, or the fields of its header."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in members:
            entry = tarfile.TarInfo(name)
            if isinstance(content, bytes):
                entry.size = len(content)
            else:
                for field, value in content.items():
                    setattr(entry, field, value)
            tar.addfile(entry, io.BytesIO(content) if isinstance(content, bytes) else None)
    return buffer.getvalue()


def zip_bytes(*members: tuple[str, bytes], mode: int = 0o100644) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def ar_bytes(*members: tuple[str, bytes]) -> bytes:
    parts = [b"!<arch>\n"]
    for name, content in members:
        parts.append(f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode())
        parts.append(content + b"\n" * (len(content) % 2))
    return b"".join(parts)


def unpacked(data: bytes, name: str, folder: Path, limits: Limits | None = None) -> Unpacked:
    (folder / "archive").write_bytes(data)
    out = folder / "out"
    return unpack(folder / "archive", name, lambda inside: out / inside, limits or Limits())


def files(folder: Path) -> dict[str, bytes]:
    found = (path for path in (folder / "out").rglob("*") if path.is_file())
    return {path.relative_to(folder / "out").as_posix(): path.read_bytes() for path in found}


COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "a.tar": bytes,
    "a.tar.gz": gzip.compress,
    "a.TGZ": gzip.compress,
    "a.tar.xz": lzma.compress,
    "a.tar.bz2": bz2.compress,
    "a.tar.zst": zstandard.ZstdCompressor().compress,
}


@pytest.mark.parametrize("name", COMPRESS)
def test_a_tar_of_any_compression_gives_its_files(tmp_path: Path, name: str) -> None:
    data = COMPRESS[name](tar_bytes(("./a/b.md", TEXT), ("c.md", b"")))

    unpacked(data, name, tmp_path)

    assert is_archive(name)
    assert files(tmp_path) == {"a/b.md": TEXT, "c.md": b""}


def test_a_zip_gives_its_files(tmp_path: Path) -> None:
    unpacked(zip_bytes(("a/b.md", TEXT), ("leer/", b"")), "a.zip", tmp_path)

    assert files(tmp_path) == {"a/b.md": TEXT}


@pytest.mark.parametrize(
    ("name", "compress"),
    [("a.md.gz", gzip.compress), ("a.md.xz", lzma.compress), ("a.md.bz2", bz2.compress)],
)
def test_a_single_compressed_file_loses_its_suffix(
    tmp_path: Path, name: str, compress: Callable[[bytes], bytes]
) -> None:
    unpacked(compress(TEXT), name, tmp_path)

    assert files(tmp_path) == {"a.md": TEXT}


def test_a_debian_package_gives_its_data_and_its_control_file(tmp_path: Path) -> None:
    control = gzip.compress(tar_bytes(("./control", b"Package: a\n")))
    data = lzma.compress(tar_bytes(("./usr/share/doc/a/b.md", TEXT), ("usr/share/App::x.3", b"x")))
    package = ar_bytes(("debian-binary", b"2.0\n"), ("control.tar.gz", control), ("data.tar.xz", data))

    unpacked(package, "a.deb", tmp_path)

    assert files(tmp_path) == {"usr/share/doc/a/b.md": TEXT, "usr/share/App::x.3": b"x"}
    assert read_deb_control(tmp_path / "archive") == "Package: a\n"


@pytest.mark.parametrize(
    "name",
    ["../a", "/etc/passwd", "a/../../b", "C:/a", "c:", "a\\b", "a\nb", "a\0b", "\udcff", "", ".", "x" * 256],
)
def test_a_name_that_leads_out_is_no_name(name: str) -> None:
    with pytest.raises(InputError, match="a name that no file gets"):
        safe_name(name)


@pytest.mark.parametrize("name", ["../out.md", "/outside/out.md", "a/../../out.md"])
def test_an_archive_cannot_write_outside(tmp_path: Path, name: str) -> None:
    for data, kind in ((tar_bytes((name, TEXT)), "a.tar"), (zip_bytes((name, TEXT)), "a.zip")):
        with pytest.raises(InputError, match="a name that no file gets"):
            unpacked(data, kind, tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["archive"]


def test_links_and_devices_are_counted_and_never_made(tmp_path: Path) -> None:
    data = tar_bytes(
        ("link", {"type": tarfile.SYMTYPE, "linkname": "/etc"}),
        ("link/passwd", b"not through the link"),
        ("hard", {"type": tarfile.LNKTYPE, "linkname": "link/passwd"}),
        ("device", {"type": tarfile.CHRTYPE}),
        ("pipe", {"type": tarfile.FIFOTYPE}),
    )

    result = unpacked(data, "a.tar", tmp_path)

    assert files(tmp_path) == {"link/passwd": b"not through the link"}
    assert result.links == {"link": "/etc"}
    assert dict(result.ignored) == {"link": 2, "special file": 2}


def test_a_link_in_a_zip_is_counted_and_never_made(tmp_path: Path) -> None:
    result = unpacked(zip_bytes(("link", b"/etc/passwd"), mode=0o120777), "a.zip", tmp_path)

    assert (files(tmp_path), result.links) == ({}, {"link": "/etc/passwd"})


@pytest.mark.parametrize(
    ("first", "second"), [("a.md", "a.md"), ("a.md", "A.md"), ("a", "a/b"), ("./a", "a")]
)
def test_two_files_of_one_name_are_refused(tmp_path: Path, first: str, second: str) -> None:
    with pytest.raises(InputError, match="twice"):
        unpacked(tar_bytes((first, b"1"), (second, b"2")), "a.tar", tmp_path)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (gzip.compress(bytes(200 * 2**20), mtime=0), "a.gz"),
        (gzip.compress(tar_bytes(("a", bytes(200 * 2**20))), mtime=0), "a.tar.gz"),
        (zip_bytes(("a", bytes(200 * 2**20))), "a.zip"),
    ],
    ids=["gz", "tar", "zip"],
)
def test_a_bomb_is_stopped_by_what_comes_out(tmp_path: Path, data: bytes, name: str) -> None:
    with pytest.raises(InputError, match="as a bomb does"):
        unpacked(data, name, tmp_path)

    assert sum(len(content) for content in files(tmp_path).values()) < 150 * 2**20


def test_a_bomb_in_what_is_left_out_is_stopped_too(tmp_path: Path) -> None:
    (tmp_path / "archive").write_bytes(gzip.compress(tar_bytes(("a", bytes(200 * 2**20))), mtime=0))

    with pytest.raises(InputError, match="as a bomb does"):
        unpack(tmp_path / "archive", "a.tar.gz", lambda _: None, Limits())


def test_more_entries_or_bytes_than_allowed_are_refused(tmp_path: Path) -> None:
    data = tar_bytes(*[(f"{number}.md", TEXT) for number in range(5)])

    with pytest.raises(InputError, match="more entries"):
        unpacked(data, "a.tar", tmp_path, Limits(max_entries=4))
    with pytest.raises(InputError, match="more than it may"):
        unpacked(data, "a.tar", tmp_path, Limits(max_bytes=20))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        *((name, b"<html>not found</html>" * 100) for name in (*COMPRESS, "a.zip", "a.deb", "a.gz", "a.xz")),
        *((name, b"") for name in ("a.tar.gz", "a.zip", "a.deb", "a.xz")),
    ],
)
def test_what_is_no_archive_is_named(tmp_path: Path, name: str, data: bytes) -> None:
    with pytest.raises(InputError, match=f"{name}: not an archive that can be read"):
        unpacked(data, name, tmp_path)


@pytest.mark.parametrize("name", ["a.tar.gz", "a.tar.xz", "a.tar.bz2"])
def test_an_archive_that_is_cut_off_is_refused(tmp_path: Path, name: str) -> None:
    noise = bytes(number * number % 251 for number in range(200_000))
    whole = COMPRESS[name](tar_bytes(("a.md", noise)))

    with pytest.raises(InputError, match="not an archive that can be read"):
        unpacked(whole[: len(whole) // 2], name, tmp_path)
