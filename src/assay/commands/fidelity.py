"""`assay fidelity`: how near generated images come to real ones, and how many of them are copies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.config.words import Words
from assay.errors import ConfigError, TrackingError, did_you_mean
from assay.run.fidelity_request import FidelityRequest

if TYPE_CHECKING:
    from assay.run.fidelity_run import Measured


def main(arguments: Sequence[str], program: str) -> None:
    """Run the command with the words after its name; that generated images are bad is an answer, not a failure."""
    if any(word in ("-h", "--help") for word in arguments):
        print(help_text(program))
        return
    request = parse_fidelity(arguments)

    from assay.commands.show.fidelity import show
    from assay.run.fidelity_run import fidelity

    found = fidelity(*request)

    show(found.evidence, found.folder, _recorded(found))
    if found.problem:
        raise TrackingError(found.problem)


def _recorded(found: Measured) -> str:
    if found.run is None:
        return "not recorded"
    return f"run {found.run}" + (", recorded before" if found.before else "")


LAYOUTS = ("auto", "class", "generator")


WORDS = Words(
    own=("synthetic", "synthetic.layout", "output"),
    taken=("data", "experiment", "fidelity", "tracking", "cache", "seed"),
    because="nothing is trained here",
)


def parse_fidelity(arguments: Sequence[str]) -> tuple[FidelityRequest, DictConfig]:
    """The command's own words, and the checked config of dataset, features and store.

    Raises:
        ConfigError: no generated images are named, or a word or value cannot be.
    """
    parted = WORDS.part(arguments)
    synthetic = parted.needed("synthetic", "give synthetic=DIR with a folder per class, or a manifest")
    layout = parted.own.get("synthetic.layout") or "auto"
    if layout not in LAYOUTS:
        raise ConfigError(f"synthetic.layout={layout}: no such layout; {did_you_mean(layout, LAYOUTS)}")
    return FidelityRequest(synthetic, layout, parted.own.get("output", ""), tuple(arguments)), parted.config()


def help_text(program: str) -> str:
    """The page for a terminal."""
    return "\n".join(
        [
            "Hold generated images against real ones, class by class: FID and KID, precision and recall, copies.",
            "",
            f"{program} [GROUP=OPTION …] [GROUP.KEY=VALUE …] synthetic=DIR [synthetic.layout=…] [output=…]",
            "",
            f"  {program} data=elpv data.image_size=64 synthetic=generated",
            "      page, tables and contact sheets, recorded as a run of its own",
            f"  {program} data=folder data.root=photos synthetic=generated fidelity.extractor=inception_v3",
            "      the features of the published FIDs; their weights are fetched once",
            "",
            "synthetic         DIR with a folder for each class, or GENERATOR/CLASS; a saved manifest or a table.",
            "                  Classes by their names, or by their places: 0, 1, …",
            "synthetic.layout  auto, class or generator: what the folders of DIR are",
            "output            folder of fidelity.html, fidelity.json, fidelity.csv, pairs.csv and pictures",
            "",
            "fidelity.extractor=…   inception_v3, or any architecture of timm (tf_efficientnet_lite0)",
            "fidelity.weights=…     pretrained, hf-hub:…, or the path of a checkpoint",
            "fidelity.size=N        pixels that both sides are brought to (data.image_size)",
            "fidelity.near=0.01     share of held-out real images that may be as near as a near-copy",
            "fidelity.minimum=64    images below which a class gets no FID",
            "fidelity.components=32 directions of FID where all features are too many for a covariance",
            "fidelity.resamples=1000, fidelity.splits=12",
            "Where runs are recorded: tracking=server tracking.uri=…, as in the training",
        ]
    )
