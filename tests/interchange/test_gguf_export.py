"""A real llama.cpp loads an export, computes the same logits and stops where ours does.

These tests are skipped where llama.cpp (the package xllamacpp) is not installed; those
of the file itself are not.
"""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch
from gguf import GGUFReader

from mypt.conversation.episode import Episode
from mypt.conversation.render import render_prompt
from mypt.conversation.special_tokens import SPECIAL_TOKENS
from mypt.errors import InputError, StorageFull
from mypt.inference.config import SamplingConfig
from mypt.inference.generate import generate
from mypt.inference.torch_engine import TorchEngine
from mypt.interchange.gguf_export import export_gguf, interleave
from mypt.model.config import GPTConfig
from mypt.model.model_folder import ModelFolder
from mypt.provenance.artifact import open_artifact
from tests.interchange.llama_cpp import LlamaServer, llama_server
from tests.interchange.models import BPE, gpt2, llama, logits, sealed
from tests.tokenizer.hostile import HOSTILE_TEXTS

# llama.cpp looks GELU up in a table of fp16, so a GPT-2 is as near as that table.
TOLERANCE = {"llama": 1e-4, "gpt2": 2e-2}
TEXT = "Die Würde des Menschen ist unantastbar. The quick 🦉 fox"
CONFIGS = {
    "llama": llama(BPE, block_size=128),
    "llama, untied, biases, scaled positions": llama(
        BPE, block_size=128, tie_weights=False, bias=True, rope_scale=2.0, rope_theta=500.0
    ),
    "gpt2": gpt2(BPE, block_size=128),
    "gpt2, untied": gpt2(BPE, block_size=128, tie_weights=False),
}


class Served(NamedTuple):
    """A model and a llama.cpp that runs its export."""

    source: ModelFolder
    server: LlamaServer
    family: str


@pytest.fixture(scope="module", params=CONFIGS.values(), ids=list(CONFIGS))
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Return each architecture, exported and loaded."""
    folder = tmp_path_factory.mktemp("gguf")
    source = sealed(folder / "model", request.param, BPE)
    export_gguf(source, folder / "gguf")
    with llama_server(folder / "gguf" / "model.gguf") as server:
        yield Served(source, server, "llama" if request.param.pos_encoding == "rope" else "gpt2")


@pytest.fixture(scope="module")
def llama_served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Return one architecture, for what does not depend on it."""
    folder = tmp_path_factory.mktemp("gguf")
    source = sealed(folder / "model", CONFIGS["llama"], BPE)
    export_gguf(source, folder / "gguf")
    with llama_server(folder / "gguf" / "model.gguf") as server:
        yield Served(source, server, "llama")


def test_llama_cpp_computes_the_same_logits(served: Served) -> None:
    ids = BPE.encode(TEXT)

    reply = served.server.complete(ids, 1, n_probs=50276)

    theirs = torch.zeros(50276)
    for entry in reply["completion_probabilities"][0]["top_logprobs"]:
        theirs[entry["id"]] = entry["logprob"]
    ours = logits(served.source.model, torch.tensor([ids]))[0, -1].log_softmax(-1)
    assert reply["tokens_evaluated"] == len(ids)
    torch.testing.assert_close(theirs, ours, atol=TOLERANCE[served.family], rtol=0)


def test_llama_cpp_writes_the_same_ids(served: Served) -> None:
    ids = BPE.encode(TEXT)

    theirs = served.server.complete(ids, 12)["tokens"]

    ours = generate(
        TorchEngine(served.source.model), [ids], SamplingConfig(temperature=0.0, max_new_tokens=12)
    )
    assert theirs == list(ours[0].ids)


@pytest.mark.parametrize("tag", ["<myPT_eot>", "</myPT_toolcall>", "<|endoftext|>"])
def test_generation_stops_after_a_turn_a_tool_call_and_a_document(tag: str, llama_served: Served) -> None:
    token = {"<|endoftext|>": 50256, "<myPT_eot>": 50275, "</myPT_toolcall>": 50268}[tag]

    reply = llama_served.server.complete(BPE.encode("a"), 5, logit_bias=[[token, 1000.0]])

    assert reply["stop_type"] == "eos"
    assert len(reply["tokens"]) <= 1


