"""Reviews of generated images at the desk, written into the runs that were trained on these images."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from assay.data.manifest import Manifest
from assay.errors import ConfigError, DataError, TrackingError
from assay.run.fidelity_run import GENERATED, KEY
from assay.run.recorded_run import RecordedRun
from assay.store.ids import now
from assay.synthetic.training.desk_review import DeskReview, DeskReviews, Overruled, helping_images
from assay.synthetic.training.generated_use import SOURCE
from assay.synthetic.training.review import TAG
from assay.tracking.run_files import SYNTHETIC_REVIEW

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assay.tracking.store import TrackingStore

FURTHER = "more of the sample was looked at"


@dataclass(frozen=True)
class PlannedReview:
    """A review that is to be written into a run.

    Attributes:
        run: that was trained on the images.
        review: without line and time.
        before: the review that it takes the place of, as the tag says it; "" for none.
        stands: whether the run holds the same review already.
    """

    run: RecordedRun
    review: DeskReview
    before: str
    stands: bool


def images_of_run(run: RecordedRun) -> tuple[Manifest, bool]:
    """The generated images that a run is about, and whether it was trained on them.

    Raises:
        DataError: it is about none.
        TrackingError: its files are not there.
    """
    if KEY in run.record.tags:
        return Manifest.load(run.record.file(GENERATED)), False
    helpers = helping_images(run.manifest)
    if helpers is None:
        raise DataError(f"run {run.run_id}: was trained on no generated image")
    return helpers, True


def trained_on(store: TrackingStore, digests: Iterable[str], known: Iterable[str] = ()) -> list[RecordedRun]:
    """The finished runs that were trained on images of these sets, the newest first.

    Args:
        store: where runs are recorded.
        digests: of sets of generated images.
        known: ids of runs that belong to them as well.
    """
    from assay.tracking.search import search

    records = [record for digest in sorted(set(digests)) for record in search(store, {SOURCE: digest})]
    records += [store.find(run_id) for run_id in sorted(set(known))]
    kept = {record.run_id: record for record in records if record.status == "FINISHED"}
    return [RecordedRun(record) for record in sorted(kept.values(), key=lambda record: -record.started)]


def plan_review(run: RecordedRun, review: DeskReview, reason: str) -> PlannedReview:
    """What a review would change in a run.

    Args:
        run: that was trained on the images.
        review: without line and time.
        reason: why a review that stands holds no longer; "" for none.

    Raises:
        ConfigError: a review stands, and no reason was given why it holds no longer.
    """
    before = run.record.tags.get(TAG, "").strip()
    current = _current(run, before)
    if current is not None and current.same_as(review):
        return PlannedReview(run, review, before, stands=True)
    went_on = current is not None and current.word == "undecided" and current.batch == review.batch
    if before and not went_on and not reason.strip():
        raise ConfigError(
            f'run {run.run_id[:8]}: is reviewed already: "{before[:200]}"; say why that holds no longer, with reason=…'
        )
    return PlannedReview(run, review, before, stands=False)


def record_review(store: TrackingStore, planned: PlannedReview, review: DeskReview, *, reason: str, by: str) -> None:
    """Write a review into a run: as its tag, and whole, with those before it, as a file that is sealed.

    Args:
        store: where the run is recorded.
        planned: what is to be written.
        review: the same with its line of the audit trail.
        reason: why the one before holds no longer; "" for none.
        by: who writes it.

    Raises:
        TrackingError: the store does not answer.
    """
    from assay.tracking.seal import seals

    try:
        before = planned.run.desk_reviews.overruled
    except (DataError, TrackingError):
        before = ()
    if planned.before:
        before = (*before, Overruled(planned.before, reason.strip() or FURTHER, by, now()))
    run = store.amend_run(planned.run.run_id)
    folder = planned.run.record.folder
    folder.mkdir(parents=True, exist_ok=True)
    DeskReviews(review, before).save(folder / SYNTHETIC_REVIEW)
    run.log_artifact(folder / SYNTHETIC_REVIEW)
    run.set_tags({TAG: review.review, **seals(folder, [SYNTHETIC_REVIEW])})


def numbered(review: DeskReview, line: int, seal: str, time: str) -> DeskReview:
    """The review with its line of the audit trail."""
    return replace(review, line=line, seal=seal, time=time)


def _current(run: RecordedRun, text: str) -> DeskReview | None:
    """The review of the desk that stands; None where none does, or somebody has written another into the tag."""
    try:
        current = run.desk_reviews.current
    except (DataError, TrackingError):
        return None
    return current if str(current.review) == text else None
