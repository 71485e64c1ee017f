"""Model folders ⇄ the formats of others: Hugging Face, GGUF and the earlier MyPT.

Knows names, shapes and files, and the conversation's tags as a chat template. Never
trains and never samples, and never runs code that it finds in a file.
"""
