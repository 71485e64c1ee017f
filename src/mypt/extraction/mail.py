"""E-mail: who wrote to whom and when, what they wrote, and the files that came with it."""

import email
import email.policy
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.header import decode_header, make_header
from email.message import Message

from mypt.extraction.clean import one_line
from mypt.extraction.compose import Composer
from mypt.extraction.decode_text import decode_text
from mypt.extraction.html import add_html
from mypt.extraction.pages import Extracted, Unextractable
from mypt.extraction.plain_text import blocks_of
from mypt.extraction.source_file import SourceFile

_HEADERS = ("From", "To", "Cc", "Date", "Subject")
_MOST_PARTS = 1_000
_MOST_HEADER = 2_000


@dataclass
class _Contents:
    """What a mail holds, in its order."""

    texts: list[Message] = field(default_factory=list)
    attachments: list[Message] = field(default_factory=list)
    n_parts: int = 0
    is_cut: bool = False


def read(source: SourceFile) -> Extracted:
    """Return a mail, and the files attached to it as further pages; raises Unextractable when it is empty."""
    composer = Composer(source.limits)
    try:
        mail = email.message_from_bytes(source.data, policy=email.policy.compat32)
    except RecursionError as error:
        raise Unextractable("malformed", "parts inside parts without an end") from error
    headers = {name: _header(mail, name) for name in _HEADERS}
    composer.add("paragraph", "\n".join(f"{name}: {text}" for name, text in headers.items() if text))
    contents = _Contents()
    _collect(mail, contents, source.limits.nesting)
    if contents.is_cut:
        composer.warn("parts that lie too deep, or too many parts, were left out")
    for part in contents.texts:
        _add_text(part, composer, source)
    for part in contents.attachments:
        composer.add("list_item", f"- Attachment: {_name(part)}")
    for part in contents.attachments:
        _add_attachment(part, composer, source)
    return composer.finish("email", (headers["Subject"], source.stem), "the mail is empty")


def _header(mail: Message, name: str) -> str:
    """Return a header as people read it; what is coded wrongly stays as it is written."""
    raw = str(mail.get(name, ""))[:_MOST_HEADER]
    try:
        return one_line(str(make_header(decode_header(raw))))
    except (ValueError, LookupError, email.errors.HeaderParseError):
        return one_line(raw)


def _collect(part: Message, contents: _Contents, depth: int) -> None:
    contents.n_parts += 1
    if depth < 0 or contents.n_parts > _MOST_PARTS:
        contents.is_cut = True
        return
    kind = part.get_content_type()
    if part.get_filename() or part.get_content_disposition() == "attachment" or kind == "message/rfc822":
        contents.attachments.append(part)
    elif part.is_multipart():
        for inner in _chosen(part, kind):
            _collect(inner, contents, depth - 1)
    elif part.get_content_maintype() == "text":
        contents.texts.append(part)
    else:
        contents.attachments.append(part)


def _chosen(part: Message, kind: str) -> Iterator[Message]:
    """Yield the parts to read; of alternatives the plain text, else the last, which is the richest."""
    inner = [item for item in part.get_payload() if isinstance(item, Message)]
    if kind != "multipart/alternative":
        yield from inner
        return
    plain = [item for item in inner if item.get_content_type() == "text/plain" and _bytes(item).strip()]
    yield from plain[:1] or inner[-1:]


def _bytes(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _add_text(part: Message, composer: Composer, source: SourceFile) -> None:
    data = _bytes(part)
    try:
        text = data.decode(part.get_content_charset() or "ascii")
    except (LookupError, ValueError):
        text = decode_text(data, composer, source.limits)
    if part.get_content_type() == "text/html":
        add_html(text.replace("\0", ""), composer)
        return
    shown, blocks, n_invisible = blocks_of(text)
    composer.count_invisible(n_invisible)
    for block in blocks:
        composer.add(block.kind, shown[block.start : block.end], block.level)


def _name(part: Message) -> str:
    if part.get_content_type() == "message/rfc822":
        inner = _message_in(part)
        return (
            one_line(_header(inner, "Subject") or "message") + ".eml" if inner is not None else "message.eml"
        )
    try:
        name = str(make_header(decode_header(part.get_filename() or "")))
    except (ValueError, LookupError, email.errors.HeaderParseError):
        name = part.get_filename() or ""
    return one_line(name) or f"unnamed {part.get_content_type()}"


def _message_in(part: Message) -> Message | None:
    payload = part.get_payload()
    inner = payload[0] if isinstance(payload, list) and payload else None
    return inner if isinstance(inner, Message) else None


def _add_attachment(part: Message, composer: Composer, source: SourceFile) -> None:
    name = _name(part)
    inner = _message_in(part) if part.get_content_type() == "message/rfc822" else None
    data = inner.as_bytes() if inner is not None else _bytes(part)
    if source.read_inner is None or len(data) > source.limits.attachment_bytes:
        why = "it lies too deep" if source.read_inner is None else "it is too large"
        composer.warn(f"attachment {name} was not read: {why}")
        return
    try:
        inner_pages = source.read_inner(data, name)
    except Unextractable as error:
        composer.warn(f"attachment {name} was not read: {error}")
        return
    composer.add_pages_of(inner_pages, name)
