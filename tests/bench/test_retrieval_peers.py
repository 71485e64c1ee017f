"""Peers find what is there, and are refused where they are not installed."""

from pathlib import Path

import numpy as np
import pytest

from mypt.bench import retrieval_peers
from mypt.bench.retrieval_peers import PEERS, refuse_missing_peers
from mypt.errors import ConfigError

TEXTS = [f"passage about thing{number}" for number in range(40)]
VECTORS = {"one": np.eye(40, 64, dtype=np.float32), "two": np.eye(40, 64, dtype=np.float32)[::-1].copy()}


@pytest.mark.parametrize(("name", "module"), [("faiss", "rank_bm25"), ("lancedb", "lancedb")])
def test_a_peer_finds_by_vectors_and_by_words(name: str, module: str, tmp_path: Path) -> None:
    pytest.importorskip(module)
    peer = PEERS[name](TEXTS, VECTORS, tmp_path)

    found = peer.search("where is thing7?", {"one": VECTORS["one"][3], "two": VECTORS["two"][3]}, 5)

    assert found[0] == 3
    assert 7 in peer.search("thing7", {"one": VECTORS["one"][7], "two": VECTORS["two"][7]}, 1)
    assert len(peer.search('AND "x (', {"one": VECTORS["one"][3], "two": VECTORS["two"][3]}, 5)) == 5


def test_unknown_and_missing_peers_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="none of faiss, lancedb"):
        refuse_missing_peers(["elastic"])
    monkeypatch.setitem(retrieval_peers._NEEDED, "faiss", ("no_such_package",))
    with pytest.raises(ConfigError, match="no_such_package is not installed"):
        refuse_missing_peers(["faiss"])
