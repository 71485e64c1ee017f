"""What users can set, call or meet stands in docs/reference/, and no page is older than the code."""

import re
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Union, get_args, get_origin

import pytest

from docs.generate import read_page, render_pages
from mypt.cli.app import COMMANDS
from mypt.cli.config import RECIPES, recipe_class
from mypt.config import Section
from mypt.conversation.special_tokens import SPECIAL_TOKENS, get_special_token_ids
from mypt.errors import MyptError

ROOT = Path(__file__).parents[1]
PAGES = render_pages()
EARLIER_FILES = {"core/model.py", "train.py"}


def _sections(annotation: Any) -> Iterator[type[Section]]:
    """Walk types, not schemas: the page is made from schemas, so this is a second opinion."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield annotation
        for field in annotation.model_fields.values():
            yield from _sections(field.annotation)
    elif get_origin(annotation) in (list, tuple, dict, Union, types.UnionType):
        for part in get_args(annotation):
            yield from _sections(part)


SECTIONS = sorted({s for kind in RECIPES for s in _sections(recipe_class(kind))}, key=lambda s: s.__name__)


@pytest.mark.parametrize("name", PAGES)
def test_a_reference_page_is_what_the_code_says(name: str) -> None:
    assert read_page(name) == PAGES[name], "run: python tasks.py docs"


@pytest.mark.parametrize("section", SECTIONS)
def test_every_setting_is_in_the_reference_with_its_meaning(section: type[Section]) -> None:
    _, _, rest = PAGES["settings.md"].partition(f"\n## {section.__name__}\n")
    described = rest.partition("\n## ")[0]

    missing = [name for name in section.model_fields if f"| `{name}` |" not in described]
    unexplained = [line for line in described.splitlines() if line.endswith("|  |")]
    assert (missing, unexplained) == ([], [])


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_reference(command: str) -> None:
    assert f"mypt {command}\n" in PAGES["commands.md"]


@pytest.mark.parametrize("tag", SPECIAL_TOKENS)
def test_every_tag_is_in_the_reference_with_its_id(tag: str) -> None:
    assert f"| {get_special_token_ids()[tag]} | `{tag}` |" in PAGES["tags.md"]


def _errors(error: type[MyptError]) -> Iterator[type[MyptError]]:
    yield error
    for child in error.__subclasses__():
        yield from _errors(child)


@pytest.mark.parametrize("error", list(_errors(MyptError)))
def test_every_exit_code_is_in_the_reference(error: type[MyptError]) -> None:
    assert f"| {error.exit_code} | `{error.__name__}` |" in PAGES["errors.md"]


def _links(page: Path) -> Iterator[str]:
    prose = re.sub(r"`[^`\n]*`", "", page.read_text(encoding="utf-8"))
    for chunk in prose.split("](")[1:]:
        target = chunk.partition(")")[0].partition("#")[0]
        if target and "://" not in target:
            yield target


@pytest.mark.parametrize(
    "page", sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]), ids=lambda p: p.name
)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    dead = [target for target in _links(page) if not (page.parent / target).exists()]

    assert dead == []


def test_every_file_in_the_seed_map_exists() -> None:
    text = (ROOT / "docs" / "seed-map.md").read_text(encoding="utf-8")
    named = [name for name in re.findall(r"`([\w./-]+\.py)`", text) if name not in EARLIER_FILES]
    places = (ROOT, ROOT / "src" / "mypt", ROOT / "tests")

    missing = [name for name in named if not any((place / name).is_file() for place in places)]

    assert missing == []
