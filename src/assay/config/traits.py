"""Traits: what a class says about itself as class attributes with plain values, read without importing it."""

from __future__ import annotations

import ast
import re
from typing import Any

from assay.config.source import Definition, lineage
from assay.config.targets import present_name


def trait(target: str, name: str, *, unknown: Any) -> Any:
    """The value of a class attribute: of the class itself, else of the nearest class that it derives from.

    Args:
        target: dotted name of the class.
        name: of the attribute, which has to be written down as a literal (`changes_answers = True`).
        unknown: the safe answer, for a class that says nothing, says it in another way, or has no source to read.
    """
    for definition in lineage(present_name(str(target))):
        node = stated(definition, name)
        if node is not None:
            try:
                return ast.literal_eval(node)
            except ValueError:
                return unknown
    return unknown


def option_of(node: dict[str, Any]) -> str:
    """How the class of a config's node is probably typed: by its `method`, else by its name."""
    target = str(node["_target_"])
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", target.rpartition(".")[2]).lower()
    return str(trait(target, "method", unknown=name))


def stated(definition: Definition, name: str) -> ast.expr | None:
    """What a class's own body gives to an attribute; None where it says nothing."""
    if not isinstance(definition.node, ast.ClassDef):
        return None
    value = None
    for statement in definition.node.body:
        if isinstance(statement, ast.Assign):
            if any(isinstance(goal, ast.Name) and goal.id == name for goal in statement.targets):
                value = statement.value
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            value = statement.value if statement.target.id == name else value
    return value
