"""How sure a pass rate is, and whether two models differ on the same cases."""

import math
from dataclasses import dataclass

_Z = 1.959963984540054
"""The normal quantile of 97.5 %: 95 % lie between it and its negative."""


@dataclass(frozen=True)
class Interval:
    """Where a pass rate lies in 95 of 100 such samples."""

    lower: float
    upper: float


def wilson_interval(n_passed: int, n: int) -> Interval:
    """Return the 95 % interval of a pass rate; of nothing nothing is known.

    Wilson, "Probable inference, the law of succession, and statistical inference",
    Journal of the American Statistical Association 22, 1927.
    """
    if n == 0:
        return Interval(0.0, 1.0)
    rate, share = n_passed / n, _Z**2 / n
    centre = rate + share / 2
    spread = _Z * math.sqrt((rate * (1 - rate) + share / 4) / n)
    lower = 0.0 if n_passed == 0 else (centre - spread) / (1 + share)
    upper = 1.0 if n_passed == n else (centre + spread) / (1 + share)
    return Interval(lower, upper)


def mcnemar(n_lost: int, n_won: int) -> float:
    """Return how likely at least so uneven flips are where neither model is better: exact, two-sided.

    McNemar, "Note on the sampling error of the difference between correlated proportions or
    percentages", Psychometrika 12, 1947; by the binomial distribution, so that few flips count right.
    """
    n = n_lost + n_won
    tail = sum(math.comb(n, k) for k in range(min(n_lost, n_won) + 1))
    return min(1.0, 2 * tail / 2**n)
