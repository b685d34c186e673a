"""Cap: how many labels may come from one client, so that nobody can own what a model is trained on."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from assay.review.labels.clients import LabellingClient
from assay.review.labels.label import Gathered, ReviewedLabel

CAPPED = "beyond what one client may give"


@dataclass(frozen=True)
class Cap:
    """What was held to how many labels of one client.

    Attributes:
        most: labels of one client; None where there is no limit.
        clients: that have labels.
        reached: clients of which something is left out, by name.
        left_out: labels.
    """

    most: int | None
    clients: int
    reached: tuple[str, ...] = ()
    left_out: int = 0


def largest_cap(counts: Iterable[int], base: int, share: float) -> int:
    """The most labels of one client by which none gives more than a share of all that is trained on.

    Args:
        counts: labels of each client.
        base: training images that no client has sent.
        share: in (0, 1].

    Returns:
        The largest c of at most the largest count with c <= share * (base + sum over clients of min(count, c)).
    """
    numbers = sorted(counts)
    # The right side grows more slowly with every client that is exhausted, so what holds for c holds below it.
    low, high = 0, max(numbers, default=0)
    while low < high:
        middle = (low + high + 1) // 2
        allowed = share * (base + sum(min(count, middle) for count in numbers)) + 1e-9
        low, high = (middle, high) if middle <= allowed else (low, middle - 1)
    return low


def capped(gathered: Gathered, clients: Mapping[str, LabellingClient], most: int | None) -> tuple[Gathered, Cap]:
    """Labels of which no client has more than so many: the random slice first, then by a lot that stays the same.

    Args:
        gathered: labels.
        clients: item -> who has sent its picture.
        most: of one client; None for no limit.
    """
    by_client: dict[str, list[ReviewedLabel]] = defaultdict(list)
    for label in gathered.labels:
        by_client[clients[label.item].id].append(label)
    names = {client.id: client.name for client in clients.values()}
    beyond = [label for own in by_client.values() for label in sorted(own, key=_lot)[most:] if most is not None]
    reached = Counter(clients[label.item].id for label in beyond)
    cap = Cap(most, len(by_client), tuple(sorted(names[client] for client in reached)), len(beyond))
    return gathered.without({label.item: CAPPED for label in beyond}), cap


def _lot(label: ReviewedLabel) -> tuple[bool, str]:
    return not label.random_slice, hashlib.sha256(label.item.encode()).hexdigest()
