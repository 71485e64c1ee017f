"""Phrase lists as data: one JSON file each, English and German in equal numbers.

Holds no code, and no phrase of a suite.
"""
