"""Settings of a job: those of a recipe, with what was typed, and checked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields, replace

from assay.config.recipe import read_recipe
from assay.errors import ConfigError
from assay.retraining.quiet import quiet_hours
from assay.retraining.settings import RetrainSettings
from assay.retraining.slots import check_schedule

TARGET = "assay.retraining.settings.RetrainSettings"
"""The class whose arguments the keys of a recipe are."""


def read_settings(recipe: str, typed: RetrainSettings, keys: Collection[str]) -> RetrainSettings:
    """The settings of a job.

    Args:
        recipe: name of one that comes with Assay, or the path of a YAML file.
        typed: settings with what was typed.
        keys: that were typed, which come before those of the recipe.

    Raises:
        ConfigError: there is no such recipe, or a value cannot be.
    """
    values = read_recipe("retrain", recipe, [], TARGET)
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
    known = {field.name for field in fields(RetrainSettings)}
    settings = replace(RetrainSettings(**values), **{key: getattr(typed, key) for key in known & set(keys)})
    check_schedule(settings.schedule, settings.zone)
    if settings.quiet:
        quiet_hours(settings.quiet)
    for word in settings.sweep:
        _check_word(word)
    return settings


def _check_word(word: str) -> None:
    """Refuse what is no override, before it has waited for its slot."""
    from assay.sweep.conditional import parsed

    try:
        parsed(word)
    except ConfigError as error:
        raise ConfigError(
            f"sweep: {error}; what has commas stands in a YAML file of your own, as an entry of sweep"
        ) from error
