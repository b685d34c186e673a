"""Case: all that a check sees: the candidate, the run it comes from, the champion, and how many have tried before."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from assay.deploy.bundle.bundle import Bundle
from assay.errors import AssayError, GateError
from assay.gate.measured_run import MeasuredRun
from assay.gate.scored_bundle import ScoredBundle
from assay.gate.settings import GateSettings


@dataclass(frozen=True)
class Champion:
    """Who reigns.

    Attributes:
        version: of the registered model; "" when nobody reigns.
        bundle: of that version; None when nobody reigns, or it cannot be loaded.
        test_digest: of the images that it was judged on.
        problem: why it cannot be loaded; "" otherwise.
        digest: of its bundle when it was promoted.
        let_through: who let it pass though the gate refused it, and why; "" where the gate did.
        run_id: of the run that it came from; "" where nobody knows.
    """

    version: str = ""
    bundle: Bundle | None = None
    test_digest: str = ""
    problem: str = ""
    digest: str = ""
    let_through: str = ""
    run_id: str = ""


@dataclass(frozen=True, eq=False)
class Case:
    """What is judged.

    Attributes:
        model: name of the registered model.
        run: that the candidate comes from.
        bundle: the candidate; None when it cannot be read.
        champion: who reigns.
        test_set_rank: of the candidate among the runs that were measured on these test images, from 1; None when
            it could not be counted.
        settings: of the gate.
        problem: why there is no bundle; "" when there is one.
    """

    model: str
    run: MeasuredRun
    bundle: Bundle | None
    champion: Champion = field(default_factory=Champion)
    test_set_rank: int | None = None
    settings: GateSettings = field(default_factory=lambda: GateSettings({}))
    problem: str = ""

    @cached_property
    def candidate(self) -> ScoredBundle:
        """The candidate on the frozen test images.

        Raises:
            GateError: there is no bundle, or no test images.
        """
        if self.bundle is None:
            raise GateError(f"there is no bundle to judge: {self.problem}")
        return ScoredBundle(self.bundle, self.run.test, self.settings, "candidate")

    @cached_property
    def reigning(self) -> ScoredBundle:
        """The champion on the same images.

        Raises:
            GateError: nobody reigns, or the champion cannot be loaded.
        """
        if self.champion.bundle is None:
            raise GateError(self.champion.problem or "there is no champion")
        return ScoredBundle(self.champion.bundle, self.run.test, self.settings, "champion")


def champion_of(version: str, bundle: Bundle | AssayError, *, digest: str, test_digest: str) -> Champion:
    """The champion, given its bundle or why that could not be had.

    Args:
        version: of the registered model.
        bundle: that was fetched, or the error.
        digest: that the bundle had when it was promoted.
        test_digest: of the images that it was judged on.
    """
    if isinstance(bundle, AssayError):
        return Champion(version, None, test_digest, str(bundle), digest)
    if digest and bundle.digest != digest:
        problem = f"its bundle is not the one that was promoted ({bundle.digest[:12]}, not {digest[:12]})"
        return Champion(version, None, test_digest, problem, digest)
    return Champion(version, bundle, test_digest, "", digest)
