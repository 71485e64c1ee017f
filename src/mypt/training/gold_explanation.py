"""Why a checkpoint is GOLD and every other one is not: the guard and the number of each."""

from collections.abc import Sequence

from mypt.training.gold import GoldConfig, GoldDecision, Guard, decide, gold_step
from mypt.training.run_record import RunLog

_REJECTIONS: dict[Guard, str] = {
    "before_training": "nothing was learned yet",
    "not_finite": "the loss on {category} is no number",
    "overfit_ratio": "held-out loss is {value} times that of the training text, above {threshold}",
    "consecutive_rises": "held-out loss rose {value} times in a row, limit {threshold}",
    "eval_regression": "the loss on {category} is {share} above its lowest, allowed {allowed}",
}


def explain(log: RunLog, config: GoldConfig) -> str:
    """Return a table of all validations, decided anew from what was measured."""
    decisions = decide(log.validations, config)
    losses = [report.held_out.bits_per_byte for report in log.validations]
    lines = [f"{'step':>9}  {'bits/byte':>9}  decision"]
    lines += [
        f"{decision.step:>9}  {loss:>9.4f}  {reason}"
        for decision, loss, reason in zip(decisions, losses, reasons(decisions), strict=True)
    ]
    return "\n".join([*lines, "", conclusion(decisions)])


def conclusion(decisions: Sequence[GoldDecision]) -> str:
    """Return which checkpoint is GOLD, or that there is none, in one sentence."""
    gold = gold_step(decisions)
    if gold is not None:
        return f"GOLD is the checkpoint after step {gold}."
    return f"There is no GOLD checkpoint: none of {len(decisions)} validations was accepted."


def reasons(decisions: Sequence[GoldDecision]) -> list[str]:
    """Return for each decision why it came out so; one that was GOLD for a while names what followed it."""
    gold = gold_step(decisions)
    texts: list[str] = []
    follower: GoldDecision | None = None
    for decision in reversed(decisions):
        if decision.is_gold and decision.step != gold and follower is not None:
            texts.append(f"was GOLD until step {follower.step} reached {_number(follower.value)} bits/byte")
        else:
            texts.append(_reason(decision))
        follower = decision if decision.is_gold else follower
    return texts[::-1]


def disagreements(log: RunLog, config: GoldConfig) -> list[str]:
    """Return where the decisions in the log are not those that its validations lead to."""
    derived = {decision.step: decision for decision in decide(log.validations, config)}
    return [
        f"The log differs at step {logged.step}: it says {_verdict(logged)}, its validations say "
        f"{_verdict(derived.get(logged.step))}."
        for logged in log.gold
        if logged != derived.get(logged.step)
    ]


def _reason(decision: GoldDecision) -> str:
    """Say what decided about one checkpoint."""
    value, threshold = _number(decision.value), _number(decision.threshold)
    if decision.guard is not None:
        why = _REJECTIONS[decision.guard].format(
            category=decision.category, value=value, threshold=threshold,
            share=_percent(decision.value), allowed=_percent(decision.threshold),
        )  # fmt: skip
        return f"rejected by {decision.guard}: {why}"
    if decision.is_gold:
        return "GOLD: the lowest accepted so far"
    return f"not the lowest: {value} bits/byte, the lowest before is {threshold}"


def _verdict(decision: GoldDecision | None) -> str:
    if decision is None:
        return "nothing"
    name = (
        "GOLD" if decision.is_gold else "accepted" if decision.accepted else f"rejected by {decision.guard}"
    )
    return f"{name} ({_number(decision.value)})"


def _number(value: float | None) -> str:
    if value is None:
        return "infinitely many"
    return f"{value:.0f}" if value == int(value) else f"{value:.4f}"


def _percent(value: float | None) -> str:
    return "infinitely far" if value is None else f"{value:.1%}"
