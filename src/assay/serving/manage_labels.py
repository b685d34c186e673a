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
from assay.review.labels.gather import gather_labels
from assay.review.labels.label import Gathered
from assay.review.labels.label_set import LabelSet, add_label_set, other_split, pictures_of, refuse_name
from assay.review.labels.sides import apart_from, fit_for
from assay.serving.places import service_folders, store_url
from assay.serving.review_request import ReviewRequest
from assay.store.ids import new_id
from assay.store.service_store import ServiceStore


def write_labels(store: ServiceStore, request: ReviewRequest, config: DictConfig) -> Gathered:
    """Write a set of labels, or say what would be in it.

    The files are written first: a set that the store does not know is taken by no training, and one that it knows
    keeps its pictures from the other side for good.

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
        gathered = fit_for(split, gather_labels(connection, pictures, agreed=request.agreed))
        others = pictures_of(connection, other_split(split))
    gathered = apart_from(gathered, others, other_split(split), pictures)
    if request.dry_run:
        return gathered
    if not gathered.labels:
        raise ServiceError(f"there is no label for {split} yet: {_listed(gathered)}; assay review report shows more")
    text = table_text(gathered.labels)
    written = WrittenSet(
        new_id(), name, split, public_url(store.url), str(pictures.folder.absolute()), digest_of_table(text)
    )
    write_set(folder, written, text, gathered.reasons)
    made = LabelSet(written.set_id, name, split, str(folder), len(gathered.labels), written.digest)
    try:
        store.write(lambda connection: add_label_set(connection, made, gathered.labels, actor=who(request.by)))
    except ServiceError:
        for file in (TABLE, ABOUT):
            (folder / file).unlink(missing_ok=True)
        raise
    return gathered


def _listed(gathered: Gathered) -> str:
    return "; ".join(f"{count} {why}" for why, count in gathered.reasons.items()) or "nothing was reviewed"
