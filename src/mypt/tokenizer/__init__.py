"""Text ⇄ ids: the vocabularies a model can be trained with.

Knows nothing of conversations: the 19 conversation tags come after a tokenizer's
own ids and are another package's business. Whatever a text spells, it becomes
ordinary ids. Reads only files shipped with it or handed to it, never the network.
"""
