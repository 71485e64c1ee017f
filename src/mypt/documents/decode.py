"""Bytes of a text file to characters: what the file declares, never a guess that could be wrong in silence.

In this order: a byte order mark; UTF-8; the encoding that the file's first lines name; Western European
(Windows-1252) where every character above ASCII stands as it does in German, French or English text. A file
that holds UTF-8 sequences beside other bytes is mixed and refused: either reading gives 'Ã¼' for some 'ü'.
"""

import codecs
import re

_MARKS = (  # UTF-32 first: its mark begins with that of UTF-16
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HEAD = 4096
_DECLARATION = re.compile(
    rb"""<\?xml[^>]{0,200}?\bencoding\s*=\s*["']([\w.:-]+)"""
    rb"""|<meta\b[^>]{0,300}?\bcharset\s*=\s*["']?\s*([\w.:-]+)"""
    rb"""|^@documentencoding[ \t]+([\w.:-]+)"""
    rb"""|\A(?:[^\n]*\n)?[^\n]{0,200}?coding[:=][ \t]*([\w.-]+)""",
    re.IGNORECASE | re.MULTILINE,
)
_LATIN = frozenset({"ascii", "iso8859-1", "cp1252"})  # what the web calls all three is Windows-1252
_NO_ENCODING = frozenset({"utf-7", "unicode_escape", "raw_unicode_escape", "idna", "mbcs", "oem"})
_NOT_TEXT = frozenset("\x00\x01\x02\x03\x04\x05\x06\x07\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x7f")
_UTF8_SEQUENCE = re.compile(rb"[\xc3-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|\xc2[\x80-\xbf]")
_LETTER = "A-Za-zÀ-ÖØ-öø-ÿŒœ"
_APOSTROPHE, _DASHES = "\u2019", "\u2013\u2014"
_FOREIGN = "ÃÂŠšŽžŸðÐýÝþÞÿ\x80-\x9f\u02c6\u02dc\u2039\u203a†‡‰ƒ¤¦¬¨¯\xb8"
_NOT_WESTERN = re.compile(
    r"[À-ÖØ-öø-ÿŒœ]{3}"  # Cyrillic, Greek or Asian text
    rf"|[{_LETTER}][À-ÖØ-ÞŒ][a-zß-öø-ÿ]"  # a capital inside a word: Macintosh, MS-DOS
    rf"|(?<![{_LETTER}{_APOSTROPHE}'])(?![àèéóöåÀÈÉÓÖÅ])[À-ÖØ-öø-ÿŒœ](?![{_LETTER}{_APOSTROPHE}'])"  # no word
    rf"|[{_LETTER}][^\x00-\x7f{_LETTER}{_APOSTROPHE}{_DASHES}\u00ad\u00a0][{_LETTER}]"  # a sign inside a word
    rf"|[{_FOREIGN}]"
)


def decode(data: bytes) -> str:
    """Return the text without a byte order mark; UnicodeDecodeError tells where it is no UTF-8."""
    encoding = encoding_of_mark(data)
    if encoding:
        return data.decode(encoding)
    declared = _declared(data)
    if b"\x1b" in data and declared.startswith("iso2022"):  # seven-bit bytes, which are UTF-8 too
        return data.decode(declared)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        text = _declared_text(data, declared) if declared not in ("", "utf-8") else _western_text(data)
        if text is None:
            raise
        return text


def encoding_of_mark(data: bytes) -> str:
    """Return the encoding that a byte order mark at the beginning names; empty without one."""
    return next((encoding for mark, encoding in _MARKS if data.startswith(mark)), "")


def _declared(data: bytes) -> str:
    """Return Python's name of the encoding that the first lines name; empty where they name none it knows."""
    found = _DECLARATION.search(data[:_HEAD])
    if not found:
        return ""
    name = next(group for group in found.groups() if group).decode("ascii").lower()
    try:
        codec = codecs.lookup(re.sub("-(unix|dos|mac)$", "", name)).name
        keeps_ascii = "<a>".encode(codec) == b"<a>"  # else the declaration could not have been read
    except (LookupError, UnicodeError):
        return ""
    return codec if keeps_ascii and codec not in _NO_ENCODING else ""


def _declared_text(data: bytes, encoding: str) -> str | None:
    if _is_one_byte(encoding) and _UTF8_SEQUENCE.search(data):
        return None
    try:
        text = data.decode("cp1252" if encoding in _LATIN else encoding)
    except UnicodeDecodeError:
        return None
    return None if re.search(r"[\x80-\x9f]", text) else text


def _is_one_byte(encoding: str) -> bool:
    try:
        return len(bytes(range(0xC0, 0x100)).decode(encoding, "replace")) == 0x40
    except UnicodeDecodeError:
        return False


def _western_text(data: bytes) -> str | None:
    if _UTF8_SEQUENCE.search(data):
        return None
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return None
    return None if _NOT_WESTERN.search(text) or not _NOT_TEXT.isdisjoint(text) else text
