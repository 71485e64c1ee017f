"""reStructuredText to plain text, as its readers see it; soft line breaks become spaces, code stays as it is.

Docutils parses. Its messages about markup never become text; what it could not read stays as it was written.
Nothing is included, nothing raw is shown, no date is inserted. References to other files are their own words.
"""

import importlib.metadata
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

from docutils import frontend, nodes
from docutils.parsers.rst import Parser
from docutils.transforms.references import Footnotes
from docutils.utils import new_document

from mypt.documents.characters import normalise_characters
from mypt.documents.raw_file import RawFile, Unreadable
from mypt.documents.sphinx_markup import sphinx_inliner, teach_docutils

_LONGEST_LINE = 100_000  # characters
_LONGEST_SUBSTITUTION = 10_000  # characters; substitutions inside substitutions grow without a limit
_INDENT = "    "
_SETTINGS = {
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "syntax_highlight": "none",
    "smart_quotes": False,
    "report_level": 5,  # nothing is reported,
    "halt_level": 5,  # and nothing stops the parser
    "warning_stream": False,
    "line_length_limit": _LONGEST_LINE,
    "auto_id_prefix": "",
}


class RestructuredText:
    """reStructuredText files, also those of Sphinx and of the Linux kernel."""

    name = "rst"
    version = f"1 docutils {importlib.metadata.version('docutils')}"
    reads_neighbours = False

    def to_text(self, file: RawFile) -> str:
        """Return the text, one blank line between blocks and a line feed at its end."""
        text = normalise_characters(file.text)
        if max(map(len, text.split("\n"))) > _LONGEST_LINE:
            raise Unreadable("too large", f"a line of more than {_LONGEST_LINE:,} characters")
        try:
            lines = _Writer(_parsed(text)).lines()
        except RecursionError as error:
            raise Unreadable("malformed", "nested too deeply") from error
        return "\n".join([*lines, ""]) if lines else ""


def _parsed(text: str) -> nodes.document:
    teach_docutils()
    document = new_document("", _settings().copy())
    Parser(inliner=sphinx_inliner()).parse(text, document)
    if document.autofootnotes or document.symbol_footnotes:
        Footnotes(document).apply()
    return document


@cache
def _settings() -> Any:
    settings = frontend.get_default_settings(Parser)
    settings.__dict__.update(_SETTINGS)
    return settings


