"""The harness gets the numbers that a plain forward pass gives."""

import math
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from mypt.errors import InputError
from mypt.evaluation.lm_eval_adapter import Stretch, TextScorer, run_harness, windows
from mypt.files import write_jsonl
from tests.evaluation.outcomes import TOKENIZER, small_model

LONG = " ".join(f"word{number}" for number in range(120))
TASK = """
task: {name}
dataset_path: json
dataset_kwargs: {{data_files: {{test: {data}}}}}
test_split: test
output_type: {kind}
doc_to_text: "{{{{question}}}}"
{more}
"""
CHOICE = """doc_to_choice: "{{choices}}"
doc_to_target: "{{gold}}"
target_delimiter: ""
metric_list: [{metric: acc}]"""
ROLLING = """doc_to_target: "{{question}}"
metric_list: [{metric: bits_per_byte}]"""
GENERATING = """doc_to_target: "{{answer}}"
generation_kwargs: {until: ["."], max_gen_toks: 4}
metric_list: [{metric: exact_match}]"""


@pytest.fixture(scope="module")
def scorer() -> TextScorer:
    model = small_model()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(4.0)  # opinions of its own, far from all equally likely
    return TextScorer(model, TOKENIZER, batch_tokens=300)


def by_hand(scorer: TextScorer, ids: list[int], n_targets: int) -> tuple[float, bool]:
    """Compute the last ids of a row from one forward pass over all of it."""
    with torch.inference_mode():
        logits = scorer.model(torch.tensor([ids[:-1]]))[0].double()
    likely = torch.log_softmax(logits, dim=-1)
    places = range(len(ids) - 1 - n_targets, len(ids) - 1)
    total = sum(float(likely[place, ids[place + 1]]) for place in places)
    return total, all(int(logits[place].argmax()) == ids[place + 1] for place in places)


def test_a_continuation_is_as_likely_as_one_forward_pass_says(scorer: TextScorer) -> None:
    pairs = [
        ("The capital of France is", " Paris"),
        ("One, two,", " three, four and five"),
        ("", "Hello"),
        ("a ", "b"),
    ]

    found = scorer.loglikelihoods(pairs)

    for (context, continuation), (likely, is_greedy) in zip(pairs, found, strict=True):
        before = TOKENIZER.encode(context.rstrip())
        whole = TOKENIZER.encode(context + continuation)
        ids = whole if before else [TOKENIZER.end_of_text, *whole]
        wanted, greedy = by_hand(scorer, ids, len(whole) - len(before))
        assert math.isclose(likely, wanted, rel_tol=1e-5)
        assert is_greedy == greedy


def test_the_likeliest_continuation_is_said_to_be_so(scorer: TextScorer) -> None:
    context = "Once upon a time"
    with torch.inference_mode():
        logits = scorer.model(torch.tensor([TOKENIZER.encode(context)]))[
            0, -1, : TOKENIZER.base_vocab_size - 1
        ]
    texts = [TOKENIZER.decode_bytes([int(token)]) for token in logits.argsort(descending=True)[:200]]
    plain = next(text.decode() for text in texts if text.isascii() and text.startswith(b" "))

    (best, is_greedy), (worse, is_other_greedy) = scorer.loglikelihoods([(context, plain), (context, " qq")])

    with torch.inference_mode():
        likeliest = int(scorer.model(torch.tensor([TOKENIZER.encode(context)]))[0, -1].argmax())
    assert is_greedy == ([likeliest] == TOKENIZER.encode(plain))
    assert best > worse
    assert not is_other_greedy
    assert scorer._score([Stretch(TOKENIZER.encode(context), [likeliest])])[0][1]


def test_a_batch_is_the_same_as_one_by_one(scorer: TextScorer) -> None:
    pairs = [(LONG[:size], " end of it") for size in (500, 20, 260, 90, 3)]

    together = scorer.loglikelihoods(pairs)

    alone = [scorer.loglikelihoods([pair])[0] for pair in pairs]
    assert [each[0] for each in together] == pytest.approx([each[0] for each in alone], rel=1e-5)


def test_a_context_that_is_too_long_loses_its_beginning(scorer: TextScorer) -> None:
    ids = TOKENIZER.encode(LONG + " and more")
    assert len(ids) > scorer.block_size + 1

    ((likely, _),) = scorer.loglikelihoods([(LONG, " and more")])

    assert math.isclose(likely, by_hand(scorer, ids[-(scorer.block_size + 1) :], 2)[0], rel_tol=1e-5)
    with pytest.raises(InputError, match="a continuation has"):
        scorer.loglikelihoods([("a", LONG)])


