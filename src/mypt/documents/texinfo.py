"""Texinfo manuals to plain text, by makeinfo in a child process that may read nothing outside the source.

Which file a manual includes may be computed by its macros, so makeinfo itself must ask for each file: the
guard stands where it looks for one. Its parser in C does not ask, so that in Perl is used. Indexes go: they
hold positions, not text.
"""

import re
import shutil
import signal
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from mypt.documents.characters import normalise_characters
from mypt.documents.raw_file import RawFile, Unreadable
from mypt.errors import InputError

_SECONDS = 60  # of the processor
_MOST_SECONDS = 900  # on the clock, for a child that waits
_MEMORY = 4 << 20  # KiB
_OUTPUT = 128 << 10  # blocks of 512 bytes
_OUTSIDE, _TOO_OFTEN = 77, 78  # exit codes of the guard
_GUARD = r"""
use strict;
use Cwd ();
defined &Texinfo::Common::locate_include_file or die "this makeinfo cannot be guarded\n";
my %times;
no warnings 'redefine';
*Texinfo::Common::locate_include_file = sub ($$) {
    my ($self, $name) = @_;
    my $found = $name =~ /\A\// ? $name : "$ENV{MANUAL_FOLDER}/$name";
    return undef unless -f $found && -r $found;
    my $path = Cwd::realpath($found);
    # An odd name could be taken for a command to run.
    exit 77 unless $name =~ /\A[\w.\/+-]+\z/ && index($path, "$ENV{SOURCE_FOLDER}/") == 0;
    exit 78 if ++$times{$path} > 50;
    return $found;
};
1;
"""
_MANUAL = re.compile(r"^\\input\s+texinfo|^@setfilename\b", re.MULTILINE)
_INDEX = re.compile(r"^\* Menu:\n\n(?:\*.*\n(?:[ \t]+\S.*\n)*)*", re.MULTILINE)

_REFERENCE = re.compile(r"(\(\*note|\*[Nn]ote)\s+([^:*]{1,200})::")
_SEE = {"(*note": "(see ", "*Note": "See "}


class Texinfo:
    """Texinfo files that are manuals of their own."""

    name = "texinfo"
    reads_neighbours = True

    @property
    def version(self) -> str:
        """Return our count and the version of makeinfo."""
        return f"1 {_makeinfo_version()}"

    def to_text(self, file: RawFile) -> str:
        """Return the manual with all that it includes; InputError where makeinfo is not installed."""
        text = file.text
        if not _MANUAL.search(text):
            raise Unreadable("malformed", "is only a part of another file")
        if "@documentencoding" not in text:
            text = text.replace("\n", "\n@documentencoding UTF-8\n", 1)
            data = text.encode()
        else:
            data = file.data
        shown = _INDEX.sub("", normalise_characters(_makeinfo(data, file)))
        return _REFERENCE.sub(lambda found: f"{_SEE.get(found[1], '')}{found[2]}", shown).strip("\n") + "\n"


def _makeinfo(data: bytes, file: RawFile) -> str:
    program = shutil.which("makeinfo")
    if program is None:
        raise InputError(
            "makeinfo is not installed; it reads Texinfo", hint="apt install texinfo, or brew install texinfo"
        )
    with (
        tempfile.TemporaryDirectory() as private
    ):  # makeinfo runs what it finds as its configuration where it is
        folder = (file.folder or Path(private)).resolve()
        (Path(private) / "guard.pm").write_text(_GUARD, encoding="utf-8")
        command = [
            *(
                "sh",
                "-c",
                f'ulimit -t {_SECONDS}; ulimit -v {_MEMORY}; ulimit -f {_OUTPUT}; exec "$@"',
                "sh",
                program,
            ),
            *("--init-file=guard.pm", "--plaintext", "--force", "--no-warn", "--error-limit=1000000"),
            *("-c", "OUTPUT_ENCODING_NAME=utf-8"),
            *("-o", "text", "-"),
        ]
        folders = {"SOURCE_FOLDER": str(folder), "MANUAL_FOLDER": str((folder / file.name).parent)}
        code = _exit_code(command, data, private, folders)
        if code in (_OUTSIDE, _TOO_OFTEN):
            fault = "outside of its source" if code == _OUTSIDE else "more than 50 times, perhaps itself"
            raise Unreadable("malformed", f"includes a file {fault}")
        written = Path(private) / "text"
        if code not in (0, 1) or not written.is_file():  # 1: it met errors, and went on
            raise Unreadable("malformed", "makeinfo gives no text for it")
        return written.read_text(encoding="utf-8", errors="replace")


def _exit_code(command: list[str], data: bytes, private: str, folders: dict[str, str]) -> int:
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": private,
        "LC_ALL": "C.UTF-8",
        "TEXINFO_XS": "omit",
        "SOURCE_DATE_EPOCH": "1",  # what @today gives
        **folders,
    }
    try:
        ended = subprocess.run(  # noqa: S603
            command,
            input=data,
            cwd=private,
            env=environment,
            timeout=_MOST_SECONDS,
            capture_output=True,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Unreadable("too slow", f"makeinfo takes more than {_MOST_SECONDS} seconds") from error
    if -ended.returncode in (signal.SIGXCPU, signal.SIGKILL):
        raise Unreadable("too slow", f"makeinfo takes more than {_SECONDS} seconds")
    return ended.returncode


@cache
def _makeinfo_version() -> str:
    program = shutil.which("makeinfo")
    if program is None:
        return "no makeinfo"
    shown = subprocess.run([program, "--version"], capture_output=True, check=False).stdout.decode()  # noqa: S603
    return f"makeinfo {shown.partition(chr(10))[0].rpartition(' ')[2]}"
