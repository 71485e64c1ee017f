"""Seeds depend on their parts alone."""

from mypt.seeds import derive_seed


def test_the_seed_of_a_purpose_never_changes() -> None:
    assert derive_seed(7, "step", 3, 0) == 1431424463279983206


def test_number_and_text_parts_differ() -> None:
    assert derive_seed(1, "1") != derive_seed("1", 1)


def test_joined_parts_do_not_collide() -> None:
    assert derive_seed("a", "bc") != derive_seed("ab", "c")


def test_seeds_fit_into_63_bits() -> None:
    assert all(0 <= derive_seed(i) < 2**63 for i in range(1000))
