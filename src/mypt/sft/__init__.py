"""Base model → assistant, in six phases: generate, mix, tokenise, train, gate.

What defines a phase is code here; what tunes it is in its recipe. Episodes come from generators, imports and
replay. Knows no protocol, packing, engine or judging of its own: those are of the floors below.
"""
