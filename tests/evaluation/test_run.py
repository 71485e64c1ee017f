"""From cases to outcomes, to artifacts, and what baselines may not pass."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from mypt.agent.retrieved import retrieved_passages
from mypt.config import load
from mypt.conversation.episode import Episode
from mypt.conversation.parse import ModelOutput
from mypt.errors import InputError, ManifestMismatch
from mypt.evaluation import run
from mypt.evaluation.case import Chain
from mypt.evaluation.gate import BUCKETS, GateRecipe
from mypt.evaluation.responder import AlwaysEcho, AlwaysRefuse, CopyContext, Responder, random_weights
from mypt.evaluation.run import EvaluationRecipe, evaluate, judge, read_results, written
from mypt.evaluation.scorers import score
from mypt.evaluation.statistics import wilson_interval
from mypt.evaluation.suite import cases_of, load_suites, prompt_of
from mypt.files import write_jsonl
from mypt.provenance.artifact import staged
from tests.evaluation.cases import case, exact, passing
from tests.evaluation.outcomes import TOKENIZER, Trained, sealed_model

# An abstention is a refusal, and a turn that only has to be closed may say anything.
REFUSING_IS_RIGHT = {"abstention"}
SAYING_ANYTHING_IS_RIGHT = {"format"}


def write_suite(path: Path, *ids: str) -> Path:
    write_jsonl(path, [exact(f"Say: {name}", name, id=name).model_dump(mode="json") for name in ids])
    return path


def test_each_case_has_an_outcome_in_its_place() -> None:
    closed = case({"kind": "closed_turn", "max_tokens": 5}, "Hello", id="closed", bucket="format")
    cases = [exact("Say: a", "Say: a", id="good"), closed, exact("Say: b", "b", id="bad")]

    good, turn, bad = judge(cases, AlwaysEcho())

    assert (good.id, good.passed, turn.passed, bad.passed) == ("good", True, True, False)
    assert bad.reason == "'Say: b' instead of 'b'"
    assert (bad.question, bad.output) == ("Say: b", "Say: b")
    assert good.prompt != bad.prompt


class Recorder:
    """Keeps how long turns may be, and refuses."""

    def __init__(self) -> None:
        self.limits: list[int | None] = []

    def respond(self, prompts: Sequence[Episode], *, max_tokens: int | None = None) -> list[ModelOutput]:
        self.limits.append(max_tokens)
        return AlwaysRefuse().respond(prompts)


def test_a_turn_may_be_as_long_as_its_check_says() -> None:
    recorder = Recorder()

    judge([case({"kind": "closed_turn", "max_tokens": 5}), exact("a", "a", id="x")], recorder)

    assert recorder.limits == [5, None]


def test_results_are_kept_and_found_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sealed_model(tmp_path / "model")
    recipe = EvaluationRecipe(suites=(str(write_suite(tmp_path / "s.jsonl", "a", "b")),), max_tokens=4)

    first = evaluate(tmp_path / "model", recipe, tmp_path / "out")
    monkeypatch.setattr(run, "open_model_folder", None)  # a second time, no model is opened
    again = evaluate(tmp_path / "model", recipe, tmp_path / "out")

    assert again.results == first.results == read_results(tmp_path / "out")
    assert [outcome.id for outcome in first.results.outcomes] == ["a", "b"]
    assert first.artifact.manifest.counts == {"echo": {"cases": 2, "passed": 0}}
    assert again.artifact.digest == first.artifact.digest


def test_a_suite_or_model_that_changed_is_evaluated_anew(tmp_path: Path) -> None:
    sealed_model(tmp_path / "model")
    suite = write_suite(tmp_path / "s.jsonl", "a")
    recipe = EvaluationRecipe(suites=(str(suite),), max_tokens=4)
    evaluate(tmp_path / "model", recipe, tmp_path / "out")

    write_suite(suite, "b")

    with pytest.raises(InputError, match="already holds an artifact of another recipe or other inputs"):
        evaluate(tmp_path / "model", recipe, tmp_path / "out")
    renewed = evaluate(tmp_path / "model", recipe, tmp_path / "out", replace=True)
    assert [outcome.id for outcome in renewed.results.outcomes] == ["b"]


def test_files_beside_the_suites_are_judged_as_a_whole(tmp_path: Path) -> None:
    sealed_model(tmp_path / "model")
    names = {name: str(write_suite(tmp_path / f"{name}.jsonl", "a")) for name in ("s", "skills")}
    recipe = EvaluationRecipe(suites=(names["s"],), beside=(names["skills"],), max_tokens=4)

    buckets = evaluate(tmp_path / "model", recipe, tmp_path / "out").results.buckets()

    assert {name: [one.id for one in found] for name, found in buckets.items()} == {
        "echo": ["a"],
        "skills": ["skills/a"],
    }


def test_a_folder_without_results_is_named(tmp_path: Path) -> None:
    with staged(tmp_path / "other", "evaluation", Trained()):
        pass

    with pytest.raises(ManifestMismatch, match="holds no results"):
        read_results(tmp_path / "other")


def test_what_was_written_is_shown_as_one_text() -> None:
    assert written(ModelOutput("Yes.", "Hm.", ("p-1",), None, ())) == "(thinks: Hm.) Yes. (cites p-1)"


@pytest.mark.parametrize(
    ("responder", "may_pass"),
    [
        (AlwaysRefuse(), REFUSING_IS_RIGHT | SAYING_ANYTHING_IS_RIGHT),
        (AlwaysEcho(), SAYING_ANYTHING_IS_RIGHT),
        (CopyContext(), SAYING_ANYTHING_IS_RIGHT),
    ],
)
def test_rules_fail_every_bucket_that_asks_for_an_answer(responder: Responder, may_pass: set[str]) -> None:
    thresholds = load(Path("configs/gates/phase6.json"), GateRecipe).buckets
    found: dict[str, list[bool]] = {}
    for outcome in judge(cases_of(load_suites()), responder):
        found.setdefault(outcome.bucket, []).append(outcome.passed)

    opened = {
        name: f"{sum(passed)}/{len(passed)}"
        for name, passed in found.items()
        if name not in may_pass and wilson_interval(sum(passed), len(passed)).lower > thresholds[name]
    }

    assert not opened


def test_each_shipped_case_of_one_turn_can_be_passed() -> None:
    for one in cases_of(load_suites()):
        if not isinstance(one.check, Chain):
            verdict = score(one.check, passing(one), retrieved_passages(prompt_of(one)))

            assert verdict.passed, f"{one.id}: {verdict.reason}"


def test_a_model_that_learned_nothing_passes_no_case_of_any_bucket() -> None:
    cases = [one for one in cases_of(load_suites()) if not isinstance(one.check, Chain)]
    some = [one for bucket in BUCKETS for one in [c for c in cases if c.bucket == bucket][::12][:6]]

    outcomes = judge(some, random_weights(TOKENIZER))

    assert [outcome.id for outcome in outcomes if outcome.passed] == []
    assert all(outcome.reason for outcome in outcomes)
