"""Texinfo manuals are read with what they include, and nothing else is."""

import shutil
from pathlib import Path

import pytest

from mypt.documents import texinfo
from mypt.documents.raw_file import RawFile, Unreadable
from mypt.documents.texinfo import Texinfo
from mypt.errors import InputError

needs_makeinfo = pytest.mark.skipif(not shutil.which("makeinfo"), reason="makeinfo is not installed")


def _text(folder: Path, body: str, name: str = "doc/a.texi", head: str = "\\input texinfo") -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    data = f"{head}\n@node Top\n@top Title\n\n{body}\n\n@bye\n".encode()
    path.write_bytes(data)
    return Texinfo().to_text(RawFile(name, data, folder))


def _reason(folder: Path, body: str) -> str:
    with pytest.raises(Unreadable) as caught:
        _text(folder, body)
    return f"{caught.value.reason}: {caught.value.detail}"


@needs_makeinfo
def test_commands_macros_and_conditions_are_resolved(tmp_path: Path) -> None:
    body = """@set v 1.2
@macro hi{who}
Hello @emph{\\who\\}!
@end macro
@hi{Zürich} Version @value{v}, @"u, @code{x}, <|endoftext|>. @xref{Top}.
@ifhtml
NEVER
@end ifhtml
@example
if (x)
  @{ y @}
@end example
@cindex entry
@printindex cp"""

    assert _text(tmp_path, body) == (
        "Title\n*****\n\nHello _Zürich_!  Version 1.2, ü, \u2018x\u2019, <|endoftext|>.  See Top.\n"
        "     if (x)\n       { y }\n"
    )


@needs_makeinfo
@pytest.mark.parametrize("name", ["part.texi", "@value{name}"])
def test_neighbours_are_included(tmp_path: Path, name: str) -> None:
    (tmp_path / "doc").mkdir()
    (tmp_path / "doc" / "part.texi").write_text("From the @strong{part}.\n")

    assert "From the *part*." in _text(
        tmp_path, f"@set name part.texi\n@include {name}\n@include missing.texi"
    )
    assert "From the *part*." in _text(tmp_path, "@include ../doc/part.texi")


@needs_makeinfo
@pytest.mark.parametrize(
    "way",
    [
        "@include {}",
        "@verbatiminclude {}",
        "@image{{{}}}",
        "@include ../../secret.txt",
        "@include link.txt",
        "@set f {}\n@include @value{{f}}",
        "@macro inc{{f}}\n@include \\f\\\n@end macro\n@inc{{{}}}",
        "@macro c{{f}}\n@\\f\\lude {}\n@end macro\n@c{{inc}}",
        "@alias open=include\n@open {}",
        "@set q @\n@value{{q}}include {}",
        "@verbatiminclude sh|",
    ],
)
def test_nothing_outside_the_source_is_read(tmp_path: Path, way: str) -> None:
    source = tmp_path / "source"
    (source / "doc").mkdir(parents=True)
    secret = tmp_path / "secret.txt"
    secret.write_text("SECRET")
    (source / "doc" / "link.txt").symlink_to(secret)
    (source / "doc" / "sh|").write_text("x")
    target = str(secret).removesuffix(".txt") if "@image" in way else str(secret)

    assert _reason(source, way.format(target)) == "malformed: includes a file outside of its source"


@needs_makeinfo
def test_a_source_cannot_configure_makeinfo(tmp_path: Path) -> None:
    for place in ("doc", "doc/.texi2any", "doc/.texinfo", ".texi2any"):
        (tmp_path / place).mkdir(parents=True, exist_ok=True)
        for name in ("Config", "Config.pm", "texi2anyrc", "makeinforc"):
            (tmp_path / place / name).write_text(f"system('touch {tmp_path}/run'); 1;\n")

    _text(tmp_path, "Text.")

    assert not (tmp_path / "run").exists()


@needs_makeinfo
def test_without_a_folder_nothing_is_included() -> None:
    data = b"\\input texinfo\n@include /etc/passwd\n@bye\n"

    with pytest.raises(Unreadable):
        Texinfo().to_text(RawFile("a.texi", data))


@needs_makeinfo
def test_a_file_that_includes_itself_ends(tmp_path: Path) -> None:
    assert "more than 50 times" in _reason(tmp_path, "@include a.texi")


@needs_makeinfo
def test_a_macro_without_end_is_too_slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texinfo, "_SECONDS", 2)

    assert _reason(tmp_path, "@rmacro a{}\n@a{}@a{}\n@end rmacro\n@a{}").startswith("too slow")


@needs_makeinfo
def test_encodings_dates_and_broken_markup_are_read(tmp_path: Path) -> None:
    head = b"\\input texinfo\n@documentencoding ISO-8859-1\n"
    latin = head + b"@node Top\n@top T\nf\xfcr @today{} @nosuch{x} @code{open\n@bye\n"

    text = Texinfo().to_text(RawFile("a.texi", latin, tmp_path))

    assert "für January 1, 1970" in " ".join(text.split())
    assert "open" in text


@pytest.mark.parametrize("body", ["", "@chapter One\n", "mentions \\input texinfo and @setfilename\n"])
def test_a_part_is_no_manual(body: str) -> None:
    with pytest.raises(Unreadable) as caught:
        Texinfo().to_text(RawFile("part.texi", body.encode()))

    assert caught.value.detail == "is only a part of another file"


def test_a_missing_makeinfo_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)

    with pytest.raises(InputError) as caught:
        Texinfo().to_text(RawFile("a.texi", b"\\input texinfo\n@bye\n"))

    assert "apt install texinfo" in caught.value.hint
    assert not isinstance(caught.value, Unreadable)


def test_the_version_names_makeinfo() -> None:
    assert Texinfo().version.startswith(("1 makeinfo ", "1 no makeinfo"))
    assert Texinfo().reads_neighbours
