"""The index of a mirror of Debian packages: signed release file, list of packages, one package to fetch."""

import lzma
import re
import shutil
import subprocess
import tempfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from debian_inspector.debcon import get_paragraph_data, get_paragraphs_data
from debian_inspector.unsign import remove_signature
from debian_inspector.version import Version
from pydantic import Field

from mypt.config import Section
from mypt.corpus.sources.download import Client, Wanted
from mypt.errors import InputError

_KEYRINGS = (
    "/usr/share/keyrings/debian-archive-keyring.gpg",
    "/usr/share/keyrings/ubuntu-archive-keyring.gpg",
)
_MAX_INDEX = 2**30
_COMPRESSIONS = (".xz", ".gz", "")
_DIGEST_LINE = re.compile(r"\s*([0-9a-f]{64})\s+\d+\s+(\S+)")


class DebianMirror(Section):
    """One apt mirror."""

    url: str
    """Its address, the folder that holds `dists` and `pool`."""
    suite: str = Field(default="stable", pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$")
    """Release, by code name or by what it is now."""
    components: tuple[str, ...] = ("main",)
    """Parts of the release that are searched."""
    architecture: str = "amd64"
    """Whose packages; those for all architectures are listed with them."""
    keyring: str = ""
    """File of the keys that may sign; by default Debian's own, where it is installed."""


@dataclass(frozen=True)
class PackageEntry:
    """One package of an index."""

    name: str
    version: str
    architecture: str
    wanted: Wanted


def find_packages(
    mirrors: Sequence[DebianMirror], names: Sequence[str], client: Client, folder: Path
) -> tuple[list[PackageEntry], list[str]]:
    """Return the newest package of each name, or of `name=version` that version, and notes on signatures.

    Raises InputError for a package that no mirror has, and for an index that was changed.
    """
    wanted = {name.partition("=")[0] for name in names}
    found: list[PackageEntry] = []
    notes: list[str] = []
    for number, mirror in enumerate(mirrors):
        digests, note = _release(mirror, client, folder / f"{number}-InRelease")
        notes.append(note)
        for component in mirror.components:
            place = folder / f"{number}-{component}-Packages"
            found += _entries(_index(mirror, component, digests, client, place), mirror, wanted)
    return [_best(name, found) for name in names], notes


def _best(name: str, found: Sequence[PackageEntry]) -> PackageEntry:
    package, _, version = name.partition("=")
    fitting = [entry for entry in found if entry.name == package and version in ("", entry.version)]
    if not fitting:
        there = sorted({entry.version for entry in found if entry.name == package})
        raise InputError(
            f"no mirror has the package {name}", hint=f"versions there: {', '.join(there) or 'none'}"
        )
    return max(fitting, key=lambda entry: Version.from_string(entry.version))


def _release(mirror: DebianMirror, client: Client, path: Path) -> tuple[dict[str, str], str]:
    """Return the digest of each index, and whether anybody vouches for them."""
    url = f"{mirror.url.rstrip('/')}/dists/{mirror.suite}/InRelease"
    path.unlink(missing_ok=True)
    client.download(Wanted(url), path)
    text, note = _verified(path, mirror)
    fields = get_paragraph_data(text)
    lines = (_DIGEST_LINE.match(line) for line in fields.get("sha256", "").splitlines())
    digests = {found[2]: found[1] for found in lines if found}
    if not digests:
        raise InputError(f"{url}: lists no index with its sha256")
    return digests, f"{mirror.url} {mirror.suite}: {note}"


def _verified(path: Path, mirror: DebianMirror) -> tuple[str, str]:
    """Return what was signed, as gpgv itself gives it, so that nothing beside it can be taken for it."""
    program = shutil.which("gpgv")
    keyring = mirror.keyring or next((name for name in _KEYRINGS if Path(name).exists()), "")
    if mirror.keyring and not program:
        raise InputError("gpgv is not installed", hint="install it, or leave out keyring")
    if not program or not keyring:
        missing = "no keyring of Debian" if program else "gpgv"
        text = path.read_text(encoding="utf-8", errors="replace")
        return remove_signature(text), f"signature NOT checked, {missing} is installed here"
    with tempfile.TemporaryDirectory(prefix="mypt-gpgv-") as folder:
        signed = Path(folder) / "signed"
        command = [
            program,
            "--keyring",
            str(Path(keyring).absolute()),
            "--output",
            str(signed),
            str(path.absolute()),
        ]
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, check=False, timeout=60, env={"HOME": folder, "LC_ALL": "C.UTF-8"}
        )
        if done.returncode or not signed.exists():
            complaint = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
            raise InputError(
                f"{mirror.url}: the signature of {mirror.suite} is not good: {' '.join(complaint)}"
            )
        return signed.read_text(encoding="utf-8"), f"signature checked with {Path(keyring).name}"


def _index(
    mirror: DebianMirror, component: str, digests: Mapping[str, str], client: Client, path: Path
) -> str:
    """Return the list of packages of one component, checked against the release file."""
    for suffix in _COMPRESSIONS:
        name = f"{component}/binary-{mirror.architecture}/Packages{suffix}"
        if name in digests:
            url = f"{mirror.url.rstrip('/')}/dists/{mirror.suite}/{name}"
            client.download(Wanted(url, digests[name]), path)
            return _uncompressed(path.read_bytes(), suffix, url).decode("utf-8", "replace")
    raise InputError(f"{mirror.url}: {mirror.suite} has no {component} for {mirror.architecture}")


def _uncompressed(data: bytes, suffix: str, url: str) -> bytes:
    try:
        if suffix == ".xz":
            return lzma.LZMADecompressor().decompress(data, _MAX_INDEX)
        return zlib.decompressobj(wbits=31).decompress(data, _MAX_INDEX) if suffix else data
    except (lzma.LZMAError, zlib.error) as error:
        raise InputError(f"{url}: cannot be uncompressed: {error}") from error


def _entries(index: str, mirror: DebianMirror, wanted: set[str]) -> Iterator[PackageEntry]:
    """Parse only the paragraphs of packages that are wanted; an index has some 60,000."""
    for paragraph in re.split(r"\n\s*\n", index):
        first = re.search(r"^Package: *(\S+)", paragraph, flags=re.MULTILINE)
        if not first or first[1] not in wanted:
            continue
        fields = next(iter(get_paragraphs_data(paragraph)))
        sha256 = fields.get("sha256", "")
        if not re.fullmatch(r"[0-9a-f]{64}", sha256):
            raise InputError(f"{mirror.url}: lists {first[1]} without its sha256")
        url = f"{mirror.url.rstrip('/')}/{fields.get('filename', '')}"
        about = {name: fields.get(name, "") for name in ("package", "version", "architecture")}
        yield PackageEntry(
            first[1], about["version"], about["architecture"], Wanted(url, sha256, about=about)
        )
