"""What a config target accepts, read from its source text: names, types, choices and bounds, without importing it."""

from __future__ import annotations

import ast
import functools
import math
from dataclasses import dataclass
from typing import Any

from assay.config.bounds import Above, AtLeast, Below, Between
from assay.config.source import Definition, definition_of, lineage
from assay.config.targets import present_name

Bound = AtLeast | Above | Below | Between
BOUNDS: dict[str, type[Bound]] = {"AtLeast": AtLeast, "Above": Above, "Below": Below, "Between": Between}
SCALARS: dict[str, type] = {"int": int, "float": float, "bool": bool, "str": str, "Path": str}


@dataclass(frozen=True)
class ValueKind:
    """One alternative of a type: a scalar type, `None`, a container, or a set of literal choices.

    Attributes:
        name: how the alternative is called in a message.
        type: the Python type of its values; None when any value is accepted.
        choices: the only values allowed, for `Literal`.
        item: kinds of the items, for `list[...]`.
    """

    name: str
    type: type | None
    choices: tuple[Any, ...] = ()
    item: tuple[ValueKind, ...] = ()

    def accepts(self, value: Any) -> bool:
        """Whether a YAML value is of this kind; an integer passes for a float, a bool for nothing but a bool."""
        if self.choices:
            return value in self.choices
        if self.type is None:
            return True
        if isinstance(value, bool):
            return self.type is bool
        if self.type is float:
            return isinstance(value, (int, float))
        if isinstance(value, list) and self.type is list:
            return not self.item or all(any(kind.accepts(entry) for kind in self.item) for entry in value)
        return isinstance(value, self.type)


@dataclass(frozen=True)
class Argument:
    """One argument of a target.

    Attributes:
        kinds: accepted alternatives; empty when the annotation says nothing that can be checked.
        bounds: limits on a number.
        required: whether it has no default.
    """

    kinds: tuple[ValueKind, ...] = ()
    bounds: tuple[Bound, ...] = ()
    required: bool = False

    def problem(self, value: Any) -> str | None:
        """What is wrong with a value, as the rest of a sentence; None when nothing is."""
        if self.kinds and not any(kind.accepts(value) for kind in self.kinds):
            return f"must be {' or '.join(kind.name for kind in self.kinds)}, got {value!r}"
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            if not math.isfinite(value):  # what nothing bounds from above would let pass, and no setting means
                return f"must be a finite number, got {value!r}"
            if not all(bound.holds(value) for bound in self.bounds):
                return f"must be {' and '.join(map(str, self.bounds))}, got {value!r}"
        return None


Signature = dict[str, Argument]
Found = tuple[Signature, bool]


@functools.cache
def signature_of(target: str) -> Found | None:
    """Arguments of a dotted class or function, and whether it also takes any others (`**kwargs`).

    Args:
        target: dotted name that names the defining module, e.g. "assay.models.losses.cross_entropy.CrossEntropy".

    Returns:
        None when the source cannot be found, or holds no such class or function.
    """
    definition = definition_of(present_name(target))
    if definition is None:
        return None
    if isinstance(definition.node, ast.FunctionDef):
        return _of_function(definition.node, method=False)
    return _of_class(definition)


def _of_class(definition: Definition) -> Found:
    """Arguments of the class's own `__init__`, else of the nearest base that has one; or the fields of a dataclass."""
    signature: Signature = {}
    open_ended = False
    for known in reversed(list(lineage(definition.target))):
        own = _of_body(known)
        if own is None:
            continue
        replaced, open_ended = own
        signature = replaced if _init(known) is not None else signature | replaced
    return signature, open_ended


def _of_body(definition: Definition) -> Found | None:
    """What a class alone says about the arguments; None where it leaves that to its bases."""
    if (init := _init(definition)) is not None:
        return _of_function(init, method=True)
    assert isinstance(definition.node, ast.ClassDef)
    if not _has_fields(definition.node):
        return None
    fields = [entry for entry in definition.node.body if isinstance(entry, ast.AnnAssign)]
    return {
        entry.target.id: _argument(entry.annotation, required=entry.value is None)
        for entry in fields
        if isinstance(entry.target, ast.Name) and _name(_outer(entry.annotation)) != "ClassVar"
    }, False


