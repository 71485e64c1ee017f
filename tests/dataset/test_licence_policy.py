"""What nobody knows is denied; expressions mean what SPDX says; a denied licence never slips in."""

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mypt.config import validate
from mypt.dataset.build import build
from mypt.dataset.licence_policy import LicencePolicy, left_out, permitted, refuse_denied
from mypt.dataset.lineage import Lineage
from mypt.documents.document import Document
from mypt.errors import ConfigError, InputError
from tests.dataset.corpora import ALONE, ENGLISH, bilingual, corpus_of, dataset_of, recipe

FREE = ["MIT", "Apache-2.0", "CC0-1.0", "GPL-2.0-or-later", "GFDL-1.3-only", "CC-BY-4.0", "CC-BY-SA-4.0"]
DENIED = ["CC-BY-NC-4.0", "CC-BY-ND-4.0", "CC-BY-NC-SA-3.0", "ODC-By-1.0", "BUSL-1.1", "LicenseRef-unknown"]


def policy(**values: Any) -> LicencePolicy:
    return validate(values, LicencePolicy, "test")


def verdict(licence: str, **values: Any) -> tuple[bool, str]:
    found = policy(**values).judge([licence])[licence]
    return found.is_allowed, found.concluded


@pytest.mark.parametrize("licence", FREE)
def test_free_licences_are_allowed_when_nothing_is_said(licence: str) -> None:
    assert verdict(licence) == (True, licence)


@pytest.mark.parametrize("licence", DENIED)
def test_restricted_licences_and_the_unknown_one_are_denied(licence: str) -> None:
    assert not verdict(licence)[0]


@pytest.mark.parametrize(
    "licence",
    ["", " ", "proprietary", "see LICENSE", "NONE", "NOASSERTION", "MIT OR", "MIT AND (", "\x00",
     "\uff2d\uff29\uff34", "Classpath-exception-2.0", "DocumentRef-a:LicenseRef-b", "LicenseRef-own",
     "LicenseRef-MIT-Discord",
     "LicenseRef-scancode-ietf", "GPL-2.0-only WITH Made-up-exception", "(" * 9000],
)  # fmt: skip
def test_what_spdx_does_not_know_is_denied(licence: str) -> None:
    assert not verdict(licence)[0]


WORDS = [
    "MIT",
    "GPL-2.0+",
    "LicenseRef-a",
    "Classpath-exception-2.0",
    "AND",
    "OR",
    "WITH",
    "(",
    ")",
    "+",
    "NOT",
    "0",
]


@given(st.one_of(st.text(max_size=40), st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join)))
@example("()1")
@example("( OR LicenseRef-a +")
@example("() WITH MIT")
def test_any_text_gets_a_verdict(licence: str) -> None:
    assert set(policy(allow=["LicenseRef-*"]).judge([licence])) == {licence}


@pytest.mark.parametrize(
    ("licence", "expected"),
    [
        ("MIT OR CC-BY-NC-4.0", (True, "MIT")),
        ("CC-BY-NC-4.0 OR LicenseRef-own", (False, "")),
        ("GPL-2.0-only OR MIT", (True, "MIT")),
        ("MIT AND Apache-2.0", (True, "MIT AND Apache-2.0")),
        ("MIT AND CC-BY-NC-4.0", (False, "")),
        ("MIT AND MIT", (True, "MIT")),
        ("MIT AND (CC-BY-NC-4.0 OR Apache-2.0)", (True, "MIT AND Apache-2.0")),
        ("(MIT AND CC-BY-NC-4.0) OR GPL-3.0-only", (True, "GPL-3.0-only")),
        ("MIT AND proprietary", (False, "")),
        ("GPL-2.0-only WITH Classpath-exception-2.0", (True, "GPL-2.0-only WITH Classpath-exception-2.0")),
        ("CC-BY-NC-4.0 WITH Classpath-exception-2.0", (False, "")),
        ("mit or gpl-2.0", (True, "MIT")),
        ("GPL-2.0+", (True, "GPL-2.0-or-later")),
        ("Apache-2.0+", (True, "Apache-2.0+")),
    ],
)
def test_expressions_mean_what_spdx_says(licence: str, expected: tuple[bool, str]) -> None:
    assert verdict(licence) == expected


@pytest.mark.parametrize(
    ("licence", "declared"),
    [
        ("mit or (gpl-2.0 and cc-by-nc-4.0)", "MIT OR (GPL-2.0-only AND CC-BY-NC-4.0)"),
        ("CC-BY-NC-4.0 OR LicenseRef-own", "CC-BY-NC-4.0 OR LicenseRef-own"),
        ("MIT OR proprietary", ""),
    ],
)
def test_what_was_declared_stays_known_beside_what_is_made_use_of(licence: str, declared: str) -> None:
    assert policy().judge([licence])[licence].declared == declared


def test_the_recipe_beats_what_is_built_in_and_its_denial_beats_its_permission() -> None:
    assert verdict("CC-BY-NC-4.0", allow=["CC-BY-NC-*"])[0]
    assert not verdict("MIT", deny=["mit"])[0]
    assert not verdict("GPL-3.0-only", allow=["GPL-*"], deny=["GPL-3.0-*"])[0]
    assert verdict("GPL-2.0-only", deny=["GPL-3.0-*"])[0]


def test_a_name_of_ones_own_has_to_be_named() -> None:
    assert verdict("LicenseRef-own", allow=["LicenseRef-own"])[0]
    assert verdict("LicenseRef-own-2", allow=["LicenseRef-own-*"])[0]
    assert not verdict("LicenseRef-own", allow=["*"])[0]
    assert not verdict("LicenseRef-own +", allow=["LicenseRef-*"])[0]
    assert not verdict("LicenseRef-own; rm", allow=["LicenseRef-*"])[0]
    assert not verdict("LicenseRef-unknown", allow=["*", "LicenseRef-*"])[0]
    assert verdict("LicenseRef-unknown", allow=["LicenseRef-unknown"])[0]


