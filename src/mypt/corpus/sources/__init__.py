"""One file for each kind of place that documents come from.

A source is fetched into a folder and says what that holds. It decides nothing about what is
kept, and only `download` opens a connection, when `mypt corpus fetch` asks for it.
"""
