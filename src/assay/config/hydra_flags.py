"""Hydra's own flags: a parser of ours, so that each wrong one, or pair of them, is a message with a remedy."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from assay.errors import ConfigError, did_you_mean

CFG = ("job", "hydra", "all")
INFO = ("all", "config", "defaults", "defaults-tree", "plugins", "searchpath")
SHELLS = ("bash", "fish", "zsh")
COMPLETION = ("install", "uninstall", "query")
_EMPTY = ""
_REFUSED = {
    "config_path": "the config that Assay checks is its own; put options of yours into a folder "
    "and add --config-dir DIR",
    "config_name": "the config that Assay checks is always train; write DIR/experiment/NAME.yaml and add "
    "--config-dir DIR experiment=NAME",
    "experimental_rerun": "a pickle is not opened, because it can run any code; give the settings of that run again",
}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ConfigError(f"{message}; --help lists what may be typed, --hydra-help Hydra's flags")


def flag_parser() -> argparse.ArgumentParser:
    """A parser with Hydra 1.3's flags, which Hydra's functions take in place of theirs.

    Theirs has a help object that argparse of Python 3.14 refuses. A value that is missing is parsed as an empty one,
    and no value is refused here: `parse_flags` does both in words of ours.
    """
    from hydra import __version__

    parser = _Parser(prog="hydra", add_help=False)
    add = parser.add_argument
    add("overrides", nargs="*", help="GROUP=OPTION or GROUP.KEY=VALUE")
    add("--help", "-h", action="store_true", help="Groups, options and examples")
    add("--hydra-help", action="store_true", help="Hydra's flags and groups")
    add("--version", action="version", version=f"Hydra {__version__}", help="Hydra's version")
    add("--cfg", "-c", nargs="?", const=_EMPTY, help=f"Show the config and run nothing: {', '.join(CFG)}")
    add("--resolve", action="store_true", help="With --cfg: with every interpolation filled in")
    add("--package", "-p", nargs="?", const=_EMPTY, help="With --cfg: the part of the config to show, as in optimizer")
    add("--run", "-r", action="store_true", help="Run one job; the default")
    add("--multirun", "-m", action="store_true", help="Run every combination, or a search")
    add("--shell-completion", "-sc", action="store_true", help="install=SHELL or uninstall=SHELL: print what to eval")
    add("--config-path", "-cp", nargs="?", const=_EMPTY, help="Not for Assay; see --config-dir")
    add("--config-name", "-cn", nargs="?", const=_EMPTY, help="Not for Assay; see --config-dir")
    add("--config-dir", "-cd", nargs="?", const=_EMPTY, help="A folder with options of your own")
    add("--experimental-rerun", nargs="?", const=_EMPTY, help="Not for Assay")
    add("--info", "-i", nargs="?", const="all", help=f"Show what Hydra knows: {', '.join(INFO)}")
    return parser


def parse_flags(arguments: Sequence[str]) -> argparse.Namespace:
    """Hydra's flags and the overrides, in any order.

    Args:
        arguments: as on the command line.

    Raises:
        ConfigError: an unknown flag, a wrong or missing value, or flags that do not go together.
    """
    parser = flag_parser()
    _refuse_settings_with_dashes(arguments, parser)
    flags, unknown = parser.parse_known_intermixed_args(list(arguments))
    unknown = [word for word in unknown if word != "--"]
    if unknown:
        _refuse_unknown(unknown[0], parser)
    if flags.help:
        return flags
    for name, remedy in _REFUSED.items():
        if getattr(flags, name) is not None:
            raise ConfigError(f"{_flag(name)}: {remedy}")
    _check_choice("--cfg", flags.cfg, CFG)
    _check_choice("--info", flags.info, INFO)
    _check_alone(flags)
    if flags.cfg is None:
        for name in ("package", "resolve"):
            if getattr(flags, name):
                raise ConfigError(f"{_flag(name)}: means nothing without --cfg; add --cfg job, or leave it out")
    if flags.package is not None and not flags.package.strip():
        raise ConfigError("--package: a value is needed; give a part of the config, as in --package optimizer")
    if flags.config_dir is not None:
        check_config_dir(flags.config_dir)
    if flags.shell_completion:
        _check_completion(flags.overrides)
    return flags


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _refuse_settings_with_dashes(arguments: Sequence[str], parser: argparse.ArgumentParser) -> None:
    """Say how a setting is typed that came as a flag, `--lr 0.1`, by the nearest names of the config itself."""
    flags = {option for action in parser._actions for option in action.option_strings}
    for place, word in enumerate(arguments):
        name, equals, value = word.partition("=")
        long = name.startswith("--")
        if not re.fullmatch(r"--?[A-Za-z][\w.-]+", name) or name in flags:
            continue
        if long and any(flag.startswith(name) for flag in flags):
            continue  # argparse takes the beginning of a flag for the flag

        from assay.config.nearest_key import nearest_keys

        typed = [other for other in arguments if other != word and not other.startswith("-")]
        keys = nearest_keys(name.lstrip("-"), typed)
        if not keys:
            continue
        following = arguments[place + 1] if place + 1 < len(arguments) else ""
        separate = not equals and following and "=" not in following and not re.match(r"-[^\d.]", following)
        shown = f"{word} {following}" if separate else word
        meant = value if equals else following if separate else "VALUE"
        settings = " or ".join(f"{key}={meant}" for key in keys)
        raise ConfigError(f"{shown}: no such flag, and settings have no dashes; did you mean {settings}?")


def _refuse_unknown(word: str, parser: argparse.ArgumentParser) -> NoReturn:
    key, equals, value = word.lstrip("-").partition("=")
    if equals and "." in key:
        raise ConfigError(f"{word}: no such flag; settings have no dashes: {key}={value}")
    flags = [option for action in parser._actions for option in action.option_strings if option.startswith("--")]
    hint = f", and settings have no dashes: {key}={value or 'VALUE'}" if key else ""
    raise ConfigError(f"{word}: no such flag; {did_you_mean(f'--{key}', flags)}{hint}")


def _check_choice(flag: str, value: str | None, choices: Sequence[str]) -> None:
    if value is None or value in choices:
        return
    if value == _EMPTY:
        raise ConfigError(f"{flag}: a value is needed; give one of {', '.join(choices)}, as in {flag} {choices[0]}")
    if "=" in value:
        raise ConfigError(f"{flag} {value}: give one of {', '.join(choices)} first, as in {flag} {choices[0]} {value}")
    raise ConfigError(f"{flag} {value}: {did_you_mean(value, choices)}")


def _check_alone(flags: argparse.Namespace) -> None:
    """Flags that each say what to do: there is one of them at most."""
    given = [
        _flag(name)
        for name in ("run", "multirun", "cfg", "info", "shell_completion")
        if getattr(flags, name) not in (None, False)
    ]
    if len(given) < 2:
        return
    remedy = "leave out all but one of them"
    if given == ["--multirun", "--cfg"]:
        remedy = f"to see a config, leave out --multirun and give one value where there are several: --cfg {flags.cfg}"
    raise ConfigError(f"{' and '.join(given)} do not go together; {remedy}")


def check_config_dir(folder: str) -> None:
    """Refuse what is no folder of options.

    Raises:
        ConfigError: there is none.
    """
    if not folder.strip():
        raise ConfigError(
            "--config-dir: a value is needed; give a folder with options of yours, as in --config-dir conf"
        )
    if not Path(folder).is_dir():
        raise ConfigError(f"--config-dir {folder}: there is no such folder, seen from {Path.cwd()}; mend the path")


def _check_completion(overrides: Sequence[str]) -> None:
    key, _, shell = overrides[0].partition("=") if len(overrides) == 1 else ("", "", "")
    if key not in COMPLETION or shell not in SHELLS:
        known = ", ".join(SHELLS)
        raise ConfigError(
            f"--shell-completion {' '.join(overrides)}".rstrip()
            + f": give install=SHELL or uninstall=SHELL alone, where SHELL is one of {known}"
        )
    if key == "query" and "COMP_LINE" not in os.environ:
        raise ConfigError(f"--shell-completion query={shell}: only a shell asks this; give install={shell}")
