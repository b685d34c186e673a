"""`assay train --help GROUP`: the keys of a group's options, each with type, bounds, default and a sentence."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assay.config.compose import conf_dirs, groups
from assay.config.docstrings import sentences_of
from assay.config.help import PURPOSE, described
from assay.config.signature import Argument, signature_of
from assay.config.targets import targets_in
from assay.errors import ConfigError, did_you_mean

WIDTH = 120
SCHEMA = "assay.config.schema"
TYPED = {"data": "DatasetConfig", "sampler": "SamplerConfig", "aug": "AugConfig"}
"""Group -> the class that says what all of its options have."""
PLAIN = {"registry": "RegistryConfig", "fidelity": "FidelityConfig"}
"""Parts of the config that have keys and no options -> their class."""
NO_KEYS = "What one of them sets is shown by GROUP=OPTION --cfg job."
COMMENT = re.compile(r"^(\w+): .*?\s#\s*(.+)$")


@dataclass(frozen=True)
class KeyHelp:
    """What is known of one key of an option.

    Attributes:
        default: as YAML writes it.
        kind: type and bounds, "" where nothing is checked.
        text: what it is for, "" where nobody has said so.
    """

    default: str
    kind: str
    text: str


def is_described(word: str) -> bool:
    """Whether a word behind `--help` names a group, or an option as `GROUP=OPTION`."""
    group, _, option = word.partition("=")
    return group in PLAIN or (group in groups() and (not option or option in groups()[group]))


def group_help(word: str) -> str:
    """The page of a group, or of one option of it.

    Args:
        word: `GROUP` or `GROUP=OPTION`.

    Raises:
        ConfigError: there is no such group or option.
    """
    group, _, option = word.partition("=")
    known = groups()
    if group in PLAIN:
        return "\n".join([f"{group}:", "", *_lines(group, _of_class(PLAIN[group]), {})])
    if group not in known:
        raise ConfigError(f"--help {word}: no such group; {did_you_mean(group, [*known, *PLAIN])}")
    if option and option not in known[group]:
        raise ConfigError(f"--help {word}: no such option; {did_you_mean(option, known[group])}")
    options = [option] if option else known[group]
    wide = max(map(len, options)) + 1
    lines = [f"{group}: {PURPOSE.get(group, '')}".rstrip(": "), ""]
    for each in options:
        lines += textwrap.wrap(
            described(group, each), WIDTH, initial_indent=f"  {each:<{wide}} ", subsequent_indent=" " * (wide + 3)
        )
    keys, some = keys_of(group, options)
    return "\n".join([*lines, "", *(_lines(group.replace("/", "."), keys, some) if keys else [NO_KEYS])])


def keys_of(group: str, options: Sequence[str]) -> tuple[dict[str, KeyHelp], dict[str, list[str]]]:
    """Keys of a group's options, and of the keys that only some of the options have, which these are.

    Args:
        group: its name.
        options: of it.
    """
    keys: dict[str, KeyHelp] = {}
    owners: dict[str, list[str]] = {}
    for option in options:
        for key, about in _of_option(group, option).items():
            keys.setdefault(key, about)
            owners.setdefault(key, []).append(option)
    return keys, {key: names for key, names in owners.items() if len(names) < len(options)}


def _lines(prefix: str, keys: Mapping[str, KeyHelp], some: Mapping[str, list[str]]) -> Iterator[str]:
    for key, about in keys.items():
        of = f"  ({', '.join(some[key])})" if key in some else ""
        kind = f"  {about.kind}" if about.kind else ""
        yield f"{prefix}.{key}={about.default}{kind}{of}"
        yield from textwrap.wrap(about.text, WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6)


def _of_option(group: str, option: str) -> dict[str, KeyHelp]:
    content, comments, whole = _content(group, option)
    if whole:  # a recipe, whose keys belong to other groups
        return {}
    return dict(_keys(content, comments, TYPED.get(group, "")))


def _keys(content: Mapping[str, Any], comments: Mapping[str, str], typed: str) -> Iterator[tuple[str, KeyHelp]]:
    target = str(content.get("_target_", ""))
    signature = (signature_of(target) or ({}, True))[0] if target else {}
    sentences = sentences_of(target) if target else {}
    common = _of_class(typed) if typed else {}
    for key, value in content.items():
        if key in ("_target_", "_partial_"):
            continue
        if isinstance(value, dict) and targets_in(value):
            yield from ((f"{key}.{inner}", about) for inner, about in _keys(value, comments, ""))
            continue
        shared = common.get(key)
        argument = signature.get(key)
        text = sentences.get(key) or (shared.text if shared else "") or comments.get(key, "")
        yield key, KeyHelp(_written(value), _kind(argument) or (shared.kind if shared else ""), text)


def _of_class(name: str) -> dict[str, KeyHelp]:
    import assay.config.schema as schema

    target = f"{SCHEMA}.{name}"
    arguments = (signature_of(target) or ({}, False))[0]
    sentences, defaults = sentences_of(target), getattr(schema, name)()
    return {
        key: KeyHelp(_written(getattr(defaults, key)), _kind(argument), sentences.get(key, ""))
        for key, argument in arguments.items()
    }


def _kind(argument: Argument | None) -> str:
    if argument is None or any(kind.name == "anything" for kind in argument.kinds):
        return ""
    return ", ".join([" or ".join(kind.name for kind in argument.kinds), *map(str, argument.bounds)]).strip(", ")


def _content(group: str, option: str) -> tuple[dict[str, Any], dict[str, str], bool]:
    """What an option's file holds, with the files that it builds on; comments by key; whether it is a whole recipe."""
    import yaml

    file = next(top / group / f"{option}.yaml" for top in conf_dirs() if (top / group / f"{option}.yaml").is_file())
    text = file.read_text(encoding="utf-8")
    whole = text.startswith("# @package _global_")
    own = yaml.safe_load(text) or {}
    content: dict[str, Any] = {}
    comments: dict[str, str] = {}
    for entry in own.pop("defaults", []):
        if isinstance(entry, str) and entry != "_self_" and not entry.startswith("/"):
            below, further, _ = _content(group, entry)
            content |= below
            comments |= further
    comments |= {match[1]: match[2] for line in text.splitlines() if (match := COMMENT.match(line))}
    return {**content, **own}, comments, whole


def _written(value: Any) -> str:
    """A value as it is typed."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return f"[{','.join(map(_written, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_written(entry)}' for key, entry in value.items())}}}"
    return str(value)
