"""Where an artifact came from: sealed folders and the manifests that bind them.

Knows files and digests. Knows nothing of what an artifact contains.
"""
