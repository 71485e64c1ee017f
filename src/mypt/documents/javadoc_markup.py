"""What a comment of Java, JavaScript or TypeScript says: tags become words, HTML becomes text."""

import html
import re

_BLOCK_TAG = re.compile(r"^[ \t]*@([a-z]\w*)(?:\.\w+)?[ \t]*", re.MULTILINE)
_BRACE = re.compile(r"\{@[a-zA-Z]+|[{}]")
_DEEPEST = 50  # tags inside tags; what is nested deeper stays as it is written
_PACKAGE = re.compile(r"(?<![\w./])(?:[a-z_][\w.]*/)?(?:[a-z_]\w*\.)+(?=[A-Z])")
_LINK = re.compile(r"([^\s(|]*(?:\([^)]*\))?)\s*\|?\s*(.*)", re.DOTALL)
_INDEXED = re.compile(r"\s*(?:\"([^\"]*)\"|(\S+))")
_TYPE = re.compile(r"\{([^{}]*)\}\s*")

_OF_A_NAME = {"param": "Parameter", "throws": "Throws", "exception": "Throws", "template": "Type parameter",
              "typeparam": "Type parameter", "arg": "Parameter", "property": "Property", "uses": "Uses",
              "provides": "Provides"}  # fmt: skip
_LABELS = {"return": "Returns", "returns": "Returns", "see": "See", "apinote": "API note",
           "jls": "Java language", "implspec": "Implementation requirements",
           "implnote": "Implementation note"}  # fmt: skip

_AROUND = {"return": "Returns {}.", "inheritdoc": "", "docroot": ""}
_UNSEEN = re.compile(r"<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_PRE = re.compile(r"</?pre\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r" ?</?([a-z][a-z0-9]*)\b[^<>]*> ?", re.IGNORECASE)
_FONT = re.compile(
    r"</?(?:a|b|i|em|strong|code|span|tt|var|kbd|font|blockquote|su[bp])\b[^<>]*>", re.IGNORECASE
)
_PARAGRAPHS = (
    "p",
    "div",
    "blockquote",
    "section",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "table",
    "ul",
    "ol",
    "dl",
)
_LINES = ("tr", "dt", "br", "hr", "caption")
_BREAKS = {
    **dict.fromkeys(_PARAGRAPHS, "\n\n"),
    **dict.fromkeys(_LINES, "\n"),
    "li": "\n- ", "dd": "\n  ",
}  # fmt: skip


def without_markers(comment: str) -> str:
    """Return what stands between `/**` and `*/`, without the stars before its lines."""
    first, *lines = comment.removeprefix("/**").removesuffix("*/").split("\n")
    return "\n".join([first.strip(), *map(_without_star, lines)]).strip("\n")


def _without_star(line: str) -> str:
    text = line.lstrip(" \t")
    return (text.lstrip("*").removeprefix(" ") if text.startswith("*") else line).rstrip()


def tags_as_words(comment: str, *, is_html: bool) -> str:
    """Return a comment with its inline and block tags spelled out, and its HTML as text if it is HTML."""
    main, *tags = _BLOCK_TAG.split(_inline_tags(comment, is_html=is_html))
    lines = [
        _block_tag(tag, text.strip(), is_html=is_html)
        for tag, text in zip(tags[::2], tags[1::2], strict=True)
    ]
    return "\n\n".join(filter(None, [_to_text(main, is_html=is_html), "\n".join(lines)]))


def _block_tag(tag: str, text: str, *, is_html: bool) -> str:
    label = _LABELS.get(tag.lower(), tag[0].upper() + tag[1:])
    if tag in _OF_A_NAME:
        kind = _TYPE.match(text)
        name, *rest = text[kind.end() if kind else 0 :].split(maxsplit=1)[:2] or [""]
        label = " ".join(filter(None, [_OF_A_NAME[tag], _PACKAGE.sub("", name), kind and f"({kind[1]})"]))
        text = "".join(rest).removeprefix("- ")
    elif tag == "see":
        text = _reference(text)
    shown = _to_text(text, is_html=is_html)
    return f"{label}: {shown}" if shown else label


