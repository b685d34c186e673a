"""What a config target accepts, read from its source text: names, types, choices and bounds, without importing it."""

from __future__ import annotations

import ast
import functools
import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.config.bounds import Above, AtLeast, Between
from assay.config.targets import present_name

Bound = AtLeast | Above | Between
BOUNDS: dict[str, type[Bound]] = {"AtLeast": AtLeast, "Above": Above, "Between": Between}
SCALARS: dict[str, type] = {"int": int, "float": float, "bool": bool, "str": str, "Path": str}


@dataclass(frozen=True)
class Kind:
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
    item: tuple[Kind, ...] = ()

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

    kinds: tuple[Kind, ...] = ()
    bounds: tuple[Bound, ...] = ()
    required: bool = False

    def problem(self, value: Any) -> str | None:
        """What is wrong with a value, as the rest of a sentence; None when nothing is."""
        if self.kinds and not any(kind.accepts(value) for kind in self.kinds):
            return f"must be {' or '.join(kind.name for kind in self.kinds)}, got {value!r}"
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            for bound in self.bounds:
                if not bound.holds(value):
                    return f"must be {bound}, got {value!r}"
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
    module, _, name = present_name(target).rpartition(".")
    path = _source_of(module)
    if path is None:
        return None
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return _of_function(node, method=False)
        if isinstance(node, ast.ClassDef) and node.name == name:
            return _of_class(node, tree)
    return None


def _source_of(module: str) -> Path | None:
    """Path of a module's source, found from its top-level package's folder so that no package is imported."""
    top, _, rest = module.partition(".")
    spec = None if top in sys.builtin_module_names else importlib.util.find_spec(top)
    if spec is None or not spec.submodule_search_locations:
        return None
    for folder in spec.submodule_search_locations:
        base = Path(folder).joinpath(*rest.split(".")) if rest else Path(folder)
        for candidate in (base.with_suffix(".py"), base / "__init__.py"):
            if candidate.is_file():
                return candidate
    return None


def _of_class(node: ast.ClassDef, tree: ast.Module) -> Found:
    for statement in node.body:
        if isinstance(statement, ast.FunctionDef) and statement.name == "__init__":
            return _of_function(statement, method=True)
    signature: Signature = {}
    open_ended = False
    for base in node.bases:
        for other in tree.body:
            if isinstance(other, ast.ClassDef) and isinstance(base, ast.Name) and other.name == base.id:
                inherited, other_open = _of_class(other, tree)
                signature |= inherited
                open_ended |= other_open
    for statement in node.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            signature[statement.target.id] = _argument(statement.annotation, required=statement.value is None)
    return signature, open_ended


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


def _kinds(node: ast.expr) -> tuple[Kind, ...]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _kinds(ast.parse(node.value, mode="eval").body)
    if isinstance(node, ast.Constant) and node.value is None:
        return (Kind("null", type(None)),)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _union([node.left, node.right])
    name = _name(node)
    if name in SCALARS:
        return (Kind(name, SCALARS[name]),)
    if isinstance(node, ast.Subscript):
        return _generic(_name(node.value), node.slice)
    if name in ("list", "Sequence", "tuple"):
        return (Kind("a list", list),)
    if name in ("dict", "Mapping"):
        return (Kind("a mapping", dict),)
    return (Kind("anything", None),)


def _generic(name: str, inner: ast.expr) -> tuple[Kind, ...]:
    parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
    if name == "Literal":
        choices = tuple(ast.literal_eval(part) for part in parts)
        return (Kind(" or ".join(map(str, choices)), None, choices),)
    if name == "Optional":
        return (*_kinds(inner), Kind("null", type(None)))
    if name == "Union":
        return _union(list(parts))
    if name == "Annotated":
        return _kinds(parts[0])
    if name in ("list", "Sequence", "tuple", "List", "Tuple"):
        item = _kinds(parts[0])
        return (Kind(f"a list of {' or '.join(kind.name for kind in item)}", list, item=item),)
    if name in ("dict", "Mapping", "Dict"):
        return (Kind("a mapping", dict),)
    return (Kind("anything", None),)


def _union(parts: list[ast.expr]) -> tuple[Kind, ...]:
    kinds = tuple(kind for part in parts for kind in _kinds(part))
    known = tuple(kind for kind in kinds if kind.name != "anything")
    return known or kinds


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
