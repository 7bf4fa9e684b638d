"""A drawing in a course may hold shapes, words and colours: nothing that runs, fetches or leads away."""

from pathlib import Path

import pytest

from tests.faults import HERE, Fault, found_in, is_among

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">\n{}\n</svg>'
UNSAFE = [
    ("<script", f"<script>alert(1)</script>{HERE}"),
    ("<script", f'<a:script xmlns:a="http://www.w3.org/2000/svg">alert(1)</a:script>{HERE}'),
    ("<foreignObject", f'<foreignObject><p xmlns="http://www.w3.org/1999/xhtml">Hear</p></foreignObject>{HERE}'),
    ("<iframe", f'<iframe xmlns="http://www.w3.org/1999/xhtml" src="#"/>{HERE}'),
    ("<set", f'<g/>\n<set attributeName="href" to="&#106;avascript:alert(1)"/>{HERE}'),
    ("<animate", f'<animate attributeName="xlink:href" values="x"/>{HERE}'),
    ("<a", f'<a xlink:href="#x"><circle r="4"/></a>{HERE}'),
    ("<image", f'<image href="#x"/>{HERE}'),
    ("onload=", f'<g onload="alert(1)"/>{HERE}'),
    ("onclick=", f'<g id="x" onClick="alert(1)"/>{HERE}'),
    ("href=https://example.no", f'<use href="https://example.no/a.svg#x"/>{HERE}'),
    ("href=javascript:", f'<use xlink:href="&#106;avascript:alert(1)"/>{HERE}'),
    ("url(https://example.no/a.svg", f'<rect fill="url(https://example.no/a.svg#x)"/>{HERE}'),
    ("url( '//example.no'", f"<rect style=\"fill: url( '//example.no')\"/>{HERE}"),
    ("url(data:", f"<style>\n.a {{ fill: url(#a) }}\n.b {{ fill: url(data:image/png) }}{HERE}\n</style>"),
    ("@import", f"<style>\n@import 'https://example.no/a.css';{HERE}\n</style>"),
    ("@import", f"<style><![CDATA[\n@import 'https://example.no/a.css';{HERE}\n]]></style>"),
    ("@import", f"<style>&#64;import 'https://example.no/a.css'</style>{HERE}"),
    ("\\", f"<style>.a {{ fill: u\\72l(https://example.no) }}</style>{HERE}"),
    ("image-set(", f"<style>.a {{ fill: image-set('https://example.no/a.png' 1x) }}</style>{HERE}"),
    ("what is not XML", f"<g>\n</svg>{HERE}"),
    ("what is not XML", f"<rect fill=red/>{HERE}"),
]


@pytest.mark.parametrize(("what", "drawn"), UNSAFE)
def test_a_drawing_holds_nothing_that_runs_fetches_or_leads_away(what: str, drawn: str, pack: Path) -> None:
    fault = Fault(f"The picture holds «{what}", SVG.format(drawn), "images/wave.svg")

    assert is_among(fault.put_into(pack), fault, found_in(pack)), found_in(pack)


@pytest.mark.parametrize(
    ("what", "before"),
    [
        ("<!DOCTYPE", '<!DOCTYPE svg [<!ENTITY x "<script/>">]>'),
        ("<?xml-stylesheet", '<?xml-stylesheet href="https://example.no/a.css"?>'),
        ("encoding=utf-7", '<?xml version="1.0" encoding="utf-7"?>'),
    ],
)
def test_a_drawing_begins_with_nothing_a_browser_would_obey(what: str, before: str, pack: Path) -> None:
    fault = Fault(f"The picture holds «{what}", before + SVG.format(""), "images/wave.svg")

    assert is_among(fault.put_into(pack), fault, found_in(pack)), found_in(pack)


def test_a_drawing_may_have_what_drawings_have(pack: Path) -> None:
    drawn = """<title>A wave \\ a url(x)</title><defs><linearGradient id="a"><stop offset="0"/></linearGradient></defs>
    <style>@media (prefers-color-scheme: dark) { .a { fill: url(#a); clip-path: url( "#b" ) } }</style>
    <g class="a"><path d="M0 0" fill="url(#a)" style="stroke: url('#a')"/><use xlink:href="#a"/><text>Hi</text></g>"""
    Fault("", '<?xml version="1.0" encoding="UTF-8"?>' + SVG.format(drawn), "images/wave.svg").put_into(pack)

    assert found_in(pack) == []
