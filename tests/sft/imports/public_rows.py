"""Small rows in the forms in which public data comes, made up here."""

import gzip
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

ASKED = "Which river flows through the old town of Basel?"
ANSWERED = "The river Rhine flows through the old town of Basel."
GEFRAGT = "Welcher Fluss fließt durch die Altstadt von Basel?"
GEANTWORTET = "Durch die Altstadt von Basel fließt der Rhein."
WEATHER = "How is the weather in Bern today?"
CALL = {"name": "get_weather", "arguments": {"city": "Bern"}}
TREE = {
    "message_tree_id": "t1",
    "tree_state": "ready_for_export",
    "prompt": {
        "message_id": "m1", "parent_id": None, "text": ASKED, "role": "prompter", "lang": "en",
        "review_result": True, "deleted": False, "rank": None,
        "replies": [
            {"message_id": "m2", "parent_id": "m1", "text": "Badly put, I do not know.", "role": "assistant",
             "review_result": True, "rank": 1, "replies": []},
            {"message_id": "m3", "parent_id": "m1", "text": ANSWERED, "role": "assistant",
             "review_result": True, "rank": 0, "replies": [
                 {"message_id": "m4", "parent_id": "m3", "text": "Thanks!", "role": "prompter",
                  "review_result": True, "replies": []}]},
            {"message_id": "m5", "parent_id": "m1", "text": "Spam.", "role": "assistant",
             "review_result": False, "rank": -1, "replies": []},
        ],
    },
}  # fmt: skip

ROWS: dict[str, list[dict[str, Any]]] = {
    "oasst2": [TREE],
    "alpaca": [
        {"instruction": "Beantworte die Frage.", "input": GEFRAGT, "output": GEANTWORTET},
        {"instruction": ASKED, "input": "", "output": ANSWERED},
    ],
    "openschnabeltier": [
        {"instruction": ASKED, "output": ANSWERED, "instruction_de": GEFRAGT, "output_de": GEANTWORTET}
    ],
    "ultra-chat": [
        {"id": "1", "data": [GEFRAGT, GEANTWORTET, "Wie lang ist er?", "Der Rhein ist rund 1200 km lang."]},
        {"data": [{"role": "user", "content": ASKED}, {"role": "assistant", "content": ANSWERED}]},
    ],
    "dolci": [
        {
            "messages": [
                {"role": "system", "content": "You call.", "functions": '[{"name": "get_weather"}]'},
                {"role": "user", "content": WEATHER},
                {"role": "assistant", "content": None, "function_calls": 'get_weather(city="Bern", x=true)'},
                {"role": "environment", "content": '{"degrees": 12}'},
                {"role": "assistant", "content": "It is twelve degrees in Bern today."},
            ]
        }
    ],
    "german-function-calling": [
        {
            "System": "SYSTEM: Du darfst Funktionen benutzen: get_weather",
            "Chat": "USER: Wie ist das Wetter heute in Bern?\n\nASSISTANT: <functioncall> "
            '{"name": "get_weather", "arguments": \'{"city": "Bern"}\'} <|endoftext|>\n\n'
            'FUNCTION RESPONSE: {"degrees": 12}\n\n'
            "ASSISTANT: In Bern ist es heute zwölf Grad warm. <|endoftext|>",
        }
    ],
    "german-rag": [
        {
            "contexts": ["Die Aare fließt durch Bern.", "Durch Basel fließt der Rhein."],
            "question": GEFRAGT, "answer": GEANTWORTET, "positive_ctx_idx": 1,
        },
        {"contexts": ["Die Aare fließt durch Bern."], "question": GEFRAGT, "positive_ctx_idx": -1,
         "answer": "Der Text sagt nicht, welcher Fluss durch Basel fließt."},
        {"prompt": f"Beantworte die Frage.\nKontext:\nDurch Basel fließt der Rhein.\n\nFrage: {GEFRAGT}",
         "chosen": GEANTWORTET, "rejected": "Das ist die Aare."},
    ],
    "sharegpt": [
        {"system": "Du bist hilfreich.", "tools": "", "conversations": [
            {"from": "human", "value": GEFRAGT}, {"from": "gpt", "value": GEANTWORTET}]},
        {"tools": json.dumps([{"type": "function", "function": {"name": "get_weather"}}]), "conversations": [
            {"from": "human", "value": WEATHER},
            {"from": "function_call", "value": json.dumps(CALL)},
            {"from": "observation", "value": "sunny and warm"},
            {"from": "gpt", "value": "The weather in Bern is sunny and warm today."}]},
    ],
    "openai": [
        {"messages": [
            {"role": "user", "content": WEATHER},
            {"role": "assistant", "content": None, "tool_calls": [
                {"id": "a", "function": {"name": "get_weather", "arguments": '{"city": "Bern"}'}}]},
            {"role": "tool", "tool_call_id": "a", "content": '{"degrees": 12}'},
            {"role": "assistant", "content": "<think>Twelve.</think>It is twelve degrees in Bern today."}]}
    ],
}  # fmt: skip


def write_lines(path: Path, rows: Sequence[object]) -> Path:
    """Write JSONL."""
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def parquet_bytes(rows: Sequence[dict[str, Any]]) -> bytes:
    """Return a table of rows."""
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(rows)), buffer)
    return buffer.getvalue()


def containers(rows: Sequence[dict[str, Any]]) -> dict[str, bytes]:
    """Return the same rows in every container."""
    lines = "\n".join(map(json.dumps, rows)).encode()
    plain = {"lines": lines, "array": json.dumps(rows, indent=1).encode(), "table": parquet_bytes(rows)}
    return plain | {f"{name}.gz": gzip.compress(data) for name, data in plain.items()}


def json_values() -> SearchStrategy[Any]:
    """Return any JSON, with the keys and some of the words of public data."""
    keys = sorted(
        {key for rows in ROWS.values() for row in rows for key in row} | {"role", "content", "tool_calls"}
    )
    words = [
        "user",
        "assistant",
        "tool",
        "<functioncall> {",
        "USER: x",
        "<think>",
        "[f(x=1)]",
        "\ud800",
        ASKED,
    ]
    return st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.sampled_from(words),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(keys), inner, max_size=4),
        max_leaves=12,
    )
