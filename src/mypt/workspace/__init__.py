"""Folders of files → documents, passages and permissions in one database, the only truth there is.

Everything else (matrices, keyword index) is a cache that can be deleted. Nothing is shown without a reader
whose rights are asked first. Knows no embedder, no ranking and no model.
"""
