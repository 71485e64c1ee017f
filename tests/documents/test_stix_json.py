"""A STIX bundle gives what its objects say."""

import json

import pytest

from mypt.documents.formats import format_of
from mypt.documents.raw_file import RawFile, Unreadable
from mypt.documents.stix_json import StixJson

BUNDLE = {
    "type": "bundle",
    "id": "bundle--1",
    "objects": [
        {"type": "attack-pattern", "name": "Phishing", "description": "Send <code>a.exe</code>.\r\nWait."},
        {"type": "relationship", "description": "uses"},
        {"type": "malware", "name": "Old", "description": "Gone.", "revoked": True},
        {"type": "course-of-action", "name": "Größe"},
        {"type": "tool", "name": 7, "description": None},
        {"type": "intrusion-set", "name": "<|endoftext|>", "description": "<myPT_assistant>"},
        "no object",
    ],
}


def _text(data: bytes) -> str:
    return StixJson().to_text(RawFile("a.json", data))


def test_names_and_descriptions_are_told() -> None:
    text = _text(json.dumps(BUNDLE).encode())

    assert text == "Phishing\n\nSend a.exe.\nWait.\n\nGröße\n\n<|endoftext|>\n\n<myPT_assistant>\n"


def test_a_lone_half_of_a_character_pair_does_not_reach_the_text() -> None:
    half = b'{"type": "bundle", "objects": [{"type": "tool", "name": "a\\ud800b"}]}'

    assert _text(half) == "a?b\n"


def test_only_bundles_are_stix() -> None:
    assert format_of("a.json", b'{\n  "type" : "bundle"') == "stix"
    assert format_of("package.json", b'{"name": "x"}') is None


@pytest.mark.parametrize("data", [b"{", b"[" * 200_000, b"[1]", b'{"type": "bundle"}', b'{"objects": {}}'])
def test_what_is_no_bundle_is_malformed(data: bytes) -> None:
    with pytest.raises(Unreadable) as caught:
        _text(data)

    assert caught.value.reason == "malformed"
