"""Roles and directives of Sphinx and the Linux kernel, by what they show; none reads a file, none fails.

Which directives exist is state of the whole process in docutils. `teach_docutils` alone touches it, once.
"""

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive, directives, states
from docutils.utils import unescape

from mypt.documents.raw_file import Unreadable

_MOST_STEPS = 500_000_000  # characters times marks, in all paragraphs: some seconds
_MARK = re.compile(r"[*`_|\\]")  # without one of them there is no inline markup
_TITLED = re.compile(r"(.+?)\s*<[^<>]*>", re.DOTALL)
_CALLED = frozenset({"func", "meth"})
_SPANS = frozenset({"cspan", "rspan"})  # how far a cell of a table reaches
_LITERAL = frozenset({"code", "literal", "math", "kbd", "sub", "subscript", "sup", "superscript"})
_NUMBERED = {
    "pep": "PEP ",
    "pep-reference": "PEP ",
    "rfc": "RFC ",
    "rfc-reference": "RFC ",
    "issue": "bpo-",
    "gh": "gh-",
    "cve": "CVE-",
    "cwe": "CWE-",
}
_BRACES = str.maketrans("", "", "{}")
_REPLACED = {"file": _BRACES, "samp": _BRACES}
_KINDS = frozenset({"class", "exception", "struct", "union", "enum"})
_LABELS = {
    "versionadded": "New in version ",
    "versionchanged": "Changed in version ",
    "deprecated": "Deprecated since version ",
    "deprecated-removed": "Deprecated since version ",
    "versionremoved": "Removed in version ",
    "seealso": "See also",
    "availability": "Availability",
    "impl-detail": "CPython implementation detail",
}
_UNSEEN = (
    "toctree", "index", "include", "literalinclude", "raw", "role", "default-role", "title", "meta",
    "date", "header", "footer", "contents", "sectnum", "section-numbering", "target-notes", "highlight",
    "highlightlang", "currentmodule", "module", "c:namespace", "c:namespace-push", "c:namespace-pop",
    "default-domain", "sectionauthor", "moduleauthor", "codeauthor", "tabularcolumns", "testsetup",
    "testcleanup", "kernel-doc", "kernel-include", "kernel-abi", "kernel-feat", "maintainers-include",
    "restructuredtext-test-directive",
)  # fmt: skip
_CODE = (
    "code", "code-block", "sourcecode", "doctest", "testcode", "testoutput", "productionlist", "math",
    "prompt", "graphviz", "digraph", "graph", "kernel-render", "mermaid", "uml",
)  # fmt: skip
_CONTAINERS = (
    "only", "ifconfig", "container", "hlist", "glossary", "rst-class", "cssclass", "compound",
)  # fmt: skip
_IMAGES = (
    "image", "kernel-image",
)  # fmt: skip
_FIGURES = (
    "figure", "kernel-figure",
)  # fmt: skip
_TABLES = (
    "list-table", "flat-table",
)  # fmt: skip


def sphinx_inliner() -> states.Inliner:
    """Return docutils' parser of inline markup, which gives each role its text, for one document.

    It raises Unreadable instead of searching the ends of tens of thousands of marks in one paragraph.
    """
    inliner = states.Inliner()  # its patterns are looked up in the class itself, so that none can be derived
    parse, steps = inliner.parse, _MOST_STEPS

    def parse_within_limit(text: str, *others: Any) -> Any:
        nonlocal steps
        if not _MARK.search(text):
            return _implicit_inline(text, 0), []
        steps -= len(text) * sum(map(text.count, "*`|_"))
        if steps < 0:
            raise Unreadable("too slow", "paragraphs too long for the marks in them")
        return parse(text, *others)

    inliner.parse = parse_within_limit
    inliner.interpreted = _interpreted
    inliner.implicit_inline = _implicit_inline
    return inliner


def _interpreted(_: str, text: str, role: str, __: int) -> tuple[list[nodes.Node], list[nodes.Node]]:
    return [nodes.Text(_role_text(role.lower().rpartition(":")[2], unescape(text)))], []


def _implicit_inline(text: str, _: int) -> list[nodes.Node]:
    """Addresses are text as they stand."""
    return [nodes.Text(text)] if text else []


def _role_text(role: str, text: str) -> str:
    if role in _SPANS or role in _LITERAL:
        return "" if role in _SPANS else text
    if role in _NUMBERED:
        return _NUMBERED[role] + text.partition("#")[0]
    if role in _REPLACED:
        return text.translate(_REPLACED[role])
    titled = _TITLED.fullmatch(text)
    if titled:
        return titled[1]
    if text.startswith("~"):
        text = text[1:].rpartition(".")[2]
    text = text.removeprefix("!")
    return f"{text}()" if role in _CALLED and not text.endswith(")") else text


class _AnyOption(dict[str, Callable[[Any], Any]]):
    """Takes every option as it is."""

    def __bool__(self) -> bool:
        return True

    def __getitem__(self, _: str) -> Callable[[Any], Any]:
        return lambda value: value or ""


