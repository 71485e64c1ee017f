"""Manual pages to plain text, by mandoc."""

import hashlib
import re
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from mypt.documents.characters import normalise_characters
from mypt.documents.raw_file import RawFile, Unreadable
from mypt.errors import InputError

_PROGRAM = "mandoc"
_SECONDS = 30
_WIDTH = 1000  # columns, the most that mandoc takes; few paragraphs are longer
_BROKEN = 850  # a line longer than that was broken by mandoc, unless its next word has 150 letters
_REFERENCE = re.compile(rb"""\A(?:[ \t]*(?:['.]\\".*)?\n)*\.so\s+(\S+)\s*(?:\n[ \t]*(?:['.]\\".*)?)*\Z""")
_TABLE_FORMAT = re.compile(r"^\.TS\b.*\n(?:.*;[ \t]*\n)?(?:.*\n){0,20}?.*\.[ \t]*$", re.MULTILINE)
_WIDEST_COLUMN = re.compile(r"(?<=[A-Za-z])x", re.IGNORECASE)
_OVERSTRIKE = re.compile(".\b")
_WIDE_GAP = re.compile(r"(?<=\S) {40,}(?=\S)")  # between the parts of page header and footer
_PADDING = re.compile(r"^ {200,}")  # before lines that are centred on the page
_BLANK_LINES = re.compile(r"\n{3,}")


class ManPage:
    """Manual pages in man(7) or mdoc(7)."""

    name = "man"
    reads_neighbours = False

    @property
    def version(self) -> str:
        """Return our own count, and which mandoc it is."""
        return f"1 mandoc {_digest_of_mandoc()}"

    def to_text(self, file: RawFile) -> str:
        """Return the page with one line a paragraph; raises Unreadable for mere references."""
        reference = _REFERENCE.match(file.data)
        if reference:
            raise Unreadable("malformed", f"only refers to {reference[1].decode(errors='replace')}")
        printed = _print(file.text) if file.data.strip() else ""
        lines = [_PADDING.sub("", _WIDE_GAP.sub("  ", line)) for line in _joined(printed)]
        text = _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip("\n")
        return normalise_characters(f"{text}\n" if text.strip() else "")


def is_man_page(head: bytes) -> bool:
    """Return whether a file begins as manual pages do."""
    return (
        re.match(
            rb"""(?:\s|['.]\\".*\n|\.\s*(?:if|ie|el|de|ds|nr|so|ad|nh)\b.*\n)*(?:\.\s*(?:TH|Dd|so)\b|['.]\\")""",
            head,
        )
        is not None
    )


def _joined(printed: str) -> list[str]:
    """Return the lines, those of long paragraphs as one."""
    lines: list[str] = []
    is_broken = False
    for line in map(str.rstrip, printed.split("\n")):
        if is_broken and line:
            lines[-1] += line.lstrip() if lines[-1].endswith("-") else f" {line.lstrip()}"
        else:
            lines.append(line)
        is_broken = len(line) > _BROKEN
    return lines


def _print(page: str) -> str:
    """Return what mandoc prints, without the backspaces of bold and underlined letters."""
    options = ["-T", "utf8", "-K", "utf-8", "-O", f"width={_WIDTH}", "-W", "unsupp"]
    source = _TABLE_FORMAT.sub(_without_widest_column, page)
    printed = _run(options, source.encode())
    return _OVERSTRIKE.sub("", printed.decode("utf-8", errors="replace"))


def _without_widest_column(found: re.Match[str]) -> str:
    """Return a table's format without the columns that take all the width there is."""
    options, semicolon, columns = found[0].rpartition(";")
    return f"{options}{semicolon}{_WIDEST_COLUMN.sub('', columns)}"


def _run(options: list[str], page: bytes) -> bytes:
    """Return the output of mandoc, in an empty folder and home, where it finds no other page."""
    with tempfile.TemporaryDirectory() as home:
        environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": home,
            "LC_ALL": "C.UTF-8",
            "PAGER": "cat",
        }
        try:
            done = subprocess.run(  # noqa: S603
                [_PROGRAM, *options],
                input=page,
                capture_output=True,
                timeout=_SECONDS,
                env=environment,
                cwd=home,
                check=False,
            )
        except FileNotFoundError as error:
            raise InputError("mandoc is not installed", hint="apt-get install mandoc") from error
        except subprocess.TimeoutExpired as error:
            raise Unreadable("too slow", f"mandoc did not finish in {_SECONDS} seconds") from error
    if done.returncode > 4 or not done.stdout.strip():
        raise Unreadable(
            "malformed", done.stderr.decode(errors="replace").partition("\n")[0] or "mandoc prints nothing"
        )
    return done.stdout


@cache
def _digest_of_mandoc() -> str:
    """Return what stands for mandoc's version, which no option of it tells."""
    program = shutil.which(_PROGRAM)
    return hashlib.sha256(Path(program).read_bytes()).hexdigest()[:16] if program else "missing"
