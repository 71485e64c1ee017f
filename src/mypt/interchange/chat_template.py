"""The Jinja template with which stock code renders a conversation as `mypt.conversation.render` does."""

from importlib.resources import files

_NAME = "chat_template.jinja"


def chat_template() -> str:
    """Return the template; it raises where it could not give the ids that our renderer gives."""
    return files("mypt.interchange").joinpath(_NAME).read_text(encoding="utf-8")
