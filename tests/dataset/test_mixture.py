"""Windows of mixtures and curricula depend on the sample's number alone, and none comes early again."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mypt.dataset.mixture import MixtureOrder, OrderStage, Source
from mypt.errors import InputError

A, B, C = Source("a", 7), Source("b", 10), Source("c", 3)
TWO_STAGES = MixtureOrder(
    (OrderStage("first", 0, {A: 1.0, B: 1.0}), OrderStage("second", 25, {B: 3.0, C: 1.0})), seed=4
)


# Of each stage: its first sample, and the weights of sources by their numbers.
Plan = list[tuple[int, dict[int, int]]]

sizes = st.lists(st.integers(1, 30), min_size=4, max_size=4)
plans = st.lists(
    st.tuples(st.integers(1, 150), st.dictionaries(st.integers(0, 3), st.integers(1, 9), min_size=1)),
    min_size=1,
    max_size=4,
    unique_by=lambda stage: stage[0],
)


def make_order(sizes: list[int], plan: Plan, seed: int = 3) -> MixtureOrder:
    sources = [Source(f"source {i}", size) for i, size in enumerate(sizes)]
    stages = []
    for number, (start, weights) in enumerate(sorted(plan, key=lambda stage: stage[0])):
        shares = {sources[i]: float(weight) for i, weight in weights.items()}
        stages.append(OrderStage(f"stage {number}", start if number else 0, shares))
    return MixtureOrder(tuple(stages), seed)


def located(order: MixtureOrder, n: int) -> list[tuple[int, int]]:
    numbers, windows = order.locate(np.arange(n))
    return list(zip(numbers.tolist(), windows.tolist(), strict=True))


@settings(max_examples=60, deadline=None)
@given(sizes=sizes, plan=plans, n=st.integers(1, 400))
def test_each_source_gives_every_window_once_an_epoch_also_across_stages(
    sizes: list[int], plan: Plan, n: int
) -> None:
    order = make_order(sizes, plan)
    places = located(order, n)

    for number, source in enumerate(order.sources):
        windows = [window for other, window in places if other == number]
        for start in range(0, len(windows), source.n_windows):
            epoch = windows[start : start + source.n_windows]
            assert len(set(epoch)) == len(epoch)
            assert set(epoch) <= set(range(source.n_windows))


@settings(max_examples=60, deadline=None)
@given(sizes=sizes, plan=plans, n=st.integers(1, 400), data=st.data())
def test_any_samples_can_be_asked_for_alone_and_in_any_order(
    sizes: list[int], plan: Plan, n: int, data: st.DataObject
) -> None:
    order = make_order(sizes, plan)
    whole = located(order, n)
    samples = data.draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=20))

    numbers, windows = order.locate(np.array(samples))

    assert list(zip(numbers.tolist(), windows.tolist(), strict=True)) == [whole[sample] for sample in samples]


@settings(max_examples=60, deadline=None)
@given(sizes=sizes, plan=plans, n=st.integers(0, 400))
def test_the_ledger_counts_what_was_read(sizes: list[int], plan: Plan, n: int) -> None:
    order = make_order(sizes, plan)

    numbers = [number for number, _ in located(order, n)]

    expected = {source: numbers.count(number) for number, source in enumerate(order.sources)}
    assert order.draws(n) == expected


@settings(max_examples=15, deadline=None)
@given(
    weights=st.lists(st.floats(0.02, 1.0), min_size=2, max_size=6),
    start=st.integers(1, 3000),
    n=st.integers(1, 30_000),
)
def test_the_shares_of_any_prefix_of_a_stage_are_its_weights(
    weights: list[float], start: int, n: int
) -> None:
    sources = [Source(str(i), 1000 + i) for i in range(len(weights))]
    mixture = dict(zip(sources, weights, strict=True))
    order = MixtureOrder((OrderStage("one", 0, {sources[0]: 1.0}), OrderStage("mixed", start, mixture)), 0)

    before, after = order.draws(start), order.draws(start + n)

    for source, weight in mixture.items():
        got = after[source] - before[source]
        # A draw for the turns, and the rounding of the weights to the period.
        assert abs(got - n * weight / sum(weights)) <= 1 + n / 25_200


def test_a_stage_ends_at_exactly_its_last_sample() -> None:
    names = [TWO_STAGES.sources[number].key for number, _ in located(TWO_STAGES, 60)]

    assert set(names[:25]) == {"a", "b"}
    assert set(names[25:]) == {"b", "c"}
    assert TWO_STAGES.stage_at(24).name == "first"
    assert TWO_STAGES.stage_at(25).name == "second"


def test_a_source_goes_on_in_the_next_stage_where_it_stopped() -> None:
    windows = [window for number, window in located(TWO_STAGES, 60) if TWO_STAGES.sources[number] == B]
    in_first_stage = TWO_STAGES.draws(25)[B]
    alone = MixtureOrder((OrderStage("alone", 0, {B: 1.0}),), seed=4)

    assert 10 < in_first_stage < 20  # the stage ends within an epoch
    assert windows == [window for _, window in located(alone, len(windows))]


def test_epochs_sources_and_seeds_have_orders_of_their_own() -> None:
    def windows(source: Source, seed: int) -> list[int]:
        order = MixtureOrder((OrderStage("all", 0, {source: 1.0}),), seed)
        return [window for _, window in located(order, 60)]

    base = windows(Source("x", 30), 1)

    assert base[:30] != base[30:]
    assert base != windows(Source("y", 30), 1)
    assert base != windows(Source("x", 30), 2)
    assert base == windows(Source("x", 30, name="another path"), 1)


def test_many_samples_over_many_epochs_are_located_in_one_go() -> None:
    numbers, windows = TWO_STAGES.locate(np.arange(100_000))

    assert np.bincount(numbers).tolist() == list(TWO_STAGES.draws(100_000).values())
    assert windows.max() == 9


@pytest.mark.parametrize("starts", [(), (1,), (0, 5, 5), (0, 7, 3)])
def test_stages_that_do_not_follow_each_other_are_refused(starts: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="stages must start at 0"):
        MixtureOrder(tuple(OrderStage("x", start, {A: 1.0}) for start in starts), 0)


def test_the_order_of_a_run_never_changes() -> None:
    expected = [(0, 1), (1, 7), (0, 3), (1, 0), (0, 5), (1, 3), (1, 4), (2, 1), (1, 8), (1, 6)]

    assert located(TWO_STAGES, 30)[20:] == expected
