"""Frozen suites and a model → which buckets of behaviour it passes, and whether the gate opens.

Judges what a model wrote, never how it was trained. Suites are data whose digests are pinned; nothing
here writes training data, and training data that holds an evaluation item is refused.
"""