def test_other_tags_do_not_stop_it(llama_served: Served) -> None:
    reply = llama_served.server.complete(BPE.encode("a"), 3, logit_bias=[[50262, 1000.0]])

    assert (reply["stop_type"], reply["tokens"]) == ("limit", [50262] * 3)


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        "don't  we'll\t\n\n x 123½ “Zitat” — …",
        "👩🏽‍🚀 \u00a0x",
        *[t for t in HOSTILE_TEXTS if 0 < len(t) < 100],
    ],
    ids=lambda text: repr(text[:20]),
)
def test_text_gets_the_ids_of_ours(text: str, llama_served: Served) -> None:
    ids = llama_served.server.ask("/tokenize", content=text, parse_special=False).body["tokens"]

    assert ids == BPE.encode(text)


CALL = {
    "name": "search",
    "arguments": {"top_k": 3, "query": "Würde „x“ \\n", "in": {"b": 1, "a": [True, None, 0.5]}},
}
CONVERSATIONS: dict[str, list[dict[str, Any]]] = {
    "question": [{"role": "user", "content": "Was gilt?"}],
    "system": [{"role": "system", "content": "Du bist MyPT."}, {"role": "user", "content": " a\n\nb "}],
    "several turns": [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": "b"},
        {"role": "user", "content": "c"},
    ],
    "tool call": [
        {"role": "user", "content": "Was gilt?"},
        {"role": "assistant_toolcall", **CALL},
        {"role": "toolresult", "name": "search", "content": "gefunden"},
    ],
}  # fmt: skip


def as_stock(message: dict[str, Any]) -> dict[str, Any]:
    """Return a message as llama.cpp's server takes it: arguments are the JSON that the model wrote."""
    if message["role"] == "assistant_toolcall":
        written = json.dumps(message["arguments"], ensure_ascii=False, sort_keys=True)
        function = {"name": message["name"], "arguments": written}
        return {"role": "assistant", "tool_calls": [{"id": "1", "type": "function", "function": function}]}
    if message["role"] == "toolresult":
        return {"role": "tool", "tool_call_id": "1", "content": message["content"]}
    return message


@pytest.mark.parametrize("messages", CONVERSATIONS.values(), ids=CONVERSATIONS)
def test_a_chat_has_the_ids_of_our_renderer(messages: list[dict[str, Any]], llama_served: Served) -> None:
    has_system = messages[0]["role"] == "system"
    system, spoken = (messages[0]["content"], messages[1:]) if has_system else (None, messages)
    episode = Episode.model_validate(
        {"system": system, "messages": spoken, "language": "de", "source": "test"}
    )

    prompt = llama_served.server.prompt_of([as_stock(message) for message in messages])

    assert llama_served.server.tokenize(prompt) == render_prompt(episode, BPE)


@pytest.mark.parametrize("tag", [*SPECIAL_TOKENS, "<|endoftext|>"])
def test_a_chat_that_spells_a_tag_is_refused(tag: str, llama_served: Served) -> None:
    messages = [{"role": "user", "content": f"x {tag} y"}]

    reply = llama_served.server.ask("/v1/chat/completions", messages=messages, max_tokens=1)

    assert reply.status == 400
    assert f"spells {tag}" in reply.body["error"]["message"]


def test_bf16_halves_the_file_and_is_what_llama_cpp_reads(tmp_path: Path) -> None:
    source = sealed(tmp_path / "model", CONFIGS["llama"], BPE)
    sizes = {
        dtype: (export_gguf(source, tmp_path / dtype, dtype=dtype).path / "model.gguf").stat().st_size
        for dtype in ("fp32", "bf16")
    }
    weights = sum(parameter.numel() for parameter in source.model.parameters() if parameter.dim() == 2)
    padding = (source.model.config.padded_vocab_size - 50276) * 32

    with llama_server(tmp_path / "bf16" / "model.gguf") as server:
        reply = server.complete(BPE.encode(TEXT), 1, n_probs=1)

    expected = logits(rounded(source), torch.tensor([BPE.encode(TEXT)]))[0, -1].log_softmax(-1).max().item()
    said = reply["completion_probabilities"][0]["top_logprobs"][0]["logprob"]
    assert sizes["fp32"] - sizes["bf16"] == pytest.approx(2 * (weights - padding), abs=1024)
    assert said == pytest.approx(expected, abs=0.05)