def _inline_tags(comment: str, *, is_html: bool) -> str:
    """Return the comment with each `{@tag …}` replaced, the inner ones first; braces may be missing."""
    open_tags: list[tuple[str, list[str]]] = []  # how each began, and what stood before it
    pieces: list[str] = []
    end = 0
    for brace in _BRACE.finditer(comment):
        pieces.append(comment[end : brace.start()])
        end = brace.end()
        is_tag, is_open = brace[0].startswith("{@"), bool(open_tags)
        if brace[0] == "}" and is_open:
            opening, outer = open_tags.pop()
            content = "".join(pieces)
            outer.append(
                _inline_tag(opening[2:], content, is_html=is_html) if opening[1:] else f"{{{content}}}"
            )
            pieces = outer
        elif (is_tag or is_open) and brace[0] != "}" and len(open_tags) < _DEEPEST:
            open_tags.append((brace[0], pieces))
            pieces = []
        else:
            pieces.append(brace[0])
    unclosed = [piece for opening, outer in open_tags for piece in (*outer, opening)]
    return "".join([*unclosed, *pieces, comment[end:]])


def _inline_tag(tag: str, content: str, *, is_html: bool) -> str:
    match tag.lower():
        case "code" | "literal":
            text = content.removeprefix(" ") if "\n" in content else content.strip()
            return _escaped(text) if is_html else text
        case "link" | "linkplain" | "linkcode" | "value" | "see":
            return _reference(content.strip())
        case "index":
            found = _INDEXED.match(content)
            return (found[1] or found[2]) if found else ""
        case "snippet":
            return f"<pre>{_escaped(content.partition(':')[2])}</pre>"
        case other:
            return _AROUND.get(other, "{}").format(content.strip())


def _escaped(code: str) -> str:
    """Return code that no step after this one takes for markup or for a tag."""
    return html.escape(code, quote=False).replace("@", "&#64;")


def _reference(target: str) -> str:
    """Return the label of a reference, or its target as `Class.member`, without the package."""
    if target.startswith(("<", '"', "http:", "https:")):
        return target
    found = _LINK.fullmatch(target)
    if found and found[2].strip():
        return found[2].strip()
    return _PACKAGE.sub("", target).lstrip("#").replace("#", ".")


def _to_text(text: str, *, is_html: bool) -> str:
    if not is_html:
        return text.strip("\n")
    if "<" not in text and "&" not in text:
        return " ".join(text.split())
    parts = _PRE.split(_UNSEEN.sub("", text))
    written = [_code(part) if number % 2 else _paragraphs(part) for number, part in enumerate(parts)]
    return html.unescape("\n\n".join(part for part in written if part))


def _code(text: str) -> str:
    lines = [line.rstrip() for line in _FONT.sub("", text).split("\n")]
    filled = [number for number, line in enumerate(lines) if line]
    return "\n".join(lines[filled[0] : filled[-1] + 1]) if filled else ""


def _paragraphs(text: str) -> str:
    lines = _TAG.sub(_break, " ".join(text.split())).split("\n")
    broken = "\n".join(line.rstrip().removesuffix(" |") for line in lines)
    return re.sub(r"\n+(?=- |  )", "\n", re.sub(r"\n{3,}", "\n\n", broken)).strip("\n ")


def _break(tag: re.Match[str]) -> str:
    name, shown = tag[1].lower(), tag[0]
    is_end = shown.lstrip().startswith("</")
    if name in ("td", "th"):
        return " | " if is_end else ""
    if name in _BREAKS:
        return "" if is_end and name in ("li", "dd", "dt", "tr") else _BREAKS[name]
    return " " if shown[0] == " " or shown[-1] == " " else ""
