"""How the next token is chosen, and how many."""

from pydantic import Field, PositiveInt, field_validator

from mypt.config import Section

_COLDEST = 0.01


class SamplingConfig(Section):
    """How tokens are chosen; its defaults suit free text from a trained model."""

    max_new_tokens: PositiveInt = 256
    """Most tokens drawn for one prompt, a stop token included."""
    temperature: float = Field(default=0.8, ge=0.0, le=100.0)
    """Divides the logits: below 1 sharper, above 1 flatter; 0 always takes the likeliest token."""
    top_k: int = Field(default=50, ge=0)
    """Draw among the k likeliest tokens only; 0 turns it off."""
    top_p: float = Field(default=1.0, gt=0.0, le=1.0)
    """Draw among the fewest tokens that together reach this probability; 1 turns it off."""
    repetition_penalty: float = Field(default=1.0, ge=1.0, le=10.0)
    """Makes tokens already in the context less likely, as in CTRL (arXiv:1909.05858); 1 turns it off."""
    repetition_window: PositiveInt = 256
    """How many of the latest tokens, prompt included, the penalty looks at."""
    seed: int = 0
    """Same seed, prompts and model: same tokens."""

    @field_validator("temperature")
    @classmethod
    def _refuse_almost_zero(cls, temperature: float) -> float:
        if 0.0 < temperature < _COLDEST:
            raise ValueError(f"{temperature} is neither 0 (greedy) nor at least {_COLDEST}")
        return temperature

    @property
    def is_greedy(self) -> bool:
        """Whether the likeliest token is always taken, so that the seed does not matter."""
        return self.temperature == 0.0
