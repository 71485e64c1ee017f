"""A workspace → ranked passages: by meaning, by words, and by both joined.

What a reader may not read is left out before anything is scored, so it moves no score, no count and no
rank. All that is kept on disk is a cache of the workspace's database. Knows no model that answers.
"""
