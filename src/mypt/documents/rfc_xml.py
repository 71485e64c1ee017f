"""RFC XML to plain text: requests for comments as their editor publishes them."""

from mypt.documents.xml_text import (
    Action,
    Element,
    XmlFormat,
    XmlText,
    break_line,
    cell,
    code,
    definition,
    each,
    item,
    line,
    local_name,
    marked,
    numbered_item,
    paragraph,
    parent_name,
    quotation,
    row,
    skip,
)

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)  # not those of the locale
_MONTH_NUMBERS = {f"{number:0{width}}" for number in range(1, 13) for width in (1, 2)}


def _front(text: XmlText, element: Element) -> None:
    """The front of the document: number, title, authors, date, and what stands before the first section."""
    _lines(text, [*_relations(element), *_titles(element), *_authors(element), _date(element)])
    for child in element.iterchildren("{*}abstract", "{*}note", "{*}boilerplate"):
        if local_name(child) == "abstract":
            _lines(text, ["Abstract"])
        text.visit(child)


def _relations(front: Element) -> list[str]:
    """Return the document's numbers, and which documents it replaces or changes."""
    document = front.getparent()
    values = {} if document is None else dict(document.attrib)
    shown = [("Request for Comments", "number"), ("Obsoletes", "obsoletes"), ("Updates", "updates")]
    series = [(info.get("name"), info.get("value")) for info in front.iterchildren("{*}seriesInfo")]
    lines = [f"{name}: {values[key]}" for name, key in shown if values.get(key)]
    return lines + [f"{name}: {value}" for name, value in series if name not in ("RFC", "DOI")]


def _lines(text: XmlText, lines: list[str]) -> None:
    text.layout.line(blank=True)
    for written in filter(None, lines):
        text.layout.text(written)
        text.layout.line()
    text.layout.line(blank=True)


def _titles(front: Element) -> list[str]:
    return ["".join(title.itertext()) for title in front.iterchildren("{*}title")]


def _authors(front: Element) -> list[str]:
    return [name for name in map(_name_of, front.iterchildren("{*}author")) if name]


def _name_of(author: Element) -> str:
    role = ", Ed." if author.get("role") == "editor" else ""
    return f"{author.get('fullname') or author.findtext('{*}organization') or ''}{role}"


def _date(front: Element) -> str:
    date = front.find("{*}date")
    if date is None:
        return ""
    month = date.get("month", "")
    named = _MONTHS[int(month) - 1] if month in _MONTH_NUMBERS else month
    return " ".join(filter(None, (named, date.get("year"))))


def _section(text: XmlText, element: Element) -> None:
    title = element.get("title")  # version 2
    if title:
        _lines(text, [title])
    paragraph(text, element)


def _name(text: XmlText, element: Element) -> None:
    """A heading with the number of its section, figure or table."""
    parent = element.getparent()
    place = "" if parent is None else parent.get("pn", "")
    kind, _, number = place.partition("-")
    text.layout.line(blank=True)
    is_numbered = parent is not None and parent.get("numbered") != "false"
    if kind in ("figure", "table"):
        text.layout.text(f"{kind.capitalize()} {number}: ")
    elif is_numbered and number[:1].isdigit():
        text.layout.text(f"{number}. ")
    elif is_numbered and number.startswith("appendix."):
        letters = number.removeprefix("appendix.").upper()
        text.layout.text(f"{letters}. " if "." in letters else f"Appendix {letters}. ")
    text.inside(element)
    text.layout.line(blank=True)


def _list_item(text: XmlText, element: Element) -> None:
    parent = element.getparent()
    counter = element.get("derivedCounter")
    if counter:
        marked(text, element, f"{counter} ")
    elif parent_name(element) == "ol":
        numbered_item(text, element)
    elif parent is not None and parent.get("empty") == "true":
        definition(text, element)
    else:
        item(text, element)


def _text_paragraph(text: XmlText, element: Element) -> None:
    """A paragraph; in version 2 it is also an item, of which the paragraph around it has a list."""
    action = item if parent_name(element) == "list" else paragraph
    action(text, element)


def _cross_reference(text: XmlText, element: Element) -> None:
    """A reference as readers see it: `Section 2 of [RFC2119]`, `Section 4`, or its own words and that."""
    derived = element.get("derivedContent") or element.get("target", "")
    section = element.get("section")
    shown = (
        derived
        if _points_inside(element) or element.get("format") in ("counter", "title")
        else f"[{derived}]"
    )
    if section:
        shown = _with_section(shown, f"Section {section}", element.get("sectionFormat", "of"))
    words = text.line_of(element)
    if words and (element.get("format") in ("none", "title") or derived == words):
        shown = words
    elif words:
        shown = f"{words} ({shown})" if shown[:1] != "[" else f"{words} {shown}"
    text.layout.text(shown)


