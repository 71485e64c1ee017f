"""The page of a summary: one HTML file that needs nothing else and runs nothing."""

from pathlib import Path

from mypt.inventory.summary import Summary
from mypt.pages.html import render_page, visible


def render(summary: Summary) -> str:
    """Return the page; the same summary gives the same bytes, and text in it is never markup."""
    return render_page(Path(__file__).parent, summary=summary, visible=visible)
