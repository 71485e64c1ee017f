"""What can be measured by name."""

import pytest

from mypt.bench.shapes import SHAPES, shape, usual_batch_size
from mypt.errors import ConfigError
from mypt.model.presets import PRESETS
from mypt.model.size import count_parameters


def test_every_preset_can_be_measured() -> None:
    assert PRESETS.items() <= SHAPES.items()


def test_the_added_shapes_have_the_size_of_their_name() -> None:
    sizes = {name: count_parameters(shape(name)) for name in ("char-2M", "char-10M", "124M")}

    assert 1.5e6 < sizes["char-2M"] < 2.5e6
    assert 9e6 < sizes["char-10M"] < 12e6
    assert 123e6 < sizes["124M"] < 125e6


def test_the_124m_shape_is_gpt2_small_in_modern_parts() -> None:
    ours, published = shape("124M"), shape("gpt2")

    for name in ("n_layer", "n_head", "n_embd", "block_size"):
        assert getattr(ours, name) == getattr(published, name)
    assert (ours.mlp_type, ours.norm_type, ours.pos_encoding) == ("swiglu", "rmsnorm", "rope")


def test_a_wrong_name_gets_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean `char-10M`") as caught:
        shape("char10M")

    assert "1.5B" in caught.value.hint


def test_a_processor_takes_small_batches_of_large_models() -> None:
    assert usual_batch_size("char-10M", "cpu") == 16
    assert usual_batch_size("750M", "cpu") == 1
    assert usual_batch_size("750M", "cuda") == 16
