"""The encoder of multilingual-e5-small: ids of a text → the mean of what its last layer says of them.

Numpy alone computes it. On a CPU its matrix products are as fast as torch's for passages and faster for the
few ids of a question, and a search need not wait for torch to be imported.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numba
import numpy as np
from jaxtyping import Float32

from mypt.retrieval.e5_weights import E5Weights

# The normal distribution up to x, less a half and over x, as a quotient of polynomials in the square of x:
# fitted to an error of 2e-8, which single precision does not see.
_ABOVE = (0.39894199, 0.0351424018, 0.00476162196, 0.000182859042, 6.53075652e-06, 2.22159450e-08)
_BELOW = (1.0, 0.254752524, 0.0293987390, 0.00196243935, 7.86106058e-05, 1.19539963e-06)
_BEYOND = 5.5
"""From here on the distribution is 1."""
_SCORES_AT_ONCE = 65_536
"""So many scores of attention stay in the nearest cache."""


@dataclass(frozen=True)
class _Affine:
    weight: Float32[np.ndarray, "in out"]
    bias: Float32[np.ndarray, " out"]

    def __call__(self, x: Float32[np.ndarray, "time in"]) -> Float32[np.ndarray, "time out"]:
        out = x @ self.weight
        out += self.bias
        return out


@dataclass(frozen=True)
class _Norm:
    weight: Float32[np.ndarray, " embd"]
    bias: Float32[np.ndarray, " embd"]
    epsilon: np.float32

    def __call__(self, x: Float32[np.ndarray, "time embd"]) -> Float32[np.ndarray, "time embd"]:
        """Work in place."""
        x -= x.mean(axis=1, keepdims=True)
        x /= np.sqrt(np.einsum("tc,tc->t", x, x)[:, None] / np.float32(x.shape[1]) + self.epsilon)
        x *= self.weight
        x += self.bias
        return x


@dataclass(frozen=True)
class _Layer:
    attention: _Affine
    """Query, key and value in one."""
    projection: _Affine
    after_attention: _Norm
    widen: _Affine
    narrow: _Affine
    after_inner: _Norm


class E5Encoder:
    """A BERT that reads one text at a time, so that a result depends on that text alone.

    A passage of usual length keeps a core busy by itself; a batch would only add padding.
    """

    def __init__(self, weights: E5Weights) -> None:
        """Bring the weights of layers to single precision; those of words stay packed."""
        self._weights = weights
        self._n_heads = weights.shape.heads
        # Every token is of type 0.
        types = weights.tensor("emb.type", weights.shape.hidden)[0]
        self._positions = weights.tensor("emb.pos", weights.shape.hidden) + types
        self._first_norm = self._norm("emb.ln")
        self._layers = [self._layer(f"l{number}") for number in range(weights.shape.layers)]

    def mean_state(self, ids: Sequence[int]) -> Float32[np.ndarray, " embd"]:
        """Return the mean of the last layer's states of a text with begin and end, of at most 512 ids."""
        x = self._weights.rows("emb.word", self._weights.shape.hidden, np.asarray(ids))  # (T, C)
        x = self._first_norm(x + self._positions[: len(ids)])
        for layer in self._layers:
            x += layer.projection(self._attend(layer.attention(x)))
            x = layer.after_attention(x)
            inner = layer.widen(x)
            _gelu(inner)
            x += layer.narrow(inner)
            x = layer.after_inner(x)
        return x.mean(axis=0)

    def _attend(self, x: Float32[np.ndarray, "time three_embd"]) -> Float32[np.ndarray, "time embd"]:
        n_ids = len(x)
        query, key, value = x.reshape(n_ids, 3, self._n_heads, -1).transpose(1, 2, 0, 3)  # (H, T, C/H) each
        query = query * np.float32(query.shape[-1] ** -0.5)
        mixed = np.empty((n_ids, *value.shape[::2]), dtype=np.float32)  # (T, H, C/H)
        n_heads = max(1, _SCORES_AT_ONCE // n_ids**2)
        for first in range(0, self._n_heads, n_heads):
            heads = slice(first, first + n_heads)
            scores = query[heads] @ key[heads].transpose(0, 2, 1)  # (H, T, T)
            scores -= scores.max(axis=-1, keepdims=True)
            np.exp(scores, out=scores)
            sums = scores.sum(axis=-1, keepdims=True)
            mixed[:, heads] = (scores @ value[heads] / sums).transpose(1, 0, 2)
        return mixed.reshape(n_ids, -1)

    def _layer(self, name: str) -> _Layer:
        hidden, inner = self._weights.shape.hidden, self._weights.shape.inner
        parts = [self._affine(f"{name}.{part}", hidden) for part in ("q", "k", "v")]
        return _Layer(
            attention=_Affine(
                np.concatenate([part.weight for part in parts], axis=1),
                np.concatenate([part.bias for part in parts]),
            ),
            projection=self._affine(f"{name}.ao", hidden),
            after_attention=self._norm(f"{name}.aln"),
            widen=self._affine(f"{name}.fi", hidden),
            narrow=self._affine(f"{name}.fo", inner),
            after_inner=self._norm(f"{name}.oln"),
        )

    def _affine(self, name: str, columns: int) -> _Affine:
        # Laid out as it is multiplied: for few ids that saves most of the time.
        weight = np.ascontiguousarray(self._weights.tensor(f"{name}.w", columns).T)
        return _Affine(weight, self._weights.vector(f"{name}.b"))

    def _norm(self, name: str) -> _Norm:
        weight, bias = (self._weights.vector(f"{name}.{part}") for part in ("w", "b"))
        return _Norm(weight, bias, np.float32(self._weights.shape.epsilon))


def _gelu_in_place(x: Float32[np.ndarray, "time inner"]) -> None:
    """Multiply each number by the normal distribution up to it."""
    values = x.ravel()
    for place in range(values.size):
        value = values[place]
        near = min(max(value, np.float32(-_BEYOND)), np.float32(_BEYOND))
        square = near * near
        above, below = np.float32(_ABOVE[5]), np.float32(_BELOW[5])
        for power in (4, 3, 2, 1, 0):
            above = above * square + np.float32(_ABOVE[power])
            below = below * square + np.float32(_BELOW[power])
        values[place] = value * (np.float32(0.5) + near * above / below)


_gelu: Callable[[Float32[np.ndarray, "time inner"]], None] = numba.njit(
    nogil=True, cache=True, fastmath={"contract", "nsz", "nnan"}, error_model="numpy"
)(_gelu_in_place)
