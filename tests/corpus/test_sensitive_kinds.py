"""What is real is told from what only looks like it, by checksums, entropy and reserved examples."""

import re

import pytest

from mypt.corpus.sensitive import SensitivePolicy
from mypt.corpus.sensitive_kinds import BY_NAME, RUNS, SHAPE, entropy


def test_every_kind_has_a_setting_and_a_mask_that_people_can_read() -> None:
    assert list(BY_NAME) == list(SensitivePolicy.model_fields)
    assert all(re.fullmatch(rb"\[[A-Z][A-Z -]+\]", kind.mask) for kind in BY_NAME.values())
    assert len({kind.mask for kind in BY_NAME.values()}) == len(BY_NAME)


def test_forms_keep_the_length_of_a_text_and_what_is_no_letter_of_ascii() -> None:
    text = "AHV-Nr. 756.12 für Zoë\n".encode()

    assert text.translate(SHAPE) == "AAA-Ar. 000.00 für Aoë\n".encode()
    assert text.translate(RUNS) == "wwwwww. www.ww wüw wwë\n".encode()


def iban(country: str, account: str) -> str:
    """Return an account with its right check digits."""
    digits = "".join(str(int(sign, 36)) for sign in f"{account}{country}00")
    return f"{country}{98 - int(digits) % 97:02}{account}"


@pytest.mark.parametrize(
    ("country", "account"),
    [
        ("NO", "86011117947"), ("BE", "539007547034"), ("MT", "MALT011000012345MTLCAST001S"),
        ("CH", "04835012345678009"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("space", ["", " "])
def test_an_iban_needs_its_length_and_its_checksum(country: str, account: str, space: str) -> None:
    kind = BY_NAME["iban"]
    good = iban(country, account)
    bad = good[:-1] + ("1" if good[-1] == "0" else "0")
    spaced = [re.sub("(....)(?=.)", rf"\1{space}", number).encode() for number in (good, bad)]
    spaced.append(spaced[0] + b"1")

    matches = [kind.pattern.match(number) for number in spaced]

    assert [match is not None and kind.is_real(match) for match in matches] == [True, False, False]


@pytest.mark.parametrize("number", [b"CH9300762011623852957", b"DE89 3704 0044 0532 0130 00"])
def test_an_iban_that_documentation_uses_is_nobodys(number: bytes) -> None:
    match = BY_NAME["iban"].pattern.match(number)

    assert match is not None
    assert not BY_NAME["iban"].is_real(match)


def test_entropy_is_that_of_shannon() -> None:
    assert entropy(b"aaaa") == 0
    assert entropy(b"abab") == 1
    assert entropy(b"abcdefgh") == 3
