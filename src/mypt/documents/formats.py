"""The formats by name, and which of them a file has."""

import os
import re

from mypt.documents.akoma_ntoso import AKOMA_NTOSO
from mypt.documents.doc_comments import JAVA, TYPESCRIPT
from mypt.documents.docbook import DOCBOOK
from mypt.documents.go_comments import GoComments
from mypt.documents.html import HTML, JAVADOC, is_javadoc
from mypt.documents.mallard import MALLARD
from mypt.documents.man_page import ManPage, is_man_page
from mypt.documents.markdown import Markdown
from mypt.documents.plain_text import PlainText
from mypt.documents.restructured_text import RestructuredText
from mypt.documents.rfc_text import RfcText, is_rfc_text
from mypt.documents.rfc_xml import RFC_XML
from mypt.documents.source_code import SourceCode
from mypt.documents.stix_json import StixJson
from mypt.documents.texinfo import Texinfo
from mypt.documents.transformer import Transformer
from mypt.documents.xml_text import root_name
from mypt.documents.yaml_text import YamlText

_FORMATS: tuple[Transformer, ...] = (
    Markdown(),
    PlainText(),
    RestructuredText(),
    Texinfo(),
    GoComments(),
    JAVA,
    TYPESCRIPT,
    SourceCode(),
    StixJson(),
    YamlText(),
    HTML,
    JAVADOC,
    ManPage(),
    RFC_XML,
    RfcText(),
    AKOMA_NTOSO,
    DOCBOOK,
    MALLARD,
)
BY_NAME: dict[str, Transformer] = {transformer.name: transformer for transformer in _FORMATS}

_BY_SUFFIX: dict[str, str] = {
    ".md": "markdown", ".markdown": "markdown",
    ".txt": "text", ".text": "text",
    ".rst": "rst",
    ".texi": "texinfo", ".texinfo": "texinfo", ".txi": "texinfo",
    ".go": "go",
    ".java": "java",
    ".ts": "typescript", ".tsx": "typescript", ".mts": "typescript", ".cts": "typescript",
    ".yaml": "yaml", ".yml": "yaml",
    ".html": "html", ".htm": "html", ".xhtml": "html",
    ".docbook": "docbook", ".dbk": "docbook",
}  # fmt: skip
_TEXT_NAMES = frozenset({
    "README", "README.1ST", "READ.ME", "LICENSE", "LICENCE", "COPYING", "COPYING.LIB", "COPYRIGHT",
    "NOTICE", "AUTHORS", "CONTRIBUTORS", "MAINTAINERS", "CREDITS", "THANKS", "CHANGELOG", "CHANGES",
    "HISTORY", "NEWS", "INSTALL", "FAQ", "HACKING", "CONTRIBUTING", "PATENTS",
})  # fmt: skip
_MANUAL_SECTION = re.compile(r"\.[1-9][a-z]*")
_BY_ROOT: dict[str, str] = {"rfc": "rfc-xml", "akomaNtoso": "akoma-ntoso"}
_STIX = re.compile(rb'"type"\s*:\s*"bundle"')


def format_of(name: str, head: bytes) -> str | None:
    """Return the format of a file, by its name and its first bytes; None for a format that cannot be read."""
    own = name.rpartition("/")[2]
    suffix = os.path.splitext(own)[1].lower()  # noqa: PTH122  # it is asked for each of many files
    if own.lower().endswith(".rst.txt"):
        return "rst"
    if own.upper() in _TEXT_NAMES:
        return "text"
    if suffix == ".ts" and head.lstrip().startswith(b"<"):  # a translation file of Qt
        return None
    return _by_content(suffix, head) or _BY_SUFFIX.get(suffix)


def _by_content(suffix: str, head: bytes) -> str | None:
    """Return the format of a file whose suffix stands for several."""
    if _MANUAL_SECTION.fullmatch(suffix):
        return "man" if is_man_page(head) else None
    if suffix in (".xml", ".page"):
        return _xml_format(head)
    if suffix == ".json" and _STIX.search(head):
        return "stix"
    if suffix in (".html", ".htm") and is_javadoc(head):
        return "javadoc"
    return "rfc-text" if suffix in (".txt", ".text") and is_rfc_text(head) else None


def _xml_format(head: bytes) -> str | None:
    if b"projectmallard.org/1.0" in head:
        return "mallard"
    return _BY_ROOT.get(root_name(head)) or ("docbook" if b"docbook" in head.lower() else None)
