"""Recipes: YAML files that a command reads beside a training's config, `conf/study/*.yaml`, …"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from assay.config.check import check_node
from assay.config.compose import conf_dir, conf_dirs, explained, register
from assay.config.help import described
from assay.config.interpolations import refuse_resolvers, refuse_typed_resolvers
from assay.config.recorded import refuse_unoffered
from assay.config.signature import Argument, signature_of
from assay.errors import ConfigError, did_you_mean


def recipes(kind: str) -> list[str]:
    """Names of the recipes that come with Assay or a plug-in, sorted.

    Args:
        kind: of recipe, e.g. "study".
    """
    files = [path for top in conf_dirs() for path in (top / kind).glob("*.yaml")]
    return sorted({path.stem for path in files if not path.stem.startswith("_")})


def read_recipe(
    kind: str,
    name: str,
    overrides: Sequence[str],
    target: str,
    *,
    besides: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """The plain values of a recipe, held against the class that they are for.

    Args:
        kind: of recipe, e.g. "study".
        name: of one that comes with Assay, or the path of a YAML file.
        overrides: of its keys, as on a command line, without the kind: `seeds=[0,1]`.
        target: dotted name of the class whose arguments the keys are.
        besides: key -> nodes by name that are there whether the file writes them or not, so that words can change them.

    Raises:
        ConfigError: there is no such recipe, it cannot be read, or a key or value does not fit the class.
    """
    from hydra import compose, initialize_config_dir

    file = _file(kind, name)
    signature = signature_of(target)
    known = dict(signature[0]) if signature else {}
    _refuse_settings_of_hydra(kind, name, file)
    register()
    refuse_typed_resolvers(overrides)
    with explained(kind), initialize_config_dir(str(file.parent.absolute()), version_base="1.3"):
        # Hydra's own part needs its default launcher and sweeper, which are options of ours.
        # A file of one's own may build on parts of ours by their names alone: `defaults: [_integrity]`.
        ours = [f"hydra.searchpath=[file://{conf_dir()},file://{conf_dir() / kind}]"]
        ours += _missing(besides or {}, compose(file.stem, overrides=ours))
        words = [*ours, *_added(kind, compose(file.stem, overrides=ours), known, overrides)]
        composed = compose(file.stem, overrides=words)
        refuse_resolvers(OmegaConf.to_container(composed, resolve=False), kind)
        values = OmegaConf.to_container(composed, resolve=True, throw_on_missing=True)
    if not isinstance(values, dict):
        raise ConfigError(f"{kind}={name}: {file} must hold keys and values")
    plain = {str(key): value for key, value in values.items()}
    if "_target_" in plain:
        raise ConfigError(f"{kind}._target_: a {kind} is values alone; take the line out of {file.name}")
    check_node(kind, {**plain, "_target_": target})
    refuse_unoffered(plain, kind, typed=overrides)
    missing = [key for key, argument in known.items() if argument.required and key not in plain]
    if missing:
        raise ConfigError(
            f"{kind}={name}: {kind}.{missing[0]} is missing; give it in {file.name}, or on the command line"
        )
    for path, node in _nested(kind, plain):
        own = signature_of(str(node["_target_"]))
        lacking = [key for key, argument in own[0].items() if argument.required and key not in node] if own else []
        if lacking:
            raise ConfigError(f"{path}.{lacking[0]} is missing; give it in {file.name}, or on the command line")
    return plain


def purpose_of(kind: str, name: str) -> str:
    """The sentence with which a recipe begins; "" where it begins without one."""
    if name in recipes(kind):
        return described(kind, name)
    lines = _file(kind, name).read_text("utf-8").splitlines()
    return lines[0].removeprefix("#").strip() if lines and lines[0].startswith("#") else ""


def _refuse_settings_of_hydra(kind: str, name: str, file: Path) -> None:
    """Refuse a file that says where Hydra looks for more, which may be a package that it would import."""
    import yaml

    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise ConfigError(f"{kind}={name}: {file} cannot be read: {' '.join(str(error).split())}") from error
    if isinstance(content, dict) and any(str(key).partition("/")[0] == "hydra" for key in content):
        raise ConfigError(
            f"{kind}={name}: {kind}.hydra: no such key; a {kind} says nothing to Hydra, take it out of the file"
        )


def _missing(besides: Mapping[str, Mapping[str, Any]], written: Any) -> list[str]:
    """Overrides that add the nodes which a file does not write."""
    return [
        f"+{key}.{name}={_literal(node)}"
        for key, nodes in besides.items()
        if hasattr(written.get(key), "items")
        for name, node in nodes.items()
        if name not in written[key]
    ]


def _literal(node: Mapping[str, Any]) -> str:
    """A flat mapping as a word of the command line."""
    return "{" + ",".join(f"{key}:{json.dumps(value)}" for key, value in node.items()) + "}"


def _nested(path: str, values: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every mapping with a `_target_` in these values, with its place."""
    if isinstance(values, dict):
        if "_target_" in values:
            yield path, values
        for key, value in values.items():
            yield from _nested(f"{path}.{key}", value)


def _added(kind: str, written: Any, known: Mapping[str, Argument], overrides: Sequence[str]) -> list[str]:
    """The overrides, with Hydra's mark on those of keys that the file leaves to their defaults."""
    words = []
    for word in overrides:
        key = word.lstrip("+~").partition("=")[0]
        top = key.split(".")[0]
        if top not in known:
            raise ConfigError(f"{kind}.{key}: no such key; {did_you_mean(top, known)}")
        plain = word == word.lstrip("+~")
        if plain and top in written and "." in key:
            _refuse_unknown(kind, written, key)
            words.append(f"++{word}" if _takes(written, key) else word)
        else:
            words.append(f"+{word}" if top not in written and plain else word)
    return words


def _refuse_unknown(kind: str, written: Any, key: str) -> None:
    """Name the nearest of the parts that a mapping of targets has, where the key names none of them.

    Raises:
        ConfigError: `checks.evry_class.at_least` where there is `checks.every_class`.
    """
    top, part, *rest = key.split(".")
    node = written[top]
    targets = [str(name) for name in node if _is_target(node[name])] if hasattr(node, "items") else []
    if targets and rest and part not in node:
        raise ConfigError(f"{kind}.{key}: no such key {part!r} in {top}; {did_you_mean(part, targets)}")


def _takes(written: Any, key: str) -> bool:
    """Whether the mapping that a key ends in is a target, whose arguments the file may have left to their defaults."""
    node = written
    for part in key.split(".")[:-1]:
        if not hasattr(node, "items") or part not in node:
            return False
        node = node[part]
    return _is_target(node)


def _is_target(node: Any) -> bool:
    return hasattr(node, "items") and "_target_" in node


def _file(kind: str, name: str) -> Path:
    if name.endswith((".yaml", ".yml")):
        path = Path(name).expanduser()
        if not path.is_file():
            raise ConfigError(f"{kind}={name}: there is no such file")
        return path
    if name not in (known := recipes(kind)):
        raise ConfigError(f"{kind}={name}: no such {kind}; {did_you_mean(name, known)}, or the path of a YAML file")
    files = [top / kind / f"{name}.yaml" for top in conf_dirs()]
    return next(file for file in files if file.is_file())
