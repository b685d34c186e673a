"""HostRules: what a host says about programs that read it: robots.txt and TDM reservations (TDMRep)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from protego import Protego

AGENT = "assay"
"""By which robots.txt knows this program."""
_NO_AI = re.compile(r"\b(noai|noimageai)\b", re.IGNORECASE)


@dataclass(frozen=True)
class HostRules:
    """What a host asks for.

    Attributes:
        robots: text of its robots.txt; None where it could not be asked, so that nothing is fetched.
        reservations: (pattern of paths, reserved) of its tdmrep.json, in its order.
    """

    robots: str | None
    reservations: tuple[tuple[str, bool], ...] = ()

    def why_not_fetched(self, address: str) -> str:
        """Why robots.txt forbids an address; "" where it does not."""
        return "" if self._parsed.can_fetch(address, AGENT) else "its robots.txt forbids it"

    def crawl_delay(self) -> float:
        """Seconds that robots.txt asks for between two requests; 0 for none."""
        return float(self._parsed.crawl_delay(AGENT) or 0)

    @cached_property
    def _parsed(self) -> Protego:
        from protego import Protego

        return Protego.parse(self.robots or "")

    def reservation(self, address: str) -> str:
        """The reservation of rights for an address; "" for none.

        Source: W3C TDM Reservation Protocol, final community group report of 2024-02-02, section 6: the first pattern
        that fits holds.
        """
        path = urlsplit(address).path or "/"
        for pattern, reserved in self.reservations:
            if re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\$", ""), path):
                return f"tdmrep.json reserves {pattern}" if reserved else ""
        return ""


def reservations_of(text: str) -> tuple[tuple[str, bool], ...]:
    """The entries of a tdmrep.json; () for anything else."""
    try:
        entries = json.loads(text)
    except ValueError:
        return ()
    known = [entry for entry in entries if isinstance(entry, Mapping)] if isinstance(entries, list) else []
    return tuple((str(each.get("location", "")), _reserved(each.get("tdm-reservation"))) for each in known)


def opt_out_of_headers(headers: Mapping[str, str]) -> str:
    """What the headers of a picture say against training; "" for nothing.

    Args:
        headers: names in small letters -> values.
    """
    if _reserved(headers.get("tdm-reservation", "")):
        return f"tdm-reservation: 1 {headers.get('tdm-policy', '')}".strip()
    robots = headers.get("x-robots-tag", "")
    for directive in robots.split(","):
        agent, colon, rest = directive.rpartition(":")
        if _NO_AI.search(rest) and (not colon or agent.strip().lower() in (AGENT, "*")):
            return f"x-robots-tag: {robots[:100]}"
    return ""


def _reserved(value: Any) -> bool:
    return str(value).strip() == "1"
