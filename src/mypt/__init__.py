"""MyPT: make, keep and use your own GPT, offline and with evidence."""

__version__ = "0.5.0.dev0"