@pytest.mark.parametrize("field", ["allow", "deny"])
def test_a_pattern_that_can_never_match_is_refused(field: str) -> None:
    with pytest.raises(ConfigError, match=r"'CC_BY_NC\*' matches no SPDX id"):
        policy(**{field: ["CC_BY_NC*"]})


@pytest.mark.parametrize(
    ("licence", "asks"),
    [
        ("CC0-1.0", set()),
        ("LicenseRef-CH-URG-Art5", set()),
        ("MIT", {"attribution"}),
        ("CC-BY-4.0", {"attribution"}),
        ("CC-BY-SA-4.0", {"attribution", "copyleft"}),
        ("GFDL-1.3-invariants-only", {"attribution", "copyleft"}),
        ("CC0-1.0 AND GPL-2.0-only", {"attribution", "copyleft"}),
        ("CC0-1.0 OR GPL-2.0-only", set()),
        ("LicenseRef-IETF-Trust", {"attribution", "verbatim only"}),
        ("CC-BY-NC-ND-4.0", {"attribution", "verbatim only", "no commercial use"}),
    ],
)
def test_a_verdict_says_what_the_licence_asks_for(licence: str, asks: set[str]) -> None:
    found = policy().judge([licence])[licence]

    assert set(found.asks) == asks
    assert found.needs_attribution == ("attribution" in asks)


def test_a_million_documents_are_judged_by_their_few_licences() -> None:
    names = np.array([f"LicenseRef-{n}" for n in range(100)] + FREE, dtype=object)
    licences = names[np.arange(1_000_000) % len(names)]
    started = time.process_time()

    allowed = permitted(policy(on_denied="leave_out"), licences)

    # One at a time they would take minutes.
    assert time.process_time() - started < 5
    assert allowed.sum() == sum(np.isin(licences, FREE))


def test_every_denied_licence_is_listed_with_its_documents_and_tokens() -> None:
    licences = np.array(["MIT", "CC-BY-NC-4.0", "LicenseRef-x", "CC-BY-NC-4.0", "LicenseRef-y"], dtype=object)

    with pytest.raises(InputError) as error:
        refuse_denied(policy(), licences, np.array([1, 2000, 30, 4000, 0]))

    assert "denies 2 licences" in error.value.message
    assert "'CC-BY-NC-4.0': 2 documents, 6,000 tokens: no commercial use" in error.value.message
    assert "'LicenseRef-x': 1 documents, 30 tokens" in error.value.message
    assert "licences.allow" in error.value.hint


def test_documents_without_tokens_in_the_dataset_stop_nothing() -> None:
    refuse_denied(policy(), np.array(["CC-BY-NC-4.0"], dtype=object), np.array([0]))


def test_what_is_left_out_is_counted_by_licence() -> None:
    licences = np.array(["CC-BY-NC-4.0", "MIT", "CC-BY-NC-4.0"], dtype=object)

    counts = left_out(policy(on_denied="leave_out"), licences, np.array([10, 20, 30]))

    assert counts == {"CC-BY-NC-4.0": {"bytes": 40, "documents": 2, "reason": "no commercial use"}}
    assert left_out(policy(), licences, np.array([10, 20, 30])) == {}


def with_denied() -> list[Document]:
    denied = [
        Document(f"nc/{n}.txt", "", "CC-BY-NC-4.0", "en", f"ŋ {n} {ENGLISH * (2 + n)}") for n in range(6)
    ]
    return [*bilingual(), *denied]


def test_a_build_stops_at_a_denied_licence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"'CC-BY-NC-4.0': 6 documents"):
        dataset_of(tmp_path, with_denied(), decontamination=None)

    assert not (tmp_path / "dataset").exists()


def test_text_that_is_only_held_out_is_judged_too(tmp_path: Path) -> None:
    mixture = {"weights": {"de": 1, "en": 1, "nc": 0}}

    with pytest.raises(InputError, match=r"'CC-BY-NC-4.0': [1-5] documents"):
        dataset_of(tmp_path, with_denied(), mixture=mixture, decontamination=None)


@pytest.mark.parametrize("tokenizer", ["character", "gpt2_bpe"])
def test_without_denied_documents_the_dataset_is_as_if_they_had_never_been(
    tmp_path: Path, tokenizer: str
) -> None:
    leave_out = {"on_denied": "leave_out"}
    with_them = dataset_of(tmp_path / "a", with_denied(), tokenizer=tokenizer, licences=leave_out)
    without = dataset_of(tmp_path / "b", bilingual(), tokenizer=tokenizer, licences=leave_out)

    assert with_them.manifest.counts["root"] == without.manifest.counts["root"]
    assert (with_them.path / "tokenizer.json").read_bytes() == (without.path / "tokenizer.json").read_bytes()
    assert set(Lineage.open(with_them.path).documents["licence"].to_pylist()) == {"CC0-1.0", "MIT"}
    assert with_them.manifest.counts["denied_licences"]["CC-BY-NC-4.0"]["documents"] == 6
    assert without.manifest.counts["denied_licences"] == {}


def test_a_corpus_of_which_nothing_may_be_used_is_refused(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path / "corpus", [d for d in with_denied() if d.source == "nc"])

    with pytest.raises(InputError):
        build(recipe(corpus, licences={"on_denied": "leave_out"}), tmp_path / "dataset", execution=ALONE)
