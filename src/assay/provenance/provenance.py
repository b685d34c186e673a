"""Provenance: what a file says about its origin, as sentences beside an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from assay.provenance.credentials import INVALID, TRUSTED, VALID, Credentials

GENERATED = ("trainedAlgorithmicMedia", "algorithmicMedia")
COMPOSITE = ("compositeWithTrainedAlgorithmicMedia", "compositeSynthetic")
CAPTURED = ("digitalCapture", "computationalCapture", "negativeFilm", "positiveFilm", "print")
Line = tuple[str, dict[str, Any]]
"""Key of a phrase, and what it is filled with."""


@dataclass(frozen=True)
class Provenance:
    """What a file says about its origin.

    Attributes:
        credentials: its content credentials.
        source_types: codes in its XMP.
        generators: programs whose text it carries.
    """

    credentials: Credentials
    source_types: tuple[str, ...] = ()
    generators: tuple[str, ...] = ()

    def lines(self) -> tuple[Line, ...]:
        """As phrases."""
        credentials = self.credentials
        lines: list[Line] = [(f"origin.c2pa.{credentials.state}", {"signer": credentials.signer or "–"})]
        if credentials.state in (INVALID, VALID, TRUSTED):
            lines += [(f"origin.claims.{kind_of(code)}", {"code": code}) for code in credentials.source_types]
        lines += [(f"origin.xmp.{kind_of(code)}", {"code": code}) for code in self.source_types]
        lines += [("origin.text", {"name": name}) for name in self.generators]
        return (*lines, ("origin.watermarks", {}))


def kind_of(code: str) -> str:
    """What a code of IPTC's digital source types comes to: generated, composite, captured or other."""
    for kind, codes in (("generated", GENERATED), ("composite", COMPOSITE), ("captured", CAPTURED)):
        if code in codes:
            return kind
    return "other"
