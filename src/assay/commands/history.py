"""`assay history`: what was judged, promoted and rolled back, and whether it still holds."""

from __future__ import annotations

from collections.abc import Sequence

from assay.commands.models import known_models
from assay.commands.registry_words import WHERE, parse_registry_words
from assay.errors import ConfigError, GateError, did_you_mean
from assay.registry.open_registry import registry_of, store_of, who

REMEDY = (
    "assay rollback to=VERSION reason=… by=… brings aliases back; assay history --accept reason=… by=… accepts all of "
    "it as it is, and says so for good"
)


def main(arguments: Sequence[str], program: str) -> None:
    """Run the command with the words after its name.

    Raises:
        GateError: `--verify` has found something, or has nothing to look at.
    """
    if any(word in ("-h", "--help") for word in arguments):
        print(help_text(program))
        return
    own, config = parse_registry_words(arguments, ("reason", "by"), ("verify", "accept"))
    verify, accept = (own.get(flag) == "true" for flag in ("verify", "accept"))
    if not accept and (extra := [name for name in ("reason", "by") if name in own]):
        raise ConfigError(f"{extra[0]}: goes with --accept; take it away")
    store = store_of(config)
    registry = registry_of(config, store)
    if verify and registry.name not in (names := known_models(config, store)):
        there = did_you_mean(registry.name, names) if names else "the registry is empty"
        raise GateError(f"{registry.name}: no such model, and no history of one, so nothing was verified; {there}")
    said = registry.settle()
    if accept:
        registry.accept(reason=own.get("reason", ""), author=who(own.get("by", "")))
    found = registry.verify()

    from assay.commands.show.history import show

    show(registry.name, registry.entries(), said, found)
    if found and verify:
        raise GateError("\n".join([f"{registry.name}: it does not hold:", *(f"  - {one}" for one in found), REMEDY]))


def help_text(program: str) -> str:
    """The page for a terminal."""
    return "\n".join(
        [
            "Show what was judged, promoted and rolled back, and verify that nobody touched it.",
            "",
            f"{program} [GROUP=OPTION …] [GROUP.KEY=VALUE …] [name=MODEL] [--verify] [--accept reason=… by=…]",
            "",
            f"  {program} name=cells",
            "      every verdict, promotion, override, rollback and repair, the first one first",
            f"  {program} name=cells --verify",
            "      exit code 1 when an entry, an alias or a version was removed, changed or moved without the gate",
            f'  {program} name=cells --accept reason="moved by hand at night" by=Ada',
            "      what was found stays as it is; an entry of its own says who accepted it, and why",
            "",
            WHERE,
        ]
    )
