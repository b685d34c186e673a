"""HostLimits: how much a host may be asked, in number and at once, as its source declares it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class HostLimits:
    """What may be asked of a host.

    Attributes:
        windows: (requests, seconds): at most so many within so long.
        at_once: requests at a time.
        declared: where that stands.
    """

    windows: tuple[tuple[int, float], ...]
    at_once: int
    declared: str

    def strictest(self, other: HostLimits) -> HostLimits:
        """Both at once."""
        windows = (*self.windows, *(window for window in other.windows if window not in self.windows))
        return HostLimits(windows, min(self.at_once, other.at_once), f"{self.declared}; {other.declared}")


OTHERS = HostLimits(((30, 60.0),), 2, "nothing is declared; a picture every other second disturbs nobody")
HOSTS = {
    "upload.wikimedia.org": HostLimits(
        ((120, 60.0),), 3, "https://wikitech.wikimedia.org/wiki/Robot_policy: at most 3 media requests at once"
    ),
    "live.staticflickr.com": HostLimits(((60, 60.0),), 2, "nothing is declared for files"),
}
"""Hosts of files -> their limits."""


def file_limits(host: str) -> HostLimits:
    """Limits of a host that files come from."""
    return HOSTS.get(host, OTHERS)
