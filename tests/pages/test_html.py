"""A page allows one style sheet and nothing else, and shows what has no shape as its escape."""

import base64
import hashlib
import re
from pathlib import Path

from mypt.pages.html import render_page, visible

TEMPLATE = """{% extends "frame.html" %}
{% block title %}{{ name }}{% endblock %}
{% block content %}<p>{{ name }}</p>{% endblock %}"""


def page(folder: Path, name: str) -> str:
    (folder / "page.html").write_text(TEMPLATE, encoding="utf-8")
    return render_page(folder, rules=[{"b": "fill: red"}, {"a": "fill: blue"}], name=name)


def test_the_policy_names_the_one_style_sheet(tmp_path: Path) -> None:
    html = page(tmp_path, "law")

    (style,) = re.findall("<style>(.*?)</style>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'" in html
    assert style.endswith(".a { fill: blue }\n.b { fill: red }")
    assert "@import" not in style
    assert "url(" not in style


def test_names_are_text_wherever_they_stand(tmp_path: Path) -> None:
    html = page(tmp_path, "</title></style><script>alert(1)</script>")

    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 2


def test_the_same_facts_give_the_same_bytes(tmp_path: Path) -> None:
    assert page(tmp_path, "law") == page(tmp_path, "law")


def test_what_has_no_shape_is_shown_as_its_escape() -> None:
    assert visible("a\x00b\x1b[2J\u202ec\ud800\ue000") == r"a\x00b\x1b[2J\u202ec\ud800\ue000"
    assert visible("Gebäude «§ 1»\n\tx 😀") == "Gebäude «§ 1»\n    x 😀"
    assert visible("abc", 2) == "ab…"
