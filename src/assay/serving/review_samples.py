"""`assay review sample` and `verdict`: generated images to the desk, and what is said of them back to their runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig

from assay.errors import ConfigError, DataError, ServiceError
from assay.evaluation.resampling import Resampling
from assay.registry.open_registry import who
from assay.review.samples.judged import JudgedSample
from assay.serving.review_request import ReviewRequest
from assay.store.service_store import ServiceStore

if TYPE_CHECKING:
    from assay.data.manifest import Manifest
    from assay.run.desk_review import PlannedReview
    from assay.store.trail import Personal, TrailEntry
    from assay.synthetic.training.desk_review import DeskReview

    Line = tuple[str, Mapping[str, Any], Personal | None]

PER_STRATUM = 50
"""Images of each generator and class in a sample, unless others are asked for."""
LINE = "generated images reviewed"
"""Kind of the line of the audit trail."""


@dataclass(frozen=True)
class SampleResult:
    """A sample that was queued.

    Attributes:
        batch: its name.
        strata: what it stands for -> images drawn, and how many there are.
        added: images that are new at the desk.
        known: that were queued before.
    """

    batch: str
    strata: dict[str, tuple[int, int]]
    added: int
    known: int


@dataclass(frozen=True)
class WrittenVerdict:
    """What was decided for a run.

    Attributes:
        run: its id.
        name: its name.
        review: as its tag says it.
        word: "keep", "discard" or "undecided".
        lacks: what would decide it; "" where it is decided.
        overruled: the review that it took the place of; "" for none.
        stood: whether the run held the same already.
    """

    run: str
    name: str
    review: str
    word: str
    lacks: str
    overruled: str
    stood: bool


@dataclass(frozen=True)
class VerdictResult:
    """What was decided about a sample.

    Attributes:
        judged: what reviewers made of it.
        runs: into which it was written.
    """

    judged: JudgedSample
    runs: tuple[WrittenVerdict, ...]


def queue_generated(store: ServiceStore, request: ReviewRequest, config: DictConfig) -> SampleResult:
    """Draw a sample of generated images and queue it for the form plausibility.

    Raises:
        AssayError: there are no such images, or the batch stands for others.
    """
    from assay.review.samples.drawn import draw_sample
    from assay.review.samples.queued import queue_sample

    generated, run = _source(request, config)
    drawn = draw_sample(
        generated,
        request.count or PER_STRATUM,
        seed=request.seed,
        run=run,
        generators=request.generators,
        classes=request.classes,
    )
    batch = request.batch or f"generated-{drawn[0].stratum.sets[0][:8]}"
    actor = who(request.by)
    queued = store.write(lambda c: queue_sample(c, drawn, batch=batch, wanted=request.wanted, actor=actor))
    counts: dict[str, tuple[int, int]] = {}
    for each in drawn:
        title = each.stratum.title
        counts[title] = (counts.get(title, (0, 0))[0] + 1, each.stratum.images)
    return SampleResult(batch, counts, queued.added, queued.known)


def give_verdict(store: ServiceStore, request: ReviewRequest, config: DictConfig) -> VerdictResult:
    """Decide about the images that a sample stands for, and write it into the runs that were trained on them.

    Raises:
        AssayError: there is no such sample, a run was trained on other images, or one is reviewed already and no reason
            was given why that holds no longer; then nothing is written.
    """
    from assay.review.samples.judged import judge_sample
    from assay.run.desk_review import plan_review, record_review, trained_on
    from assay.run.recorded_run import RecordedRun
    from assay.run.workspace import tracking_store
    from assay.synthetic.training.desk_review import decide_by_desk

    resampling = Resampling(request.resamples, confidence=request.confidence)
    with store.reading() as connection:
        judged = judge_sample(connection, request.batch, bound=request.bound, resampling=resampling)
    tracking, actor = tracking_store(config), who(request.by)
    if request.run:
        runs = [RecordedRun(tracking.find(run_id)) for run_id in request.run]
    else:
        strata = [row.stratum for row in judged.rows]
        digests = {digest for stratum in strata for digest in stratum.sets}
        runs = trained_on(tracking, digests, {stratum.run for stratum in strata if stratum.run})
    plans = []
    for run in runs:
        try:
            decided = decide_by_desk(judged, run.used_images)
        except DataError as error:
            if not request.run:
                continue  # it was given these images and drew none of what was looked at
            raise DataError(f"run {run.run_id[:8]}: {error}") from error
        plans.append(plan_review(run, decided, request.reason))
    written = []
    for plan, review in zip(plans, _in_trail(store, plans, request.reason, actor), strict=True):
        if not plan.stands:
            record_review(tracking, plan, review, reason=request.reason, by=actor)
        overruled = "" if plan.stands else plan.before
        shown = plan.before if plan.stands else str(review.review)
        name = plan.run.record.name
        written.append(WrittenVerdict(plan.run.run_id, name, shown, review.word, review.lacks, overruled, plan.stands))
    return VerdictResult(judged, tuple(written))


def _source(request: ReviewRequest, config: DictConfig) -> tuple[Manifest, str]:
    """The generated images to draw from, and the run that was trained on just these; "" for none."""
    from assay.data.manifest import Manifest
    from assay.run.desk_review import images_of_run
    from assay.run.fidelity_run import GENERATED
    from assay.run.recorded_run import RecordedRun
    from assay.run.workspace import tracking_store
    from assay.synthetic.training.decision import KEPT

    if bool(request.synthetic) == bool(request.run) or len(request.run) > 1:
        raise ConfigError("sample: name one source, synthetic=DIR (of assay fidelity or a study) or run=RUN")
    if request.run:
        run = RecordedRun(tracking_store(config).find(request.run[0]))
        generated, was_trained = images_of_run(run)
        return generated, run.run_id if was_trained else ""
    path = Path(request.synthetic).expanduser().absolute()
    if path.is_dir():
        files = [path / name for name in (GENERATED, KEPT) if (path / name).is_file()]
        if not files:
            raise ServiceError(
                f"synthetic={request.synthetic}: holds neither {GENERATED} of a measurement nor {KEPT} of a study; "
                "assay fidelity measures generated images and says where its folder is"
            )
        path = files[0]
    return Manifest.load(path), ""


def _in_trail(store: ServiceStore, plans: list[PlannedReview], reason: str, actor: str) -> list[DeskReview]:
    """The reviews with their lines of the audit trail, which are written before any run is changed."""
    from assay.run.desk_review import numbered
    from assay.store.trail import Personal, append_lines

    fresh = [plan for plan in plans if not plan.stands]
    personal = Personal("", {"actor": actor, "reason": reason})
    lines: list[Line] = [(LINE, _content(plan), personal) for plan in fresh]
    entries: list[TrailEntry] = store.write(lambda connection: append_lines(connection, lines)) if lines else []
    made = iter(entries)
    reviews = []
    for plan in plans:
        if plan.stands:
            reviews.append(plan.review)
            continue
        entry = next(made)
        reviews.append(numbered(plan.review, entry.number, entry.hash, entry.time))
    return reviews


def _content(plan: PlannedReview) -> dict[str, Any]:
    review = plan.review
    shares = {
        row.title: [row.accepted, row.rate.n, row.sampled, row.stratum.images, row.word, row.stratum.sets[0]]
        for row in review.rows
    }
    numbers = {"bound": review.bound, "confidence": review.confidence, "reviews": review.reviews}
    about = {"run": plan.run.run_id, "batch": review.batch, "word": review.word, "overrules": bool(plan.before)}
    return {**about, **numbers, "reviewers": review.reviewers, "of": shares, "missing": list(review.missing)}
