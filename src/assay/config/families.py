"""Families of classes that are known by a name: each is found again by it, in Assay's own room and in plug-ins."""

from __future__ import annotations

import ast
import functools
import importlib
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from assay.config.plugins import plugin_of, plugins
from assay.config.source import Definition, derives_from, modules_in, tree_of
from assay.config.traits import stated, trait
from assay.errors import ConfigError, DataError, did_you_mean

ORIGIN = "plugin"
"""Key of a saved state under which it says which plug-in has its class."""


@dataclass(frozen=True)
class Family:
    """Classes with one base; each that can be built says its name as `method = "…"`.

    Attributes:
        base: dotted name of the base class.
        room: package of Assay's own.
        what: how one of them is called in messages, as it is typed: "calibration".
    """

    base: str
    room: str
    what: str

    def targets(self) -> Mapping[str, str]:
        """Dotted name of every class by its name; smallest `order` first, then by name. Nothing is imported.

        Raises:
            ConfigError: two of them have one name.
        """
        return _targets(self, tuple(sys.path))

    def classes(self) -> dict[str, type[Any]]:
        """Every class by its name, imported, in the order of `targets`."""
        return {name: imported(target) for name, target in self.targets().items()}

    def named(self, name: str, origin: Mapping[str, Any] | None = None) -> type[Any]:
        """The class of a saved state.

        Args:
            name: what the state calls its method.
            origin: what it says about the plug-in that it comes from.

        Raises:
            DataError: there is none of that name here; it says what to install.
        """
        target = self.targets().get(name)
        own = None if target is None else plugin_of(target)
        if origin is not None and (own is None or own.package != origin.get("package")):
            distribution = f"{origin.get('distribution', '')} {origin.get('version', '')}".strip()
            raise DataError(
                f"{self.what}={name} comes from the plug-in {distribution}, which is not installed here, or has it no "
                f"more; pip install {origin.get('distribution', '')}"
            )
        if target is None:
            raise DataError(f"{self.what} {name!r}: no such method; {did_you_mean(name, self.targets())}")
        return imported(target)

    def saved(self, member: Any, state: Mapping[str, Any]) -> dict[str, Any]:
        """A member's state as it is written: with the plug-in that has its class, where that is not Assay.

        Raises:
            ConfigError: its class would not be found again.
        """
        kind = type(member)
        target = f"{kind.__module__}.{kind.__qualname__}"
        if self.targets().get(str(state.get("method"))) != target:
            raise ConfigError(
                f"{self.what}: {target} would not be found again when it is loaded; it needs a name of its own, "
                'method = "…", and a package that is installed with the entry point assay.plugins'
            )
        plugin = plugin_of(target)
        if plugin is None:
            return dict(state)
        about = {"package": plugin.package, "distribution": plugin.distribution, "version": plugin.version}
        return {**state, ORIGIN: about}

    def restored(self, state: Mapping[str, Any]) -> Any:
        """The member whose state `saved` gave, or an earlier version wrote.

        Raises:
            DataError: there is no class of that name here.
        """
        plain = {key: value for key, value in state.items() if key != ORIGIN}
        return self.named(str(state.get("method", "")), state.get(ORIGIN)).from_state(plain)


def imported(target: str) -> type[Any]:
    """The class of a dotted name that a source was read for.

    Raises:
        ConfigError: its module, of a plug-in, cannot be imported.
    """
    module, _, name = target.rpartition(".")
    try:
        kind: type[Any] = getattr(importlib.import_module(module), name)
    except ImportError as error:
        plugin = plugin_of(target)
        if plugin is None:
            raise
        raise ConfigError(f"plug-in {plugin.distribution}: {module} cannot be imported: {error}") from error
    return kind


def derived_in(package: str, base: str) -> list[str]:
    """Dotted names of the classes that a package derives from one of Assay's; none is imported."""
    return [definition.target for definition in _derived(package, base)]


def derived_in_plugins(base: str) -> list[str]:
    """Dotted names of the classes that plug-ins derive from one of Assay's; none is imported."""
    return [definition.target for plugin in plugins() for definition in _derived(plugin.package, base)]


@functools.cache
def _targets(family: Family, path: tuple[str, ...]) -> Mapping[str, str]:
    targets: dict[str, str] = {}
    for package in (family.room, *(plugin.package for plugin in plugins())):
        for definition in _derived(package, family.base):
            node = stated(definition, "method")
            if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
                continue
            if node.value in targets:
                both = f"{targets[node.value]} and {definition.target}"
                raise ConfigError(f"{family.what}={node.value}: two classes have this name, {both}; rename one")
            targets[node.value] = definition.target
    order = {name: trait(target, "order", unknown=100) for name, target in targets.items()}
    return {name: targets[name] for name in sorted(targets, key=lambda name: (order[name], name))}


def _derived(package: str, base: str) -> Iterator[Definition]:
    """Classes of a package that derive from a base of Assay's; a file that does not speak of Assay has none."""
    for module, path in modules_in(package):
        if "assay" not in path.read_text(encoding="utf-8", errors="replace"):
            continue
        tree = tree_of(module)
        for node in tree.body if tree is not None else ():
            if isinstance(node, ast.ClassDef):
                definition = Definition(module, node, tree)  # type: ignore[arg-type]  # there is a tree
                if definition.target != base and derives_from(definition.target, base):
                    yield definition
