"""`assay rollback`: a version that once was let through becomes champion again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from assay.commands.registry_words import WHERE, parse_registry_words
from assay.errors import ConfigError
from assay.registry.open_registry import registry_of, store_of, who


def main(arguments: Sequence[str], program: str) -> None:
    """Run the command with the words after its name."""
    if any(word in ("-h", "--help") for word in arguments):
        print(help_text(program))
        return
    own, config = parse_registry_words(arguments, ("to", "reason", "by"))
    to = own.get("to", "").strip()
    if to and not to.isdecimal():
        raise ConfigError(f"to={to}: must be the number of a version, or be left out for the previous champion")
    if not own.get("reason", "").strip():
        raise ConfigError('reason: a value is needed; it is written into the history: reason="fails on night pictures"')

    from assay.registry.state import let_through

    registry = registry_of(config, store_of(config))
    for sentence in registry.settle():
        print(f"• {sentence}")
    author = who(own.get("by", ""))
    version = registry.rollback(to, reason=own["reason"], author=author, cache_dir=Path(config.cache).expanduser())
    state = registry.state()
    previous = f"; version {state.previous} is previous" if state.previous else ""
    print(f"{registry.name}: version {version} is champion again{previous}")
    if who_let := let_through(registry.entries(), version):
        print(f"! the gate refused it: let through by {who_let}")
    print(f"written into the history by {author}: {own['reason']}")


def help_text(program: str) -> str:
    """The page for a terminal."""
    return "\n".join(
        [
            "Make a version champion again that once was let through; the present champion becomes previous.",
            "",
            f'{program} [GROUP=OPTION …] [GROUP.KEY=VALUE …] [name=MODEL] [to=VERSION] reason="…" [by=NAME]',
            "",
            f'  {program} name=cells reason="fails on night pictures"',
            "      back to the previous champion; the same again goes forward",
            f'  {program} name=cells to=3 reason="the last one before the new camera" by=Ada',
            "      to any version that the gate let through; its bundle is verified first",
            "",
            "to      number of a version that was promoted; the previous champion without it",
            "reason  why; written into the history for good",
            "by      who; the user of this machine without it",
            WHERE,
        ]
    )