class _Writer:
    """The text of one document."""

    def __init__(self, document: nodes.document) -> None:
        self._document = document
        self._substitutions: dict[str, str] = {}

    def lines(self) -> list[str]:
        """Return all lines."""
        return self._blocks(self._document)

    def _blocks(self, parents: Iterable[nodes.Node], gap: tuple[str, ...] = ("",)) -> list[str]:
        lines: list[str] = []
        for node in parents:
            block = self._block(node)
            lines += [*gap, *block] if lines and block else block
        return lines

    def _block(self, node: nodes.Node) -> list[str]:
        write = _LINES_OF.get(type(node).__name__)
        if write:
            return write(self, node)
        if isinstance(node, nodes.TextElement | nodes.Text | nodes.image):
            text = self._text(node).strip()
            return [line.strip() for line in text.split("\n")] if text else []
        return self._blocks(node.children)

    def _text(self, node: nodes.Node) -> str:
        if isinstance(node, nodes.Text):
            return node.astext().replace("\n", " ")
        match type(node).__name__:
            case "image":
                return node.get("alt", "")
            case "footnote_reference" | "citation_reference":
                return f"[{node.astext()}]"
            case "substitution_reference":
                return self._substitution(node)
            case name:
                is_address = name == "target" and bool(node.get("refuri"))
                is_hidden = is_address or name in ("raw", "system_message")
                return "" if is_hidden else "".join(map(self._text, node.children))

    def _substitution(self, node: nodes.Element) -> str:
        """Return what a name stands for; the name itself where it stands for nothing, or for itself."""
        name = node.get("refname", "")
        definitions = self._document.substitution_defs
        key = name if name in definitions else self._document.substitution_names.get(name.lower(), "")
        if key not in self._substitutions:
            self._substitutions[key] = f"|{node.astext()}|"
            if key in definitions:
                text = "".join(map(self._text, definitions[key].children))
                if len(text) > _LONGEST_SUBSTITUTION:
                    raise Unreadable(
                        "too large", f"|{key}| stands for more than {_LONGEST_SUBSTITUTION:,} characters"
                    )
                self._substitutions[key] = text
        return self._substitutions[key] if key else f"|{node.astext()}|"

    def _list(self, node: nodes.Element) -> list[str]:
        """A list is tight where no item holds more than a paragraph and lists."""
        marks = _marks(node)
        is_tight = all(len(item) < 2 or not isinstance(item[1], nodes.paragraph) for item in node)
        lines: list[str] = []
        for item in node:
            mark = next(marks)
            block = _after(mark, self._blocks(item, () if is_tight else ("",)) or [""], " " * len(mark))
            lines += ["", *block] if lines and not is_tight else block
        return lines

    def _definitions(self, node: nodes.Element) -> list[str]:
        """Return terms, or options, and what they mean, indented."""
        lines: list[str] = []
        for item in node:
            *terms, meaning = item.children
            block = [self._term(term) for term in terms if not isinstance(term, nodes.classifier)]
            kinds = [self._text(term) for term in terms if isinstance(term, nodes.classifier)]
            block[-1] = " : ".join([block[-1], *kinds])
            block += _indented(self._blocks(meaning))
            lines += ["", *block] if lines else block
        return lines

    def _term(self, node: nodes.Element) -> str:
        if isinstance(node, nodes.option_group):
            return ", ".join(option.astext() for option in node)
        return self._text(node)

    def _fields(self, node: nodes.Element) -> list[str]:
        return [line for field in node for line in self._headed(f"{self._text(field[0])}: ", field[1])]

    def _headed(self, head: str, node: Iterable[nodes.Node]) -> list[str]:
        return _after(head, self._blocks(node) or [""], _INDENT)

    def _note(self, node: nodes.Element) -> list[str]:
        return self._headed(f"[{self._text(node[0])}] " if len(node) else "", node[1:])

    def _admonition(self, node: nodes.Element) -> list[str]:
        is_titled = len(node) and isinstance(node[0], nodes.title)
        label = self._text(node[0]) if is_titled else type(node).__name__.capitalize()
        content = node[1:] if is_titled else node.children
        if content and not isinstance(content[0], nodes.paragraph):
            return [f"{label}:", "", *self._blocks(content)]
        return _after(f"{label}: " if content else label, self._blocks(content) or [""], "")

    def _quote(self, node: nodes.Element) -> list[str]:
        return _indented(self._blocks(node))

    def _verses(self, node: nodes.Element) -> list[str]:
        lines: list[str] = []
        for line in node:
            lines += (
                _indented(self._verses(line)) if isinstance(line, nodes.line_block) else [self._text(line)]
            )
        return lines

    def _rows(self, node: nodes.Element) -> list[str]:
        return [" | ".join(self._cell(cell) for cell in row).strip(" |") for row in node.findall(nodes.row)]

    def _cell(self, node: nodes.Element) -> str:
        return " ".join(line.strip() for line in self._blocks(node) if line)

    def _table(self, node: nodes.Element) -> list[str]:
        return self._blocks([part for part in node if isinstance(part, nodes.title)]) + self._rows(node)

    def _code(self, node: nodes.Element) -> list[str]:
        text = "".join(map(self._verbatim, node.children)).strip("\n")
        return text.split("\n") if text.strip() else []

    def _verbatim(self, node: nodes.Node) -> str:
        if isinstance(node, nodes.Text):
            return node.astext()
        return "".join(map(self._verbatim, node.children)) if len(node.children) else self._text(node)

    def _unread(self, node: nodes.Element) -> list[str]:
        """Return the source of what the parser could not read; of lesser faults it shows what it read."""
        is_lost = node.get("level", 0) >= 3
        return self._blocks([part for part in node if isinstance(part, nodes.literal_block) and is_lost])


def _marks(node: nodes.Element) -> Iterator[str]:
    if isinstance(node, nodes.bullet_list):
        while True:
            yield "- "
    number = node.get("start", 1)
    while True:
        numeral = _numeral(number, node.get("enumtype", ""))
        yield f"{node.get('prefix', '')}{numeral}{node.get('suffix', '.')} "
        number += 1


def _numeral(number: int, kind: str) -> str:
    if kind.endswith("alpha") and number <= 26:
        return chr((ord("a") if kind.startswith("lower") else ord("A")) + number - 1)
    if kind.endswith("roman"):
        roman = (
            "".join("x" * (number // 10))
            + ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")[number % 10]
        )
        return roman if kind.startswith("lower") else roman.upper()
    return str(number)


def _after(head: str, lines: list[str], rest: str) -> list[str]:
    return [(head + lines[0]).rstrip(), *(rest + line if line else "" for line in lines[1:])]


def _indented(lines: list[str]) -> list[str]:
    return [_INDENT + line if line else "" for line in lines]


def _nothing(_: _Writer, __: nodes.Element) -> list[str]:
    return []


_ADMONITIONS = (
    "admonition", "attention", "caution", "danger", "error", "hint", "important", "note", "tip",
    "warning",
)  # fmt: skip
_NOTHING = (
    "comment", "target", "substitution_definition", "pending", "raw", "meta", "decoration", "header",
    "footer", "docinfo",
)  # fmt: skip
_LINES_OF: dict[str, Callable[[_Writer, Any], list[str]]] = {
    **dict.fromkeys(_ADMONITIONS, _Writer._admonition),
    **dict.fromkeys(_NOTHING, _nothing),
    "bullet_list": _Writer._list,
    "enumerated_list": _Writer._list,
    "definition_list": _Writer._definitions,
    "option_list": _Writer._definitions,
    "field_list": _Writer._fields,
    "footnote": _Writer._note,
    "citation": _Writer._note,
    "block_quote": _Writer._quote,
    "line_block": _Writer._verses,
    "table": _Writer._table,
    "literal_block": _Writer._code,
    "doctest_block": _Writer._code,
    "math_block": _Writer._code,
    "transition": lambda _, __: ["---"],
    "system_message": _Writer._unread,
}
