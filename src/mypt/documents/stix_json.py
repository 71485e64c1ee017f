"""Threat intelligence in STIX: what techniques, malware, tools, mitigations and groups are."""

import json
import re
from typing import Any

from mypt.documents.characters import normalise_characters
from mypt.documents.raw_file import RawFile, Unreadable

_TOLD = frozenset({"attack-pattern", "malware", "tool", "course-of-action", "intrusion-set"})

_TAG = re.compile("</?code>")  # ATT&CK writes Markdown, and these


class StixJson:
    """Bundles of STIX 2 objects, such as those of MITRE ATT&CK."""

    name = "stix"
    version = "1"
    reads_neighbours = False

    def to_text(self, file: RawFile) -> str:
        """Return name and description of each object; objects that were revoked are left out."""
        try:
            bundle = json.loads(file.text)
        except (ValueError, RecursionError) as error:
            raise Unreadable("malformed", f"no JSON: {error}") from error
        objects = bundle.get("objects") if isinstance(bundle, dict) else None
        if not isinstance(objects, list):
            raise Unreadable("malformed", "no STIX bundle: it has no list of objects")
        told = [_text(item) for item in objects if isinstance(item, dict) and _is_told(item)]
        return normalise_characters("\n".join(filter(None, told)))


def _is_told(item: dict[str, Any]) -> bool:
    return item.get("type") in _TOLD and not item.get("revoked")


def _text(item: dict[str, Any]) -> str:
    parts = [item.get(key) for key in ("name", "description")]
    shown = [_TAG.sub("", part.strip()) for part in parts if isinstance(part, str) and part.strip()]
    return "\n\n".join(shown).encode("utf-8", "replace").decode() + "\n" if shown else ""
