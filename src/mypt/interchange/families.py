"""The architectures of others that a model of ours can be, as one table."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from torch import Tensor

from mypt.errors import InputError
from mypt.interchange import gpt2, llama
from mypt.interchange.layout import Layout
from mypt.model.config import GPTConfig

FamilyName = Literal["llama", "gpt2"]
HEAD = "lm_head.weight"


@dataclass(frozen=True)
class Family:
    """One architecture of others: its name in `config.json`, its settings and its weights."""

    name: FamilyName
    our_settings: Mapping[str, tuple[object, ...]]
    layout: Layout
    buffers: str
    base_prefix: str
    """What stands before every name but the head's; files of the bare transformer leave it out."""
    to_settings: Callable[[GPTConfig], dict[str, Any]]
    from_settings: Callable[[Mapping[str, Any], str], GPTConfig]

    def obstacles(self, config: GPTConfig) -> list[str]:
        """Return each setting that keeps a model of ours from being one of these."""
        return [
            f"{key}={getattr(config, key)!r}"
            for key, possible in self.our_settings.items()
            if getattr(config, key) not in possible
        ]

    def plain(self, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return what was learned, under the names of the whole model."""
        is_bare = not any(name.startswith(self.base_prefix) for name in weights)
        return {
            f"{self.base_prefix}{name}" if is_bare and name != HEAD else name: tensor
            for name, tensor in weights.items()
            if not re.search(self.buffers, name)
        }


FAMILIES: Mapping[str, Family] = {
    "llama": Family(
        name="llama",
        our_settings=llama.OUR_SETTINGS,
        layout=llama.LAYOUT,
        buffers=llama.BUFFERS,
        base_prefix="model.",
        to_settings=llama.to_settings,
        from_settings=llama.from_settings,
    ),
    "gpt2": Family(
        name="gpt2",
        our_settings=gpt2.OUR_SETTINGS,
        layout=gpt2.LAYOUT,
        buffers=gpt2.BUFFERS,
        base_prefix="transformer.",
        to_settings=gpt2.to_settings,
        from_settings=gpt2.from_settings,
    ),
}


def family_of(config: GPTConfig, where: str) -> Family:
    """Return the architecture that a model of ours is for others; InputError says why it is none."""
    for family in FAMILIES.values():
        if not family.obstacles(config):
            return family
    reasons = "".join(
        f"\n  no {family.name}: {', '.join(family.obstacles(config))}" for family in FAMILIES.values()
    )
    raise InputError(
        f"{where}: this architecture is not representable as a Llama or a GPT-2:{reasons}",
        hint="docs/guides/interchange.md lists what can be exported",
    )
