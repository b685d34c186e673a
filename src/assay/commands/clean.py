"""`assay clean`: prune caches, and what runs have left behind."""

from __future__ import annotations

from assay.commands.command import Command
from assay.housekeeping.request import CleanRequest

COMMAND = Command(
    name="clean",
    purpose="Prune caches and what runs have left behind, by age and size; says what would go before anything does.",
    pipeline="assay.housekeeping.clean.clean",
    show="assay.commands.show.clean",
    request=CleanRequest,
    groups=("tracking", "registry", "cache"),
    because="nothing is trained here",
    examples={
        "": "what nothing has used for 30 days: how many, how large, why; nothing goes",
        "--yes": "remove it",
        "older=7d cache_size=10GB --yes": "after a week, and so that 10 GB of cache are left at most",
        "older=0d cache_size=0GB": "all that is not in use now",
        "keep_trials=3": "files of trials but of the best three of each sweep that has ended",
    },
    notes=(
        "What can be made again goes: embeddings, exported networks, stored backbones, scans, maps, measured",
        "fidelity and predictions, figures, fetched bundles; checkpoints and caches of finished runs; folders of",
        "failed and killed runs, which cannot go on afterwards; files of deleted runs; temporary ones of",
        "ended processes. What stays: records and artifacts of runs, studies and registered models; folders of runs at",
        "work; pictures that runs name; what was used within the last hour. Trainings may go on: what they",
        "miss is made again.",
    ),
)
