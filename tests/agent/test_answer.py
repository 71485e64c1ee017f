"""An answer as JSON."""

import json

from tests.agent.conversations import answer_of, call, says, script
from tests.agent.views import LAW


def test_an_answer_says_all_that_is_needed_to_check_it() -> None:
    answer = answer_of(script(call("search", query="Ferien"), says("Vier Wochen Ferien.", "@1")))

    record = json.loads(json.dumps(answer.to_json(), ensure_ascii=False))

    assert set(record) == {
        "text", "written", "think", "language", "finish", "sentences", "citations", "retrieved", "tool_calls",
        "usage", "model", "index_digest",
    }  # fmt: skip
    assert record["citations"] == [
        {
            "id": f"{LAW}-3", "is_retrieved": True, "document_id": LAW, "title": "Obligationenrecht",
            "page": 2, "start": 0, "end": 88, "support": 1.0, "is_found": False,
        }
    ]  # fmt: skip
    assert record["tool_calls"][0]["arguments"] == {"query": "Ferien"}
