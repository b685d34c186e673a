"""Every error that a person can cause or mend: what was wrong, where, and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class AssayError(Exception):
    """Base of all errors that a command prints as one message instead of a traceback.

    Attributes:
        exit_code: what the command exits with.
    """

    exit_code = 1


class ConfigError(AssayError):
    """The composed configuration cannot work: unknown name, wrong type, impossible combination."""

    exit_code = 2


class DataError(AssayError):
    """Images, labels, splits or predictions are not what they have to be."""


class WeightsError(AssayError):
    """Pretrained weights are missing, unreachable or do not fit the model."""


class TrainingError(AssayError):
    """Training went off the rails: a loss that is not a number."""


class StudyError(AssayError):
    """A study or multirun cannot go on, has nothing to choose from, or has jobs that failed."""


class StoreError(AssayError):
    """The embedding store holds something that cannot be trusted."""


class TrackingError(AssayError):
    """The MLflow store is unreachable, or the run asked for is not there."""


class BundleError(AssayError):
    """A bundle is incomplete, changed, or of a kind that is not let in."""


class GateError(AssayError):
    """The gate, the registry or its history cannot do what was asked."""


class ServiceError(AssayError):
    """The service cannot start or answer: its database, its keys, its address."""


class MigrationError(AssayError):
    """A database cannot be moved: what it holds, where it should go, or who is at work in it."""


class ChampionChanged(GateError):  # noqa: N818  # says what happened
    """Another model has become champion since this one was judged or looked at."""


_LOOK_ALIKE = str.maketrans({"o": "0", "l": "1", "i": "1", "-": "_", " ": "_"})


def did_you_mean(name: str, options: Iterable[str]) -> str:
    """`did you mean X? (options: …)` for a name that is not among the options; the hint is left out when none is near.

    Characters that look alike (o and 0, l and 1) count as equal.
    """
    known = sorted(options)
    looks = {option.lower().translate(_LOOK_ALIKE): option for option in reversed(known)}
    near = difflib.get_close_matches(name.lower().translate(_LOOK_ALIKE), looks, n=1, cutoff=0.6)
    hint = f"did you mean {looks[near[0]]}? " if near else ""
    shown = ", ".join(known[:40]) + (", …" if len(known) > 40 else "")
    return f"{hint}(options: {shown})"
