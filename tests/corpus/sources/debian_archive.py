"""Small real Debian packages, and a mirror of them, signed or not."""

import gzip
import hashlib
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.corpus.http_server import Page, WebServer

DEP5 = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n"
GPL = f"{DEP5}Files: *\nCopyright: A\nLicense: GPL-2+\n\nFiles: man3/b.3\nCopyright: B\nLicense: Expat\n"


def make_package(
    folder: Path,
    name: str,
    files: Mapping[str, str | bytes],
    *,
    version: str = "1.0-1",
    links: Mapping[str, str] = {},
    compression: str = "xz",
) -> Path:
    """Return a package built by dpkg-deb itself."""
    tree = folder / f"tree-{name}-{version}"
    for path, content in files.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_bytes(content if isinstance(content, bytes) else content.encode())
    for path, target in links.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).symlink_to(target)
    control = f"Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: A <a@example.org>\n"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN" / "control").write_text(f"{control}Description: test\n")
    package = folder / f"{name}_{version.replace(':', '%3a')}_all.deb"
    command = ["dpkg-deb", "--root-owner-group", f"-Z{compression}", "--build", str(tree), str(package)]
    environment = {"PATH": os.defpath, "SOURCE_DATE_EPOCH": "0"}
    subprocess.run(command, check=True, capture_output=True, env=environment)
    return package


def docs(name: str) -> dict[str, str | bytes]:
    """Return what a package of documentation holds."""
    return {
        f"usr/share/doc/{name}/copyright": GPL,
        f"usr/share/doc/{name}/a.txt": f"Text of {name}\n",
        "usr/share/man/man3/b.3.gz": gzip.compress(b".TH B 3\n", mtime=0),
        "usr/bin/program": b"\x7fELF",
    }


def serve_mirror(
    server: WebServer, packages: list[Path], sign: str | None = None, home: Path | None = None
) -> None:
    """Put an apt repository on a server: pool, lists of packages, and the release file over them."""
    index = "\n".join(_paragraph(package) for package in packages)
    packed = gzip.compress(index.encode(), mtime=0)
    line = f" {hashlib.sha256(packed).hexdigest()} {len(packed)} main/binary-amd64/Packages.gz"
    release = f"Origin: Test\nSuite: stable\nSHA256:\n{line}\n"
    if sign and home:
        release = _signed(release, sign, home)
    server.pages["/debian/dists/stable/InRelease"] = Page(release.encode(), "text/plain")
    server.pages["/debian/dists/stable/main/binary-amd64/Packages.gz"] = Page(packed)
    for package in packages:
        server.pages[f"/debian/pool/{package.name}"] = Page(package.read_bytes())


def _paragraph(package: Path) -> str:
    fields = subprocess.run(
        ["dpkg-deb", "-f", str(package)], check=True, capture_output=True, text=True
    ).stdout
    digest = hashlib.sha256(package.read_bytes()).hexdigest()
    return f"{fields}Filename: pool/{package.name}\nSHA256: {digest}\n"


def make_key(home: Path) -> Path:
    """Return the keyring with the public key of a new signer `test@example.org`."""
    home.mkdir(mode=0o700)
    _gpg(home, "--passphrase", "", "--quick-gen-key", "test@example.org", "ed25519", "sign", "never")
    keyring = home / "public.gpg"
    keyring.write_bytes(_gpg(home, "--export"))
    return keyring


def _signed(text: str, signer: str, home: Path) -> str:
    return _gpg(home, "--local-user", signer, "--clearsign", given=text.encode()).decode()


def _gpg(home: Path, *arguments: str, given: bytes = b"") -> bytes:
    command = ["gpg", "--homedir", str(home), "--batch", "--quiet", "--pinentry-mode", "loopback", *arguments]
    return subprocess.run(
        command, check=True, capture_output=True, input=given, env={"PATH": os.defpath, "HOME": str(home)}
    ).stdout
