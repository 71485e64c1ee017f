"""`mypt generate`: a base model continues text."""

import json
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from mypt.cli.arguments import DEMO_MODEL, ModelPath
from mypt.cli.console import note
from mypt.cli.models import LoadedModel, load_for_use
from mypt.files import read_text
from mypt.inference.config import SamplingConfig
from mypt.inference.generate import generate_text, stream_text

Sampling = Annotated[SamplingConfig, Parameter(name="*")]
DEFAULT = SamplingConfig()


def generate(
    prompt: Annotated[
        str | None, Parameter(help="The text to continue; without one, each line typed.")
    ] = None,
    *,
    model: ModelPath = DEMO_MODEL,
    file: Annotated[Path | None, Parameter(help="Continue each line of a file; JSON lines come out.")] = None,
    sampling: Sampling = DEFAULT,
) -> None:
    """Continue a text, the lines of a file as one batch, or what is typed."""
    loaded = load_for_use(model)
    if file is not None:
        _continue_lines(loaded, read_text(file).splitlines(), sampling)
    elif prompt is not None:
        _continue(loaded, prompt, sampling)
    else:
        note("type the beginning of a text and press Enter; Ctrl-D ends")
        for line in sys.stdin:
            _continue(loaded, line.rstrip("\n"), sampling)


def _continue(loaded: LoadedModel, prompt: str, sampling: SamplingConfig) -> None:
    pieces = stream_text(loaded.engine, loaded.tokenizer, prompt, sampling)  # refuses before the echo
    print(prompt, end="", flush=True)
    for piece in pieces:
        print(piece, end="", flush=True)
    print()


def _continue_lines(loaded: LoadedModel, prompts: list[str], sampling: SamplingConfig) -> None:
    texts = generate_text(loaded.engine, loaded.tokenizer, prompts, sampling)
    for prompt, text in zip(prompts, texts, strict=True):
        print(json.dumps({"prompt": prompt, "continuation": text}, ensure_ascii=False))
