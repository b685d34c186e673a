"""Ages and sizes as they are typed: `30d`, `12h`, `10GB`."""

from __future__ import annotations

import re

from assay.errors import ConfigError

SECONDS = {"m": 60.0, "h": 3600.0, "d": 86400.0, "w": 7 * 86400.0}
BYTES = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
BYTES |= {"KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}


def seconds_of(key: str, text: str) -> float:
    """Seconds of an age, `90m`, `12h`, `30d`, `4w`.

    Raises:
        ConfigError: it is none.
    """
    typed = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([mhdw])", text.strip().lower())
    if typed is None:
        raise ConfigError(f"{key}={text}: an age is needed: minutes, hours, days or weeks, as 90m, 12h, 30d, 4w")
    return float(typed[1]) * SECONDS[typed[2]]


def bytes_of(key: str, text: str) -> int:
    """Bytes of a size, `500MB`, `10GB`, `1.5TiB`; MB is 10^6 bytes, MiB is 2^20.

    Raises:
        ConfigError: it is none.
    """
    typed = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmgt]?i?b?)", text.strip().lower())
    unit = "" if typed is None else typed[2].upper()
    if typed is None or (unit or "B") not in BYTES:
        raise ConfigError(f"{key}={text}: a size is needed, as 500MB, 10GB or 1.5TiB")
    return int(float(typed[1]) * BYTES[unit])
