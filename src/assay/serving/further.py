"""Further: what may be asked about a picture beside its answer: a map that explains it, and whether it is stable."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import asdict, dataclass
from typing import Any

from assay.augment.delivery import DELIVERIES, delivered_again
from assay.data.image import Pixels
from assay.predictor import Answer
from assay.serving.dispatcher import Dispatcher
from assay.serving.engine import Engine
from assay.serving.explanation import Explainers, Explanation
from assay.serving.probe import DeliveryProbe

EXPLAINED = 4
"""Pictures that a map counts as: forward and backward through the float network, and drawing."""


@dataclass(frozen=True)
class WantedParts:
    """What is asked for.

    Attributes:
        explain: a map.
        probe: answers about the picture delivered again.
    """

    explain: bool = False
    probe: bool = False

    @property
    def work(self) -> int:
        """Pictures that one counts as, its own answer among them."""
        return 1 + (len(DELIVERIES) - 1) * self.probe + EXPLAINED * self.explain

    @property
    def anything(self) -> bool:
        """Whether anything is asked for."""
        return self.explain or self.probe


PLAIN = WantedParts()
"""The answer alone."""


@dataclass(frozen=True)
class Further:
    """What there is beside an answer.

    Attributes:
        probe: None where it was not asked for.
        explanation: likewise.
    """

    probe: DeliveryProbe | None = None
    explanation: Explanation | None = None

    @property
    def for_a_person(self) -> bool:
        """Whether a person should look, because the answer changes with how the picture is delivered."""
        return self.probe is not None and not self.probe.stable

    def document(self) -> dict[str, Any]:
        """As JSON values, but for the map itself, which shows the picture and is kept by nobody."""
        members: dict[str, Any] = {}
        if self.probe is not None:
            members["probe"] = {"stable": self.probe.stable, "answers": [asdict(each) for each in self.probe.answers]}
        if self.explanation is not None:
            each = self.explanation
            members["explanation"] = {"label": each.label, "method": each.method, "why": each.why, "notes": each.notes}
        return members

    def document_with_map(self) -> dict[str, Any]:
        """As JSON values for the client, the map as PNG in base64."""
        members = self.document()
        if self.explanation is not None and self.explanation.png is not None:
            members["explanation"]["png"] = base64.b64encode(self.explanation.png).decode()
        return members


async def ask_further(
    wanted: WantedParts,
    engine: Engine,
    image: Pixels,
    answer: Answer,
    deadline: float,
    *,
    dispatcher: Dispatcher,
    explainers: Explainers,
) -> Further:
    """Ask what is wanted beside an answer, in the inference thread like everything.

    Args:
        wanted: what is asked for.
        engine: that answered.
        image: uint8 RGB [H, W, 3].
        answer: that it gave.
        deadline: moment of `time.monotonic` after which nobody wants it.
        dispatcher: has the thread.
        explainers: make maps.

    Raises:
        Refusal: the deadline passed.
    """
    probe = explanation = None
    if wanted.probe:
        again = await asyncio.to_thread(delivered_again, image)
        asked = [asyncio.wrap_future(dispatcher.submit(engine, each, deadline)) for each in again]
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        probe = DeliveryProbe.of([answer, *(each.answer for each in outcomes if not isinstance(each, BaseException))])
    if wanted.explain:
        explain = await asyncio.to_thread(explainers.of, engine)
        drawn = dispatcher.run(lambda: explain(image, answer.label), deadline, pictures=EXPLAINED)
        explanation = await asyncio.wrap_future(drawn)
    return Further(probe, explanation)
