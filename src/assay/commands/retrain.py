"""`assay retrain`: the champion retrained by a schedule, by enough labels, or by a person."""

from __future__ import annotations

from typing import Any

from assay.commands.command import Command
from assay.commands.command_line import BareWord, ParsedArguments
from assay.commands.deeds import deed_of, refuse_keys_of_others
from assay.commands.registry_keys import GROUPS, NAME
from assay.config.file_name import checked_file_name
from assay.errors import ConfigError
from assay.retraining.request import DEEDS, RetrainRequest

GOES_WITH = {
    "anyway": ("once",),
    "by": ("once",),
    "run": ("once", "status"),
    "slots": ("plan",),
    "newest": ("status",),
    "every": ("clock",),
}
"""Key -> deeds that it means something to."""


def _arguments(parsed: ParsedArguments, request: type[Any]) -> tuple[Any, ...]:
    from assay.retraining.recipe import read_settings

    deed, words = deed_of(parsed.bare, DEEDS, "status")
    if words:
        raise ConfigError(f"{words[0]}: {deed} takes keys alone")
    refuse_keys_of_others(parsed, deed, GOES_WITH)
    asked = parsed.request(request, deed=deed)
    settings = read_settings(asked.recipe, asked.settings, parsed.typed)
    checked_file_name("job", asked.job_name)
    return parsed.request(request, deed=deed, settings=settings), parsed.config()


COMMAND = Command(
    name="retrain",
    purpose="Retrain the champion when it is due: by a schedule, with enough new labels, or now; each slot once.",
    pipeline="assay.retraining.manage.manage_retraining",
    show="assay.commands.show.retrain",
    request=RetrainRequest,
    arguments=_arguments,
    groups=GROUPS,
    because="the champion's own recipe is trained",
    shorthands=(NAME,),
    bare=BareWord(
        "deed", lambda word: word in DEEDS, f"{', '.join(DEEDS[:-1])} or {DEEDS[-1]}", f"[{' | '.join(DEEDS)}]", DEEDS
    ),
    examples={
        "plan": "the next slots, and what a call of due would do now, and why; nothing is written",
        "due": "runs what has come since the last call; for cron, a systemd timer or Kubernetes, hourly or so",
        "due retrain=daily zone=Asia/Bangkok quiet=08:00-18:00": "nights of Bangkok, and no step by day",
        "due schedule='30 2 * * 6' hours=8 period=week": "Saturdays, eight hours of work in a week at most",
        "once": "now, where there is anything new; anyway=true retrains without",
        "once run=8f04": "tries one again that has failed, from the step that it failed at",
        "clock": "due again each minute, in one process, where there is no timer",
        "status run=8f04": "its steps, how often each was begun, what it left and cost",
    },
    lists={"retrain": "Recipes"},
    notes=(
        "A slot is run once, by however many processes and however often due is called; one that was killed goes on at",
        "the step that was cut off. Clock changes are treated as by Debian's cron. Drift alone never retrains: it asks",
        "for labels. Without anything new a slot is skipped, and its row says why.",
    ),
)
