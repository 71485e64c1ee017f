"""How many episodes each language and pattern gets, so that shares come out exact."""

from collections.abc import Iterator, Mapping
from math import floor
from random import Random

from mypt.config import did_you_mean
from mypt.errors import InputError
from mypt.sft.generator import GeneratorSettings


def count_by_language(count: int, de_share: float) -> dict[str, int]:
    """Return how many episodes are in English and in German; together they are `count`."""
    german = floor(count * de_share + 0.5)
    return {"en": count - german, "de": german}


def pattern_weights(settings: GeneratorSettings, own: Mapping[str, float]) -> Mapping[str, float]:
    """Return the weights of patterns that count; InputError for one that the generator does not know."""
    for name in settings.patterns:
        if name not in own:
            raise InputError(
                f"{settings.generator}: no pattern {name!r}{did_you_mean(name, own)}", hint=", ".join(own)
            )
    weights = {name: weight for name, weight in (settings.patterns or own).items() if weight > 0}
    if not weights:
        raise InputError(f"{settings.generator}: every pattern has weight 0", hint="leave `patterns` out")
    return weights


def apportion(count: int, weights: Mapping[str, float], capacity: Mapping[str, int]) -> dict[str, int]:
    """Return whole numbers that are in proportion to the weights and sum to the count.

    What has less than its due gives all it has, and the others share the rest. Raises InputError when all
    of them together do not have as many.
    """
    most = sum(capacity[name] for name in weights)
    if count > most:
        raise InputError(
            f"asked for {count} different episodes, there are {most} of {', '.join(weights)}",
            hint="ask for fewer, or give more patterns a weight",
        )
    given: dict[str, int] = {}
    while True:
        active = {name: weight for name, weight in weights.items() if name not in given}
        due = _in_proportion(count - sum(given.values()), active)
        short = {name: capacity[name] for name in active if due[name] > capacity[name]}
        if not short:
            return {**given, **due}
        given |= short


def _in_proportion(count: int, weights: Mapping[str, float]) -> dict[str, int]:
    """Round down, then give what is left over to those that lost most."""
    total = sum(weights.values())
    exact = {name: count * weight / total for name, weight in weights.items()}
    whole = {name: floor(share) for name, share in exact.items()}
    left = sorted(weights, key=lambda name: whole[name] - exact[name])[: count - sum(whole.values())]
    return {name: n + (name in left) for name, n in whole.items()}


def shuffled_turns(quotas: Mapping[tuple[str, str], int], rng: Random) -> Iterator[tuple[str, str]]:
    """Yield each key as often as its quota says, in an order without runs."""
    turns = [key for key, quota in quotas.items() for _ in range(quota)]
    rng.shuffle(turns)
    return iter(turns)