class _Described(Directive):  # type: ignore[misc]
    """Its argument is what it describes, its content the description; so is every directive unknown here."""

    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec = _AnyOption()

    def run(self) -> list[nodes.Node]:
        """Return a definition list of one item, or what stands in the directive where it has no argument."""
        content = self._parsed()
        if not self.arguments:
            return content
        kind = self.name.lower().rpartition(":")[2]
        prefix = f"{kind} " if kind in _KINDS else ""
        lines = [re.sub(r"\\(.)", r"\1", line).strip() for line in self.arguments[0].splitlines()]
        terms = [nodes.term("", prefix + line) for line in lines if line]
        item = nodes.definition_list_item("", *terms, nodes.definition("", *content))
        return [nodes.definition_list("", item)]

    def _parsed(self) -> list[nodes.Node]:
        around = nodes.container()
        self.state.nested_parse(self.content, self.content_offset, around, match_titles=True)
        return list(around.children)


class _Container(_Described):
    """Shows its content alone."""

    def run(self) -> list[nodes.Node]:
        return self._parsed()


class _Unseen(_Described):
    """Shows nothing."""

    def run(self) -> list[nodes.Node]:
        return []


class _Code(_Described):
    """Shows its content to the letter."""

    def run(self) -> list[nodes.Node]:
        caption = self.options.get("caption")
        text = "\n".join(self.content)
        if self.name in ("math", "productionlist", "prompt") and self.arguments:
            text = f"{self.arguments[0]}\n{text}".strip("\n")
        shown = [nodes.paragraph("", caption)] if caption else []
        return [*shown, nodes.literal_block(text, text)]


class _Labelled(_Described):
    """Shows a label, its argument and its content."""

    def run(self) -> list[nodes.Node]:
        label = _LABELS[self.name.lower()]
        text = self.arguments[0] if self.arguments else ""
        if label.endswith(" "):
            version, *rest = text.split(maxsplit=1)[:2] or [""]
            label, text = label + version, "".join(rest)
        content = self._parsed()
        if text.strip():
            inlines, _ = self.state.inline_text(text.strip(), self.lineno)
            content = [nodes.paragraph("", "", *inlines), *content]
        return [nodes.admonition("", nodes.title("", label), *content)]


class _Image(_Described):
    """Shows the words that stand for an image."""

    def run(self) -> list[nodes.Node]:
        return [nodes.image(alt=self.options.get("alt", ""))]


class _Figure(_Image):
    """Shows the words that stand for an image, and its caption."""

    def run(self) -> list[nodes.Node]:
        return [*super().run(), *self._parsed()]


class _ListTable(_Described):
    """A table written as a list of lists; rows need not be of one length."""

    def run(self) -> list[nodes.Node]:
        content = self._parsed()
        if len(content) != 1 or not isinstance(content[0], nodes.bullet_list):
            return content
        rows = nodes.tbody("", *(_row(item) for item in content[0]))
        table = nodes.table("", nodes.tgroup("", rows))
        return [nodes.paragraph("", self.arguments[0]), table] if self.arguments else [table]


def _row(item: nodes.Element) -> nodes.row:
    cells = [cell for part in item for cell in (part if isinstance(part, nodes.bullet_list) else [part])]
    return nodes.row("", *(nodes.entry("", cell) for cell in cells))


_DIRECTIVES: dict[str, type[Directive]] = {
    **dict.fromkeys(_UNSEEN, _Unseen),
    **dict.fromkeys(_CODE, _Code),
    **dict.fromkeys(_CONTAINERS, _Container),
    **dict.fromkeys(_IMAGES, _Image),
    **dict.fromkeys(_FIGURES, _Figure),
    **dict.fromkeys(_TABLES, _ListTable),
    **dict.fromkeys(_LABELS, _Labelled),
    "class": _Described,  # what Sphinx means by it, not docutils' class of a style sheet
}


_found_in_docutils = directives.directive


@cache
def teach_docutils() -> None:
    """Make docutils' parser find the directives of this file first, and describe what neither knows."""
    directives.directive = _directive
    states.RSTStateMachine.add_states = _add_states


def _add_states(machine: Any, classes: Iterable[type[states.RSTState]]) -> None:
    machine.states = _States(machine, classes)


class _States(dict[str, Any]):
    """The states of a parser, made when they are entered: that of a list item needs two of fourteen."""

    def __init__(self, machine: Any, classes: Iterable[type[states.RSTState]]) -> None:
        super().__init__()
        self._machine = machine
        self._classes = {kind.__name__: kind for kind in classes}

    def __missing__(self, name: str) -> states.RSTState:
        state = self[name] = self._classes[name](self._machine)
        if hasattr(self._machine, "memo"):  # else it has not begun, and will initialise what it has then
            state.runtime_init()
        return state


def _directive(
    name: str, language: Any, document: nodes.document
) -> tuple[type[Directive], list[nodes.Node]]:
    kind = _DIRECTIVES.get(name.lower().removeprefix("py:"))
    if kind is None:
        kind, _ = _found_in_docutils(name, language, document)
    return kind or _Described, []
