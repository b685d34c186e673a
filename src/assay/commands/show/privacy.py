"""What the terminal shows of privacy."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from assay.output import say
from assay.serving.manage_privacy import PrivacyResult
from assay.serving.privacy_request import PrivacyRequest
from assay.store.certificate import certificate_text
from assay.store.privacy_report import PrivacyReport
from assay.store.retention import KINDS, shown_limits
from assay.tracking.picture_use import PictureUse

HEADS = {
    "erase": "would be erased of {name}; apply=true erases it",
    "export": "exported of {name}",
    "hold": "{name} is held: nothing of it is deleted ({hold})",
    "release": "{name} is not held any more",
    "retention": "is older than it may be; apply=true deletes it",
}


def text(result: PrivacyResult, request: PrivacyRequest) -> None:
    """Print it."""
    if result.report is not None:
        _show_report(result, result.report)
        return
    if result.uses is not None:
        _show_uses(result.uses)
        return
    if result.certificate is not None:
        say(certificate_text(result.certificate))
        say(f"written    {result.file}")
        return
    values = {} if result.subject is None else {"name": result.subject.name, "hold": result.subject.hold}
    deleted = request.deed == "retention" and request.apply
    say("deleted" if deleted else HEADS[request.deed].format(**values))
    for name, count in result.counts.items():
        say(f"{count:>9}  {name}{_limit(result, name)}")
    if result.file:
        say(f"written    {result.file}")


def _show_uses(uses: tuple[PictureUse, ...]) -> None:
    for use in uses:
        versions = f", versions {', '.join(use.versions)}" if use.versions else ""
        bundle = f", bundle {use.bundle}" if use.bundle else ""
        splits = ", ".join(f"{count} in {split}" for split, count in use.splits.items())
        say(f"used by     run {use.run_id[:8]} {use.name}: {splits}{versions}{bundle}")
    if not uses:
        say("no recorded run used a picture that is erased or withdrawn")


def _limit(result: PrivacyResult, name: str) -> str:
    if name not in result.limits:
        return ""
    return f": {KINDS[name].what}, older than {result.limits[name]} days"


def _show_report(result: PrivacyResult, report: PrivacyReport) -> None:
    for held in report.held:
        since = f", since {held.oldest[:10]}" if held.oldest else ""
        say(f"{held.count:>9}  {held.name}: {held.what}{since}")
    say(f"pictures   {report.picture_bytes} bytes; {report.left_over} files belong to no row")
    say(f"consents   {report.standing} stand, {report.withdrawn} were withdrawn")
    say(f"erased     {report.erasures} subjects, {report.tombstones} pictures that no manifest takes")
    if report.unfinished:
        say(f"           {report.unfinished} are not finished: assay privacy retention apply=true finishes them")
    say(f"kept for   {shown_limits(result.limits)}")
    say(f"retention  {report.retention or 'never applied'}")
    for subject in report.subjects:
        say(f"subject    {subject.id}  {subject.name}{f'  held: {subject.hold}' if subject.hold else ''}")


def document(result: PrivacyResult, request: PrivacyRequest) -> dict[str, Any]:
    """The same as JSON values."""
    if result.uses is not None:
        return {"deed": request.deed, "uses": rows(result, request)}
    values: dict[str, Any] = {"deed": request.deed, "applied": request.apply, "counts": result.counts}
    if result.subject is not None and result.certificate is None:
        values["subject"] = asdict(result.subject)
    for name in ("limits", "certificate", "file"):
        if content := getattr(result, name):
            values[name] = content
    return values | ({"report": asdict(result.report)} if result.report else {})


def rows(result: PrivacyResult, request: PrivacyRequest) -> list[dict[str, Any]]:
    """One row for each kind, or for each run that used what is erased."""
    if result.uses is not None:
        return [{**asdict(use), "versions": list(use.versions)} for use in result.uses]
    if result.report is not None:
        return [asdict(held) for held in result.report.held]
    return [{"kind": name, "count": count} for name, count in result.counts.items()]
