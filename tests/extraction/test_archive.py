"""Packed files are checked before they are believed."""

import pytest

from mypt.extraction.archive import check_all, open_archive, parse_xml
from mypt.extraction.limits import Limits
from mypt.extraction.pages import Unextractable
from tests.extraction.make import lying, packed

MEGABYTE = b"x" * 1_000_000


def _read_all(data: bytes, **limits: int) -> None:
    with open_archive(data, Limits(**limits)) as archive:  # type: ignore[arg-type]
        check_all(archive)


def test_a_part_is_unpacked() -> None:
    with open_archive(packed({"a": "content"}), Limits()) as archive:
        assert archive.bytes_of("a") == b"content"


def test_a_directory_that_promises_too_much_is_refused_before_anything_is_unpacked() -> None:
    with (
        pytest.raises(Unextractable, match="too large: it unpacks to more than 1500000 bytes"),
        open_archive(packed({"a": MEGABYTE, "b": MEGABYTE}), Limits(archive_bytes=1_500_000)),
    ):
        pytest.fail("it was opened")


def test_a_ratio_that_no_text_has_is_refused() -> None:
    with pytest.raises(Unextractable, match="too large: a part unpacks to more than 200 times its size"):
        _read_all(packed({"a": 2 * MEGABYTE}))


@pytest.mark.parametrize("claimed", [10, 2_000_000])
def test_a_part_that_lies_about_its_size_is_refused(claimed: int) -> None:
    data = lying(packed({"a": 3 * MEGABYTE}), "a", claimed)

    with pytest.raises(Unextractable, match=r"too large|malformed"):
        _read_all(data, archive_ratio=1_000_000)


def test_what_really_comes_out_is_counted_over_all_parts() -> None:
    parts = {f"{n}": bytes(range(256)) * 400 for n in range(10)}

    with open_archive(packed(parts), Limits(archive_bytes=1_100_000)) as archive:
        check_all(archive)
        with pytest.raises(Unextractable, match="it unpacks to more than 1100000 bytes"):
            check_all(archive)


def test_too_many_parts_are_refused() -> None:
    with pytest.raises(Unextractable, match="too large: an archive of 11 parts"):
        _read_all(packed({str(n): "" for n in range(11)}), archive_members=10)


def test_a_part_with_a_password_is_encrypted() -> None:
    data = packed({"a": "x"})
    central = data.index(b"PK\x01\x02")
    marked = data[: central + 8] + b"\x01" + data[central + 9 :]

    with pytest.raises(Unextractable, match="encrypted"):
        _read_all(marked)


def test_a_damaged_part_is_malformed() -> None:
    data = packed({"a": bytes(range(256)) * 40}, level=0)

    with pytest.raises(Unextractable, match="malformed"):
        _read_all(data[:200] + b"\xff\xff\xff" + data[203:])


BOMB = "<!DOCTYPE x [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(12)
)


@pytest.mark.parametrize(
    "text",
    [
        f"{BOMB}]><x>&m;</x>",
        "<!DOCTYPE x [<!ENTITY f SYSTEM 'file:///etc/passwd'>]><x>&f;</x>",
        "<!DOCTYPE x SYSTEM 'http://127.0.0.1:9/x.dtd'><x/>",
        "<x" * 100,
        "<x>" * 100_000,
        "",
    ],
)
def test_xml_of_a_stranger_expands_and_fetches_nothing(text: str) -> None:
    with pytest.raises(Unextractable, match="malformed"):
        parse_xml(text.encode(), "part.xml")


def test_links_between_parts_stay_inside() -> None:
    rels = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="a" Type="http://x/slide" Target="../slides/s1.xml"/>'
        '<Relationship Id="b" Type="http://x/slide" Target="../../../etc/passwd"/>'
        '<Relationship Id="c" Type="http://x/link" Target="http://y" TargetMode="External"/></Relationships>'
    )

    with open_archive(packed({"ppt/_rels/p.xml.rels": rels}), Limits()) as archive:
        found = archive.targets("ppt/p.xml")

    assert found == {"a": ("slide", "slides/s1.xml"), "b": ("slide", "etc/passwd")}
