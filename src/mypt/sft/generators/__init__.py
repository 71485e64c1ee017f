"""Generators of episodes, one file for each kind; deterministic from the seed, phrases from `sft/phrases`."""
