"""The speeds are of steps that did their work."""

from pathlib import Path

from mypt.bench.sft_mixing import measure
from mypt.provenance.artifact import open_artifact


def test_every_step_is_measured_on_what_it_made(tmp_path: Path) -> None:
    speed = measure(60, tmp_path)

    assert speed.generators.keys() == {"format_lock", "operators"}
    assert min(*speed.generators.values(), speed.generate_step, speed.mix) > 0
    mixed = open_artifact(tmp_path / "measured" / "mix", "episodes").manifest.counts["train"]
    assert mixed["phase"].keys() == {"1", "2"}
    assert mixed["rows"] > 60
