"""DocBook to plain text: books, articles and reference pages."""

from mypt.documents.xml_text import (
    Action,
    Element,
    XmlFormat,
    XmlText,
    cell,
    code,
    definition,
    each,
    item,
    joined,
    line,
    numbered_item,
    paragraph,
    parent_name,
    quotation,
    row,
    skip,
)


def _list_item(text: XmlText, element: Element) -> None:
    action = {"orderedlist": numbered_item, "varlistentry": definition}.get(parent_name(element), item)
    action(text, element)


def _quoted(text: XmlText, element: Element) -> None:
    text.layout.text("“")
    text.inside(element)
    text.layout.text("”")


def _footnote(text: XmlText, element: Element) -> None:
    text.layout.text(f" ({text.line_of(element)})")


_TITLES = "title subtitle titleabbrev refnamediv bridgehead"
_BLOCKS = (
    "para simpara formalpara abstract author date copyright legalnotice dedication preface chapter article "
    "book part appendix section sect1 sect2 sect3 sect4 sect5 simplesect refsect1 refsect2 refsect3 "
    "refsection refsynopsisdiv cmdsynopsis funcsynopsis itemizedlist orderedlist variablelist simplelist "
    "procedure glosslist qandaset segmentedlist note tip warning caution important sidebar example "
    "informalexample figure informalfigure table informaltable equation"
)

_ACTIONS: dict[str, Action] = {
    **each("indexterm index toc revhistory keywordset subjectset colspec spanspec xref anchor remark", skip),
    **each("bookinfo articleinfo chapterinfo sectioninfo refentryinfo refmeta", skip),
    **each(f"{_TITLES} {_BLOCKS}", paragraph),
    **each(
        "term member glossterm caption question answer refpurpose varlistentry glossentry funcprototype", line
    ),
    **each("listitem callout", _list_item),
    **each("step substep", numbered_item),
    "glossdef": definition,
    **each("programlisting screen literallayout synopsis address programlistingco classsynopsis", code),
    **each("blockquote epigraph", quotation),
    "quote": _quoted,
    "footnote": _footnote,
    "menuchoice": joined(" ▸ "),
    "keycombo": joined("+"),
    **each("row tr", row),
    **each("entry td th", cell),
}

DOCBOOK = XmlFormat("docbook", _ACTIONS)
"""DocBook 4 and 5, without what its document type would have to be fetched for."""
