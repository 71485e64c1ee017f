"""Packed office files: their parts, checked before any of them is parsed.

What an archive says about its sizes is a claim. It is refused when the claim is too large, and again when the
bytes that really come out are.
"""

import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from lxml import etree

from mypt.extraction.limits import Limits
from mypt.extraction.pages import Unextractable

_SLICE = 1 << 16
_RATIO_FROM = 1_000_000
_ENCRYPTED_FLAG = 0x1
_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, OverflowError)


@dataclass
class Archive:
    """The parts of a packed file, unpacked one at a time within the limits."""

    zip: zipfile.ZipFile
    limits: Limits
    names: frozenset[str] = field(default_factory=frozenset)
    _n_unpacked: int = 0

    def bytes_of(self, name: str) -> bytes:
        """Return a part; raises Unextractable when it is damaged or more than a file may unpack to."""
        info = self.zip.getinfo(name)
        pieces: list[bytes] = []
        n_bytes = 0
        try:
            with self.zip.open(info) as part:
                while piece := part.read(_SLICE):
                    n_bytes += len(piece)
                    self._n_unpacked += len(piece)
                    _refuse_bomb(self._n_unpacked, n_bytes, info.compress_size, self.limits)
                    pieces.append(piece)
        except _BROKEN as error:
            raise Unextractable("malformed", f"{name}: {error}") from error
        return b"".join(pieces)

    def xml(self, name: str) -> etree._Element:
        """Return the root of a part; raises Unextractable when it is no XML or declares entities."""
        return parse_xml(self.bytes_of(name), name)

    def optional_xml(self, name: str) -> etree._Element | None:
        """Return the root of a part that a file may lack."""
        return self.xml(name) if name in self.names else None

    def targets(self, name: str) -> dict[str, tuple[str, str]]:
        """Return of each relationship of a part its kind (the last word of it) and the part it leads to."""
        folder, base = posixpath.split(name)
        root = self.optional_xml(posixpath.join(folder, "_rels", f"{base}.rels"))
        if root is None:
            return {}
        found = {}
        for item in root.iter(_RELATIONSHIP):
            if item.get("TargetMode") != "External":
                kind = item.get("Type", "").rpartition("/")[2]
                target = posixpath.normpath(posixpath.join("/", folder, item.get("Target", "")))
                found[item.get("Id", "")] = (kind, target.lstrip("/"))
        return found

    def main_part(self, otherwise: str) -> str:
        """Return the part that holds the document itself."""
        targets = [target for kind, target in self.targets("").values() if kind == "officeDocument"]
        name = next((target for target in targets if target in self.names), otherwise)
        if name not in self.names:
            raise Unextractable("malformed", f"it has no {otherwise}")
        return name

    def title(self) -> str:
        """Return the title among the properties of the document; empty without one."""
        root = self.optional_xml("docProps/core.xml")
        found = root.findtext("{http://purl.org/dc/elements/1.1/}title") if root is not None else None
        return found or ""


@contextmanager
def open_archive(data: bytes, limits: Limits) -> Iterator[Archive]:
    """Yield a packed file whose directory promises no more than the limits; raises Unextractable."""
    try:
        packed = zipfile.ZipFile(io.BytesIO(data))
    except _BROKEN as error:
        raise Unextractable("malformed", f"a damaged archive: {error}") from error
    with packed:
        infos = packed.infolist()
        if len(infos) > limits.archive_members:
            raise Unextractable("too large", f"an archive of {len(infos)} parts")
        for info in infos:
            if info.flag_bits & _ENCRYPTED_FLAG:
                raise Unextractable("encrypted", "an archive with a password")
            _refuse_bomb(info.file_size, info.file_size, info.compress_size, limits)
        total = sum(info.file_size for info in infos)
        _refuse_bomb(total, 0, 1, limits)
        yield Archive(packed, limits, frozenset(packed.namelist()))


def check_all(archive: Archive) -> None:
    """Unpack every part once and keep none, for libraries that unpack by themselves."""
    for name in sorted(archive.names):
        archive.bytes_of(name)


def parse_xml(data: bytes, name: str) -> etree._Element:
    """Return the root of XML from a stranger: no entities, nothing fetched, no endless nesting."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        if "emory" in str(error):
            raise MemoryError(name) from error
        raise Unextractable("malformed", f"{name}: {error}") from error
    except ValueError as error:
        raise Unextractable("malformed", f"{name}: {error}") from error
    if root.getroottree().docinfo.doctype:
        raise Unextractable("malformed", f"{name}: it declares a document type, which no office file needs")
    return root


def _refuse_bomb(n_total: int, n_bytes: int, n_packed: int, limits: Limits) -> None:
    if n_total > limits.archive_bytes:
        raise Unextractable("too large", f"it unpacks to more than {limits.archive_bytes} bytes")
    if n_bytes > _RATIO_FROM and n_bytes > limits.archive_ratio * max(1, n_packed):
        raise Unextractable("too large", f"a part unpacks to more than {limits.archive_ratio} times its size")
