"""Numbers, dates and identifiers in one form."""

import pytest

from mypt.agent.exact_values import exact_values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("CHF 1'000.-", {"1000"}),
        ("1’000 Franken", {"1000"}),  # noqa: RUF001
        ("50 000 Stimmberechtigte", {"50000"}),
        ("20,971,520 bytes", {"20971520"}),
        ("1.000.000 Zeilen", {"1000000"}),
        ("3,5 Prozent", {"3.5"}),
        ("3.50 %", {"3.5"}),
        ("30% davon", {"30"}),
        ("am 1. Januar 2024", {"2024-01-01"}),
        ("01.01.2024", {"2024-01-01"}),
        ("on 1 January 2024", {"2024-01-01"}),
        ("January 1st, 2024", {"2024-01-01"}),
        ("2024-01-01", {"2024-01-01"}),
        ("im Jahr 2024.", {"2024"}),
        ("zwei Monate", {"2"}),
        ("twelve months", {"12"}),
        ("the 3rd option", {"3"}),
        ("Art. 335c Abs. 2", {"335c", "2"}),
        ("/etc/apt/sources.list", {"/etc/apt/sources.list"}),
        ("dpkg --purge", {"--purge"}),
        ("set FIRST_UID.", {"first_uid"}),
        ("libfoo2-dev", {"libfoo2-dev"}),
        ("Acquire::Retries", {"acquire::retries"}),
        ("ein Haus, one house", set()),
        ("May I help?", set()),
        ("Das Ende. Der Anfang", set()),
    ],
)
def test_what_must_be_the_same_has_one_form(text: str, values: set[str]) -> None:
    assert exact_values(text) == values


def test_different_numbers_stay_different() -> None:
    assert exact_values("1.5 Jahre") != exact_values("15 Jahre")
    assert exact_values("2.6.1") != exact_values("26.1")
