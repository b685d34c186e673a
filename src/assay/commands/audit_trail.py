"""`assay audit-trail`: the service's audit trail, verified."""

from __future__ import annotations

from typing import Any

from assay.commands.command import Command
from assay.commands.command_line import BareWord, ParsedArguments
from assay.serving.keys_request import TrailRequest

VERIFY = "verify"


def _is_word(word: str) -> bool:
    return word == VERIFY


def _arguments(parsed: ParsedArguments, request: type[Any]) -> tuple[Any, ...]:
    return parsed.request(request), parsed.config()


COMMAND = Command(
    name="audit-trail",
    purpose="Verify the service's audit trail: that no line was changed, removed, put in or cut off.",
    pipeline="assay.serving.verify_trail.verify_trail",
    show="assay.commands.show.audit_trail",
    request=TrailRequest,
    groups=("tracking",),
    because="nothing is trained here",
    bare=BareWord("verify", _is_word, VERIFY, "[verify]", (VERIFY,)),
    arguments=_arguments,
    examples={
        "verify": "exit code 1 where a line does not hold; prints the head, to be noted elsewhere",
        "verify head=1204:9f3c…": "the same, and whether the trail still holds the line that was noted",
    },
)
