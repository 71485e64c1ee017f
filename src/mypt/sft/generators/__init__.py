"""Settings → episodes, one generator for each kind; the same ones for the same seed.

Their phrases are data in `sft/phrases`. They open no file but the documents they are told to talk about, and
never make an item of a suite.
"""
