"""One file of a user → pages of text with their blocks, or the reason why it has none.

Every file is hostile: it is read in a child process with limits on memory, time and output, and without
a network. Knows no workspace and no search. Changes nothing on disk.
"""
