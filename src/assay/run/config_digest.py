"""What a config says that can change a result: its digest, and how a config that is read back is held against it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig

from assay.config import door
from assay.errors import ConfigError
from assay.files import digest_of
from assay.tracking.run_files import CONFIG

if TYPE_CHECKING:
    from assay.tracking.read import RunRecord

YOUNGER_KEYS: dict[str, tuple[tuple[str, Any], ...]] = {
    "data": (
        ("copies", "perceptual"),
        ("range", "auto"),
        ("merge_labels", False),
        ("layout", "auto"),
        ("division", None),
        ("reviewed", None),
        ("reviewed_test", None),
        ("pseudo_generators", []),
    ),
    "evaluation": (("tta", None),),
    "trainer": (("soup", None), ("progressive", None), ("preresize", None)),
}
"""Keys of groups that configs of before do not have, and the values that leave their digest as it was."""
WITHOUT_EFFECT = ("name", "resume", "cache", "mirror_limit", "tracking", "registry", "explain", "sweep=")
TAG = "config_digest"
SHOWN = 5


def config_digest(config: DictConfig) -> str:
    """Hex sha256 of everything in a config that can change a result."""
    values = door.plain(config)
    if not values["data"].get("pseudo_generators"):
        values["data"].pop("pseudo_ratio", None)
    for group, younger in YOUNGER_KEYS.items():
        values[group] = {key: value for key, value in values[group].items() if (key, value) not in younger}
    return digest_of({key: value for key, value in values.items() if key not in WITHOUT_EFFECT})


def refuse_edited_config(config: DictConfig, record: RunRecord) -> None:
    """Hold the config that lies in a run's folder against what was recorded when the run began.

    Args:
        config: as it was read back.
        record: of the run, with the digest as a tag; without that tag its params decide.

    Raises:
        ConfigError: something that can change a result is another; says which keys, and what to do.
    """
    recorded = record.tags.get(TAG)
    if recorded is not None and config_digest(config) == recorded:
        return
    edited = edited_keys(config, record)
    if recorded is None and not edited:
        return
    what = "; ".join(f"{key} is {now} and was {before}" for key, (now, before) in list(edited.items())[:SHOWN])
    if len(edited) > SHOWN:
        what += f"; and {len(edited) - SHOWN} more"
    raise ConfigError(
        f"resume={record.run_id}: {record.folder / CONFIG} is not the config that the run began with"
        f"{f' ({what})' if what else ''}. A run keeps its config from beginning to end: put back what was there, "
        "or start a new run with other values"
    )


def edited_keys(config: DictConfig, record: RunRecord) -> dict[str, tuple[str, str]]:
    """Keys whose values differ from the run's params: what the config says now, and what was recorded."""
    from assay.tracking.limits import flatten

    now = flatten({key: value for key, value in door.plain(config).items() if key not in WITHOUT_EFFECT})
    return {
        key: (value, record.params[key])
        for key, value in now.items()
        if key in record.params and record.params[key] != value
    }
