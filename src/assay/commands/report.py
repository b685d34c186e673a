"""`assay report`: where the report of a run lies."""

from __future__ import annotations

from assay.commands.command import Command
from assay.commands.command_line import BareWord, ParsedArguments
from assay.commands.runs import is_run
from assay.errors import ConfigError
from assay.housekeeping.request import ReportRequest


def _arguments(parsed: ParsedArguments, request: type[ReportRequest]) -> tuple[object, ...]:
    if len(parsed.bare) > 1:
        raise ConfigError(f"{' '.join(parsed.bare)}: one report is shown at a time")
    return parsed.request(request, runs=parsed.bare), parsed.config()


COMMAND = Command(
    name="report",
    purpose="Print the path of a run's report, or show it in a browser; the newest without a run.",
    pipeline="assay.housekeeping.report_page.report_page",
    show="assay.commands.show.report",
    request=ReportRequest,
    groups=("tracking", "registry"),
    because="nothing is trained here",
    bare=BareWord("runs", is_run, "the id of a run, or NAME@ALIAS", "[RUN]"),
    arguments=_arguments,
    examples={
        "": "the newest",
        "3f2a --open": "that of a run, in a browser",
    },
)
