"""Documentation comments of Java and TypeScript, each below the declaration that it describes.

The grammar finds them, so that nothing inside a string is taken for a comment. A declaration ends where its
body begins: members stand below it with comments of their own, or not at all.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import tree_sitter_java
import tree_sitter_typescript
from tree_sitter import Language, Node, Query, QueryCursor

from mypt.documents.characters import normalise_characters
from mypt.documents.javadoc_markup import tags_as_words, without_markers
from mypt.documents.raw_file import RawFile
from mypt.documents.syntax import captures, grammar_version, head, parse

_JAVA_PAIRS = """
((block_comment) @first . (_) @second)
((line_comment) @first . (_) @second)
"""
_JAVA_BODIES = """
[(class_body) (interface_body) (enum_body) (annotation_type_body) (module_body) (constructor_body) (block)
 (array_initializer)] @body
"""
_JAVA_DECLARATION = re.compile(r".*_declaration|enum_constant")
_TYPESCRIPT_PAIRS = """
((comment) @first . (_) @second)
((decorator) @first . (_) @second)
"""
_TYPESCRIPT_BODIES = """
[(class_body) (interface_body) (enum_body) (statement_block) (object)] @body
(type_alias_declaration value: (object_type) @body)
(variable_declarator type: (type_annotation (object_type) @body))
"""
_TYPESCRIPT_DECLARATION = re.compile(
    r".*(?:_declaration|_signature|_definition|_module|_assignment)|module|export_statement|expression_statement"
    r"|property_identifier|pair"
)


@dataclass(frozen=True)
class DocComments:
    """A language whose documentation stands in `/** */`."""

    name: str
    version: str
    language: Language
    pairs: str
    """Query for comments, each with the node that follows it."""
    bodies: str
    """Query for what ends a declaration."""
    declaration: re.Pattern[str]
    """Types of the nodes that a comment may describe."""
    tsx: Language | None = None
    is_html: bool = False
    """Whether comments are HTML."""
    reads_neighbours: bool = False

    def to_text(self, file: RawFile) -> str:
        """Return declarations and comments, a blank line between them; empty where nothing is documented."""
        source = normalise_characters(file.text).encode()
        if b"/**" not in source:
            return ""
        language = self.tsx if self.tsx and file.name.lower().endswith(".tsx") else self.language
        root = parse(language, source)
        bodies = [node.start_byte for node in captures(_query(language, self.bodies), root).get("body", [])]
        is_package = file.name.endswith("package-info.java")
        entries: list[str] = []
        for raw, node in self._documented(_query(language, self.pairs), root):
            text = tags_as_words(without_markers(raw), is_html=self.is_html)
            if text and (is_package or node.type != "package_declaration"):
                entries.append(f"{head(source, node, bodies)}\n{text}\n")
        return "\n".join(entries)

    def _documented(self, query: Query, root: Node) -> Iterator[tuple[str, Node]]:
        """Yield the comments that describe a declaration; other comments and decorators may stand between."""
        pairs = [(match["first"][0], match["second"][0]) for _, match in QueryCursor(query).matches(root)]
        following = {first.id: second for first, second in pairs}
        for comment, node in sorted(pairs, key=lambda pair: pair[0].start_byte):
            raw = (comment.text or b"").decode()
            if not raw.startswith("/**") or len(raw) <= len("/**/"):
                continue
            while node.id in following and not (node.text or b"").startswith(b"/**"):
                node = following[node.id]
            if self.declaration.fullmatch(node.type):
                yield raw, node


@cache
def _query(language: Language, query: str) -> Query:
    return Query(language, query)


JAVA = DocComments(
    "java",
    f"1 {grammar_version('tree-sitter-java')}",
    Language(tree_sitter_java.language()),
    _JAVA_PAIRS,
    _JAVA_BODIES,
    _JAVA_DECLARATION,
    is_html=True,
)
TYPESCRIPT = DocComments(
    "typescript",
    f"1 {grammar_version('tree-sitter-typescript')}",
    Language(tree_sitter_typescript.language_typescript()),
    _TYPESCRIPT_PAIRS,
    _TYPESCRIPT_BODIES,
    _TYPESCRIPT_DECLARATION,
    tsx=Language(tree_sitter_typescript.language_tsx()),
)
