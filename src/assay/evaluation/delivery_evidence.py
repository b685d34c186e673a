"""DeliveryEvidence: how well generated pictures are told from real ones as messengers and screens deliver both."""

from __future__ import annotations

from dataclasses import dataclass

from assay.measurement import Measurement


@dataclass(frozen=True)
class ChainDetection:
    """Both sides after one chain.

    Attributes:
        name: of the chain; "" for the pictures as they are.
        described: what was done, step by step.
        auroc: chance that a generated picture scores above a real one.
        accuracy: mean of the shares of both sides that are right, by the answers that are served.
        false_accusations: share of the real pictures that are called generated.
    """

    name: str
    described: str
    auroc: Measurement
    accuracy: Measurement
    false_accusations: Measurement


@dataclass(frozen=True)
class SideDetection:
    """Both sides of val, made smaller until the shorter side has so many pixels.

    Attributes:
        side: pixels.
        accuracy: as in `ChainDetection`.
        false_accusations: likewise.
        enough: whether both keep to what is asked for.
    """

    side: int
    accuracy: Measurement
    false_accusations: Measurement
    enough: bool


@dataclass(frozen=True)
class DeliveryEvidence:
    """Real against generated, as pictures really arrive.

    Attributes:
        real: test pictures that are real.
        generators: whose test pictures are told from them: those that training never saw; all, where it saw all.
        unseen: whether training never saw them.
        chains: the pictures as they are first.
        sides: the largest first, of val; () where no side was asked for.
        smallest_side: pixels that the shorter side of a picture has to have for the model to be asked; None where none
            was measured, or not even the largest is enough.
        notes: sentences that a reader has to know.
    """

    real: int
    generators: tuple[str, ...]
    unseen: bool
    chains: tuple[ChainDetection, ...]
    sides: tuple[SideDetection, ...] = ()
    smallest_side: int | None = None
    notes: tuple[str, ...] = ()

    @property
    def most_accused(self) -> ChainDetection | None:
        """The chain after which most real pictures are called generated; None without chains."""
        known = [chain for chain in self.chains if chain.name and chain.false_accusations.value is not None]
        return max(known, key=lambda chain: chain.false_accusations.value or 0.0, default=None)

    def measured(self) -> dict[str, Measurement | float | None]:
        """The numbers of each chain by their logged names, the worst of them, and the smallest side."""
        named: dict[str, Measurement | float | None] = {}
        delivered = [chain for chain in self.chains if chain.name]
        for chain in delivered:
            for field in ("auroc", "accuracy", "false_accusations"):
                named[f"delivery/{chain.name}/{field}"] = getattr(chain, field)
        for field, worst in (("auroc", min), ("accuracy", min), ("false_accusations", max)):
            known = [value for chain in delivered if (value := getattr(chain, field)).value is not None]
            if known:
                named[f"delivery/worst_{field}"] = worst(known, key=lambda value: value.value)
        if self.smallest_side is not None:
            named["delivery/smallest_side"] = float(self.smallest_side)
        return named
