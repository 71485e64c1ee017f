"""The tree is that of RFC 6962: its published values, and proofs that hold for what they prove only."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mypt.provenance.merkle import inclusion_proof, is_included, merkle_root

# The inputs and roots that the reference implementation of Certificate Transparency tests itself with.
SIZES = [(0x00, 0), (0x00, 1), (0x10, 1), (0x20, 2), (0x30, 2), (0x40, 4), (0x50, 8), (0x60, 16)]
INPUTS = [bytes(range(first, first + size)) for first, size in SIZES]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]

leaves = st.lists(st.binary(max_size=8), min_size=1, max_size=40)


@pytest.mark.parametrize("n_leaves", range(1, 9))
def test_roots_are_those_of_the_reference_implementation(n_leaves: int) -> None:
    assert merkle_root(INPUTS[:n_leaves]) == ROOTS[n_leaves - 1]


def test_the_root_of_nothing_is_the_digest_of_nothing() -> None:
    assert merkle_root([]) == hashlib.sha256(b"").hexdigest()


def test_a_node_is_never_taken_for_a_leaf() -> None:
    one, two = (hashlib.sha256(b"\x00" + leaf).digest() for leaf in (b"a", b"b"))

    assert merkle_root([b"a", b"b"]) != merkle_root([one + two])
    assert merkle_root([b"a", b"b"]) == hashlib.sha256(b"\x01" + one + two).hexdigest()


@given(leaves)
def test_every_leaf_is_proven(data: list[bytes]) -> None:
    root = merkle_root(data)

    for number, leaf in enumerate(data):
        proof = inclusion_proof(data, number)
        assert len(proof) <= max(0, len(data) - 1).bit_length()
        assert is_included(leaf, number, len(data), proof, root)


@given(leaves, st.data())
def test_a_proof_fails_when_anything_of_it_is_changed(data: list[bytes], draw: st.DataObject) -> None:
    root, number = merkle_root(data), draw.draw(st.integers(0, len(data) - 1))
    leaf, proof = data[number], inclusion_proof(data, number)
    other = hashlib.sha256(b"other").hexdigest()

    assert not is_included(leaf + b"x", number, len(data), proof, root)
    assert not is_included(leaf, number, len(data), proof, other)
    assert not is_included(leaf, number, len(data), [*proof, other], root)
    for place in range(len(proof)):
        assert not is_included(leaf, number, len(data), proof[:place] + proof[place + 1 :], root)
        assert not is_included(leaf, number, len(data), [*proof[:place], other, *proof[place + 1 :]], root)


@given(leaves, st.data())
def test_a_proof_holds_at_its_own_place_only(data: list[bytes], draw: st.DataObject) -> None:
    distinct = [bytes([number]) + leaf for number, leaf in enumerate(data)]
    root, number = merkle_root(distinct), draw.draw(st.integers(0, len(data) - 1))
    proof = inclusion_proof(distinct, number)

    holds = [n for n in range(len(data)) if is_included(distinct[number], n, len(data), proof, root)]

    assert holds == [number]


@given(leaves, st.data())
def test_another_order_or_number_of_leaves_is_another_root(data: list[bytes], draw: st.DataObject) -> None:
    shuffled = draw.draw(st.permutations(data))

    assert (merkle_root(shuffled) == merkle_root(data)) == (shuffled == data)
    assert merkle_root([*data, b""]) != merkle_root(data)
