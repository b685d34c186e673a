"""`assay models`: the versions of registered models, and how their champions have fared."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from omegaconf import DictConfig

from assay.commands.registry_words import WHERE, parse_registry_words
from assay.errors import GateError, did_you_mean
from assay.registry.open_registry import registry_of, store_of
from assay.registry.report.overview import Overview, overview
from assay.tracking.store import TrackingStore


def main(arguments: Sequence[str], program: str) -> None:
    """Run the command with the words after its name."""
    if any(word in ("-h", "--help") for word in arguments):
        print(help_text(program))
        return
    own, config = parse_registry_words(arguments, ("output",))
    store = store_of(config)
    names = known_models(config, store)
    if config.registry.name and config.registry.name not in names:
        there = did_you_mean(config.registry.name, names) if names else "the registry is empty"
        raise GateError(f"{config.registry.name}: no such model; {there}")
    wanted = [config.registry.name] if config.registry.name else names

    from assay.commands.show.models import show

    said, seen = [], []
    for name in wanted:
        sentences, found = look(config, store, name)
        said += sentences
        seen.append(found)
    page = write(store, seen, own.get("output", "")) if seen else None
    show(seen, said, page)


def known_models(config: DictConfig, store: TrackingStore) -> list[str]:
    """Names of the models that are registered or have a history, sorted."""
    from assay.registry.aliases import registered_names

    return sorted({*registered_names(store), *registry_of(config, store).ledger.models()})


def look(config: DictConfig, store: TrackingStore, name: str) -> tuple[list[str], Overview]:
    """What settling did, and what is known of a model."""
    from assay.registry.aliases import registered
    from assay.registry.versions import versions

    registry = registry_of(config, store, name)
    said = registry.settle()
    aliases = registered(store, name).aliases
    return said, overview(name, registry.entries(), versions(store, name), aliases, registry.verify())


def write(store: TrackingStore, seen: Sequence[Overview], output: str) -> Path:
    """The page of these models."""
    from assay.registry.report.page import write_page

    name = re.sub(r"[^\w.=+-]+", "-", seen[0].name).strip("-.") if len(seen) == 1 else "all"
    path = Path(output).expanduser() if output else store.work.parent / "models" / f"{name or 'model'}.html"
    write_page(path, seen)
    return path


def help_text(program: str) -> str:
    """The page for a terminal."""
    return "\n".join(
        [
            "Show the versions of registered models: aliases, metrics with intervals, and why each may reign.",
            "",
            f"{program} [GROUP=OPTION …] [GROUP.KEY=VALUE …] [name=MODEL] [output=FILE]",
            "",
            f"  {program}",
            "      every model, with a line of blocks for the macro-F1 of its champions, and a page of the same",
            f"  {program} name=cells output=cells.html",
            "",
            "output  the page; mlruns/models/MODEL.html without it",
            WHERE.replace("; tracking.experiment without it", "; all models without it"),
        ]
    )
