"""A drawing in a page has classes instead of styles, and nothing that a page does not need."""

from mypt.training.report.inline_svg import inline

DRAWING = """<?xml version="1.0"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9pt"
 viewBox="0 0 9 9">
 <metadata>when and by what</metadata>
 <defs><style>* { stroke: red }</style><path id="dot" d="M0 0" style="stroke: #010101"/></defs>
 <g id="figure_1"><use xlink:href="#dot" style="stroke: #010101; fill: none"/></g>
 <g clip-path="url(#frame)"><rect id="frame"/></g>
 <text style="font: 10px 'DejaVu Sans', sans-serif; text-anchor: middle">a &lt; b</text>
</svg>"""


def test_styles_become_classes_with_the_colours_of_the_page() -> None:
    drawing = inline(DRAWING, "label", {"#010101": "var(--ink)"})

    assert "style" not in drawing.markup
    assert sorted(drawing.rules.values()) == [
        "font-size: 10px; text-anchor: middle", "stroke: var(--ink)", "stroke: var(--ink); fill: none",
    ]  # fmt: skip
    assert all(f'class="{name}"' in drawing.markup for name in drawing.rules)


def test_ids_stay_only_where_they_are_referred_to() -> None:
    markup = inline(DRAWING, "label", {}).markup

    assert 'id="dot"' in markup
    assert 'href="#dot"' in markup
    assert 'id="frame"' in markup
    assert "figure_1" not in markup


def test_metadata_style_sheets_and_namespaces_are_gone() -> None:
    markup = inline(DRAWING, "label", {}).markup

    assert "when and by what" not in markup
    assert "red" not in markup
    assert "xmlns" not in markup
    assert "ns0" not in markup


def test_the_label_is_escaped_and_text_stays_text() -> None:
    markup = inline(DRAWING, '"><script>', {}).markup

    assert markup.startswith('<svg viewBox="0 0 9 9" role="img" aria-label="&quot;&gt;&lt;script&gt;">')
    assert "a &lt; b" in markup
