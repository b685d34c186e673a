"""Source text of classes and functions by their dotted names, found and read without importing them."""

from __future__ import annotations

import ast
import functools
import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Definition:
    """Where a class or function is defined.

    Attributes:
        module: dotted name of the defining module.
        node: its syntax.
        tree: the module's.
    """

    module: str
    node: ast.ClassDef | ast.FunctionDef
    tree: ast.Module

    @property
    def target(self) -> str:
        """Its dotted name."""
        return f"{self.module}.{self.node.name}"

    def resolve(self, name: ast.expr) -> str | None:
        """The dotted name that an expression in its module stands for; None for what is no plain name.

        A name that nothing imports is one of the module's own, or of Python's.
        """
        if isinstance(name, ast.Subscript):
            return self.resolve(name.value)
        if isinstance(name, ast.Attribute):
            outer = self.resolve(name.value)
            return None if outer is None else f"{outer}.{name.attr}"
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            return self.resolve(ast.parse(name.value, mode="eval").body)
        if not isinstance(name, ast.Name):
            return None
        return _imported(self.module).get(name.id, f"{self.module}.{name.id}")

    def bases(self) -> list[str]:
        """Dotted names of the base classes, in order; none for a function."""
        nodes = self.node.bases if isinstance(self.node, ast.ClassDef) else []
        return [name for name in map(self.resolve, nodes) if name is not None]


def definition_of(target: str) -> Definition | None:
    """Where the class or function of this dotted name is defined; None where no source says so.

    Args:
        target: names the defining module, e.g. "assay.models.losses.focal.Focal".
    """
    module, _, name = target.rpartition(".")
    tree = tree_of(module)
    nodes = tree.body if tree is not None else []
    for node in nodes:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name == name:
            assert tree is not None
            return Definition(module, node, tree)
    return None


def lineage(target: str) -> Iterator[Definition]:
    """A class, then those of Assay and of its own package that it derives from; nearest first.

    A name that a package hands on from another module is followed to where the class is defined. Classes of libraries
    say nothing that Assay asks for, and reading torch takes long.
    """
    waiting, seen, own = [target], set[str](), target.partition(".")[0]
    while waiting:
        name = waiting.pop(0)
        definition = _followed(name) if name.partition(".")[0] in ("assay", own) else None
        if definition is None or definition.target in seen:
            continue
        seen.add(definition.target)
        yield definition
        waiting += definition.bases()


def derives_from(target: str, base: str) -> bool:
    """Whether a class is, or derives from, the class with the dotted name `base`; False where that cannot be read."""
    return any(definition.target == base for definition in lineage(target))


def _followed(name: str) -> Definition | None:
    for _ in range(8):  # of modules that hand a name on to each other
        definition = definition_of(name)
        if definition is not None:
            return definition
        module, _, last = name.rpartition(".")
        further = _imported(module).get(last) if module else None
        if further is None or further == name:
            return None
        name = further
    return None


@functools.cache
def tree_of(module: str) -> ast.Module | None:
    """Syntax of a module; None where its source cannot be found."""
    path = source_of(module)
    return None if path is None else ast.parse(path.read_text(encoding="utf-8"))


def source_of(module: str) -> Path | None:
    """Path of a module's source, found from its top-level package's folder so that no package is imported."""
    top, _, rest = module.partition(".")
    spec = None if not top or top in sys.builtin_module_names else importlib.util.find_spec(top)
    if spec is None:
        return None
    if not spec.submodule_search_locations:
        file = Path(spec.origin) if spec.origin and not rest else None
        return file if file is not None and file.suffix == ".py" else None
    for folder in spec.submodule_search_locations:
        base = Path(folder).joinpath(*rest.split(".")) if rest else Path(folder)
        for candidate in (base.with_suffix(".py"), base / "__init__.py"):
            if candidate.is_file():
                return candidate
    return None


def modules_in(package: str) -> Iterator[tuple[str, Path]]:
    """Every module of a package, those of its folders too, sorted: its dotted name and its file."""
    start = source_of(package)
    if start is None:
        return
    if start.name != "__init__.py":
        yield package, start
        return
    for path in sorted(start.parent.rglob("*.py")):
        parts = path.relative_to(start.parent).with_suffix("").parts
        parts = parts[:-1] if parts[-1] == "__init__" else parts
        if all(part.isidentifier() for part in parts):
            yield ".".join((package, *parts)), path


@functools.cache
def _imported(module: str) -> dict[str, str]:
    """What each imported name of a module stands for, as a dotted name."""
    names: dict[str, str] = {}
    tree = tree_of(module)
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                names[alias.asname or first] = alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom):
            origin = _absolute(module, node)
            names.update({alias.asname or alias.name: f"{origin}.{alias.name}" for alias in node.names})
    return names


def _absolute(module: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    source = source_of(module)
    package = module if source is not None and source.name == "__init__.py" else module.rpartition(".")[0]
    parts = package.split(".")
    kept = parts[: len(parts) - node.level + 1]
    return ".".join([*kept, *([node.module] if node.module else [])])
