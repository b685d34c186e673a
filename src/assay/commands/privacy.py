"""`assay privacy`: what the service holds of people."""

from __future__ import annotations

import re
from typing import Any

from assay.commands.command import Command
from assay.commands.command_line import BareWord, ParsedArguments
from assay.commands.deeds import deed_of, refuse_keys_of_others
from assay.errors import ConfigError
from assay.serving.privacy_request import DEEDS, LIMITS, OF_SUBJECT, PrivacyRequest

GOES_WITH = {
    "apply": ("erase", "retention"),
    "reason": ("hold",),
    "to": ("export",),
    **dict.fromkeys(LIMITS, ("retention", "report")),
}


def _is_word(word: str) -> bool:
    return re.fullmatch(r"[^\W_][\w.@ -]*", word) is not None


def _arguments(parsed: ParsedArguments, request: type[Any]) -> tuple[Any, ...]:
    deed, names = deed_of(parsed.bare, DEEDS, "report")
    needed = deed in OF_SUBJECT
    if len(names) != int(needed):
        raise ConfigError(f"{deed}: takes {'the name or id of a subject' if needed else 'no subject'}")
    refuse_keys_of_others(parsed, deed, GOES_WITH)
    if deed == "hold" and not parsed.typed.get("reason", "").strip():
        raise ConfigError("hold: a reason is needed, such as the number of a case: reason=…")
    return parsed.request(request, deed=deed, subject=names[0] if names else ""), parsed.config()


COMMAND = Command(
    name="privacy",
    purpose="Report, erase, export and hold what the service keeps of people, and delete what is older than it may be.",
    pipeline="assay.housekeeping.privacy.answer_privacy",
    show="assay.commands.show.privacy",
    request=PrivacyRequest,
    arguments=_arguments,
    groups=("tracking",),
    because="nothing is trained here",
    bare=BareWord(
        "subject",
        _is_word,
        f"{', '.join(DEEDS)}, and the name or id of a subject",
        "[report | erase SUBJECT | export SUBJECT | retention | hold SUBJECT | release SUBJECT | runs]",
        DEEDS,
    ),
    examples={
        "report": "what is held by kind, since when, by whose consent, and who was erased",
        "erase phone": "what would go of the subject; nothing does",
        "erase phone apply=true": "it goes: rows, pictures, secret, exports, free pages; prints a certificate",
        "export phone to=phone.zip": "all that is held of the subject, as JSON lines and pictures",
        "retention pictures=30d": "what is older than it may be; nothing goes",
        "retention pictures=30d apply=true": "it goes, and the audit trail says so",
        "runs": "runs, bundles and versions that learned from pictures which are erased or withdrawn since",
        "hold phone reason=case-7": "nothing of the subject is deleted until assay privacy release phone",
    },
    notes=(
        "A subject is the owner of keys (assay keys create owner=…). A running service forgets an erased one within a",
        "second. Once a day assay serve (retention=…) deletes what is too old.",
    ),
)
