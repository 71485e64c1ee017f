"""Rows of public data in the forms in which others give them → dialogues of ours, or why not.

Reads local files only. Knows no tokenizer, no suites and no artifacts: `sft/import_public.py` decides what
is kept.
"""
