"""Base model → assistant, in six phases: generate, mix, tokenise, train, gate.

What defines a phase is code here; what tunes it is in its recipe. Episodes come from generators, imports and
replay; the protocol, the packing, the engine and the judging are those of the floors below.
"""
