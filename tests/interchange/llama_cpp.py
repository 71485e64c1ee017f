"""A real llama.cpp in this process: its own server, asked over the loopback."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple

import pytest


class Reply(NamedTuple):
    """What the server said."""

    status: int
    body: dict[str, Any]


class LlamaServer:
    """Asks a server that listens on this machine."""

    def __init__(self, address: str) -> None:
        self._host = address.removeprefix("http://")

    def ask(self, path: str, **question: Any) -> Reply:
        connection = HTTPConnection(self._host, timeout=60)
        try:
            connection.request("POST", path, json.dumps(question), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return Reply(answer.status, json.loads(answer.read()))
        finally:
            connection.close()

    def tokenize(self, text: str) -> list[int]:
        return self.ask("/tokenize", content=text).body["tokens"]

    def prompt_of(self, messages: list[dict[str, Any]]) -> str:
        return self.ask("/apply-template", messages=messages).body["prompt"]

    def complete(self, ids: list[int], n_predict: int, **options: Any) -> dict[str, Any]:
        """Return a greedy continuation, computed anew."""
        settings = {"temperature": 0, "cache_prompt": False, "return_tokens": True, **options}
        return self.ask("/completion", prompt=ids, n_predict=n_predict, **settings).body


@contextmanager
def llama_server(gguf: Path) -> Iterator[LlamaServer]:
    """Serve a GGUF file on the CPU, with keys and values in fp32, as long as the block runs."""
    library: Any = pytest.importorskip("xllamacpp")
    settings = library.CommonParams()
    settings.model.path = str(gguf)
    settings.offline, settings.warmup, settings.use_jinja = True, False, True
    settings.n_ctx, settings.n_parallel, settings.n_gpu_layers, settings.cpuparams.n_threads = 256, 1, 0, 1
    settings.flash_attn_type = library.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
    settings.cache_type_k = settings.cache_type_v = library.ggml_type.GGML_TYPE_F32
    server = library.Server(settings)
    try:
        yield LlamaServer(server.listening_address)
    finally:
        del server
