"""Statements: what a card needs and no program knows; a person says it in a YAML file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from assay.errors import ConfigError, did_you_mean

OF_MODEL = {
    "owner": "who answers for this model, and how to reach them",
    "intended_use": "what the model is made for, and by whom it is used",
    "out_of_scope": "uses that it is not made for",
    "people": "who is affected by its answers, and how they object",
    "risks": "what can go wrong, and what was done against it",
    "license": "under which licence the model is given to others",
    "citation": "how to cite it",
}
"""Key -> what is to be said, for a model card (Mitchell et al. 2019)."""
OF_DATA = {
    "owner": "who answers for these pictures, and how to reach them",
    "motivation": "why the pictures were brought together, and by whom it was paid for",
    "collection": "how they were taken or chosen, when, where, and with whose agreement",
    "labelling": "who said what each picture shows, by which rule, and how far they agreed",
    "people": "whether people can be recognised, and how they withdraw",
    "uses": "what the pictures may and should be used for, and what not",
    "maintenance": "who mends errors, and how they are told",
}
"""Key -> what is to be said, for a data card (Gebru et al. 2021)."""


def read_statements(file: str, wanted: Mapping[str, str]) -> dict[str, str]:
    """What a file says, by key; nothing for "".

    Args:
        file: YAML, a text for each key.
        wanted: keys that the card has; those of the other kind of card are passed over.

    Raises:
        ConfigError: the file cannot be read, is no mapping of texts, or has a key that no card has.
    """
    if not file:
        return {}
    import yaml

    try:
        content = yaml.safe_load(Path(file).expanduser().read_text("utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise ConfigError(f"about={file}: cannot be read: {reason}") from error
    known = {**OF_MODEL, **OF_DATA}
    if not isinstance(content, dict):
        raise ConfigError(f"about={file}: must hold a text for each of {', '.join(known)}; got a {_kind(content)}")
    for key, text in content.items():
        if key not in known:
            raise ConfigError(f"about={file}: {key}: {did_you_mean(str(key), known)}")
        if not isinstance(text, str):
            raise ConfigError(f"about={file}: {key}: must be a text, got a {_kind(text)}; quote it")
    return {key: " ".join(text.split()) for key, text in content.items() if key in wanted and text.strip()}


def _kind(value: object) -> str:
    return {"list": "list", "dict": "mapping", "NoneType": "nothing"}.get(type(value).__name__, type(value).__name__)
