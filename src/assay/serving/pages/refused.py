"""What refusals of the service are called on pages, which say them in the reader's language."""

from __future__ import annotations

from assay.serving.refusal import Refusal
from assay.web.refusal import STATUS, PageRefusal

CALLED = {
    "draining": "busy",
    "log": "store",
    "unwritten": "store",
    "scope": "forbidden",
    "bad-key": "signed-out",
    "no-key": "signed-out",
}
OF_PAGES = ("consent", "no-fetch")
"""Kinds that the pages for people have phrases for, beside those of every page."""


def page_refusal(refusal: Refusal) -> PageRefusal:
    """A refusal as a page says it; a kind that pages have no words for is said in those of the service."""
    name = CALLED.get(refusal.name, refusal.name)
    if name in STATUS:
        return PageRefusal(name, "", refusal.retry_after, dict(refusal.headers))
    if name in OF_PAGES:
        return PageRefusal(name, headers=dict(refusal.headers), of_room=refusal.kind.status)
    detail = f"{refusal.detail} {refusal.kind.remedy}."
    headers, status = dict(refusal.headers), refusal.kind.status
    return PageRefusal("form", detail, refusal.retry_after, headers, of_room=status, language="en")