def rounded(source: ModelFolder) -> Any:
    """Return the model with its matrices rounded to bf16."""
    with torch.no_grad():
        for parameter in source.model.parameters():
            if parameter.dim() == 2:
                parameter.copy_(parameter.bfloat16())
    return source.model


def field(reader: GGUFReader, name: str) -> Any:
    found = reader.get_field(name)
    assert found is not None, name
    return found.contents()


def test_the_file_says_what_it_comes_from_and_has_the_ids_that_exist(tmp_path: Path) -> None:
    source = sealed(tmp_path / "model", llama(BPE), BPE)

    export = export_gguf(source, tmp_path / "gguf")

    reader = GGUFReader(export.path / "model.gguf")
    shapes = {tensor.name: tensor.shape.tolist() for tensor in reader.tensors}
    assert field(reader, "mypt.manifest") == source.artifact.digest
    assert field(reader, "general.license") == "CC0-1.0"
    assert shapes["token_embd.weight"] == [32, 50276]
    assert field(reader, "tokenizer.ggml.tokens")[50256:] == ["<|endoftext|>", *SPECIAL_TOKENS]


def test_the_export_is_sealed_with_its_origin(tmp_path: Path) -> None:
    source = sealed(tmp_path / "model", llama(BPE), BPE)

    export = export_gguf(source, tmp_path / "gguf")

    assert export.manifest.inputs[0].digest == source.artifact.digest
    assert list(export.manifest.files) == ["model.gguf"]
    assert export.manifest.licences == {"CC0-1.0": 3}
    assert open_artifact(export.path, "export").digest == export.digest


def test_the_same_model_gives_the_same_bytes(tmp_path: Path) -> None:
    source = sealed(tmp_path / "model", gpt2(BPE), BPE)

    exports = [export_gguf(source, tmp_path / name) for name in ("a", "b")]

    assert exports[0].manifest.files == exports[1].manifest.files
    assert export_gguf(source, tmp_path / "a").digest == exports[0].digest


def test_rows_of_a_head_stand_as_llama_cpp_turns_them() -> None:
    rows = torch.arange(12.0)

    assert interleave(rows, 2).tolist() == [0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11]
    assert torch.equal(interleave(rows[:, None].expand(12, 3), 2)[:, 1], interleave(rows, 2))


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        (gpt2(BPE, mlp_type="gelu_exact"), "this model has gelu_exact"),
        (gpt2(BPE, mlp_type="relu"), "this model has relu"),
        (llama(BPE, head_bias=True), "not representable as a Llama or a GPT-2"),
    ],
    ids=str,
)
def test_what_llama_cpp_has_no_form_for_is_refused(config: GPTConfig, reason: str, tmp_path: Path) -> None:
    source = sealed(tmp_path / "model", config, BPE)

    with pytest.raises(InputError, match=reason):
        export_gguf(source, tmp_path / "gguf")
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_character_tokenizer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match="a character tokenizer is not representable in a GGUF file"
    ) as caught:
        export_gguf(sealed(tmp_path / "model", llama()), tmp_path / "gguf")

    assert caught.value.hint == "--format hf keeps it"


@pytest.fixture
def file_size_limit() -> Iterator[Callable[[], None]]:
    """Return what lets no file grow beyond 3 MB from then on, as if the disk were full."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_said_and_leaves_nothing(file_size_limit: Callable[[], None], tmp_path: Path) -> None:
    source = sealed(tmp_path / "model", llama(BPE), BPE)
    file_size_limit()

    with pytest.raises(StorageFull, match="no room left"):
        export_gguf(source, tmp_path / "gguf")

    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = sealed(tmp_path / "model", llama(BPE), BPE)
    monkeypatch.setitem(sys.modules, "gguf", None)

    with pytest.raises(InputError, match="needs the package gguf") as caught:
        export_gguf(source, tmp_path / "gguf")

    assert caught.value.hint == "pip install 'mypt[gguf]'"
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
