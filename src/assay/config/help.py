"""What `--help` shows: the groups, their options and what each is for, read from the first line of each YAML file."""

from __future__ import annotations

import shutil
import textwrap

from assay.config.compose import conf_dir, conf_dirs, groups

PURPOSE = {
    "data": "the images",
    "model": "the backbone",
    "finetune": "what of the backbone is trained",
    "head": "what turns embeddings into classes",
    "sampler": "which images an epoch draws",
    "aug": "augmentation: how training images are varied",
    "loss": "what training minimises",
    "optimizer": "how weights are updated",
    "scheduler": "the learning rate over time",
    "calibration": "how confidence is calibrated",
    "reject": "selective prediction: which answers are rejected and go to a person",
    "ood": "out-of-distribution detection: how pictures of another kind are noticed",
    "ood/detector": "what the second stage of ood=two_stage looks at",
    "evaluation": "how thoroughly the model is measured",
    "explain": "how `assay explain` shows where the model looks",
    "trainer": "batches, precision, devices, stopping",
    "tracking": "where runs are recorded",
    "experiment": "whole recipes",
    "debug": "runs to try something out",
    "hydra/launcher": "where the jobs of a multirun (-m) run",
    "sweep": "ready-made searches, with -m",
    "hydra/sweeper": "who chooses the jobs of a multirun (-m)",
    "hydra/sweeper/sampler": "how hydra/sweeper=optuna chooses the next trial",
    "hydra/sweeper/pruner": "which trials hydra/sweeper=optuna stops early",
}

EXAMPLES = {
    "": "train with every default",
    "model=efficientnet_b0 aug=mixup": "another backbone, another augmentation",
    "data=folder data.root=photos": "your own images, one folder per class",
    "optimizer.lr=3e-4 seed=1": "single values",
    "-m model=resnet50,mobilenet_v3 seed=0,1": "every combination, children of one parent run",
    "-m hydra/sweeper=optuna 'optimizer.lr=tag(log,interval(1e-4,1e-1))'": "search; the same command goes on",
    "-m sweep=head": "a ready-made search; every value can be overridden",
    "resume=RUN_ID": "go on with a run that was interrupted",
    "--cfg job": "show the composed config, run nothing",
}


def described(group: str, option: str) -> str:
    """The sentence with which an option's file begins."""
    files = [top / group / f"{option}.yaml" for top in conf_dirs()]
    with next(file for file in files if file.is_file()).open(encoding="utf-8") as opened:
        lines = [line.strip() for line in opened]
    first = next((line for line in lines if not line.startswith("# @package")), "")
    return first.removeprefix("#").strip() if first.startswith("#") else ""


def default_options() -> dict[str, str]:
    """Option that each group takes when nothing is said."""
    import yaml

    content = yaml.safe_load((conf_dir() / "train.yaml").read_text(encoding="utf-8"))
    entries = [entry for entry in content["defaults"] if isinstance(entry, dict)]
    defaults = {name: option for entry in entries for name, option in entry.items() if not name.startswith("override ")}
    for group in groups():
        outer, _, inner = group.rpartition("/")
        if outer in defaults:
            content = yaml.safe_load((conf_dir() / outer / f"{defaults[outer]}.yaml").read_text(encoding="utf-8"))
            for entry in content.get("defaults", []):
                if isinstance(entry, dict) and inner in entry:
                    defaults[group] = entry[inner]
    return defaults


def help_text(program: str) -> str:
    """The page for a terminal; the default of each group is marked with a star.

    Args:
        program: how the command was called, e.g. "python train.py".
    """
    defaults = default_options()
    lines = ["Train an image classifier, measure it with calibrated evidence, record it in MLflow.", ""]
    lines += [f"{program} [GROUP=OPTION …] [GROUP.KEY=VALUE …]", ""]
    lines += [f"  {f'{program} {overrides}'.rstrip():<66} {what}" for overrides, what in EXAMPLES.items()]
    lines += [""]
    lines += ["Groups and options (* is the default):"]
    known = groups()
    for group in sorted(known, key=lambda name: list(PURPOSE).index(name) if name in PURPOSE else len(PURPOSE)):
        lines += ["", f"{group}: {PURPOSE.get(group, '')}".rstrip(": ")]
        lines += [_line(group, option, option == defaults.get(group)) for option in known[group]]
    lines += [
        "",
        "Flags: -m multirun · --cfg job compose only · --config-dir DIR your own options · --debug tracebacks",
    ]
    lines += [f"{program} --help GROUP describes the keys of a group, as in --help trainer or --help loss=focal."]
    return "\n".join(lines)


def _line(group: str, option: str, default: bool) -> str:
    width = max(60, shutil.get_terminal_size((120, 24)).columns)
    first = f"  {'*' if default else ' '} {option:<20} "
    return textwrap.fill(described(group, option), width, initial_indent=first, subsequent_indent=" " * len(first))
