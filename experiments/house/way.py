"""The way of a value through the house: how often the calls of an entry point climb back up into a higher room.

    python experiments/house/way.py [CHECKOUT]

Calls are read from the source, without running it: from an entry point depth first, in the order in which they stand,
each function once. The rooms and their floors are those of the import contract in the checkout's pyproject.toml; a
climb is a call that lies on a higher floor than the call before it. Beside it: the size of the import graph.
"""

from __future__ import annotations

import ast
import itertools
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ENTRIES = {
    "train": ("assay.run.train:train", "assay.tasks.train:train"),
    "promote": ("assay.registry.promote:promote", "assay.tasks.promote:promote"),
    "export": ("assay.deploy.export.export:export", "assay.tasks.export:export"),
}
Scope = dict[str, str]


@dataclass
class Module:
    """A module as its source says.

    Attributes:
        name: dotted.
        names: what its imports bind, by name: a dotted module, or `module:name`.
        functions: its functions by name, and those of its classes as `Class.method`.
        classes: name -> its methods that a call of the class runs.
        imports: modules that it imports, wherever in the file.
    """

    name: str
    names: Scope = field(default_factory=dict)
    functions: dict[str, ast.FunctionDef] = field(default_factory=dict)
    classes: dict[str, list[str]] = field(default_factory=dict)
    imports: set[str] = field(default_factory=set)


def modules_of(source: Path) -> dict[str, Module]:
    """Every module of the package `assay` below a source folder."""
    files = {_dotted(path, source): path for path in sorted((source / "assay").rglob("*.py"))}
    trees = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in files.items()}
    modules = {}
    for name, tree in trees.items():
        module = Module(name, _bound(tree.body, files))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    full = f"{node.module}.{alias.name}"
                    module.imports |= {full if full in files else node.module} & files.keys()
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                module.functions[node.name] = node
            elif isinstance(node, ast.ClassDef):
                methods = [entry for entry in node.body if isinstance(entry, ast.FunctionDef)]
                module.functions |= {f"{node.name}.{method.name}": method for method in methods}
                module.classes[node.name] = [
                    f"{node.name}.{method.name}" for method in methods if method.name in ("__init__", "__post_init__")
                ]
        modules[name] = module
    return modules


def _dotted(path: Path, source: Path) -> str:
    return ".".join(path.relative_to(source).with_suffix("").parts).removesuffix(".__init__")


def _bound(body: list[ast.stmt], files: dict[str, Path]) -> Scope:
    names: Scope = {}
    for node in body:
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("assay"):
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                names[alias.asname or alias.name] = full if full in files else f"{node.module}:{alias.name}"
    return names


def _resolved(modules: dict[str, Module], target: str) -> str | None:
    """`module:function`, followed through packages that only pass a name on."""
    for _ in range(5):
        name, _, function = target.partition(":")
        module = modules.get(name)
        if module is None or not function:
            return None
        if function in module.functions or function in module.classes:
            return target
        if function not in module.names:
            return None
        target = module.names[function]
    return None


def calls(modules: dict[str, Module], target: str) -> Iterator[str]:
    """What a function calls of the package, in the order in which the calls stand."""
    name, _, function = target.partition(":")
    module = modules[name]
    if function in module.classes:
        yield from (f"{name}:{method}" for method in module.classes[function])
        return
    node = module.functions[function]
    inner: Scope = {}
    for part in ast.walk(node):
        if isinstance(part, ast.ImportFrom):
            inner |= _bound([part], dict.fromkeys(modules, Path()))
    scope = {**module.names, **inner}
    found = sorted(
        (part for part in ast.walk(node) if isinstance(part, ast.Call)), key=lambda part: (part.lineno, part.col_offset)
    )
    for call in found:
        wanted = None
        if isinstance(call.func, ast.Name):
            own = call.func.id in module.functions or call.func.id in module.classes
            wanted = scope.get(call.func.id) or (f"{name}:{call.func.id}" if own else None)
        elif isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
            holder = call.func.value.id
            if holder == "self" and "." in function:
                wanted = f"{name}:{function.split('.')[0]}.{call.func.attr}"
            elif holder in scope:
                at = scope[holder]
                wanted = f"{at}.{call.func.attr}" if ":" in at else f"{at}:{call.func.attr}"
        if wanted is not None and (callee := _resolved(modules, wanted)) is not None:
            yield callee


def way(modules: dict[str, Module], entry: str) -> list[str]:
    """Every function that an entry point reaches, in the order in which it is first called."""
    order: list[str] = []
    waiting = [entry]
    seen = set()
    while waiting:
        function = waiting.pop()
        if function in seen:
            continue
        seen.add(function)
        order.append(function)
        waiting += reversed(list(calls(modules, function)))
    return order


def floors(checkout: Path) -> list[list[str]]:
    """The rooms of the import contract, the highest floor first."""
    content = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = content["tool"]["importlinter"]["contracts"]
    return [[room.strip() for room in floor.split("|")] for floor in contract["layers"]]


def room_of(module: str, rooms: list[str]) -> str:
    """The room that a module lies in; "" for the package itself."""
    return max((room for room in rooms if module == room or module.startswith(f"{room}.")), key=len, default="")


def main(checkout: Path) -> None:
    """Print the counts of a checkout."""
    levels = floors(checkout)
    floor_of = {room: number for number, floor in enumerate(levels) for room in floor}
    modules = modules_of(checkout / "src")
    rooms = [room for floor in levels for room in floor]
    for name, entries in ENTRIES.items():
        entry = next((target for target in entries if target.partition(":")[0] in modules), None)
        if entry is None:
            continue
        steps = [floor_of[room] for target in way(modules, entry) if (room := room_of(target.split(":")[0], rooms))]
        climbs = sum(after < before for before, after in itertools.pairwise(steps))
        print(f"{name:8} {len(steps):4} functions, {climbs:3} climbs back up")
    arrows = set()
    for module in modules.values():
        own = room_of(module.name, rooms)
        arrows |= {(own, other) for imported in module.imports if (other := room_of(imported, rooms)) not in ("", own)}
    arrows = {(own, other) for own, other in arrows if own}
    pairs = len(rooms) * (len(rooms) - 1) / 2
    print(f"rooms    {len(rooms):4}, {len(arrows)} arrows ({len(arrows) / pairs:.0%} of pairs)")
    print(f"files    {len(modules):4}, {len(circles(modules))} circles of files")


def circles(modules: dict[str, Module]) -> list[list[str]]:
    """Groups of modules that import one another, wherever the imports stand (Tarjan 1972)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    groups: list[list[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in sorted(modules[name].imports):
            if other not in index:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            group = stack[stack.index(name) :]
            del stack[stack.index(name) :]
            if len(group) > 1:
                groups.append(group)

    sys.setrecursionlimit(10_000)
    for name in modules:
        if name not in index:
            visit(name)
    return groups


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else ".").absolute())
