"""Arms: which model answers a key, and which one looks on; at most one experiment at a time."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Literal

from assay.serving.engine import Engine
from assay.serving.holder import Holder
from assay.store.keys import ApiKey

CHAMPION, CHALLENGER, SHADOW = "champion", "challenger", "shadow"


@dataclass(frozen=True)
class Experiment:
    """A champion and a rival, compared on what clients send.

    Attributes:
        name: of the experiment; decides which keys the challenger answers.
        arm: of the rival: "challenger" answers some keys, "shadow" looks on at all and nobody hears it.
        share: of the keys that a challenger answers, in (0, 1); a shadow's is 1.
    """

    name: str
    arm: Literal["challenger", "shadow"]
    share: float = 1.0

    def picks(self, key: str) -> bool:
        """Whether the rival is for this key: always the same, and for another experiment drawn anew.

        The first eight bytes of HMAC-SHA256(experiment, key) are a number in [0, 1) that has to lie below the share; so
        a client hears one model throughout, and the same clients are not guinea pigs each time.

        Args:
            key: family of an API key, which rotation does not change.
        """
        mark = hmac.new(self.name.encode(), key.encode(), hashlib.sha256).digest()
        return int.from_bytes(mark[:8]) < self.share * 2**64


@dataclass(frozen=True)
class Rival:
    """The engine that is compared with the champion, and the experiment that does it."""

    engine: Engine
    experiment: Experiment


@dataclass(frozen=True)
class Assigned:
    """The engine of one arm at one moment, from which all answers of a request come.

    Attributes:
        arm: "champion", "challenger" or "shadow".
        experiment: that goes on, by name; "" for none.
        engine: that answers.
    """

    arm: str
    experiment: str
    engine: Engine


@dataclass(frozen=True)
class _ArmsComparison:
    """What is compared with the champion: holder and experiment change together, so that no request sees a mixture."""

    holder: Holder
    experiment: Experiment


class Arms:
    """Holds the champion and, while an experiment goes on, its rival.

    Attributes:
        champion: holds the engine that answers.
        stopped: why the experiment goes on no more; "" while it does.

    Args:
        engine: of the champion.
        rival: what it is compared with.
        stopped: why it is not compared any more.
    """

    def __init__(self, engine: Engine, rival: Rival | None = None, *, stopped: str = "") -> None:
        self.champion = Holder(engine)
        self._comparison = None if rival is None else _ArmsComparison(Holder(rival.engine), rival.experiment)
        self.stopped = stopped

    @property
    def rival(self) -> Holder | None:
        """Holds the engine that is compared with the champion; None without an experiment."""
        return None if (comparison := self._comparison) is None else comparison.holder

    @property
    def experiment(self) -> Experiment | None:
        """None without one."""
        return None if (comparison := self._comparison) is None else comparison.experiment

    def begin(self, rival: Rival, *, stopped: str = "") -> None:
        """Compare another rival from now on.

        Args:
            rival: in the place of the one that was.
            stopped: why it may not answer; "" where it may.
        """
        self._comparison = None
        self.stopped = stopped
        self._comparison = _ArmsComparison(Holder(rival.engine), rival.experiment)

    def end(self) -> None:
        """Compare nothing any more."""
        self._comparison = None

    def answering(self, key: ApiKey) -> Assigned:
        """Who answers a key; those that took its place are answered by the same."""
        comparison = self._comparison
        rival = self._rival_as(CHALLENGER, comparison)
        if rival is not None and comparison is not None and comparison.experiment.picks(key.family):
            return rival
        return self.champion_now

    @property
    def champion_now(self) -> Assigned:
        """The champion, whoever asks."""
        experiment = self.experiment
        goes_on = experiment is not None and not self.stopped
        return Assigned(CHAMPION, experiment.name if goes_on and experiment else "", self.champion.engine)

    @property
    def looking_on(self) -> Assigned | None:
        """Who looks on at all that is answered; None for nobody."""
        return self._rival_as(SHADOW, self._comparison)

    @property
    def no_comparison(self) -> str:
        """Why champion and rival cannot be compared as they are now; "" where they can."""
        return "" if (rival := self.rival) is None else not_comparable(self.champion.engine, rival.engine)

    def stop(self, why: str) -> bool:
        """Let the champion answer alone from now on; False where it did already."""
        if self.experiment is None or self.stopped:
            return False
        self.stopped = why
        return True

    def _rival_as(self, arm: str, comparison: _ArmsComparison | None) -> Assigned | None:
        if comparison is None or comparison.experiment.arm != arm or self.stopped:
            return None
        return Assigned(arm, comparison.experiment.name, comparison.holder.engine)


def not_comparable(champion: Engine, rival: Engine) -> str:
    """Why two models cannot be compared on the same clients; "" where they can."""
    if champion.digest == rival.digest:
        return "both arms are the same bundle"
    mine, theirs = champion.class_names, rival.class_names
    if mine != theirs:
        return f"the rival knows the classes {', '.join(theirs)}, the champion {', '.join(mine)}"
    return ""
