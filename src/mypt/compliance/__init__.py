"""A dataset and its corpus → what law and licences ask for: their papers, and deletion on request.

The papers are attribution, licences by token, Croissant, SPDX and the public summary of training content, all
from the same sealed tables. Knows nothing that is not in them or in the answers of the
organisation: what nobody said is left open, never invented. The same dataset and answers give
the same bytes.
"""
