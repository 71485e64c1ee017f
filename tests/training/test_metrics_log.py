"""The log is one chained line an event: a resumed run continues it, and no change goes unnoticed."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mypt.errors import CheckpointError, InputError, ManifestMismatch
from mypt.files import canonical_json, sha256_bytes
from mypt.training.gold import GoldConfig
from mypt.training.metrics_log import MetricsLog, chain, read_rows, verified_rows, verify
from mypt.training.reports import CategoryLoss, ValidationReport
from tests.training.runs import GENESIS, NAN, make_step, make_validation, write_log

ROWS = 7


@pytest.fixture
def log(tmp_path: Path) -> MetricsLog:
    """Return a log of a beginning, two steps, a validation and three events."""
    log = MetricsLog(tmp_path / "run" / "metrics.jsonl", GENESIS)
    log.on_event({"event": "stage", "step": 0, "name": "first"})
    log.on_step(make_step(1))
    log.on_step(make_step(2, loss=NAN, grad_norm=float("inf"), verdict="nonfinite"))
    log.on_validation(make_validation(2, held_out=3.0))
    log.on_event({"event": "rollback", "step": 2, "to_step": 0, "data_offset": 1})
    log.on_event({"event": "end", "step": 2})
    log.flush()
    return log


def edit(log: MetricsLog, change: Callable[[list[bytes]], list[bytes]]) -> None:
    log.path.write_bytes(b"".join(change(log.path.read_bytes().splitlines(keepends=True))))


def events(path: Path) -> list[tuple[str, int]]:
    return [(row["event"], row["step"]) for row in read_rows(path)]


def test_the_first_row_names_the_run_and_each_event_is_a_row(log: MetricsLog) -> None:
    first = next(read_rows(log.path))

    assert first == {"event": "begin", "step": 0, "run": GENESIS, "timing": {}, "chain": first["chain"]}
    assert events(log.path) == [
        ("begin", 0), ("stage", 0), ("step", 1), ("step", 2), ("validation", 2), ("rollback", 2), ("end", 2),
    ]  # fmt: skip


def test_a_chain_is_the_digest_of_the_one_before_and_of_the_row_without_its_timing(log: MetricsLog) -> None:
    previous = GENESIS

    for row in read_rows(log.path):
        bound = {name: value for name, value in row.items() if name not in ("timing", "chain")}
        assert row["chain"] == sha256_bytes(previous.encode() + canonical_json(bound))
        previous = row["chain"]

    assert log.head == previous


def test_seconds_are_timing_and_with_them_the_tokens_per_second(tmp_path: Path) -> None:
    log = MetricsLog(tmp_path / "metrics.jsonl", GENESIS)
    log.on_step(make_step(1, tokens=1000, seconds=2.0, data_seconds=0.5))
    log.on_step(make_step(2, tokens=3000, seconds=4.0, data_seconds=0.0))
    log.flush()

    first, second = list(read_rows(log.path))[1:]

    assert first["timing"] == {"seconds": 2.0, "data_seconds": 0.5, "tokens_per_second": 500.0}
    assert second["timing"]["tokens_per_second"] == 500.0
    assert "seconds" not in first


def test_the_clock_does_not_change_the_chain(tmp_path: Path) -> None:
    heads = []
    for name, seconds in (("a", 0.1), ("b", 7.0)):
        log = MetricsLog(tmp_path / name, GENESIS)
        log.on_step(make_step(1, seconds=seconds, data_seconds=seconds / 2))
        heads.append(log.head)

    assert heads[0] == heads[1]


def test_a_number_that_is_not_finite_is_null(log: MetricsLog) -> None:
    row = list(read_rows(log.path))[3]

    assert (row["loss"], row["grad_norm"], row["verdict"]) == (None, None, "nonfinite")


def test_a_category_that_is_not_finite_is_null(tmp_path: Path) -> None:
    log = MetricsLog(tmp_path / "metrics.jsonl", GENESIS)
    log.on_validation(ValidationReport(1, {"held_out": CategoryLoss(NAN, float("inf"), 1, 1)}))
    log.flush()

    held_out = list(read_rows(log.path))[1]["categories"]["held_out"]

    assert (held_out["bits_per_byte"], held_out["nats_per_token"]) == (None, None)


def test_an_untouched_log_is_verified_by_its_length(log: MetricsLog) -> None:
    assert verify(log.path, GENESIS) == ROWS
    assert verify(log.path) == ROWS


def test_the_log_of_another_run_is_refused(log: MetricsLog) -> None:
    with pytest.raises(ManifestMismatch, match=r"metrics\.jsonl:1: this is the log of another run"):
        verify(log.path, "0" * 64)


@pytest.mark.parametrize("number", range(2, ROWS))
def test_a_removed_row_is_found(log: MetricsLog, number: int) -> None:
    edit(log, lambda lines: [*lines[: number - 1], *lines[number:]])

    with pytest.raises(ManifestMismatch, match=rf"metrics\.jsonl:{number}: the chain is broken"):
        verify(log.path, GENESIS)


def test_a_removed_beginning_is_found(log: MetricsLog) -> None:
    edit(log, lambda lines: lines[1:])

    with pytest.raises(ManifestMismatch, match=r"metrics\.jsonl:1: the log does not begin"):
        verify(log.path)


@pytest.mark.parametrize("number", range(2, ROWS))
def test_swapped_rows_are_found(log: MetricsLog, number: int) -> None:
    edit(log, lambda lines: [*lines[: number - 1], lines[number], lines[number - 1], *lines[number + 1 :]])

    with pytest.raises(ManifestMismatch, match=rf"metrics\.jsonl:{number}: the chain is broken"):
        verify(log.path, GENESIS)


def test_an_inserted_row_is_found_even_with_a_chain_of_its_own(log: MetricsLog) -> None:
    lines = log.path.read_bytes().splitlines(keepends=True)
    forged = {"event": "step", "step": 1, "loss": 0.1}
    forged["chain"] = chain(json.loads(lines[2])["chain"], forged)

    edit(log, lambda lines: [*lines[:3], canonical_json(forged) + b"\n", *lines[3:]])

    with pytest.raises(ManifestMismatch, match=r"metrics\.jsonl:5: the chain is broken"):
        verify(log.path, GENESIS)


@given(number=st.integers(1, ROWS - 1), data=st.data())
def test_any_edited_value_outside_timing_is_found(
    tmp_path_factory: pytest.TempPathFactory, number: int, data: st.DataObject
) -> None:
    log = MetricsLog(tmp_path_factory.mktemp("log") / "metrics.jsonl", GENESIS)
    write_log(log, [make_validation(10 * n, held_out=3.0 - n / 10) for n in range(3)], config=GoldConfig())
    log.flush()
    rows = list(read_rows(log.path))
    name = data.draw(st.sampled_from(sorted(rows[number].keys() - {"timing", "chain"})))
    value = data.draw(
        st.integers() | st.text(max_size=5) | st.none() | st.floats(allow_nan=False, allow_infinity=False)
    )
    if canonical_json(value) == canonical_json(rows[number][name]):
        return

    rows[number][name] = value
    log.path.write_bytes(b"".join(canonical_json(row) + b"\n" for row in rows))

    with pytest.raises(ManifestMismatch, match=rf"metrics\.jsonl:{number + 1}: "):
        verify(log.path, GENESIS)


@given(data=st.data())
def test_no_changed_byte_of_the_chained_part_is_overlooked(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    log = MetricsLog(tmp_path_factory.mktemp("log") / "metrics.jsonl", GENESIS)
    for name in ("first", "second"):
        log.on_event({"event": "stage", "step": 1, "name": name})
    content = bytearray(log.path.read_bytes())
    line = content.rindex(b"\n", 0, len(content) - 1)  # an edit of the last row could be a torn end
    place = data.draw(st.integers(0, line - 1))
    content[place] ^= 1 << data.draw(st.integers(0, 7))

    log.path.write_bytes(content)

    with pytest.raises(ManifestMismatch):
        verify(log.path, GENESIS)


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line.replace(b'"step":1', b'"step": 1'),
        lambda line: line.replace(b'{"chain"', b'{"loss":9,"chain"'),
        lambda line: line.replace(b'"step":1', b'"step":NaN'),
        lambda line: b"[1]\n",  # noqa: ARG005
        lambda line: b"\n",  # noqa: ARG005
        lambda line: b"\xff\n",  # noqa: ARG005
        lambda line: b"[" * 100_000 + b"\n",  # noqa: ARG005
        lambda line: b'{"event":"\\ud800"}\n',  # noqa: ARG005
    ],
    ids=["space", "double key", "NaN", "no object", "empty", "no UTF-8", "deep", "half a character"],
)
def test_a_line_that_is_not_in_its_one_form_is_found(
    log: MetricsLog, change: Callable[[bytes], bytes]
) -> None:
    edit(log, lambda lines: [*lines[:2], change(lines[2]), *lines[3:]])

    with pytest.raises(ManifestMismatch, match=r"metrics\.jsonl:3: "):
        verify(log.path, GENESIS)
    with pytest.raises(InputError, match=r"metrics\.jsonl:3: "):
        list(read_rows(log.path))


def test_a_last_line_without_its_end_is_no_row_yet(log: MetricsLog) -> None:
    log.path.write_bytes(log.path.read_bytes()[:-20])

    assert verify(log.path, GENESIS) == ROWS - 1


def test_a_missing_log_is_no_log(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        verify(tmp_path / "metrics.jsonl")


def test_a_resumed_log_goes_on_after_the_checkpoints_row_to_the_same_bytes(tmp_path: Path) -> None:
    straight, killed = (MetricsLog(tmp_path / name, GENESIS) for name in ("straight", "killed"))
    for number in range(1, 6):
        straight.on_step(make_step(number))
    straight.flush()
    killed.on_step(make_step(1))
    killed.on_step(make_step(2))
    saved = killed.head
    killed.on_step(make_step(3))
    killed.flush()
    with killed.path.open("ab") as file:
        file.write(b'{"event":"step","st')  # torn by the kill

    resumed = MetricsLog(killed.path, GENESIS)
    resumed.resume(saved)
    for number in (3, 4, 5):
        resumed.on_step(make_step(number))
    resumed.flush()

    assert resumed.head == straight.head
    assert resumed.path.read_bytes() == straight.path.read_bytes()


def test_a_run_that_starts_anew_starts_its_log_anew(log: MetricsLog) -> None:
    anew = MetricsLog(log.path, GENESIS)

    anew.resume(GENESIS)
    anew.on_step(make_step(1))
    anew.flush()

    assert events(log.path) == [("begin", 0), ("step", 1)]


def test_rows_in_memory_are_forgotten_by_a_resume(tmp_path: Path) -> None:
    log = MetricsLog(tmp_path / "metrics.jsonl", GENESIS)
    log.on_step(make_step(1))

    log.resume(GENESIS)
    log.on_step(make_step(2))
    log.flush()

    assert events(log.path) == [("begin", 0), ("step", 2)]


def test_a_lost_log_cannot_be_gone_on_with(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"metrics\.jsonl: cannot be read") as caught:
        MetricsLog(tmp_path / "metrics.jsonl", GENESIS).resume("0" * 64)

    assert "--replace" in caught.value.hint


def test_a_log_without_the_checkpoints_row_cannot_be_gone_on_with(log: MetricsLog) -> None:
    head = log.head
    edit(log, lambda lines: lines[:-1])

    with pytest.raises(
        CheckpointError, match="the row that the checkpoint was saved after is gone"
    ) as caught:
        MetricsLog(log.path, GENESIS).resume(head)

    assert "--replace" in caught.value.hint


def test_a_log_edited_before_the_checkpoints_row_cannot_be_gone_on_with(log: MetricsLog) -> None:
    before = log.path.read_bytes()
    edit(log, lambda lines: [*lines[:2], lines[2].replace(b'"tokens":512', b'"tokens":513'), *lines[3:]])
    edited = log.path.read_bytes()

    with pytest.raises(CheckpointError, match=r"metrics\.jsonl:3: the chain is broken"):
        MetricsLog(log.path, GENESIS).resume(log.head)

    assert edited != before
    assert log.path.read_bytes() == edited


def test_the_log_of_a_run_is_not_overwritten_unasked(log: MetricsLog) -> None:
    with pytest.raises(CheckpointError, match="already holds the log of a run"):
        MetricsLog(log.path, GENESIS).on_step(make_step(1))


def test_tokens_per_second_are_right_after_a_resume_and_unknown_after_a_rollback(tmp_path: Path) -> None:
    log = MetricsLog(tmp_path / "metrics.jsonl", GENESIS)
    log.on_step(make_step(1, tokens=1000, seconds=1.0))
    resumed = MetricsLog(log.path, GENESIS)
    log.flush()

    resumed.resume(log.head)
    resumed.on_step(make_step(2, tokens=1600, seconds=2.0))
    resumed.on_event({"event": "rollback", "step": 2, "to_step": 1, "data_offset": 1})
    resumed.on_step(make_step(2, tokens=1600, seconds=2.0))
    resumed.on_step(make_step(3, tokens=2000, seconds=2.0))
    resumed.flush()

    speeds = [row["timing"].get("tokens_per_second") for row in read_rows(log.path) if row["event"] == "step"]
    assert speeds == [1000.0, 300.0, None, 200.0]


def test_steps_wait_in_memory_until_there_are_many_and_other_events_do_not(tmp_path: Path) -> None:
    log = MetricsLog(tmp_path / "metrics.jsonl", GENESIS)

    log.on_step(make_step(1))
    has_been_written = log.path.exists()
    log.on_validation(make_validation(1, held_out=2.0))

    assert not has_been_written
    assert verify(log.path) == 3
    for number in range(2, 66):
        log.on_step(make_step(number))
    assert verify(log.path) == 3 + 64


def test_what_an_event_says_of_time_is_not_chained(tmp_path: Path) -> None:
    quick, slow = (MetricsLog(tmp_path / name, GENESIS) for name in ("quick", "slow"))

    quick.on_event({"event": "end", "step": 1, "timing": {"seconds": 1.0}})
    slow.on_event({"event": "end", "step": 1, "timing": {"seconds": 9.0}})

    assert quick.head == slow.head
    assert [row["timing"] for row in verified_rows(slow.path)] == [{}, {"seconds": 9.0}]
