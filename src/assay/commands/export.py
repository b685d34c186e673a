"""`assay export`: a run's model as a bundle, in the forms that it is served in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import yaml
from omegaconf import DictConfig

from assay.config.signature import signature_of
from assay.config.words import Words
from assay.deploy.bundle.settings import ExportSettings, Int8Settings
from assay.deploy.export.request import ExportRequest
from assay.errors import ConfigError


def main(arguments: Sequence[str], program: str) -> None:
    """Run the command with the words after its name."""
    if any(word in ("-h", "--help") for word in arguments):
        print(help_text(program))
        return
    request = parse_export(arguments)

    from assay.commands.show.export import show
    from assay.deploy.export.export import export

    show(export(*request))


INT8_KEYS = tuple(f"int8.{key.name}" for key in fields(Int8Settings))


WORDS = Words(
    own=("run", "formats", "serve", *INT8_KEYS, "output"),
    taken=("tracking", "cache"),
    because="the run is exported as it was trained",
)


ALL = ("onnx", "int8", "torchscript", "torch_export")


EXPORT, INT8 = "assay.deploy.bundle.settings.ExportSettings", "assay.deploy.bundle.settings.Int8Settings"


def parse_export(arguments: Sequence[str]) -> tuple[ExportRequest, DictConfig]:
    """The command's own words, and the checked config of the store.

    Raises:
        ConfigError: no run is named, a value cannot be, or a word belongs to the run's own config.
    """
    parted = WORDS.part(arguments)
    run = parted.needed("run", "give run=RUN_ID, the id that a training ends with")
    typed = {key: text for key, text in parted.own.items() if key not in ("run", "output")}
    plain = {key: _value(key, text, EXPORT) for key, text in typed.items() if key not in INT8_KEYS}
    int8 = {key.removeprefix("int8."): _value(key, text, INT8) for key, text in typed.items() if key in INT8_KEYS}
    settings = ExportSettings(**{"formats": list(ALL), **plain}, int8=Int8Settings(**int8))
    return ExportRequest(run, settings, parted.own.get("output", "")), parted.config()


def help_text(program: str) -> str:
    """The page for a terminal."""
    return "\n".join(
        [
            "Pack a run's model as a bundle: weights, calibration, thresholds, evidence, and the forms that it is "
            "served in.",
            "",
            f"{program} [GROUP=OPTION …] [GROUP.KEY=VALUE …] run=RUN_ID [formats=[…]] [serve=FORMAT] [output=…]",
            "",
            f"  {program} run=3f2a",
            "      everything; each form is held against the float model on the whole test split",
            f"  {program} run=3f2a formats=[onnx,int8] serve=int8",
            "      the bundle answers in INT8, and its evidence is measured again on INT8",
            f"  {program} run=digits@champion formats=[onnx]",
            "      the run behind a version that the registry calls so",
            "",
            "run                id of a run as the training printed it, or its beginning; or NAME@ALIAS",
            "formats            onnx, int8, torchscript (legacy: deprecated in torch), torch_export; all of them",
            "serve              float (default), onnx or int8: what answers, and what the evidence is about",
            "int8.images        training images that ranges of activations are taken from, 256",
            "int8.max_loss      share of the macro-F1 that INT8 may lose before it is refused, 0.02",
            "int8.reduce_range  true makes weights of 7 bits, for x86 CPUs without VNNI",
            "int8.float_share   share of the multiply-adds at the network's start that stays in float, 0.06",
            "output             folder for a copy of the bundle",
            "",
            "The bundle lies in the run's folder and among its artifacts. TorchScript and torch.export hold code: they",
            "lie beside the bundle, in exports/. Where runs are recorded: tracking=server tracking.uri=…",
        ]
    )


def _value(key: str, text: str, target: str) -> Any:
    """The value of a key, held against the class that it is for."""
    found = signature_of(target)
    assert found is not None
    name = key.removeprefix("int8.")
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"{key}={text}: cannot be read as a value") from error
    if name == "formats":
        value = [entry.strip() for entry in value.split(",")] if isinstance(value, str) else value or []
    if problem := found[0][name].problem(value):
        raise ConfigError(f"{key}: {problem}")
    return value
