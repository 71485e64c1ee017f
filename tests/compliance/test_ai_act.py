"""The summary is filled from tables and answers, and what neither says is marked as open."""

import re
from typing import Any

import pytest
from markdown_it import MarkdownIt

from mypt.compliance.ai_act import OPEN, summary
from mypt.compliance.answers import Answers
from mypt.compliance.facts import Facts
from mypt.errors import InputError

SECTIONS = [
    "1 General information",
    "1.1 Provider",
    "1.2 Model",
    "1.3 Modalities, size and characteristics",
    "2 Data sources",
    "2.1 Publicly available datasets",
    "2.2 Private datasets from third parties",
    "2.3 Data crawled and scraped from online sources",
    "2.4 User data",
    "2.5 Synthetic data",
    "2.6 Other sources",
    "3 Data processing",
    "3.1 Reservations of rights",
    "3.2 Illegal content",
    "3.3 Further information",
]


def section(text: str, number: str) -> str:
    found = re.search(rf"^#+ {re.escape(number)} .*?(?=^#+ |\Z)", text, re.M | re.S)
    assert found is not None
    return found.group()


def test_it_has_the_sections_of_the_template(facts: Facts) -> None:
    assert re.findall(r"^#{2,3} (.*)$", summary(facts, Answers()), re.M) == SECTIONS


def test_figures_are_those_of_the_tables(facts: Facts) -> None:
    text = summary(facts, Answers())

    tokens = facts.dataset.manifest.counts["tokens"]
    assert f"less than 1 billion tokens: {tokens['train']:,} tokens to train on" in text
    assert f"| de | {tokens['train.language.de']:,} |" in text
    assert "| duplicate | 3 |" in section(text, "3.2")
    assert "| e-mail | 2 |" in section(text, "3.2")
    assert "| GPL-2.0-or-later OR MIT | MIT | attribution |" in section(text, "3.1")


def test_what_nobody_said_is_open_and_an_answer_closes_it(facts: Facts) -> None:
    fields = {
        name
        for name in Answers.model_fields
        if name not in ("dataset_name", "dataset_url", "published", "placement")
    }
    told: dict[str, Any] = {**dict.fromkeys(fields, "02/2026"), "created": "2026-01-02T03:04:05Z"}

    assert summary(facts, Answers()).count(OPEN) == 1 + len(fields)
    assert summary(facts, Answers(**told)).count(OPEN) == 1
    assert summary(facts, Answers(**told)).count("02/2026") == len(fields) - 1


def test_sources_stand_where_their_kind_says_until_they_are_placed(facts: Facts) -> None:
    usual = summary(facts, Answers())
    placed = summary(facts, Answers(placement={"manuals": "licensed", "acts-de": "public"}))

    assert "| manuals |" in section(usual, "2.1")
    assert "| acts-de |" in section(usual, "2.6")
    assert "| manuals |" in section(placed, "2.2")
    assert "| acts-de |" in section(placed, "2.1")
    assert placed.count("| acts-de |") == 1


def test_a_source_that_is_not_there_cannot_be_placed(facts: Facts) -> None:
    with pytest.raises(InputError, match="no source 'manual'"):
        summary(facts, Answers(placement={"manual": "licensed"}))


def test_names_from_outside_make_no_heading_link_or_cell(facts: Facts, hostile: Facts) -> None:
    markdown = MarkdownIt("commonmark").enable("table")

    def shape(text: str) -> list[str]:
        return [token.type for token in markdown.parse(text) if token.type in ("heading_open", "html_block")]

    text = summary(hostile, Answers(organisation="a | b <script>alert(1)</script>\n\n# x"))

    assert shape(text) == shape(summary(facts, Answers()))
    html = markdown.render(text)
    assert "<script" not in html
    assert "<a " not in html
    assert "\u202e" not in text
