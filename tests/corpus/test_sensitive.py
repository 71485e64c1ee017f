"""Secrets and personal data are masked by policy; text around them, examples and other numbers stay."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mypt.corpus.sensitive import SensitivePolicy, masked_beginning, screen
from mypt.corpus.sensitive_kinds import BY_NAME

POLICY = SensitivePolicy(ip_address="mask")
BODY = "\n".join(
    "MIICXwIBAAKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2Sn" + str(n) for n in range(10, 14)
)
KEY = f"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n{BODY}\n-----END RSA PRIVATE KEY-----"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLCJleHAiOjEzMDA4MTkzODB9.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0"

# Joined when read, so that no scanner of repositories takes them for secrets of ours.
SECRETS = [
    ("private_key", KEY),
    ("private_key", "-----BEGIN OPENSSH PRIVATE KEY-----\n" + BODY),
    ("token", "AKI" + "AIOSFODNN7QWERTYZ"), ("token", "gh" + "p_16C7e42F292c6912E7710c838347Ae178B4a"),
    ("token", "glp" + "at-9yKz_Qp3vRt7LmW2xZaB"),
    ("token", "xo" + "xb-263594206564-FGqddMF8t08v8N7Oq4i57vs1"),
    ("token", "sk_li" + "ve_4eC39HqLyjWDarjtT1zdp7dc"),
    ("token", "AIz" + "aSyD9kX7mQ2wErTyUiOpAsDfGhJkLzXcVbN1"),
    ("token", JWT),
]  # fmt: skip
PERSONAL = [
    ("iban", "CH56 0483 5012 3456 7800 9"), ("iban", "DE75512108001245126199"),
    ("iban", "GB33BUKB20201555555555"),
    ("social_security_number", "756.3047.5009.62"), ("social_security_number", "7563047500962"),
    ("card_number", "4539 1488 0343 6467"), ("card_number", "4539-1488-0343-6467"),
    ("card_number", "379354508162306"),
    ("email", "vreni.muster+list@uni-bern.ch"), ("email", "a_b@mail.example-firma.co.uk"),
    ("phone", "+41 31 322 21 11"), ("phone", "+49 (0)30 901820-0"), ("phone", "+1-650-253-0000"),
    ("ip_address", "193.5.216.31"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "value"), SECRETS + PERSONAL)
@pytest.mark.parametrize("around", ["{}", "Siehe «{}»; über", "x = '{}'\n", "a,{},b", "({})\n", "ä {}.\n"])
def test_it_is_masked_and_nothing_else_changes(kind: str, value: str, around: str) -> None:
    mask = BY_NAME[kind].mask.decode()

    screened = screen(around.format(value), POLICY)

    assert screened.text == around.format(mask)
    assert screened.counts == {kind: 1}


@pytest.mark.parametrize(
    ("text", "masked", "kind"),
    [
        ("ftp://joe:tr4vel%21x@db.firma.ch/x", "ftp://joe:[PASSWORD]@db.firma.ch/x", "url_password"),
        ("psql://joe:tr4vel!x@db.firma.ch/x", "psql://joe:[PASSWORD]@db.firma.ch/x", "url_password"),
        ('api_key = "q7Lr2mXz9KpT4vNb"', 'api_key = "[SECRET]"', "assigned_secret"),
        ("DB_PASSWORD: 'hV7_kP2qW9zLx4'", "DB_PASSWORD: '[SECRET]'", "assigned_secret"),
        ("aws_secret_key=wJa1rXUt9FEMI/K7MDENG/bPxRfiCYzKLM4Nw", "aws_secret_key=[SECRET]",
    "assigned_secret"),
        ("Tel. 031 322 21 11, Fax: 031/322 21 12", "Tel. [PHONE], Fax: [PHONE]", "phone"),
        ("Telefon Nr.: (031) 322 21 11", "Telefon Nr.: [PHONE]", "phone"),
        ("Phone: (650) 253-0000", "Phone: [PHONE]", "phone"),
    ],
)  # fmt: skip
def test_context_tells_what_a_value_is(text: str, masked: str, kind: str) -> None:
    screened = screen(text, POLICY)

    assert screened.text == masked
    assert set(screened.counts) == ({kind} if kind else set())


EXAMPLES = [
    "AKIAIOSFODNN7EXAMPLE", "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "password = your-password-here1A",
    "https://user:password@example.com/", "ftp://joe:hunter2!@ftp.example.org", "me@example.com",
    "x@sub.example.net",
    "you@your-domain.com", "git@github.com", "user@host", "getty@tty1.service", "logo@2x.png",
    "numpy@1.26.4",
    "192.0.2.17", "198.51.100.1", "203.0.113.255", "10.0.0.1", "127.0.0.1", "192.168.1.1",
    "1.2.3.4.5",
    "CH93 0076 2011 6238 5295 7", "DE89 3704 0044 0532 0130 00", "756.9217.0769.85", "4111 1111 1111 1111",
    "+1 555 123 4567", "+1 (650) 555-0123",
    "-----BEGIN RSA PRIVATE KEY-----\n...\n-----END RSA PRIVATE KEY-----",
]  # fmt: skip
OTHERS = [
    "CH93 0076 2011 6238 5295 8", "DE75512108001245126198", "756.3047.5009.63", "4539 1488 0343 6468",
    "Art. 756 Abs. 2", "AS 1998 2859 3923 4129 4543 5349 5705",
    "3.14159265358979323846", "+3.14159265", "0x4539148803436467", "1.4539148803436467",
    "@@ -1,5 +12,34 @@", "550e8400-e29b-41d4-a716-446655440000", "token = lexer.NextTokenOrNothing()",
    "password: String passwordEncoderFactories", "secret=0123456789abcdef0123456789abcdef",
    "const tokenKind = iota + 12345678",
    "5f4dcc3b5aa765d61d8327deb882cf99", "func (x *Foo) Phone() {}",
    "Rechtsschutzversicherungsgesellschaften",
    "2001-01-01 00:00:00 +0000", "ISBN 978-3-16-148410-0", "Tel. siehe Anhang 12", "@Override public",
    "a @ b.c",
]  # fmt: skip


@pytest.mark.parametrize("text", EXAMPLES + OTHERS)
def test_examples_of_documentation_and_other_numbers_stay(text: str) -> None:
    screened = screen(f"Siehe {text}\n", POLICY)

    assert screened.text == f"Siehe {text}\n"
    assert screened.counts == {}


def test_each_kind_follows_its_own_policy() -> None:
    text = "Mail hans.meier@firma.ch oder Tel. 031 322 21 11, Konto CH5604835012345678009, von 193.5.216.31\n"
    policy = SensitivePolicy(email="count", phone="keep", iban="drop-document")

    screened = screen(text, policy)

    assert screened.text == text.replace("CH5604835012345678009", "CH5604835012345678009")
    assert screened.counts == {"email": 1, "iban": 1}
    assert screened.forbidden == "iban"


def test_what_lies_inside_another_is_not_found_twice() -> None:
    screened = screen("ssh://joe:pa55.w0rd@mail.firma.ch or tel:+41313222111 fax +41313222112\n", POLICY)

    assert screened.text == "ssh://joe:[PASSWORD]@mail.firma.ch or tel:[PHONE] fax [PHONE]\n"
    assert screened.counts == {"phone": 2, "url_password": 1}


def test_what_a_report_shows_is_masked_whatever_the_policy_and_wherever_it_is_cut() -> None:
    text = f"{'x ' * 140}vreni.muster@uni-bern.ch {KEY}"

    shown = [masked_beginning(text, limit) for limit in (285, 300, 320)]

    assert all("muster" not in beginning and "MIIC" not in beginning for beginning in shown)
    assert masked_beginning("kurz\n", 300) == "kurz\n"


def test_what_a_mask_uncovers_is_masked_too() -> None:
    screened = screen("Tel. +41 31 322 21 11  756.3047.5009.62 ", POLICY)

    assert screened.counts == {"phone": 1, "social_security_number": 1}
    assert "322" not in screened.text


SAFE = st.text("abcäöü§ .,;:(){}\n\t'«»–0123", max_size=60)  # noqa: RUF001
VALUES = st.sampled_from([value for _, value in SECRETS + PERSONAL])


@given(st.lists(st.one_of(SAFE, VALUES.map(lambda value: f" {value} "))))
def test_no_word_is_lost_but_those_masked(pieces: list[str]) -> None:
    screened = screen("".join(pieces), POLICY)

    masks = {kind.mask.decode() for kind in BY_NAME.values()}
    unmasked = screened.text
    for mask in masks:
        unmasked = unmasked.replace(mask, "")
    for piece in pieces:
        if set(piece) <= set("abcäöü§ .,;:(){}\n\t'«»–") and "".join(pieces).count(piece) == 1:  # noqa: RUF001
            assert piece.strip() in screened.text
    assert screen(screened.text, POLICY).counts.keys() <= screened.counts.keys()
    assert sum(screened.text.count(mask) for mask in masks) == sum(screened.counts.values())


@given(st.text())
def test_any_text_is_read_and_masks_are_never_found_again(text: str) -> None:
    text = text.encode(errors="ignore").decode()

    screened = screen(text, POLICY)

    assert screen(screened.text, POLICY).text == screened.text


HOSTILE = [
    "a", "1", "1 ", "@", "a@", "a@a.", "://", "://a:", "+1", "+1 ", "tel:1",
    "-----BEGIN RSA PRIVATE KEY-----\n",
    "-----BEGIN PRIVATE KEY-----" + "A" * 70, "A: b\n", "eyJ", "eyJaaaaaaaaaa.", "AKIA", "password=",
    "password=aA1", "AA00",
    "CH56", "CH56 ", "756.", "4539 ", "4539", "1.", "tel", "token" * 5 + "=", " ", "-", "\\n",
    "a.b@c.d.e.f ", "(1)", "ä",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_line_of_a_million_characters_is_no_trap(piece: str) -> None:
    text = piece * (2**20 // len(piece))
    started = time.process_time()

    screen(text, POLICY)
    screen("-----BEGIN PRIVATE KEY-----" + text, POLICY)

    assert time.process_time() - started < 12
