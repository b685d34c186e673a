"""Templates of pages hold nothing that a browser would show as it is and nobody wrote for readers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import assay

TEMPLATES = sorted(Path(assay.__file__).parent.rglob("*.html.j2"))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_bracket_of_a_template_belongs_to_a_tag(template: Path) -> None:
    text = re.sub(r"\{[%{#].*?[%}#]\}", "", template.read_text(encoding="utf-8"), flags=re.DOTALL)
    text = re.sub(r"<style>.*?</style>|\{% block style %\}.*?\{% endblock %\}", "", text, flags=re.DOTALL)
    stray = re.findall(r".{0,30}<(?![A-Za-z/!]).{0,30}", text)
    assert stray == []
