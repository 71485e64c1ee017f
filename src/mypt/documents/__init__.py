"""A source file's text becomes a Document: clean, readable, with its licence and language.

Knows formats, characters and languages. Opens no source file and no connection, knows no
folders, no corpus and no tokens.
"""
