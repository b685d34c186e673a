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


def page_refusal(refusal: Refusal) -> PageRefusal:
    """A refusal as a page says it; a kind that pages have no words for is said in those of the service."""
    name = CALLED.get(refusal.name, refusal.name)
    if name in STATUS:
        return PageRefusal(name, "", refusal.retry_after, dict(refusal.headers))
    detail = f"{refusal.detail} {refusal.kind.remedy}."
    return PageRefusal("form", detail, refusal.retry_after, dict(refusal.headers), refusal.kind.status)
