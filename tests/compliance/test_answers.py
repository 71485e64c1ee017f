"""Answers come from a JSON or TOML file; what is no answer is refused."""

from pathlib import Path

import pytest

from mypt.compliance.answers import Answers
from mypt.config import load
from mypt.errors import ConfigError


def test_answers_are_read_from_toml(tmp_path: Path) -> None:
    path = tmp_path / "answers.toml"
    path.write_text('organisation = "Example Ltd"\n[placement]\nmanuals = "licensed"\n', encoding="utf-8")

    answers = load(path, Answers)

    assert (answers.organisation, answers.placement, answers.synthetic) == (
        "Example Ltd",
        {"manuals": "licensed"},
        "",
    )


@pytest.mark.parametrize(
    "text",
    ['{"organization": "x"}', '{"placement": {"a": "stolen"}}', '{"created": "yesterday"}',
     '{"latest_acquisition": "13/2025"}', '{"dataset_url": "javascript:alert(1)"}'],
)  # fmt: skip
def test_what_is_no_answer_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "answers.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError):
        load(path, Answers)
