"""The page needs nothing else, runs nothing, and shows hostile text as text."""

import re
from pathlib import Path

from mypt.inventory.page import render
from mypt.inventory.summary import Example, Summary, Table, summarise_corpus
from tests.corpus.corpora import corpus_of, essay

HOSTILE = "<script>alert(1)</script></pre></style><img src=x onerror=alert(2)>\x00\x1b[31m\u202e"


def test_hostile_text_stays_text() -> None:
    summary = Summary(
        "Corpus",
        {"folder": HOSTILE},
        (Table(HOSTILE, ("name", "n"), ((HOSTILE, 3),)),),
        (Example(HOSTILE, HOSTILE, HOSTILE),),
    )

    page = render(summary)

    assert "<script" not in page
    assert "<img" not in page
    assert page.count("</style>") == 1
    assert "\x00" not in page
    assert "\u202e" not in page


def test_the_page_of_a_corpus_refers_to_nothing_outside(tmp_path: Path) -> None:
    corpus = corpus_of(
        tmp_path, {"a.txt": essay("x"), "b.txt": HOSTILE.replace("\x00", "") + essay("y"), "c.txt": ""}
    )

    page = render(summarise_corpus(corpus))

    assert re.findall(r'(?:src|href)\s*=\s*["\']?([^"\'\s>]+)', page.replace("&lt;img src=x", "")) == []
    assert "default-src 'none'" in page
    assert "<rect" in page
    assert page == render(summarise_corpus(corpus))