def test_windows_predict_each_id_once_behind_as_many_as_fit() -> None:
    found = [(list(each.inputs), list(each.targets)) for each in windows(range(10), 99, 4)]

    assert found == [([99, 0, 1, 2], [0, 1, 2, 3]), ([3, 4, 5, 6], [4, 5, 6, 7]), ([5, 6, 7, 8], [8, 9])]
    assert list(windows([], 99, 4)) == []


def test_a_text_of_any_length_is_scored_from_its_first_token(scorer: TextScorer) -> None:
    short, long, empty = scorer.rolling(["One two three.", LONG, ""])

    ids = [TOKENIZER.end_of_text, *TOKENIZER.encode("One two three.")]
    assert math.isclose(short, by_hand(scorer, ids, len(ids) - 1)[0], rel_tol=1e-5)
    all_of_it = [TOKENIZER.end_of_text, *TOKENIZER.encode(LONG)]
    size = scorer.block_size
    rest = len(all_of_it) - 1 - size * ((len(all_of_it) - 1) // size)
    whole = [all_of_it[begin : begin + size + 1] for begin in range(0, len(all_of_it) - 1 - rest, size)]
    parts = [*(by_hand(scorer, ids, size) for ids in whole), by_hand(scorer, all_of_it[-(size + 1) :], rest)]
    assert math.isclose(long, sum(likely for likely, _ in parts), rel_tol=1e-5)
    assert empty == 0.0


def test_an_answer_ends_where_the_task_says(scorer: TextScorer) -> None:
    (free,) = scorer.continuations([("Once", {"max_gen_toks": 12})])
    middle = free[len(free) // 2]

    cut, other, filled = scorer.continuations(
        [
            ("Once", {"until": [middle], "max_gen_toks": 12}),
            ("Once", {"max_gen_toks": 12, "until": ""}),
            (LONG, {}),
        ]
    )

    assert cut == free[: free.index(middle)]
    assert other == free
    assert filled
    with pytest.raises(InputError, match="at random"):
        scorer.continuations([("Once", {"do_sample": True, "temperature": 0.7})])


def test_a_missing_harness_is_named(
    scorer: TextScorer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "lm_eval", None)

    with pytest.raises(InputError, match="needs the package lm_eval") as caught:
        run_harness(scorer, tmp_path)

    assert "mypt[eval]" in (caught.value.hint or "")


def test_local_tasks_of_all_three_kinds_run(scorer: TextScorer, tmp_path: Path, monkeypatch: Any) -> None:
    pytest.importorskip("lm_eval")
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    rows: list[dict[str, Any]] = [
        {"question": f"Number {n} is", "choices": [" even", " odd"], "gold": n % 2, "answer": "x"}
        for n in range(6)
    ]
    write_jsonl(tmp_path / "rows.jsonl", rows)
    with pytest.raises(InputError, match="holds no task"):
        run_harness(scorer, tmp_path)
    kinds = {"multiple_choice": CHOICE, "loglikelihood_rolling": ROLLING, "generate_until": GENERATING}
    for kind, more in kinds.items():
        text = TASK.format(name=f"own_{kind}", data=tmp_path / "rows.jsonl", kind=kind, more=more)
        (tmp_path / f"{kind}.yaml").write_text(text)

    found = run_harness(scorer, tmp_path, limit=4)

    likely = scorer.loglikelihoods(
        [(row["question"], choice) for row in rows[:4] for choice in row["choices"]]
    )
    best = [int(likely[2 * n + 1][0] > likely[2 * n][0]) for n in range(4)]
    n_right = sum(chosen == row["gold"] for chosen, row in zip(best, rows, strict=False))
    assert found["own_multiple_choice"]["acc,none"] == pytest.approx(n_right / 4)
    texts = [str(row["question"]) for row in rows[:4]]
    bits = -sum(scorer.rolling(texts)) / math.log(2) / sum(map(len, texts))
    assert found["own_loglikelihood_rolling"]["bits_per_byte,none"] == pytest.approx(bits, rel=1e-6)
    assert found["own_generate_until"]["exact_match,none"] == 0
