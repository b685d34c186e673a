"""OOD sets by name, and what of the options about them cannot work together; known without reading a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assay.config.addresses import is_address, name_of
from assay.errors import ConfigError, did_you_mean

BUILT_IN = {
    "photographs": "far: parts of eight photographs of people, animals and things, from scikit-image, scikit-learn",
    "textures": "far: parts of brick, grass and gravel, from scikit-image",
    "instruments": "far: parts of pictures by microscope, telescope and retina camera, from scikit-image",
    "digits": "far: handwritten digits of 8×8 pixels, from scikit-learn",
    "misframed": "near: pictures of the test split cut half a picture off, the right half before the left",
}


def set_name(entry: str) -> str:
    """What the set of an entry of `data.ood` is called: the built-in name, the folder, or the table without its ending.

    Of an address it is the last part.

    Raises:
        ConfigError: neither a built-in name nor a path that is there.
    """
    if entry in BUILT_IN:
        return entry
    if is_address(entry):  # whether anything lies there is asked when its pictures are fetched
        return name_of(entry)
    path = Path(entry).expanduser()
    if not path.exists():
        raise ConfigError(
            f"data.ood: {entry}: neither a file or folder nor a set that comes with Assay; "
            f"{did_you_mean(entry, BUILT_IN)}"
        )
    return path.resolve().name if path.is_dir() else path.stem


def held_out_classes(value: Any) -> list[str]:
    """The classes of `data.holdout_class`, which is a name, a list of names, or None.

    Raises:
        ConfigError: something else, or a name twice.
    """
    names = [] if value is None else list(value) if isinstance(value, (list, tuple)) else [value]
    wrong = [name for name in names if not isinstance(name, str)]
    if wrong:
        raise ConfigError(f"data.holdout_class: must be a name or a list of names, got {wrong[0]!r}")
    if len(set(names)) < len(names):
        raise ConfigError(f"data.holdout_class: {max(names, key=names.count)} is named twice")
    return names


def check_ood(values: dict[str, Any]) -> None:
    """Refuse sets that are not there, two of one name, and choosing a detector on what it is reported on.

    Args:
        values: the composed config as plain values.

    Raises:
        ConfigError: one of these, or cut-offs in the wrong order.
    """
    data, rule = values["data"], values["ood"] or {}
    reported, chosen_on, held_out = data["ood"], data["ood_val"], data["holdout_class"]
    names = [set_name(entry) for entry in (*reported, *chosen_on)]
    names += [f"holdout_{name}" for name in held_out_classes(held_out)]
    both = {set_name(entry) for entry in reported} & {set_name(entry) for entry in chosen_on}
    if both:
        raise ConfigError(
            f"data.ood and data.ood_val both have {', '.join(sorted(both))}: a detector that was chosen on a set looks "
            "better there than it is; take other sets for one of them"
        )
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ConfigError(f"data.ood: two sets are called {twice[0]}; rename a folder or table")
    if rule.get("out_rate", 0) > rule.get("unsure_rate", 1):
        raise ConfigError(
            f"ood.out_rate={rule['out_rate']:g} must not be above ood.unsure_rate={rule['unsure_rate']:g}"
        )
