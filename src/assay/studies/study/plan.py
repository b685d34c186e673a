"""Plan: what a study trains, from the YAML file that a person writes: a baseline, variants, seeds or folds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from assay.config.bounds import AtLeast, Between
from assay.config.quoting import in_override
from assay.config.recipe import read_recipe
from assay.errors import ConfigError, did_you_mean

TARGET = f"{__name__}.StudySettings"
SPECIAL = ("best_of", "each_generator", "overrides")
FIRST_SEEDS = (0, 1, 2, 3, 4)


@dataclass(frozen=True)
class StudySettings:
    """The keys of `conf/study/*.yaml`.

    Attributes:
        question: that the study is to answer.
        baseline: name of the variant that the others are compared with.
        variants: by name, the overrides that set it apart; or `best_of` (names of other variants, the one with the best
            val macro-F1 lends its overrides) and `overrides`, those that come on top; with `each_generator: true` one
            variant for each generator of `data.synthetic`, trained with its images alone.
        common: overrides of every training.
        seeds: of the trainings of each variant, paired over variants; in a cross-validation each one divides the images
            into folds anew.
        folds: of a stratified cross-validation; null for trainings on one division.
        metrics: that claims are made about, as in the evidence; empty for the usual ones.
        confidence: level of intervals and, for all claims together, of tests.
        resamples: of the bootstrap.
    """

    question: str
    baseline: str
    variants: Mapping[str, Any]
    common: list[str] | tuple[str, ...] = ()
    seeds: list[int] | tuple[int, ...] = FIRST_SEEDS
    folds: Annotated[int | None, AtLeast(2)] = None
    metrics: list[str] | tuple[str, ...] = ()
    confidence: Annotated[float, Between(0.5, 0.999)] = 0.95
    resamples: Annotated[int, Between(100, 100_000)] = 2000


@dataclass(frozen=True)
class Variant:
    """One way of training.

    Attributes:
        name: for people.
        overrides: what sets it apart.
        best_of: names of variants, of which the best on val lends its overrides first.
        each_generator: whether it stands for one variant per generator, see `Plan.per_generator`.
    """

    name: str
    overrides: tuple[str, ...]
    best_of: tuple[str, ...] = ()
    each_generator: bool = False


@dataclass(frozen=True)
class Planned:
    """One training that a study needs.

    Attributes:
        variant: its name.
        seed: of the training.
        fold: of a cross-validation; None without one.
        overrides: all of them, as on a command line.
    """

    variant: str
    seed: int
    fold: int | None
    overrides: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.variant}, seed {self.seed}" + ("" if self.fold is None else f", fold {self.fold}")


@dataclass(frozen=True)
class Plan:
    """What a study trains.

    Attributes:
        name: of the study.
        settings: as they were written.
        variants: the baseline first.
        common: overrides of every training.
    """

    name: str
    settings: StudySettings
    variants: tuple[Variant, ...]
    common: tuple[str, ...]

    @property
    def places(self) -> list[tuple[int, int | None]]:
        """(seed, fold) of each training of a variant."""
        folds: Sequence[int | None] = [None] if self.settings.folds is None else range(self.settings.folds)
        return [(seed, fold) for seed in self.settings.seeds for fold in folds]

    def per_generator(self, generators: Sequence[str]) -> Plan:
        """The plan with one variant for each generator where a variant asks for that, called `<variant>_<generator>`.

        Raises:
            ConfigError: two variants would have one name.
        """
        variants: list[Variant] = []
        for planned in self.variants:
            if not planned.each_generator:
                variants.append(planned)
                continue
            for name in generators:
                words = (*planned.overrides, f"data.synthetic_generators=[{in_override(name)}]")
                variants.append(replace(planned, name=f"{planned.name}_{name}", overrides=words, each_generator=False))
        names = [variant.name for variant in variants]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ConfigError(f"study.variants: two are called {twice[0]}; rename one, or the generator")
        return replace(self, variants=tuple(variants))

    def training(self, variant: Variant, seed: int, fold: int | None, lent: Sequence[str] = ()) -> Planned:
        """One training; `lent` are the overrides of the variant that was the best of those asked for."""
        words = [*self.common, *lent, *variant.overrides, f"seed={seed}"]
        if fold is not None:
            words += [f"data.fold={fold}", f"data.folds={self.settings.folds}", f"data.split_seed={seed}"]
        return Planned(variant.name, seed, fold, tuple(words))


def read_plan(name: str, study_words: Sequence[str], common: Sequence[str]) -> Plan:
    """The plan of a study.

    Args:
        name: of a study that comes with Assay, or the path of a YAML file.
        study_words: overrides of its own keys, without `study.`.
        common: overrides for every training, after those of the file.

    Raises:
        ConfigError: the file or a value is wrong, or a variant names one that is not there.
    """
    values = read_recipe("study", name, study_words, TARGET)
    settings = StudySettings(**values)
    _refuse_words_of_hydra("study.common", settings.common)
    variants = {str(key): _variant(str(key), node) for key, node in settings.variants.items()}
    _check(settings, variants)
    first = variants.pop(settings.baseline)
    short = name.rpartition("/")[2].removesuffix(".yaml").removesuffix(".yml")
    return Plan(short, settings, (first, *variants.values()), (*settings.common, *common))


def _variant(name: str, node: Any) -> Variant:
    if isinstance(node, Mapping):
        if unknown := [key for key in node if key not in SPECIAL]:
            raise ConfigError(f"study.variants.{name}.{unknown[0]}: {did_you_mean(str(unknown[0]), SPECIAL)}")
        each = node.get("each_generator", False)
        if not isinstance(each, bool):
            raise ConfigError(f"study.variants.{name}.each_generator: must be true or false, got {each!r}")
        return Variant(name, _words(name, node.get("overrides")), _words(name, node.get("best_of")), each)
    return Variant(name, _words(name, node))


def _words(name: str, node: Any) -> tuple[str, ...]:
    if node is None:
        return ()
    if not isinstance(node, list) or not all(isinstance(word, str) for word in node):
        raise ConfigError(f"study.variants.{name}: must be a list of overrides, as in [sampler=weighted], got {node!r}")
    _refuse_words_of_hydra(f"study.variants.{name}", node)
    return tuple(node)


def _refuse_words_of_hydra(place: str, words: Sequence[str]) -> None:
    """A file says what is trained; where Hydra looks for options, and how it starts jobs, is said by who starts it."""
    if foreign := [word for word in words if word.lstrip("+~").startswith("hydra")]:
        raise ConfigError(f"{place}: {foreign[0]}: a study says nothing to Hydra; take it out")


def _check(settings: StudySettings, variants: Mapping[str, Variant]) -> None:
    if settings.baseline not in variants:
        raise ConfigError(f"study.baseline={settings.baseline}: {did_you_mean(settings.baseline, list(variants))}")
    if variants[settings.baseline].best_of:
        raise ConfigError(f"study.baseline={settings.baseline}: a baseline cannot wait for other variants (best_of)")
    for variant in variants.values():
        if variant.each_generator and (variant.best_of or variant.name == settings.baseline):
            raise ConfigError(f"study.variants.{variant.name}.each_generator: not for a baseline, and not with best_of")
        for other in variant.best_of:
            if other not in variants:
                raise ConfigError(
                    f"study.variants.{variant.name}.best_of: {other}: {did_you_mean(other, list(variants))}"
                )
            if variants[other].best_of:
                raise ConfigError(f"study.variants.{variant.name}.best_of: {other} itself waits for others")
    if not settings.seeds or len(set(settings.seeds)) != len(settings.seeds):
        raise ConfigError(f"study.seeds: must be different whole numbers, at least one, got {list(settings.seeds)}")
