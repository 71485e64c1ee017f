"""What is left out is counted by its reason, with the first places."""

from mypt.sft.imports.rejection import Rejected, Tally


def test_the_most_frequent_reason_comes_first_with_its_first_places() -> None:
    tally = Tally()
    tally.reject("a", 1, Rejected("rare"))
    for line in range(2, 9):
        tally.reject("a", line, Rejected("frequent", "text"))

    found = tally.to_json()["rejected"]

    assert [(one["reason"], one["rows"]) for one in found] == [("frequent", 7), ("rare", 1)]
    assert found[0]["first"] == [{"file": "a", "line": line, "field": "text"} for line in (2, 3, 4)]
