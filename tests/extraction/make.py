"""Files for tests, made byte by byte: PDFs, packed office files, and those that want to do harm."""

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

SAMPLES = Path(__file__).parent / "samples"

Text = tuple[float, float, float, str]
"""Left, baseline, size and words."""

_PADDING = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
_RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def pdf(
    pages: Sequence[Sequence[Text]],
    *,
    title: str = "",
    outline: Sequence[tuple[str, int]] = (),
    page_keys: str = "",
) -> bytes:
    """Return a PDF with these texts in Helvetica, and an outline of titles and page numbers."""
    streams = [_content(page) for page in pages]
    n_pages = len(pages)
    first_mark = 4 + 2 * n_pages
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(n_pages))
    marks = f"/Outlines {first_mark} 0 R" if outline else ""
    objects = [
        f"<</Type/Catalog/Pages 2 0 R{marks}>>".encode(),
        f"<</Type/Pages/Kids[{kids}]/Count {n_pages}/MediaBox[0 0 595 842]{page_keys}>>".encode(),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    for number, content in enumerate(streams):
        resources = f"/Resources<</Font<</F 3 0 R>>>>/Contents {5 + 2 * number} 0 R"
        objects.append(f"<</Type/Page/Parent 2 0 R{resources}>>".encode())
        objects.append(content)
    objects += _outline(outline, first_mark)
    if title:
        objects.append(b"<</Title" + _string(title) + b">>")
    return pdf_file(objects, info=len(objects) if title else 0)


def pdf_file(objects: Sequence[bytes], *, info: int = 0, trailer: bytes = b"") -> bytes:
    """Return objects, numbered from 1, with the table that finds them."""
    out = io.BytesIO()
    out.write(b"%PDF-1.7\n")
    places = []
    for number, item in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n" % number + item + b"\nendobj\n")
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    extra = b"/Info %d 0 R" % info if info else b""
    out.write(b"trailer<</Size %d/Root 1 0 R" % (len(objects) + 1) + extra + trailer + b">>\n")
    out.write(b"startxref\n%d\n%%%%EOF\n" % start)
    return out.getvalue()


def stream(data: bytes, keys: bytes = b"") -> bytes:
    """Return a stream as a PDF holds it."""
    return b"<</Length %d" % len(data) + keys + b">>stream\n" + data + b"\nendstream"


def encrypted_pdf() -> bytes:
    """Return a PDF that opens with the password `secret` only."""
    identity = b"0123456789abcdef"
    password = (b"secret" + _PADDING)[:32]
    owner = _rc4(hashlib.md5(password, usedforsecurity=False).digest()[:5], password)
    permissions = (-44).to_bytes(4, "little", signed=True)
    key = hashlib.md5(password + owner + permissions + identity, usedforsecurity=False).digest()[:5]
    user = _rc4(key, _PADDING)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 595 842]>>",
        b"<</Type/Page/Parent 2 0 R>>",
        b"<</Filter/Standard/V 1/R 2/O<%s>/U<%s>/P -44>>" % (owner.hex().encode(), user.hex().encode()),
    ]
    return pdf_file(objects, trailer=b"/Encrypt 4 0 R/ID[<%s><%s>]" % ((identity.hex().encode(),) * 2))


def image_pdf(n_pages: int = 1, *, size: tuple[int, int] = (1, 1), grey: bytes = b"\x80") -> bytes:
    """Return a PDF whose pages hold a picture, by default of one point, and no text."""
    kids = b" ".join(b"%d 0 R" % (5 + n) for n in range(n_pages))
    picture = (
        b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8" % size
    )
    page = b"<</Type/Page/Parent 2 0 R/Resources<</XObject<</I 4 0 R>>>>/Contents 3 0 R>>"
    return pdf_file([
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[" + kids + b"]/Count %d/MediaBox[0 0 595 842]>>" % n_pages,
        stream(b"q 595 0 0 842 0 0 cm /I Do Q"),
        stream(grey, picture),
        *[page] * n_pages,
    ])  # fmt: skip


