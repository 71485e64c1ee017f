"""Corpus → tokens on disk → batches.

[ (1) split by document ] -> (2) encode -> (3) shards on disk -> (4) order -> (5) mixture -> (6) batch

1. Whole documents go to `train` or `val`, chosen by a keyed hash (`split`).
2. Each document becomes ids, closed by the end-of-text id (`build`).
3. Ids lie in flat little-endian files with an index of documents (`token_shards`).
4. Which window of a source comes when is a function of (seed, position), not a state (`order`).
5. So is which source comes when, by shares that change from stage to stage (`mixture`, `rotation`).
6. Windows become inputs, targets, weights and documents that do not see each other (`token_batches`).

Knows no model and no torch; batches are numpy arrays.
"""
