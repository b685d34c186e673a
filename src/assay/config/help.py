"""What `--help` shows: the groups, their options and what each is for, read from the first line of each YAML file."""

from __future__ import annotations

from assay.config.compose import conf_dir, groups

PURPOSE = {
    "data": "the images",
    "model": "the backbone",
    "finetune": "what of the backbone is trained",
    "sampler": "which images an epoch draws",
    "aug": "how training images are varied",
    "loss": "what training minimises",
    "optimizer": "how weights are updated",
    "scheduler": "the learning rate over time",
    "calibration": "how confidence is made honest",
    "evaluation": "how thoroughly the model is measured",
    "trainer": "batches, precision, devices, stopping",
    "tracking": "where runs are recorded",
    "experiment": "whole recipes",
    "debug": "runs to try something out",
}

EXAMPLES = {
    "": "train with every default",
    "model=efficientnet_b0 aug=mixup": "another backbone, another augmentation",
    "data=folder data.root=photos": "your own images, one folder per class",
    "optimizer.lr=3e-4 seed=1": "single values",
    "-m model=resnet50,mobilenet_v3 seed=0,1": "every combination, children of one parent run",
    "resume=RUN_ID": "go on with a run that was interrupted",
    "--cfg job": "show the composed config, run nothing",
}


def described(group: str, option: str) -> str:
    """The sentence with which an option's file begins."""
    with (conf_dir() / group / f"{option}.yaml").open(encoding="utf-8") as opened:
        first = opened.readline().strip()
    return first.removeprefix("#").strip() if first.startswith("#") else ""


def default_options() -> dict[str, str]:
    """Option that each group takes when nothing is said."""
    import yaml

    content = yaml.safe_load((conf_dir() / "train.yaml").read_text(encoding="utf-8"))
    return {name: option for entry in content["defaults"] if isinstance(entry, dict) for name, option in entry.items()}


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
    for group, options in groups().items():
        if not options:
            continue
        lines += ["", f"{group}: {PURPOSE.get(group, '')}".rstrip(": ")]
        lines += [f"  {'*' if option == defaults.get(group) else ' '} {option:<20} {described(group, option)}" for option in options]
    lines += ["", "Flags: -m multirun · --cfg job compose only · --config-dir DIR your own options · --debug tracebacks"]
    return "\n".join(lines)
