"""`mypt trace`: from an artifact back to its documents and licences."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from mypt.provenance.trace import Link, trace_back


def trace(artifact: Annotated[Path, Parameter(help="Folder of any artifact.")]) -> None:
    """Show what an artifact was made from, each file checked against its manifest."""
    for link in trace_back(artifact):
        print("\n".join(_lines(link)))


def _lines(link: Link) -> list[str]:
    indent = "   " * link.depth
    manifest = link.artifact.manifest
    size = sum(entry.bytes for entry in manifest.files.values())
    lines = [
        f"{indent}{manifest.kind} {link.artifact.path}",
        f"{indent}   digest   {link.artifact.digest}",
        f"{indent}   recipe   {manifest.fingerprint}",
        f"{indent}   files    {len(manifest.files)}, {size:,} bytes, all as sealed",
    ]
    licences = ", ".join(f"{name} ({count} documents)" for name, count in manifest.licences.items())
    return [*lines, f"{indent}   licences {licences or '-'}"]
