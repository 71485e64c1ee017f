"""The page needs nothing else, runs nothing, and shows hostile names as text."""

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from mypt.provenance.artifact import staged
from mypt.training.metrics_log import MetricsLog
from mypt.training.report.page import render
from mypt.training.reports import CategoryLoss, ValidationReport
from mypt.training.run_record import LOG_HEAD, RunRecord, read_run
from tests.training.runs import GENESIS, HISTORY, make_recipe, make_run, make_step, seal_checkpoint

HOSTILE = '</style></svg><script>alert(1)</script><img src=x onerror="alert(1)">$\\frac{1}$'


class Elements(HTMLParser):
    """Every element with its attributes, and all text, as a browser would see them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return render(read_run(make_run(tmp_path_factory.mktemp("run") / "law" / "pretrain").path))


def hostile_run(folder: Path) -> RunRecord:
    """Return a run whose stage, eval set, datasets and folder have hostile names."""
    run = make_run(folder / HOSTILE.replace("/", "|"))
    run.metrics.unlink()
    log = MetricsLog(run.metrics, GENESIS)
    log.on_step(make_step(1, stage="first"))
    log.on_step(make_step(2, stage=HOSTILE, verdict="spike"))
    loss = CategoryLoss(2.0, 4.0, 1, 1)
    log.on_validation(ValidationReport(2, {"held_out": loss, HOSTILE: loss}))
    log.on_validation(ValidationReport(3, {"held_out": loss, HOSTILE: replace(loss, bits_per_byte=9.0)}))
    log.flush()
    recipe = make_recipe().model_copy(update={"dataset": HOSTILE, "eval_sets": {HOSTILE: HOSTILE}})
    seal_checkpoint(run, recipe, 700, {LOG_HEAD: log.head})
    return read_run(run.path)


def test_the_page_says_what_came_out(page: str) -> None:
    text = " ".join(" ".join(Elements(page).words).split())

    assert "Training run law/pretrain" in text
    assert "The log of this run is verified" in text
    assert "GOLD, is the one after step 300" in text
    assert "8.000 → 2.300" in text
    assert "rejected by overfit_ratio: held-out loss is 2.0909 times that of the training text" in text
    assert "artifacts/tiny/dataset" in text
    assert GENESIS in text


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    record = read_run(make_run(tmp_path / "run").path)

    assert render(record) == render(record)


def test_nothing_is_loaded_from_anywhere(page: str) -> None:
    elements = Elements(page).elements

    assert {tag for tag, _ in elements} & {
        "script",
        "link",
        "img",
        "iframe",
        "object",
        "base",
        "form",
    } == set()
    links = [
        value for _, attributes in elements for name, value in attributes.items() if name in ("href", "src")
    ]
    assert all(link is not None and link.startswith("#") for link in links)
    assert "url(" not in re.sub(r'clip-path="url\(#\w+\)"', "", page)
    assert "@import" not in page
    assert "http://" not in page
    assert "https://" not in page


def test_the_policy_allows_the_one_style_sheet_and_nothing_else(page: str) -> None:
    style = page.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()

    policy = next(
        a["content"]
        for tag, a in Elements(page).elements
        if a.get("http-equiv") is not None and tag == "meta"
    )

    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_no_element_has_a_style_or_a_handler_of_its_own(page: str) -> None:
    names = {name for _, attributes in Elements(page).elements for name in attributes}

    assert "style" not in names
    assert [name for name in names if name.startswith("on")] == []


def test_ids_are_there_once(page: str) -> None:
    ids = [attributes["id"] for _, attributes in Elements(page).elements if "id" in attributes]

    assert len(ids) == len(set(ids))


def test_every_class_of_a_drawing_has_its_rule(page: str) -> None:
    style = page.partition("<style>")[2].partition("</style>")[0]
    classes = {
        a["class"] for tag, a in Elements(page).elements if tag in ("path", "use", "text") and "class" in a
    }

    assert classes
    assert all(f".{name} {{" in style for name in classes)


def test_light_dark_and_print_have_the_same_variables(page: str) -> None:
    light, dark, printed = (
        set(re.findall(r"(--[\w-]+):", block)) for block in re.findall(r":root \{([^}]*)\}", page)
    )

    assert light == dark == printed
    assert set(re.findall(r"var\((--[\w-]+)\)", page)) == light


def test_hostile_names_are_shown_as_text_and_change_no_element(tmp_path: Path) -> None:
    page = render(hostile_run(tmp_path))

    parsed = Elements(page)
    assert {tag for tag, _ in parsed.elements} & {"script", "img", "b "} == set()
    assert [word for word in parsed.words if HOSTILE in word]
    assert sum(tag == "style" for tag, _ in parsed.elements) == 1
    assert sum(tag == "svg" for tag, _ in parsed.elements) == page.count("</svg>")


def test_a_run_that_only_began_has_a_page(tmp_path: Path) -> None:
    log = MetricsLog(tmp_path / "run" / "metrics.jsonl", GENESIS)
    log.on_step(make_step(1))
    log.flush()

    page = render(read_run(tmp_path / "run"))

    assert "Nothing was measured yet." in page
    assert "there is none yet" in page


def test_an_empty_log_has_a_page(tmp_path: Path) -> None:
    (tmp_path / "metrics.jsonl").touch()

    assert "Nothing was measured yet." in render(read_run(tmp_path))


def test_a_log_that_decided_otherwise_is_warned_of(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    seal_checkpoint(run, make_recipe(overfit_ratio=3.0), 601, {})

    page = render(read_run(run.path))

    assert "The log and its measurements do not fit together." in page
    assert "it says rejected by overfit_ratio (2.0909), its validations say GOLD (2.3000)" in page


def test_a_gate_that_did_not_pass_is_shown(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    with staged(run.model, "model", make_recipe()) as draft:
        draft.counts["forgetting"] = {"general": {"outcome": "failed", "reason": "9 % worse than its parent"}}

    page = render(read_run(run.path))

    assert "<td>not passed</td><td>9 % worse than its parent</td>" in page


def test_a_hundred_thousand_steps_fit_into_two_megabytes(tmp_path: Path) -> None:
    record = read_run(make_run(tmp_path / "run").path)
    steps = 100 * tuple(
        make_step(step, loss=2.0 + step % 5, grad_norm=1.0 + step % 7) for step in range(1, 1001)
    )
    names = [f"category {number}" for number in range(10)]
    loss = CategoryLoss(2.0, 4.0, 1, 1)
    validations = tuple(
        ValidationReport(100 * n, {**HISTORY[1].categories, **dict.fromkeys(names, loss)})
        for n in range(1000)
    )

    page = render(replace(record, log=replace(record.log, steps=steps, validations=validations, gold=())))

    assert len(page.encode()) < 2_000_000
    assert "798 more validations are left out" in page
