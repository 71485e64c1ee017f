"""What a file is: by its first bytes and its parts, then by its looks, by its name only among texts."""

import io
import re
import zipfile
from typing import Literal, TypeAlias

from mypt.documents.decode import encoding_of_mark
from mypt.extraction.pages import Unextractable
from mypt.extraction.source_file import SourceFile

Format: TypeAlias = Literal["pdf", "docx", "pptx", "xlsx", "html", "markdown", "csv", "email", "text"]

_SUFFIXES: dict[str, Format] = {
    ".pdf": "pdf", ".docx": "docx", ".docm": "docx", ".dotx": "docx", ".pptx": "pptx", ".pptm": "pptx",
    ".ppsx": "pptx", ".xlsx": "xlsx", ".xlsm": "xlsx", ".html": "html", ".htm": "html", ".xhtml": "html",
    ".md": "markdown", ".markdown": "markdown", ".csv": "csv", ".tsv": "csv", ".tab": "csv", ".eml": "email",
    ".txt": "text", ".text": "text",
}  # fmt: skip
_PACKED: tuple[tuple[str, Format], ...] = (("word/", "docx"), ("ppt/", "pptx"), ("xl/", "xlsx"))
_BINARY_FORMATS = frozenset({"pdf", "docx", "pptx", "xlsx"})
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_OFFICE = "EncryptedPackage".encode("utf-16-le")
_HEAD = 4096
_LOOKED_AT = 1 << 20
_PDF_HEAD = 1024
_MOST_CONTROLS = 0.01
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_LOOKS_LIKE_HTML = re.compile(
    rb"\A\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)
_ANY_HTML_TAG = re.compile(rb"</?(?:html|body|head|p|div|span|table|h[1-6]|ul|ol|br|a)\b[^>]{0,300}>", re.I)
_MAIL_HEADER = re.compile(
    rb"^(?:received|return-path|from|to|cc|subject|date|message-id|mime-version|delivered-to|reply-to|"
    rb"content-type|dkim-signature|x-[\w-]+)[ \t]*:",
    re.I,
)
_HEADER_LINE = re.compile(rb"[!-9;-~]+[ \t]*:|[ \t]+\S")
_MOST_HEADER_LINES = 60


def detect(source: SourceFile) -> Format:
    """Return the format of a file; raises Unextractable when it is none that is read here."""
    data = source.data
    if b"%PDF-" in data[:_PDF_HEAD]:
        return "pdf"
    if data.startswith(b"PK\x03\x04"):
        return _packed(source)
    if data.startswith(_OLD_OFFICE):
        if _ENCRYPTED_OFFICE in data:
            raise Unextractable("encrypted", "a document of Word, Excel or PowerPoint with a password")
        raise Unextractable(
            "unknown format", "Word, Excel or PowerPoint before 2007: save it in the new format"
        )
    if _is_binary(data):
        named = _SUFFIXES.get(source.suffix, "")
        if named in _BINARY_FORMATS:
            raise Unextractable("malformed", f"it is called {source.suffix[1:]} but does not begin like one")
        raise Unextractable("unknown format", "not a text")
    return _text_format(source)


def suffix_warning(source: SourceFile, found: Format) -> str:
    """Return what to say when a name promises another format; nothing when it does not."""
    named = _SUFFIXES.get(source.suffix)
    is_wrong = named is not None and named != found
    return f"the name ends with {source.suffix}, but the content is {found}" if is_wrong else ""


def _packed(source: SourceFile) -> Format:
    try:
        with zipfile.ZipFile(io.BytesIO(source.data)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, EOFError, OverflowError, RuntimeError) as error:
        raise Unextractable("malformed", f"a damaged archive: {error}") from error
    if "[Content_Types].xml" in names:
        for folder, found in _PACKED:
            if any(name.startswith(folder) for name in names):
                return found
    raise Unextractable("unknown format", "an archive; unpack it first")


def _is_binary(data: bytes) -> bool:
    head = data[: 16 * _HEAD]
    if encoding_of_mark(data) or looks_like_utf16(data):
        return False
    return len(_CONTROLS.findall(head)) > _MOST_CONTROLS * len(head)


def looks_like_utf16(data: bytes) -> str:
    """Return the encoding of a text in which every second byte is NUL; empty for others."""
    head = data[:_HEAD]
    if len(head) < 4 or head.count(0) < 0.3 * len(head):
        return ""
    if head[::2].count(0) < 0.02 * len(head) and head[1::2].count(0) > 0.35 * len(head):
        return "utf-16-le"
    return "utf-16-be" if head[1::2].count(0) < 0.02 * len(head) else ""


def _text_format(source: SourceFile) -> Format:
    head = source.data[:_HEAD].lstrip(b"\xef\xbb\xbf")
    named = _SUFFIXES.get(source.suffix, "text")
    if _LOOKS_LIKE_HTML.match(head) or (named == "html" and _ANY_HTML_TAG.search(source.data[:_LOOKED_AT])):
        return "html"
    if named == "email" or _is_mail(head):
        return "email" if _is_mail(head) else "text"
    return named if named in ("markdown", "csv") else "text"


def _is_mail(head: bytes) -> bool:
    """Mail begins with headers and nothing else, of which some are those of mail."""
    kinds = set()
    for line in head.splitlines()[:_MOST_HEADER_LINES]:
        if not line.strip():
            break
        if not _HEADER_LINE.match(line) and not line.startswith(b"From "):
            return False
        known = _MAIL_HEADER.match(line)
        if known:
            kinds.add(known[0].lower().strip(b": \t"))
    return len(kinds) >= 3 or {b"from", b"subject"} <= kinds
