"""Sources become a corpus: one sealed folder of clean documents, each with its licence.

Knows sources, files and documents. Knows no tokens, no splits and no model, and only
the modules in `sources` look outside the folder that is built.
"""
