"""What the terminal shows of `assay review`: reviewers; the rest is in `reviewed` and `review_samples`."""

from __future__ import annotations

from typing import Any

from rich.table import Table

from assay.commands.show import review_samples, reviewed
from assay.serving.manage_review import Result, ReviewResult
from assay.serving.review_request import ReviewRequest
from assay.serving.review_samples import SampleResult, VerdictResult
from assay.terminal import styled, terminal


def text(result: Result, request: ReviewRequest) -> None:
    """Print the reviewers, and how a new one gets in."""
    if isinstance(result, ReviewResult):
        reviewed.text(result)
        return
    if isinstance(result, SampleResult | VerdictResult):
        review_samples.text(result)
        return
    console = terminal()
    if result.link:
        console.print(styled(result.link, "bold"), soft_wrap=True)
        console.print(f"sets the password, once, within {request.days:g} days; it is shown this once", soft_wrap=True)
    if result.password:
        console.print(styled(result.password, "bold"), soft_wrap=True)
        console.print("the password; it is shown this once", soft_wrap=True)
    if not result.reviewers:
        console.print("there is no reviewer yet: assay review reviewers create NAME")
        return
    table = Table()
    for head in ("name", "roles", "state", "since"):
        table.add_column(head, overflow="fold")
    for row in rows(result, request):
        cells = row["name"], row["roles"], row["state"], row["created"][:10]
        table.add_row(*cells, style="dim" if row["state"] == "disabled" else "")
    console.print(table)


def document(result: Result, request: object) -> dict[str, Any]:
    """The reviewers; of a new one what lets him in."""
    if isinstance(result, ReviewResult):
        return reviewed.document(result)
    if isinstance(result, SampleResult | VerdictResult):
        return review_samples.document(result)
    secret = {name: value for name, value in (("password", result.password), ("link", result.link)) if value}
    return {**secret, "reviewers": rows(result, request)}


def rows(result: Result, request: object) -> list[dict[str, Any]]:
    """One row for each reviewer."""
    if isinstance(result, ReviewResult):
        return reviewed.rows(result)
    if isinstance(result, SampleResult | VerdictResult):
        return review_samples.rows(result)
    return [
        {
            "name": each.name,
            "roles": " ".join(each.roles),
            "state": "disabled" if each.disabled else "active" if each.has_password else "has no password yet",
            "created": each.created,
            "disabled": each.disabled,
        }
        for each in result.reviewers
    ]