def packed(parts: Mapping[str, str | bytes], *, level: int = 6) -> bytes:
    """Return a zip archive of these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def docx(body: str, parts: Mapping[str, str] | None = None) -> bytes:
    """Return a Word document with this inside its body, and further parts under their short names."""
    further = parts or {}
    links = "".join(
        f'<Relationship Id="r{n}" Type="{_OFFICE}/{name}" Target="{name}.xml"/>'
        for n, name in enumerate(further)
    )
    return packed({
        "[Content_Types].xml": _TYPES,
        "word/document.xml": f"<w:document {_W}><w:body>{body}</w:body></w:document>",
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{_RELATIONSHIPS}">{links}</Relationships>',
        **{
            f"word/{name}.xml": f"<w:{name} {_W}>{content}</w:{name}>" for name, content in further.items()
        },
    })  # fmt: skip


def paragraph(text: str, properties: str = "") -> str:
    """Return a paragraph of Word with one run."""
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def zip_bomb(name: str, start: bytes, end: bytes, n_bytes: int) -> bytes:
    """Return an office file of which one part unpacks to so many spaces."""
    data = deflated_spaces(n_bytes, start, end)
    size = len(start) + (n_bytes >> 20 << 20) + len(end)
    other = packed({"[Content_Types].xml": _TYPES})
    head = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, 0, len(data), size, len(name), 0)
    place = other.index(b"PK\x01\x02")
    part = b"PK\x03\x04" + head + name.encode() + data
    entry = (
        b"PK\x01\x02" + struct.pack("<H", 20) + head + bytes(10) + struct.pack("<I", place) + name.encode()
    )
    directory = other[place : other.index(b"PK\x05\x06")] + entry
    end_record = struct.pack("<HHHHIIH", 0, 0, 2, 2, len(directory), place + len(part), 0)
    return other[:place] + part + directory + b"PK\x05\x06" + end_record


def deflated_spaces(n_bytes: int, start: bytes = b"", end: bytes = b"") -> bytes:
    """Return a raw deflate stream of spaces between a start and an end, made of one piece over and over."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = packer.compress(start) + packer.flush(zlib.Z_FULL_FLUSH)
    piece = packer.compress(b" " * (1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return first + piece * (n_bytes >> 20) + packer.compress(end) + packer.flush()


def lying(archive: bytes, name: str, claimed: int) -> bytes:
    """Return an archive whose headers claim another size of a part than comes out of it."""
    with zipfile.ZipFile(io.BytesIO(archive)) as packed_file:
        true_size = packed_file.getinfo(name).file_size
    return archive.replace(true_size.to_bytes(4, "little"), claimed.to_bytes(4, "little"))


def _content(page: Sequence[Text]) -> bytes:
    lines = [b"BT /F %g Tf %g %g Td %s Tj ET" % (size, x, y, _string(text)) for x, y, size, text in page]
    return stream(zlib.compress(b"\n".join(lines)), b"/Filter/FlateDecode")


def _string(text: str) -> bytes:
    return b"<" + text.encode("cp1252").hex().encode() + b">"


def _outline(outline: Sequence[tuple[str, int]], first: int) -> list[bytes]:
    if not outline:
        return []
    last = first + len(outline)
    objects = [b"<</First %d 0 R/Last %d 0 R/Count %d>>" % (first + 1, last, len(outline))]
    for place, (title, page) in enumerate(outline, start=1):
        following = b"/Next %d 0 R" % (first + place + 1) if place < len(outline) else b""
        target = 4 + 2 * (page - 1)
        objects.append(
            b"<</Title%s/Parent %d 0 R%s/Dest[%d 0 R/Fit]>>" % (_string(title), first, following, target)
        )
    return objects


def _rc4(key: bytes, data: bytes) -> bytes:
    box = list(range(256))
    j = 0
    for i in range(256):
        j = (j + box[i] + key[i % len(key)]) % 256
        box[i], box[j] = box[j], box[i]
    i = j = 0
    out = bytearray()
    for byte in data:
        i = (i + 1) % 256
        j = (j + box[i]) % 256
        box[i], box[j] = box[j], box[i]
        out.append(byte ^ box[(box[i] + box[j]) % 256])
    return bytes(out)
