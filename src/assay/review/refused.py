"""Refused: why what a reviewer wants to do with an item is not done; the desk says it in his language."""

from __future__ import annotations

from assay.errors import ServiceError


class ReviewRefused(ServiceError):  # noqa: N818  # says what happened
    """It is not done, and nothing has changed.

    Args:
        name: of the reason: phrase `refused.NAME` of the desk.
        words: the reason in English.
        detail: name of what is missing beside a choice; "" for nothing.
    """

    def __init__(self, name: str, words: str, detail: str = "") -> None:
        super().__init__(words)
        self.name, self.detail = name, detail
