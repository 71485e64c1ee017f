"""The encoder computes what the reference computes."""

from pathlib import Path

import numpy as np
import pytest
import torch
from jaxtyping import Float32
from torch import Tensor
from torch.nn import functional as F

from mypt.retrieval.blas_threads import one_thread_each
from mypt.retrieval.e5_encoder import E5Encoder, _gelu
from mypt.retrieval.e5_weights import FILE_NAME, E5Weights
from tests.retrieval.e5_file import HEADS, HIDDEN, LAYERS, Matrices, random_matrices, write_e5


@pytest.fixture
def encoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> E5Encoder:
    return E5Encoder(E5Weights(write_e5(tmp_path / FILE_NAME, random_matrices(), monkeypatch)))


def reference(ids: list[int]) -> Float32[np.ndarray, " embd"]:
    """Compute the same in double precision with torch's own layers."""
    tensors = {name: torch.from_numpy(value).double() for name, value in random_matrices().items()}
    x = tensors["emb.word"][ids] + tensors["emb.pos"][: len(ids)] + tensors["emb.type"][0]
    x = _norm(x, tensors, "emb.ln")
    for layer in range(LAYERS):
        q, k, v = (
            _affine(x, tensors, f"l{layer}.{part}").view(len(ids), HEADS, -1).transpose(0, 1)
            for part in "qkv"
        )
        mixed = F.scaled_dot_product_attention(q, k, v).transpose(0, 1).reshape(len(ids), HIDDEN)
        x = _norm(x + _affine(mixed, tensors, f"l{layer}.ao"), tensors, f"l{layer}.aln")
        inner = F.gelu(_affine(x, tensors, f"l{layer}.fi"))
        x = _norm(x + _affine(inner, tensors, f"l{layer}.fo"), tensors, f"l{layer}.oln")
    return x.mean(dim=0).numpy()


def _affine(x: Tensor, tensors: dict[str, Tensor], name: str) -> Tensor:
    return F.linear(x, tensors[f"{name}.w"], tensors[f"{name}.b"])


def _norm(x: Tensor, tensors: dict[str, Tensor], name: str) -> Tensor:
    return F.layer_norm(x, (HIDDEN,), tensors[f"{name}.w"], tensors[f"{name}.b"], 1e-12)


@pytest.mark.parametrize("ids", [[0, 2], [0, 5, 6, 2], [0, *[4, 5, 6, 7] * 3, 8, 9, 2]])
def test_the_mean_state_is_that_of_the_reference(encoder: E5Encoder, ids: list[int]) -> None:
    assert encoder.mean_state(ids) == pytest.approx(reference(ids), abs=2e-5)


def test_attention_that_is_computed_in_parts_is_the_same(
    encoder: E5Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = encoder.mean_state([0, 5, 6, 7, 2])

    monkeypatch.setattr("mypt.retrieval.e5_encoder._SCORES_AT_ONCE", 1)

    assert encoder.mean_state([0, 5, 6, 7, 2]) == pytest.approx(whole, abs=1e-6)


def test_the_same_ids_give_the_same_bytes(encoder: E5Encoder) -> None:
    with one_thread_each():
        first, second = (encoder.mean_state([0, 5, 6, 7, 8, 2]) for _ in range(2))

    assert first.tobytes() == second.tobytes()


def test_gelu_is_exact_to_single_precision() -> None:
    x = np.linspace(-12, 12, 100_001, dtype=np.float32)
    found = x.reshape(1, -1).copy()
    _gelu(found)

    expected = F.gelu(torch.from_numpy(x).double()).numpy()
    assert np.abs(found[0] - expected).max() < 3e-6
    assert np.abs(found[0] - expected)[np.abs(x) < 1].max() < 3e-7


def test_weights_named_otherwise_are_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tensors: Matrices = {**random_matrices()}
    tensors["l0.x.w"] = tensors.pop("l0.q.w")

    with pytest.raises(KeyError, match=r"l0\.q\.w"):
        E5Encoder(E5Weights(write_e5(tmp_path / FILE_NAME, tensors, monkeypatch)))
