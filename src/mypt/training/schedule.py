"""The learning rate as a function of the step: linear warm-up, then cosine."""

import math

from mypt.training.recipe import TrainingConfig


def learning_rate(step: int, config: TrainingConfig) -> float:
    """Return the rate of step 0 … steps-1; the last step has the lowest rate of the cosine."""
    if step < config.warmup_steps:
        return config.learning_rate * (step + 1) / config.warmup_steps
    progress = (step - config.warmup_steps) / max(1, config.steps - 1 - config.warmup_steps)
    cosine = 0.5 * (1.0 + math.cos(math.pi * min(1.0, progress)))
    return config.learning_rate * (config.min_lr_ratio + (1.0 - config.min_lr_ratio) * cosine)
