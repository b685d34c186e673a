"""What is typed behind `assay fidelity`: its own words apart from the config's, and its help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from omegaconf import DictConfig

from assay.config.check import check
from assay.config.compose import compose
from assay.errors import ConfigError, did_you_mean

OWN = ("synthetic", "synthetic.layout", "output")
TAKEN = ("data", "experiment", "fidelity", "tracking", "cache", "seed")


@dataclass(frozen=True)
class Asked:
    """The words of the command itself.

    Attributes:
        synthetic: folder, table or manifest of generated images.
        layout: "auto", "class" or "generator".
        output: folder of the report; "" for one beside the runs.
        words: as typed.
    """

    synthetic: str
    layout: str = "auto"
    output: str = ""
    words: tuple[str, ...] = ()


def understood(arguments: Sequence[str]) -> tuple[Asked, DictConfig]:
    """The command's own words, and the checked config of dataset, features and store.

    Raises:
        ConfigError: no generated images are named, or a word or value cannot be.
    """
    own = {word.partition("=")[0]: word.partition("=")[2] for word in arguments if word.partition("=")[0] in OWN}
    rest = [word for word in arguments if word.partition("=")[0] not in OWN]
    for word in rest:
        if "=" not in word:
            raise ConfigError(f"{word}: cannot be understood; {did_you_mean(word, [f'{name}=' for name in OWN])}")
        if word.startswith("synthetic."):
            raise ConfigError(f"{word.partition('=')[0]}: no such key; {did_you_mean(word.partition('=')[0], OWN)}")
    if foreign := [word for word in rest if not word.lstrip("+~").startswith(TAKEN)]:
        raise ConfigError(
            f"{' '.join(foreign)}: nothing is trained here; take it away (what can be set here: synthetic, "
            f"synthetic.layout, output, {', '.join(TAKEN)})"
        )
    if not own.get("synthetic"):
        raise ConfigError("synthetic: a value is needed; give synthetic=DIR with a folder per class, or a manifest")
    config = compose(rest)
    check(config)
    layout = own.get("synthetic.layout") or "auto"
    if layout not in ("auto", "class", "generator"):
        raise ConfigError(
            f"synthetic.layout={layout}: no such layout; {did_you_mean(layout, ('auto', 'class', 'generator'))}"
        )
    return Asked(own["synthetic"], layout, own.get("output", ""), tuple(arguments)), config


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
