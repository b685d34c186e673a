"""Interpolations: what `${…}` may ask for; what is typed gets into records, so nothing outside is looked up.

One rule: `${seed}` and other keys of the config may be named; a resolver such as `${oc.env:HOME}` is refused, but in
what Assay itself sets (`cache`) and, in Hydra's own part, `${now:…}` and `${hydra:…}`. A shell fills in variables.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from assay.config.schema import Config
from assay.errors import ConfigError

OF_HYDRA = ("now", "hydra")
REMEDY = "values are recorded, so nothing outside of the config is looked up"


def resolvers_in(text: str) -> list[str]:
    """Names of the resolvers that a text asks, `oc.env` of `${oc.env:HOME}/photos`; also what cannot be read as one."""
    if "${" not in text:
        return []
    from omegaconf import grammar_parser
    from omegaconf.errors import GrammarParseError

    try:
        tree = grammar_parser.parse(text)
    except GrammarParseError:
        return []  # an error of its own, in words of its own
    return list(_asked(tree))


def refuse_typed_resolvers(words: Sequence[str]) -> None:
    """Refuse overrides that look something up outside of the config.

    Raises:
        ConfigError: the first one, and what to type.
    """
    for word in words:
        key, _, value = word.partition("=")
        allowed = OF_HYDRA if key.lstrip("+~").startswith("hydra") else ()
        if asked := [name for name in resolvers_in(value) if name not in allowed]:
            raise ConfigError(
                f'{word}: {REMEDY}; let the shell fill it in, as in "{key}=$NAME" for ${{oc.env:NAME}}'
                if asked[0] == "oc.env"
                else f"{word}: {REMEDY}; give the value itself"
            )


def refuse_resolvers(values: Any, path: str = "") -> None:
    """Refuse a config, as it is before anything is filled in, that looks something up outside of itself.

    Args:
        values: plain and unresolved; Hydra's own part is left alone.
        path: where they stand.

    Raises:
        ConfigError: the first value that does.
    """
    if isinstance(values, dict):
        for key, value in values.items():
            if path or key != "hydra":
                refuse_resolvers(value, f"{path}.{key}" if path else str(key))
    elif isinstance(values, list):
        for index, value in enumerate(values):
            refuse_resolvers(value, f"{path}[{index}]")
    elif isinstance(values, str) and resolvers_in(values) and (path, values) != ("cache", Config.cache):
        raise ConfigError(
            f"{path}: {values}: {REMEDY}; give the value itself, or type {path}=… and let the shell fill it in"
        )


def refuse_signs(values: Any, path: str = "") -> None:
    """Refuse values in which something is still to be filled in.

    Args:
        values: plain and resolved, or as a record holds them.
        path: where they stand.

    Raises:
        ConfigError: the first text with `${` in it.
    """
    for key, value in values.items() if isinstance(values, dict) else enumerate(values):
        place = f"{path}.{key}".lstrip(".")
        if isinstance(value, (dict, list)):
            refuse_signs(value, place)
        elif isinstance(value, str) and "${" in value:
            raise ConfigError(
                f"{place}: {value}: a record holds values, and ${{…}} in one would be looked up; take it out"
            )


def _asked(node: Any) -> Iterator[str]:
    from omegaconf.grammar.gen.OmegaConfGrammarParser import OmegaConfGrammarParser

    if isinstance(node, OmegaConfGrammarParser.InterpolationResolverContext):
        yield node.resolverName().getText()
    for child in getattr(node, "children", None) or ():
        yield from _asked(child)
