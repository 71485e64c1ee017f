"""A cache gives back what was put in, and damage of any kind makes it count as missing."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mypt.errors import InputError
from mypt.retrieval import keyword_cache
from mypt.retrieval.keyword_build import build_index
from mypt.retrieval.keyword_cache import (
    NOTHING,
    KeptIndex,
    bring_up_to_date,
    keys_digest,
    read_cache,
    write_cache,
)
from mypt.retrieval.keyword_vocabulary import Numbers

TEXTS = ["Das Haus an der Straße", "SR 220, Art. 12a", "a house on the street", ""]


def keys(*values: int) -> keyword_cache.Keys:
    return np.array(values, dtype=np.uint64)


KEPT = KeptIndex(build_index(TEXTS), keys(7, 3, 2**64 - 1, 9))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "index" / "keyword.bin"
    write_cache(path, KEPT)
    return path


def is_empty(kept: KeptIndex) -> bool:
    return len(kept.keys) == len(kept.index) == len(kept.index.passages) == 0


def test_what_was_written_is_read(path: Path, tmp_path: Path) -> None:
    kept = read_cache(path)

    write_cache(tmp_path / "again", kept)
    assert kept.keys.tolist() == KEPT.keys.tolist()
    assert kept.index.frequency("haus") == 1
    assert (tmp_path / "again").read_bytes() == path.read_bytes()


def test_an_index_of_nothing_can_be_kept(tmp_path: Path) -> None:
    write_cache(tmp_path / "empty", NOTHING)

    assert is_empty(read_cache(tmp_path / "empty"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
@given(st.data())
def test_a_flipped_bit_anywhere_is_seen(path: Path, data: st.DataObject) -> None:
    whole = path.read_bytes()
    place, bit = data.draw(st.integers(0, len(whole) - 1)), data.draw(st.integers(0, 7))
    damaged = path.with_name("damaged")
    damaged.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << bit]) + whole[place + 1 :])

    assert is_empty(read_cache(damaged))


@pytest.mark.parametrize("share", [0.0, 0.001, 0.05, 0.3, 0.5, 0.9, 0.999])
def test_a_torn_file_is_seen(path: Path, share: float) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])

    assert is_empty(read_cache(path))


def test_a_longer_file_is_seen(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")

    assert is_empty(read_cache(path))


def test_what_is_no_file_counts_as_missing(tmp_path: Path) -> None:
    assert is_empty(read_cache(tmp_path / "none"))
    assert is_empty(read_cache(tmp_path))


def test_another_version_of_the_analysis_counts_as_missing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyword_cache, "ANALYSIS_VERSION", "of tomorrow")

    assert is_empty(read_cache(path))


def test_only_new_passages_are_read_and_the_bytes_are_those_of_a_new_build(tmp_path: Path) -> None:
    texts = [TEXTS[1], "ganz neu", TEXTS[0]]
    asked: list[int] = []

    def read(positions: Numbers) -> Iterable[str]:
        asked.extend(positions.tolist())
        return [texts[position] for position in positions]

    updated = bring_up_to_date(KEPT, keys(3, 11, 7), read)

    write_cache(tmp_path / "updated", updated)
    write_cache(tmp_path / "built", KeptIndex(build_index(texts), keys(3, 11, 7)))
    assert asked == [1]
    assert (tmp_path / "updated").read_bytes() == (tmp_path / "built").read_bytes()


def test_an_index_of_the_same_passages_is_kept() -> None:
    def refuse(positions: Numbers) -> Iterable[str]:
        raise AssertionError(positions)

    assert bring_up_to_date(KEPT, KEPT.keys.copy(), refuse) is KEPT


def test_an_index_of_other_passages_is_built_anew() -> None:
    updated = bring_up_to_date(KEPT, keys(1), lambda positions: ["haus"] * len(positions))

    assert len(updated.index) == 1
    assert list(updated.index.vocabulary) == [b"haus"]


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(InputError, match="cannot be written"):
        write_cache(tmp_path / "file" / "keyword.bin", KEPT)


def test_the_digest_of_passages_tells_order_and_content() -> None:
    assert keys_digest(keys(1, 2)) == keys_digest(keys(1, 2))
    assert len({keys_digest(each) for each in (keys(1, 2), keys(2, 1), keys(1))}) == 3
