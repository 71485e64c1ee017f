"""The `mypt` command: reads recipes, calls one function per command, prints.

The only package that prints. Results go to stdout, everything for people to
stderr. Knows no work of its own; whatever a command does stands below.
"""
