"""Checkpoint → tokens.

[ (1) decoder ] -> (2) sampling -> (3) stopping -> (4) engine -> (5) text or chat

1. Contexts become logits, through a KV cache (`cached_decoder`) or without (`decoder`),
   by one rule for contexts longer than a block (`window`).
2. Logits become ids: one number per (seed, row, step) decides, and nothing hidden (`sampling`).
3. A row ends by a stop rule or by length (`stopping`).
4. An engine streams the ids of a batch of prompts (`engine`; `torch_engine` computes,
   `scripted_engine` replays).
5. Ids become completions and text (`generate`, `text_stream`), or a chat (`chat`).

Knows models, tokenizers and conversations; never training, never data sets.
"""
