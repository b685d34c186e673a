"""`assay review labels`: what people have decided, as a set that training takes, or as a new test set."""

from __future__ import annotations

from pathlib import Path

from omegaconf import DictConfig

from assay.errors import ServiceError
from assay.registry.open_registry import who
from assay.review.labels.files import (
    ABOUT,
    TABLE,
    WrittenSet,
    digest_of_table,
    public_url,
    refuse_folder,
    table_text,
    write_set,
)
from assay.review.labels.label import Gathered
from assay.review.labels.label_set import LabelSet, add_label_set, refuse_name
from assay.review.labels.selection import Selection, select_labels
from assay.serving.places import service_folders, store_url
from assay.serving.review_request import ReviewRequest
from assay.store.ids import new_id
from assay.store.kept_pictures import KeptPictures
from assay.store.service_store import ServiceStore


def write_labels(store: ServiceStore, request: ReviewRequest, config: DictConfig) -> Selection:
    """Write a set of labels, or say what would be in it.

    Raises:
        ServiceError: the folder or name is taken, or there is nothing to write.
    """
    folder, split = Path(request.to).expanduser().absolute(), request.split
    refuse_folder(folder)
    name = request.name or folder.name
    url = store_url(config, request.store)
    pictures = service_folders(config, url, request.kept, "").pictures
    with store.reading() as connection:
        refuse_name(connection, name)
    selection = select_labels(store, pictures, split, agreed=request.agreed, most=request.most or None)
    if not request.dry_run:
        write_selection(store, pictures, selection, folder, name=name, split=split, actor=who(request.by))
    return selection


def write_selection(
    store: ServiceStore,
    pictures: KeptPictures,
    selection: Selection,
    folder: Path,
    *,
    name: str,
    split: str,
    actor: str,
) -> LabelSet:
    """Write chosen labels as a set that the store knows.

    The files are written first: a set that the store does not know is taken by no training, and one that it knows
    keeps its pictures from the other side for good.

    Raises:
        ServiceError: there is nothing to write, the name is taken, or a picture was put on the other side meanwhile.
    """
    gathered = selection.gathered
    if not gathered.labels:
        raise ServiceError(f"there is no label for {split} yet: {_listed(gathered)}; assay review report shows more")
    text = table_text(gathered.labels)
    written = WrittenSet(
        new_id(), name, split, public_url(store.url), str(pictures.folder.absolute()), digest_of_table(text)
    )
    write_set(folder, written, text, gathered.reasons, selection.about())
    made = LabelSet(written.set_id, name, split, str(folder), len(gathered.labels), written.digest)
    try:
        return store.write(lambda connection: add_label_set(connection, made, gathered.labels, actor=actor))
    except ServiceError:
        for file in (TABLE, ABOUT):
            (folder / file).unlink(missing_ok=True)
        raise


def _listed(gathered: Gathered) -> str:
    return "; ".join(f"{count} {why}" for why, count in gathered.reasons.items()) or "nothing was reviewed"


def selection_notes(selection: Selection) -> tuple[str, ...]:
    """What an operator has to know of a selection, who was held back among it."""
    notes = [
        f"{each.client.name} is held back: reviewers disagree with {each.disagreed} of {each.compared} answers that it "
        f"judged (p = {each.p_value:.2g})"
        for each in selection.clients
        if each.held
    ]
    cap, weights = selection.cap, selection.weights
    if cap is not None and cap.left_out:
        notes.append(
            f"at most {cap.most} labels of one client: {cap.left_out} of {', '.join(cap.reached)} are left out"
        )
    if weights is not None and selection.gathered.labels:
        if weights.strata:
            counts = [stratum.weight for stratum in weights.strata]
            notes.append(
                f"{weights.drawn} of the random slice say what is answered: a label counts {min(counts):g} to "
                f"{max(counts):g}, so that hard pictures do not count as if all were hard"
            )
        else:
            notes.append(
                f"{weights.drawn} of the random slice are decided, too few to say how rare hard pictures are: all "
                "labels count the same"
            )
    return tuple(notes)
