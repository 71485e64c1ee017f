"""Where a run keeps what it makes."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class RunFolder:
    """The folder of one run."""

    path: Path

    @property
    def model(self) -> Path:
        """Return the folder of the finished model."""
        return self.path / "model"

    @property
    def gold(self) -> Path:
        """Return the folder of the GOLD model."""
        return self.path / "gold"

    @property
    def checkpoints(self) -> Path:
        """Return the folder of the checkpoints."""
        return self.path / "checkpoints"

    @property
    def metrics(self) -> Path:
        """Return the log of steps, validations and decisions."""
        return self.path / "metrics.jsonl"
