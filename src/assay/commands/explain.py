"""`assay explain`: where a trained model looks, and whether its maps mean something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from omegaconf import DictConfig

from assay.config.compose import groups
from assay.config.help import default_options, described
from assay.config.values import truth, whole
from assay.config.words import Words
from assay.run.explain_request import DEFAULT_IMAGES, ExplainRequest


def main(arguments: Sequence[str], program: str) -> None:
    """Run the command with the words after its name."""
    if any(word in ("-h", "--help") for word in arguments):
        print(help_text(program))
        return
    request = parse_explain(arguments)

    from assay.run.explain import explain

    explained = explain(*request)
    if explained.evidence is not None:
        for sentence in explained.evidence.verdict:
            print(f"• {sentence}")
    print(f"page     {explained.folder / 'index.html'}")
    print(f"form     {explained.folder / 'review.csv'}")
    print(f"overlays {explained.folder / 'overlays'}")


WORDS = Words(
    own=tuple(entry.name for entry in fields(ExplainRequest)),
    taken=("explain", "tracking", "cache", "seed"),
    because="the run is explained as it was trained",
)


def parse_explain(arguments: Sequence[str]) -> tuple[ExplainRequest, DictConfig]:
    """The command's own words, and the checked config of method and store.

    Raises:
        ConfigError: no run is named, a value cannot be, or a word belongs to the run's own config.
    """
    parted = WORDS.part(arguments)
    own = parted.own
    run = parted.needed("run", "give run=RUN_ID, the id that a training ends with")
    images = own.get("images") or DEFAULT_IMAGES
    asked = ExplainRequest(
        run=run,
        images=images,
        target=own.get("target") or "predicted",
        count=whole("count", own.get("count", "50")),
        sanity=truth("sanity", own["sanity"]) if "sanity" in own else "random" in images.split(","),
    )
    return asked, parted.config()


def help_text(program: str) -> str:
    """The page for a terminal; the default method is marked with a star."""
    default = default_options()["explain"]
    methods = [
        f"  {'*' if option == default else ' '} {option:<21} {described('explain', option)}"
        for option in groups()["explain"]
    ]
    return "\n".join(
        [
            "Show where a trained model looks, and check that the maps mean something.",
            "",
            f"{program} [GROUP=OPTION …] [GROUP.KEY=VALUE …] run=RUN_ID [images=…] [target=…] [count=N] [sanity=false]",
            "",
            f"  {program} run=3f2a",
            "      50 random test images and the 50 worst errors, as a page with a form for an expert; the checks go",
            "      into the run's evidence. The beginning of a run's id is enough.",
            f"  {program} run=3f2a explain=gradcam_pp explain.layer=blocks.4",
            "      another method, another layer",
            "",
            "run     id of a run, as the training printed it",
            "images  random, errors, random,errors (default), ids of images (their beginnings), a file, or a folder",
            "target  predicted (default), true, or the name of a class",
            "count   images on each sheet, 50",
            "sanity  whether the maps are checked; only done where random images are shown",
            "",
            "explain: the method (* is the default)",
            *methods,
            "",
            "Settings of a method: explain.layer=NAME · explain.batch_size=8 · explain.steps=50 (integrated gradients)",
            "Where runs are recorded: tracking=server tracking.uri=…, as in the training",
        ]
    )
