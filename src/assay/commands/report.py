"""`assay report`: where the report of a run lies, and reports of models, data and use, made now."""

from __future__ import annotations

from assay.commands.command import Command
from assay.commands.command_line import BareWord, ParsedArguments
from assay.commands.deeds import refuse_keys_of_others
from assay.commands.runs import is_run
from assay.errors import ConfigError
from assay.housekeeping.request import ReportRequest
from assay.serving.reports.request import DATA, INFERENCE, KINDS, PERFORMANCE

OF_ANSWERS = (PERFORMANCE, INFERENCE)
GOES_WITH = {
    **dict.fromkeys(("output", "store"), KINDS),
    **dict.fromkeys(
        ("window", "count", "smallest", "arm", "bundle", "version", "key", "end", "confidence"), OF_ANSWERS
    ),
    **dict.fromkeys(("parts", "profile", "resamples"), (PERFORMANCE,)),
    "folder": (DATA,),
}


def _is_kind_or_run(word: str) -> bool:
    return word in KINDS or is_run(word)


def _arguments(parsed: ParsedArguments, request: type[ReportRequest]) -> tuple[object, ...]:
    if len(parsed.bare) > 1:
        raise ConfigError(f"{' '.join(parsed.bare)}: one report is shown at a time")
    kind = parsed.bare[0] if parsed.bare and parsed.bare[0] in KINDS else ""
    refuse_keys_of_others(parsed, kind, GOES_WITH)
    return parsed.request(request, runs=() if kind else parsed.bare, kind=kind), parsed.config()


COMMAND = Command(
    name="report",
    purpose="Print the path of a run's report, or report on models in use, data, or how the service is used.",
    pipeline="assay.housekeeping.report_page.find_report",
    show="assay.commands.show.report",
    request=ReportRequest,
    groups=("tracking", "registry"),
    because="nothing is trained here",
    bare=BareWord(
        "runs",
        _is_kind_or_run,
        f"{', '.join(KINDS)}, the id of a run, or NAME@ALIAS",
        "[performance | data | inference | RUN]",
        KINDS,
    ),
    arguments=_arguments,
    examples={
        "": "the newest of a run",
        "3f2a --open": "that of a run, in a browser",
        "performance window=4w parts=4": "registered versions, and what accuracy is now, week by week, with few labels",
        "data folder=data": "versions of the data, what came in and left, sources, licences, reviewed labels",
        "inference window=7d": "answers by day, class, domain, arm and key, and how long they took",
    },
    notes=(
        "Page, JSON, CSV and text of a report agree to the digit. A window ends with the newest answer, so the same",
        "store gives the same bytes again.",
    ),
)
