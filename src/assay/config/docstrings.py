"""Sentences about arguments, read from the docstrings of classes and functions without importing them."""

from __future__ import annotations

import ast
import functools
import re

from assay.config.source import definition_of, lineage
from assay.config.targets import present_name

ENTRY = re.compile(r"^    (\w+): (.*)")
SECTIONS = ("Args:", "Attributes:")


@functools.cache
def sentences_of(target: str) -> dict[str, str]:
    """Argument -> what it is for, as the docstring says it; those of base classes too, where the class has none.

    Args:
        target: dotted name of a class or function; a name that has moved is followed.
    """
    present = present_name(target)
    definition = definition_of(present)
    known = list(lineage(present)) or ([definition] if definition else [])
    sentences: dict[str, str] = {}
    for each in reversed(known):
        sentences |= _entries(ast.get_docstring(each.node) or "")
        for inner in each.node.body:
            if isinstance(inner, ast.FunctionDef) and inner.name == "__init__":
                sentences |= _entries(ast.get_docstring(inner) or "")
    return sentences


def _entries(docstring: str) -> dict[str, str]:
    entries: dict[str, str] = {}
    inside, name = False, ""
    for line in docstring.splitlines():
        if line and not line.startswith(" "):
            inside, name = line in SECTIONS, ""
        elif inside and (match := ENTRY.match(line)):
            name = match[1]
            entries[name] = match[2]
        elif inside and name and line.startswith("        "):
            entries[name] += f" {line.strip()}"
    return {key: re.sub(r"\bNone\b", "null", text) for key, text in entries.items()}
