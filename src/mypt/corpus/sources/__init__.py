"""One file for each kind of place that documents come from.

A source says what it holds and yields it. It decides nothing about what is kept.
"""
