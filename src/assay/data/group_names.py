"""Names of groups: what stands for a missing value is no group, and spaces around a name are no part of it."""

from __future__ import annotations

import logging
from collections import defaultdict

import pandas as pd

from assay.data.labels import MISSING_OR_NAME, MISSING_VALUES, trimmed
from assay.data.spelling import comparable

logger = logging.getLogger(__name__)

_NO_GROUP = MISSING_VALUES | {name.casefold() for name in MISSING_OR_NAME}
_SHOWN = 5


def group_names(given: pd.Series, where: str) -> pd.Series:
    """Groups without the spaces around them, in Unicode's composed form; "" where the value is missing.

    `nan`, `NA`, `null`, `None` and the like would make one group of all images whose group nobody knows, and put them
    into one split together. Names that differ as near-equal labels do stay two groups, which is said: if they are one,
    its images may be on both sides of a split.

    Args:
        given: [N] str, "" for none.
        where: what a warning calls the source.
    """
    counts = {str(name): int(count) for name, count in given.value_counts().items()}
    spelled = {name: trimmed(name) for name in counts}
    missing = [name for name, group in spelled.items() if group.casefold() in _NO_GROUP]
    if missing:
        logger.warning(
            "%s: %d images have the group %s, which programs write where a value is missing: each of them is a group "
            "of its own",
            where,
            sum(counts[name] for name in missing),
            " or ".join(map(repr, missing)),
        )
        spelled.update(dict.fromkeys(missing, ""))
    alike: dict[str, set[str]] = defaultdict(set)
    for group in spelled.values():
        alike[comparable(group)].add(group)
    near = [" and ".join(map(repr, sorted(names))) for names in alike.values() if len(names) > 1]
    if near:
        logger.warning(
            "%s: %d groups have names that are nearly equal (%s%s) and stay apart; write them alike if they are one, "
            "else its images are in several splits",
            where,
            len(near),
            ", ".join(near[:_SHOWN]),
            ", …" if len(near) > _SHOWN else "",
        )
    return given.map(spelled)
