"""Ids → logits: one GPT with a choice of norm, feed-forward and positions.

Knows shapes, weights and how to keep them in a folder. Never sees data, never
trains, never samples.
"""
