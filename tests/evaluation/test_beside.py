"""The files beside the buckets: complete, fair, out of training, and not passed by tricks."""

from collections import Counter
from itertools import islice
from pathlib import Path

import pytest

from mypt.agent.retrieved import retrieved_passages
from mypt.config import load
from mypt.evaluation.beside import files_beside
from mypt.evaluation.case import Case, Chain
from mypt.evaluation.gate import GateRecipe
from mypt.evaluation.leaks import LeakIndex
from mypt.evaluation.responder import AlwaysEcho, AlwaysRefuse, CopyContext, Responder, random_weights
from mypt.evaluation.run import judge
from mypt.evaluation.scorers import score
from mypt.evaluation.statistics import wilson_interval
from mypt.evaluation.suite import SUITES, cases_of, load_suites, prompt_of, read_suite, shipped_suites
from mypt.evaluation.words import holds
from mypt.sft.generator import GeneratorSettings
from mypt.sft.generators.registry import find_generator
from tests.evaluation.cases import passing
from tests.evaluation.outcomes import TOKENIZER

SKILLS = Path("data/eval_pretrain_skills/skills_eval.jsonl")
OUTSIDE = sorted(Path("data/eval_ood").glob("*.jsonl"))


def test_there_are_skills_and_four_files_out_of_distribution() -> None:
    assert files_beside() == sorted([SKILLS, *OUTSIDE])
    assert len(OUTSIDE) == 4
    assert len(read_suite(SKILLS).cases) >= 32
    assert len(cases_of(load_suites(OUTSIDE))) >= 38


def test_skills_are_of_four_kinds() -> None:
    kinds = Counter(one.id.split("-")[1] for one in read_suite(SKILLS).cases)

    assert kinds.keys() == {"math", "german", "facts", "code"}
    assert min(kinds.values()) >= 8


@pytest.mark.parametrize("path", files_beside(), ids=lambda path: path.stem)
def test_each_file_has_as_many_cases_in_either_language(path: Path) -> None:
    counts = Counter(one.language for one in read_suite(path).cases)

    assert counts["en"] == counts["de"]


def test_gates_judge_each_file_from_its_phase_on() -> None:
    first = {SKILLS: 3, **{path: int(path.name[len("phase")]) for path in OUTSIDE}}

    for phase in range(1, 7):
        recipe = load(Path(f"configs/gates/phase{phase}.json"), GateRecipe)

        assert {Path(name) for name in recipe.beside} == {path for path, n in first.items() if n <= phase}


@pytest.mark.parametrize(
    "responder", [random_weights(TOKENIZER), AlwaysRefuse(), AlwaysEcho(), CopyContext()], ids=type
)
def test_what_has_learned_nothing_fails_each_file(responder: Responder) -> None:
    beside = load(Path("configs/gates/phase6.json"), GateRecipe).beside
    opened = []
    for name, threshold in beside.items():
        cases = read_suite(Path(name)).cases
        some = cases[::8] if not isinstance(responder, AlwaysEcho | AlwaysRefuse | CopyContext) else cases
        passed = [outcome.passed for outcome in judge(some, responder)]
        if wilson_interval(sum(passed), len(passed)).lower > threshold / 2:
            opened.append(f"{name}: {sum(passed)}/{len(passed)}")

    assert not opened


def test_each_case_can_be_passed() -> None:
    for one in _cases():
        if isinstance(one.check, Chain):
            assert _is_stated(one, one.check), one.id
        else:
            verdict = score(one.check, passing(one), retrieved_passages(prompt_of(one)))

            assert verdict.passed, f"{one.id}: {verdict.reason}"


def test_no_row_to_learn_from_may_hold_one_of_them() -> None:
    index = LeakIndex.of_suites()

    assert {index.find(prompt_of(one)) for one in _cases()} == {one.id for one in _cases()}


@pytest.mark.parametrize("name", ["format_lock", "operators", "chat", "multi_turn"])
def test_generators_of_episodes_do_not_make_them(name: str) -> None:
    generator = find_generator(name)(GeneratorSettings(generator=name, count=400), TOKENIZER)

    found = LeakIndex.of_suites(files_beside()).find_many(list(islice(generator.episodes("train"), 400)))

    assert not any(found)


def test_they_share_no_case_with_the_shipped_suites() -> None:
    index = LeakIndex.of_suites(shipped_suites().values())

    assert not any(index.find_many([prompt_of(one) for one in _cases()]))


def _cases() -> list[Case]:
    return cases_of(load_suites(files_beside()))


def _is_stated(one: Case, check: Chain) -> bool:
    text = (SUITES / "workspaces" / str(one.workspace) / check.cite_origin[0]).read_text(encoding="utf-8")
    return any(holds(text, phrase) for phrase in check.any_of)
