"""A list of tasks becomes a folder of results: on this machine, on Ray or on Slurm.

A task is a pure function of its arguments that fills a folder; the folder is named by a digest of
all that it depends on. So a result that is there is never computed again, a kill loses one task at
most, and no runner can change a byte. Knows nothing of what a task does.
"""
