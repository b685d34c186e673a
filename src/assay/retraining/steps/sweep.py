"""SweepStep: a search around the champion's recipe on the new manifest, whose best trial on val is what is trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from assay.config.changed import changed
from assay.config.door import typed_as
from assay.errors import ConfigError
from assay.retraining.step import StepContext
from assay.retraining.workshop import Workshop

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from assay.sweep.search_space import SearchSpace
    from assay.sweep.settings import SweepSettings

FOLDER = "sweep"
HYDRA = "hydra"
BASE = f"{HYDRA}/sweeper=optuna"


@dataclass(frozen=True)
class TrialResult:
    """What a trial gives, as a launcher of Hydra has it."""

    _return_value: Any


@dataclass(frozen=True)
class SweepStep:
    """Tries what the job wants varied; off where it wants nothing, so that the champion's frozen recipe is trained.

    Attributes:
        workshop: what it works with.
    """

    workshop: Workshop
    name: ClassVar[str] = "sweep"

    def run(self, context: StepContext) -> Mapping[str, Any]:
        """JSON values: trials by how they ended, the best one's number, metrics and overrides of the recipe.

        Trials are measured on val alone. A study that a kill has cut off is gone on with: its trials are in a journal.

        Raises:
            ConfigError: a word cannot be, or nothing varies.
            StudyError: too many trials failed.
        """
        from assay.sweep.run import sweep

        words = self.workshop.settings.sweep
        if not words:
            return {"overrides": []}
        config = self.workshop.recipe_with(context.results)
        settings, space = searched(words, config)

        def launch(overrides: list[str], number: int) -> TrialResult:
            from assay.run.train import train

            applied = [word for word in overrides if not word.lstrip("+").startswith(f"{HYDRA}.")]
            with typed_as(()):
                return TrialResult(train(with_words(config, applied)).objectives)

        swept = sweep(settings, space, f"retraining-{context.run.id[-12:]}", context.folder / FOLDER, launch)
        best = swept.best[0]
        return {
            "trials": swept.counts,
            "best": best.number,
            "metrics": best.values,
            "overrides": list(best.overrides),
        }


def searched(words: Sequence[str], config: DictConfig) -> tuple[SweepSettings, SearchSpace]:
    """What words of a sweep ask for, around a recorded config.

    Args:
        words: as `python train.py -m` takes them: keys of `hydra.sweeper`, and overrides that vary.
        config: that is varied; where runs are recorded is taken from it.

    Raises:
        ConfigError: a word cannot be, nothing varies, or several metrics are asked for: no trial is best in all.
    """
    from dataclasses import replace

    from omegaconf import OmegaConf

    from assay.config.compose import compose_sweeper
    from assay.config.quoting import in_override
    from assay.sweep.search_space import read_space
    from assay.sweep.settings import read_settings

    of_sweeper = [word for word in words if word.lstrip("+").startswith(HYDRA)]
    node = OmegaConf.to_container(compose_sweeper([BASE, *of_sweeper]), resolve=True)
    assert isinstance(node, dict)
    settings = read_settings({str(key): value for key, value in node.items() if not str(key).startswith("_")})
    if len(settings.metrics) > 1:
        raise ConfigError(
            "sweep: hydra.sweeper.metrics has several, of which no trial is the best in all; a retraining takes one"
        )
    tracking = {key: value for key, value in config.tracking.items() if isinstance(value, str) and key != "_target_"}
    places = [f"tracking.{key}={in_override(value)}" for key, value in tracking.items()]
    space = read_space([word for word in words if word not in of_sweeper])
    return settings, replace(space, fixed=(*places, *space.fixed))


def with_words(config: DictConfig, words: Sequence[str]) -> DictConfig:
    """A recorded config with overrides as they are typed; a group is replaced as a whole.

    Args:
        config: stays as it is.
        words: `optimizer.lr=0.01`, `loss=focal`.

    Raises:
        ConfigError: one cannot be understood, or there is no such option.
    """
    from omegaconf import OmegaConf

    from assay.config.compose import compose, groups
    from assay.sweep.conditional import parsed

    values: dict[str, Any] = {}
    for word in words:
        override = parsed(word)
        key = override.key_or_group
        if key in groups():
            values[key.replace("/", ".")] = OmegaConf.select(compose([word]), key.replace("/", "."))
        else:
            values[key] = override.value()
    return changed(config, values)