def _init(definition: Definition) -> ast.FunctionDef | None:
    body = definition.node.body if isinstance(definition.node, ast.ClassDef) else []
    return next((entry for entry in body if isinstance(entry, ast.FunctionDef) and entry.name == "__init__"), None)


def _has_fields(node: ast.ClassDef) -> bool:
    """Whether annotated names are arguments: of a dataclass, or of a NamedTuple."""
    decorators = [entry.func if isinstance(entry, ast.Call) else entry for entry in node.decorator_list]
    return "dataclass" in map(_name, decorators) or "NamedTuple" in map(_name, node.bases)


def _outer(annotation: ast.expr) -> ast.expr:
    return annotation.value if isinstance(annotation, ast.Subscript) else annotation


def _of_function(node: ast.FunctionDef, *, method: bool) -> Found:
    positional = [*node.args.posonlyargs, *node.args.args]
    without_default = len(positional) - len(node.args.defaults)
    signature = {
        argument.arg: _argument(argument.annotation, required=index < without_default)
        for index, argument in enumerate(positional)
    }
    if method:
        signature.pop(positional[0].arg)
    for argument, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
        signature[argument.arg] = _argument(argument.annotation, required=default is None)
    return signature, node.args.kwarg is not None


def _argument(annotation: ast.expr | None, *, required: bool) -> Argument:
    if annotation is None:
        return Argument(required=required)
    bounds: tuple[Bound, ...] = ()
    if isinstance(annotation, ast.Subscript) and _name(annotation.value) == "Annotated":
        inner = annotation.slice
        annotation, *rest = inner.elts if isinstance(inner, ast.Tuple) else [inner]
        bounds = tuple(bound for bound in map(_bound, rest) if bound)
    return Argument(_kinds(annotation), bounds, required)


def _bound(node: ast.expr) -> Bound | None:
    if isinstance(node, ast.Call) and _name(node.func) in BOUNDS:
        return BOUNDS[_name(node.func)](*[ast.literal_eval(argument) for argument in node.args])
    return None


def _kinds(node: ast.expr) -> tuple[ValueKind, ...]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _kinds(ast.parse(node.value, mode="eval").body)
    if isinstance(node, ast.Constant) and node.value is None:
        return (ValueKind("null", type(None)),)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _union([node.left, node.right])
    name = _name(node)
    if name in SCALARS:
        return (ValueKind(name, SCALARS[name]),)
    if isinstance(node, ast.Subscript):
        return _generic(_name(node.value), node.slice)
    if name in ("list", "Sequence", "tuple"):
        return (ValueKind("a list", list),)
    if name in ("dict", "Mapping"):
        return (ValueKind("a mapping", dict),)
    return (ValueKind("anything", None),)


def _generic(name: str, inner: ast.expr) -> tuple[ValueKind, ...]:
    parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
    if name == "Literal":
        choices = tuple(ast.literal_eval(part) for part in parts)
        return (ValueKind(" or ".join(map(str, choices)), None, choices),)
    if name == "Optional":
        return (*_kinds(inner), ValueKind("null", type(None)))
    if name == "Union":
        return _union(list(parts))
    if name == "Annotated":
        return _kinds(parts[0])
    if name in ("list", "Sequence", "tuple", "List", "Tuple"):
        item = _kinds(parts[0])
        return (ValueKind(f"a list of {' or '.join(kind.name for kind in item)}", list, item=item),)
    if name in ("dict", "Mapping", "Dict"):
        return (ValueKind("a mapping", dict),)
    return (ValueKind("anything", None),)


def _union(parts: list[ast.expr]) -> tuple[ValueKind, ...]:
    kinds = tuple(kind for part in parts for kind in _kinds(part))
    known = tuple(kind for kind in kinds if kind.name != "anything")
    return known or kinds


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
