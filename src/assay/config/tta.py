"""Names of the views that a network is shown of each picture, and of sets of them: `evaluation.tta`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assay.errors import ConfigError, did_you_mean

VIEWS = (
    "identity",
    "mirror",
    "flip",
    "half_turn",
    "transpose",
    "quarter_turn",
    "three_quarter_turn",
    "anti_transpose",
)
"""The eight symmetries of a square; the first four are those of a rectangle, too."""
SETS = {"mirrored": VIEWS[:2], "flipped": VIEWS[:4], "dihedral": VIEWS}


def views_of(asked: str | Sequence[str] | None) -> tuple[str, ...]:
    """Names of the views, in order; () where a picture is shown as it is and once.

    Args:
        asked: value of `evaluation.tta`: the name of a set, names of views, or None.

    Raises:
        ConfigError: no such set or view, none at all, or one of them twice.
    """
    if asked is None:
        return ()
    if isinstance(asked, str):
        if asked not in SETS:
            raise ConfigError(
                f"evaluation.tta={asked}: no such set of views; {did_you_mean(asked, SETS)}; views by their names go "
                "in brackets, e.g. 'evaluation.tta=[identity,mirror]'"
            )
        return SETS[asked]
    views = tuple(asked)
    typed = f"evaluation.tta=[{','.join(map(str, views))}]"
    if not views:
        raise ConfigError(f"{typed}: names no view; type evaluation.tta=null, or 'evaluation.tta=[identity,mirror]'")
    for view in views:
        if view not in VIEWS:
            raise ConfigError(f"{typed}: no such view: {view}; {did_you_mean(str(view), VIEWS)}")
        if views.count(view) > 1:
            raise ConfigError(f"{typed}: {view} stands there twice, and would count twice in the mean")
    return () if views == VIEWS[:1] else views


def views_in(config: Any) -> tuple[str, ...]:
    """Names of the views that a run's network is shown, by its whole config; configs of before have no such key."""
    return views_of(config["evaluation"].get("tta"))
