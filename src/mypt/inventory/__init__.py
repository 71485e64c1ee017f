"""A corpus or a dataset becomes tables of what is in it: for the terminal, and as one page.

Reads sealed folders and their manifests. Counts nothing that they do not hold, opens no
connection, and knows no model.
"""
