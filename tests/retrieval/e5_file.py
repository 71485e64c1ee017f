"""Small files in the format of multilingual-e5's weights, and the real one where it is installed."""

import struct
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import numpy as np
import pytest
from jaxtyping import Float32

from mypt.files import sha256_file
from mypt.retrieval import e5_weights

HIDDEN, LAYERS, HEADS, INNER, POSITIONS = 64, 2, 2, 96, 16
PIECES = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0), ("a", -3.0), ("b", -3.0),
          ("▁ab", -4.0), ("ü", -5.0), ("aa", -4.5)]  # fmt: skip
REPLACEMENTS = {ord("\n"): " ", 0xFF21: "a", 0x200B: ""}
Matrices = dict[str, Float32[np.ndarray, "..."]]


def package_file(package: str, path: str) -> Path:
    """Return a file of an installed package; skip the test where it is not installed."""
    try:
        return Path(str(distribution(package).locate_file(path)))
    except PackageNotFoundError:
        pytest.skip(f"pip install {package}")


def random_matrices(seed: int = 0) -> Matrices:
    """Return the tensors of an encoder, those that get quantised already at values that four bits hold."""
    rng = np.random.default_rng(seed)

    def coarse(rows: int, columns: int) -> Float32[np.ndarray, "rows columns"]:
        scales = rng.choice([0.015625, 0.03125], size=(rows, columns // 32, 1))
        steps = rng.integers(-8, 8, size=(rows, columns // 32, 32))
        return (steps * scales).reshape(rows, columns).astype(np.float32)

    def fine(*shape: int) -> Float32[np.ndarray, "..."]:
        return rng.standard_normal(shape).astype(np.float32)

    tensors = {"emb.word": coarse(len(PIECES), HIDDEN), "emb.pos": fine(POSITIONS, HIDDEN),
               "emb.type": fine(2, HIDDEN), "emb.ln.w": fine(HIDDEN), "emb.ln.b": fine(HIDDEN)}  # fmt: skip
    for layer in range(LAYERS):
        shapes = dict.fromkeys(("q", "k", "v", "ao"), (HIDDEN, HIDDEN))
        shapes |= {"fi": (INNER, HIDDEN), "fo": (HIDDEN, INNER)}
        for part, (rows, columns) in shapes.items():
            tensors[f"l{layer}.{part}.w"] = coarse(rows, columns)
            tensors[f"l{layer}.{part}.b"] = fine(rows)
        for part in ("aln", "oln"):
            tensors[f"l{layer}.{part}.w"], tensors[f"l{layer}.{part}.b"] = fine(HIDDEN), fine(HIDDEN)
    return tensors


def write_e5(path: Path, tensors: Matrices, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a file and let it be the one that is known."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_bytes_of(tensors))
    monkeypatch.setattr(e5_weights, "FILE_SHA256", sha256_file(path))
    return path


def _bytes_of(tensors: Matrices) -> bytes:
    sizes = struct.pack("<7ifi", HIDDEN, LAYERS, HEADS, INNER, len(PIECES), POSITIONS, 2, 1e-12, 32)
    letters = b"".join(piece.encode() for piece, _ in PIECES)
    ends = np.cumsum([0, *(len(piece.encode()) for piece, _ in PIECES)]).astype("<u4").tobytes()
    scores = np.array([score for _, score in PIECES], "<f4").tobytes()
    replaced = b"".join(
        struct.pack("<IB", point, len(text)) + np.array([*map(ord, text)], "<u4").tobytes()
        for point, text in sorted(REPLACEMENTS.items())
    )
    head = b"".join([
        b"E5S1", struct.pack("<I", 1), sizes, struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, len(letters)),
        ends, scores, letters, struct.pack("<iI", len(REPLACEMENTS), len(replaced)), replaced,
    ])  # fmt: skip
    bodies = {name: _quantised(value) if _is_coarse(name) else value.astype("<f4").tobytes()
              for name, value in tensors.items()}  # fmt: skip
    directory_size = 4 + sum(2 + len(name) + 1 + 4 + 8 + 8 for name in tensors)
    place, directory = len(head) + directory_size, [struct.pack("<i", len(tensors))]
    for name, value in tensors.items():
        kind, size = int(_is_coarse(name)), len(bodies[name])
        directory.append(struct.pack("<H", len(name)) + name.encode())
        directory.append(struct.pack("<BIQQ", kind, value.size, place, size))
        place += size
    return b"".join([head, *directory, *bodies.values()])


def _is_coarse(name: str) -> bool:
    return name == "emb.word" or (name.endswith(".w") and "ln" not in name)


def _quantised(matrix: Float32[np.ndarray, "rows columns"]) -> bytes:
    blocks = matrix.reshape(-1, 32)
    steps = blocks / np.float32(0.03125)
    fits = (steps == np.round(steps)).all(axis=1) & (np.abs(steps + 0.5) <= 7.5).all(axis=1)
    scales = np.where(fits, 0.03125, 0.015625).astype("<f2")
    levels = (blocks / scales[:, None].astype(np.float32) + 8).astype(np.uint8)
    packed = np.zeros(len(blocks), dtype=[("scale", "<f2"), ("nibbles", "u1", 16)])
    packed["scale"], packed["nibbles"] = scales, levels[:, :16] | (levels[:, 16:] << 4)
    return packed.tobytes()
