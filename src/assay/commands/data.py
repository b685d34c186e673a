"""`assay data`: the versions of a dataset."""

from __future__ import annotations

from typing import Any

from assay.commands.command import Command
from assay.commands.command_line import BareWord, ParsedArguments
from assay.commands.deeds import deed_of
from assay.errors import ConfigError
from assay.run.data_request import DEEDS, DIFF, SHOW, VERSIONS, DataRequest

TAKES = {
    VERSIONS: ((0, 1), "a folder, or none for this one"),
    DIFF: ((2,), "two manifests: assay data diff OLD NEW"),
    SHOW: ((1,), "a manifest: assay data show FILE"),
}
"""Deed -> how many names it takes, and what they are."""


def _arguments(parsed: ParsedArguments, request: type[Any]) -> tuple[Any, ...]:
    deed, names = deed_of(parsed.bare, DEEDS, VERSIONS)
    counts, what = TAKES[deed]
    if len(names) not in counts:
        raise ConfigError(f"{deed}: takes {what}")
    return (parsed.request(request, deed=deed, names=tuple(names)),)


COMMAND = Command(
    name="data",
    purpose="List the versions of a dataset by what they were made from, compare two, and show what is in one.",
    pipeline="assay.run.data_versions.look_at_data",
    show="assay.commands.show.data",
    request=DataRequest,
    arguments=_arguments,
    groups=(),
    because="manifests alone are read here",
    bare=BareWord(
        "name",
        lambda word: "=" not in word,
        f"{', '.join(DEEDS)}, and a folder or manifests",
        "[versions [DIR] | diff OLD NEW | show FILE]",
        DEEDS,
    ),
    examples={
        "versions": "every saved manifest below this folder, behind the one it was made from",
        "diff audit clean.parquet": "what came, went, has another label or split, and how classes shifted",
        "show clean.parquet": "from which manifest it was made, how, and what is in it",
    },
    notes=("The digest of a manifest is its version: of ids, labels, splits and groups, not of where files lie.",),
)
