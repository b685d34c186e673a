"""A/B studies of generated images: arms for each generator, and what is decided when all arms have ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.config.changed import changed
from assay.config.compose import compose
from assay.data.manifest import Manifest
from assay.errors import ConfigError
from assay.evaluation.catalogue import MAIN
from assay.files import atomic_write
from assay.run.images import load_real_manifest
from assay.run.synthetic import candidates, generated_images, limits_of
from assay.studies.study.plan import Plan, Variant
from assay.synthetic.fidelity.record import FidelityEvidence
from assay.synthetic.training.decision import FILE, KEPT, MARKDOWN, TABLE, Arm, SyntheticDecision, decide
from assay.synthetic.training.mixing import chosen_classes

if TYPE_CHECKING:
    from mlflow.entities import DatasetInput

    from assay.comparison import Comparison, VariantComparison
    from assay.studies.result import StudyResult
    from assay.studies.study.collect import Collected
    from assay.tracking.store import TrackingStore

OURS = ("data.synthetic", "data.repeat_ratio")
DECIDED = "assay.synthetic.decision"
FIDELITY = "fidelity.json"


@dataclass(frozen=True)
class Concluded:
    """The decision of a study and the images that it keeps.

    Attributes:
        decision: for each class of each generator.
        kept: None where nothing is kept.
        fidelity: distances and copies, to be kept beside it.
    """

    decision: SyntheticDecision
    kept: Manifest | None
    fidelity: FidelityEvidence

    def added_to(self, result: StudyResult) -> StudyResult:
        """The result with the decision among its findings."""
        return replace(
            result,
            findings=(*result.findings, *self.decision.sentences()),
            notes=(*result.notes, *self.decision.notes),
        )

    def record(self, folder: Path, store: TrackingStore, parent: str) -> None:
        """Write the decision, its table and the kept images beside the study, and log them in its run."""
        from assay.tracking.dataset import dataset_input
        from assay.tracking.run import TrackedRun

        (folder / KEPT).unlink(missing_ok=True)  # of an earlier decision, which this one takes the place of
        self.decision.save(folder / FILE)
        self.decision.save_csv(folder / TABLE)
        self.fidelity.save(folder / FIDELITY)
        with atomic_write(folder / MARKDOWN) as temporary:
            temporary.write_text(self.decision.markdown(), encoding="utf-8")
        made = [FILE, TABLE, MARKDOWN, FIDELITY]
        run = TrackedRun(store, parent, self.decision.study)
        if self.kept is not None:
            self.kept.save(folder / KEPT)
            made.append(KEPT)
            described = dataset_input(self.kept, f"kept by {self.decision.study}")
            run.log_dataset(self.kept, described=_tagged(described, self.decision))
        for name in made:
            run.log_artifact(folder / name)
        run.set_tags({DECIDED: self.decision.words, **self.fidelity.tags()})


def generators(plan: Plan) -> list[str]:
    """The generators of the images that a plan is about.

    Raises:
        ConfigError: the plan names no generated images.
    """
    config = compose(plan.common)
    if not config.data.synthetic:
        raise ConfigError("this study needs generated images: data.synthetic=DIR, with a folder GENERATOR/CLASS in it")
    real = load_real_manifest(config)
    return sorted(set(generated_images(config, real.class_names).table["generator"]))


def uses_generated(plan: Plan) -> bool:
    """Whether a variant but not the baseline trains on generated images."""
    baseline, *others = (_composed(plan, variant) for variant in plan.variants)
    return not baseline.data.synthetic and any(config.data.synthetic for config in others)


def decide_synthetic(plan: Plan, collected: Collected) -> Concluded:
    """Keep, discard or undecided for every class of every generator, from distances, copies and the arms of a study."""
    config = compose([*plan.common, *_first_place(plan)])
    arms = {variant.name: _composed(plan, variant) for variant in plan.variants}
    entries = {str(arm.data.synthetic) for arm in arms.values() if arm.data.synthetic}
    if len(entries) != 1:
        raise ConfigError(f"the variants train on several sets of generated images: {', '.join(sorted(entries))}")
    config = changed(config, {"data.synthetic": entries.pop(), "data.synthetic_generators": None})
    real = load_real_manifest(config)
    generated = candidates(config, real)
    every = generated.evidence.generators
    train = real.only("train")
    claims: dict[tuple[str, str], list[Arm]] = {}
    for variant in plan.variants:
        alone = _alone(arms[variant.name], variant, every)
        if alone is None:
            continue
        compared = _compared(collected.comparison, variant.name)
        for label in chosen_classes(train, _classes(arms[variant.name])):
            name = train.class_names[label]
            claim = next(
                (
                    known
                    for known in (compared.claims if compared else ())
                    if (known.metric, known.class_name) == ("f1", name)
                ),
                None,
            )
            claims.setdefault((alone, name), []).append(Arm(variant.name, claim))
    decision, kept = decide(
        generated.evidence,
        generated.usable,
        claims,
        limits_of(config, real),
        study=collected.result.name,
        notes=_notes(plan, collected, generated.too_near, arms),
    )
    return Concluded(decision, kept, generated.evidence)


def _alone(config: DictConfig, variant: Variant, every: Sequence[str]) -> str | None:
    """The one generator whose images set a variant apart from the baseline; None where it is not that alone."""
    data = config.data
    if not data.synthetic or data.repeat_ratio or data.synthetic_ratio == 0 or variant.best_of:
        return None
    if not all(word.lstrip("+~").startswith(OURS) for word in variant.overrides):
        return None
    asked = list(every) if data.synthetic_generators is None else [str(name) for name in data.synthetic_generators]
    return asked[0] if len(asked) == 1 else None


def _notes(plan: Plan, collected: Collected, too_near: int, arms: dict[str, DictConfig]) -> list[str]:
    sentences = []
    if too_near:
        sentences.append(
            f"{too_near} generated images were never trained on: they come too near to a real one outside train."
        )
    repeats = [
        variant.name
        for variant in plan.variants
        if arms[variant.name].data.repeat_ratio and not arms[variant.name].data.synthetic
    ]
    for name in repeats:
        compared = _compared(collected.comparison, name)
        claim = next((claim for claim in compared.claims if claim.metric == MAIN), None) if compared else None
        if claim is not None and claim.difference.value is not None:
            sentences.append(
                f"More steps alone ({name}, real images once more): macro-F1 {claim.difference.value:+.3f} against "
                f"{plan.settings.baseline}, {claim.verdict}; what generated images gain has to be more than that."
            )
    if not repeats:
        sentences.append("No arm repeats real images, so that more steps cannot be told from more data.")
    if collected.comparison is None:
        sentences.append("Nothing was compared, so nothing is kept.")
    return sentences


def _composed(plan: Plan, variant: Variant) -> DictConfig:
    seed, fold = plan.places[0]
    return compose(plan.training(variant, seed, fold).overrides)


def _first_place(plan: Plan) -> list[str]:
    seed, fold = plan.places[0]
    words = [f"seed={seed}"]
    if fold is not None:
        words += [f"data.fold={fold}", f"data.folds={plan.settings.folds}", f"data.split_seed={seed}"]
    return words


def _compared(comparison: Comparison | None, name: str) -> VariantComparison | None:
    return next((variant for variant in (comparison.variants if comparison else ()) if variant.side.name == name), None)


def _classes(config: DictConfig) -> str | list[str]:
    asked = config.data.synthetic_classes
    return asked if isinstance(asked, str) else [str(name) for name in asked]


def _tagged(described: DatasetInput, decision: SyntheticDecision) -> DatasetInput:
    from mlflow.entities import DatasetInput, InputTag

    return DatasetInput(described.dataset, [*described.tags, InputTag(DECIDED, decision.words[:500])])