def _points_inside(element: Element) -> bool:
    derived = element.get("derivedContent", "")
    return derived.startswith(("Section ", "Figure ", "Table ", "Appendix ", "Paragraph "))


def _with_section(shown: str, section: str, form: str) -> str:
    match form:
        case "comma":
            return f"{shown}, {section}"
        case "parens":
            return f"{shown} ({section})"
        case "bare":
            return section.removeprefix("Section ")
        case _:
            return f"{section} of {shown}"


def _external_reference(text: XmlText, element: Element) -> None:
    target, words = element.get("target", ""), text.line_of(element)
    if words:
        text.layout.text(f"{words} ({target})" if words != target else words)
    else:
        text.layout.text(target if element.get("brackets") != "angle" else f"<{target}>")


def _reference(text: XmlText, element: Element) -> None:
    """An entry of a bibliography: label, authors, "title", numbers of its series, date, address."""
    if parent_name(element) == "referencegroup":
        anchor = ""
    else:
        anchor = f"[{element.get('derivedAnchor') or element.get('anchor', '')}] "
    text.layout.line(blank=True)
    text.layout.text(anchor + ", ".join(filter(None, _reference_parts(text, element))) + ".")
    text.layout.line(blank=True)


def _reference_parts(text: XmlText, element: Element) -> list[str]:
    front = element.find("{*}front")
    parts = [] if front is None else [_short_names([*front.iterchildren("{*}author")])]
    parts += [] if front is None else [f'"{" ".join(title.split())}"' for title in _titles(front)]
    parts += [text.line_of(content) for content in element.iterchildren("{*}refcontent")]
    parts += [f"{info.get('name')} {info.get('value')}" for info in element.iterchildren("{*}seriesInfo")]
    parts += [] if front is None else [_date(front)]
    target = element.get("target")
    return [*parts, f"<{target}>" if target else ""]


def _short_names(authors: list[Element]) -> str:
    """Names as a bibliography has them: `Bormann, C., Hoffman, P., Ed., and B. Liu`."""
    *others, last = [*map(_short_name, authors)] or [""]
    if not others or not authors[-1].get("surname"):
        return ", ".join([*others, last])
    surname, *rest = last.split(", ")
    turned = ", ".join([" ".join([*rest[:1], surname]), *rest[1:]])
    return f"{', '.join(others)}{',' if len(others) > 1 else ''} and {turned}"


def _short_name(author: Element) -> str:
    surname, initials = author.get("surname"), author.get("initials")
    if not surname:
        return _name_of(author)
    return ", ".join(filter(None, (surname, initials, "Ed." if author.get("role") == "editor" else "")))


def _reference_group(text: XmlText, element: Element) -> None:
    text.layout.line(blank=True)
    text.layout.text(f"[{element.get('derivedAnchor') or element.get('anchor', '')}]")
    text.layout.line(blank=True)
    text.inside(element)


def _contact(text: XmlText, element: Element) -> None:
    """A person's name, and as a block what else is said about reaching them."""
    text.layout.text(_name_of(element))
    if len(element):
        line(text, element)
        text.layout.line(blank=True)


def _artwork_set(text: XmlText, element: Element) -> None:
    drawings = [child for child in element.iterchildren("{*}artwork") if child.get("type") != "svg"]
    for drawing in drawings[:1]:
        text.visit(drawing)


def _artwork(text: XmlText, element: Element) -> None:
    if element.get("type") != "svg":
        code(text, element)


def _superscript(text: XmlText, element: Element) -> None:
    text.layout.text(f"^{text.line_of(element)}")


_ACTIONS: dict[str, Action] = {
    **each("toc link displayreference iref cref svg format area workgroup keyword seriesInfo", skip),
    "front": _front,
    "section": _section,
    "name": _name,
    "t": _text_paragraph,
    **each(
        "abstract note figure ul ol dl list table texttable references postamble preamble aside", paragraph
    ),
    **each(
        "dt vspace postal street postalLine city region country code extaddr phone email uri ttcol c", line
    ),
    "organization": line,
    "li": _list_item,
    "dd": definition,
    "artset": _artwork_set,
    "artwork": _artwork,
    "sourcecode": code,
    "blockquote": quotation,
    "xref": _cross_reference,
    "eref": _external_reference,
    "reference": _reference,
    "referencegroup": _reference_group,
    **each("author contact", _contact),
    "sup": _superscript,
    "br": break_line,
    "tr": row,
    **each("td th", cell),
}

RFC_XML = XmlFormat("rfc-xml", _ACTIONS)
"""XML of the RFC series; numbers and references are those that the editor's tools wrote into it."""
