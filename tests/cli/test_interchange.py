"""`mypt model export`, `import` and `convert`: there and back, and refused without a trace."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from transformers import GPT2Config, GPT2LMHeadModel

from tests.cli.line import CORPUS, DATASET, MODEL, contents, refused, run
from tests.interchange.legacy_files import CONFIG, make_weights, write_folder
from tests.interchange.models import BPE, llama, sealed, stock_model


def test_a_trained_model_is_exported_and_imported_again(own_line: Path) -> None:
    export = run(own_line, "model", "export", MODEL)
    back = run(own_line, "model", "import", f"{MODEL}-hf", "--out", "back")
    spoken = [
        run(own_line, "generate", "Die", "--model", model, "--temperature", "0") for model in (MODEL, "back")
    ]

    assert (export.code, export.out, export.err) == (0, f"{MODEL}-hf\n", "")
    assert (back.code, back.out, back.err) == (0, "back\n", "")
    assert spoken[0].out == spoken[1].out
    assert type(stock_model(own_line / f"{MODEL}-hf")).__name__ == "LlamaForCausalLM"


def test_an_export_is_traced_back_to_its_documents(own_line: Path) -> None:
    run(own_line, "model", "export", MODEL, "--out", "export")

    traced = run(own_line, "trace", "export")

    kinds = [
        line.split()[0]
        for line in traced.out.splitlines()
        if line.split()[1] in ("export", MODEL, DATASET, CORPUS)
    ]
    assert kinds[0] == "export"
    assert {"model", "dataset", "corpus"} <= set(kinds)
    assert traced.out.splitlines()[4].strip().startswith("licences CC0-1.0")


def test_a_gguf_file_is_written(tmp_path: Path) -> None:
    sealed(tmp_path / "model", llama(BPE), BPE)

    outcome = run(tmp_path, "model", "export", "model", "--format", "gguf", "--dtype", "bf16")

    assert (outcome.code, outcome.out, outcome.err) == (0, "model-gguf\n", "")
    assert (tmp_path / "model-gguf" / "model.gguf").read_bytes()[:4] == b"GGUF"


def test_published_weights_become_a_model_that_speaks(tmp_path: Path) -> None:
    torch.manual_seed(0)
    stock = GPT2LMHeadModel(GPT2Config(vocab_size=50257, n_positions=16, n_embd=64, n_layer=1, n_head=1))
    published = {name: value.clone() for name, value in stock.transformer.state_dict().items()}
    save_file(published, tmp_path / "gpt2.safetensors")

    outcome = run(tmp_path, "model", "import", "gpt2.safetensors", "--out", "model")
    spoken = run(tmp_path, "generate", "Hello", "--model", "model", "--max-new-tokens", "2")

    assert (outcome.code, outcome.out, outcome.err) == (0, "model\n", "")
    assert spoken.out.startswith("Hello")
    assert "this is a base model" in run(tmp_path, "chat", "--model", "model").err


def test_an_earlier_checkpoint_becomes_a_model_that_speaks(tmp_path: Path) -> None:
    write_folder(tmp_path / "old", CONFIG, make_weights(CONFIG))

    outcome = run(tmp_path, "model", "convert", "old", "--out", "model")
    spoken = run(tmp_path, "generate", "Hallo", "--model", "model", "--max-new-tokens", "2")

    assert (outcome.code, outcome.out, outcome.err) == (0, "model\n", "")
    assert spoken.out.startswith("Hallo")


def test_a_converted_model_cannot_be_exported_with_the_bias_of_its_head(tmp_path: Path) -> None:
    write_folder(tmp_path / "old", CONFIG, make_weights(CONFIG))
    run(tmp_path, "model", "convert", "old", "--out", "model")

    message = refused(run(tmp_path, "model", "export", "model"), 2)

    assert "no gpt2: head_bias=True" in message


@pytest.mark.parametrize(
    ("command", "code", "reason"),
    [
        (("export", "none"), 3, "does not exist"),
        (("export", "texts"), 3, "has no manifest.json"),
        (("export", MODEL, "--format", "gguf"), 2, "a character tokenizer is not representable"),
        (("export", MODEL, "--format", "onnx"), 2, "onnx"),
        (("export", MODEL, "--dtype", "fp8"), 2, "fp8"),
        (("import", "none"), 2, "no such file or folder"),
        (("import", "texts"), 2, "has neither model.safetensors nor"),
        (("import", MODEL), 2, "is a model of MyPT already"),
        (("convert", "none"), 2, "no such file"),
        (("convert", MODEL), 2, "has no model.pt"),
        (("convert", "configs/base/tiny.json"), 3, "not loaded"),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_refused_and_leaves_nothing(
    command: tuple[str, ...], code: int, reason: str, line: Path
) -> None:
    before = contents(line)

    message = refused(run(line, "model", *command), code)

    assert reason in message
    assert contents(line) == before


def test_a_damaged_import_ends_with_its_exit_code(own_line: Path) -> None:
    run(own_line, "model", "export", MODEL, "--out", "hf")
    (own_line / "hf" / "manifest.json").unlink()
    config = own_line / "hf" / "config.json"
    values = json.loads(config.read_text(encoding="utf-8"))

    config.write_text(json.dumps({**values, "hidden_size": -5}), encoding="utf-8")
    assert "hidden_size: Input should be greater" in refused(run(own_line, "model", "import", "hf"), 2)
    config.write_text(json.dumps({**values, "num_hidden_layers": 10**9}), encoding="utf-8")
    assert "the configuration says" in refused(run(own_line, "model", "import", "hf"), 3)
    (own_line / "hf" / "model.safetensors").write_bytes(b"torn")
    assert "cannot be read as safetensors" in refused(run(own_line, "model", "import", "hf"), 3)
