"""A service's store with kept pictures, consents to use them, and what reviewers have decided about them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import skimage.data
from numpy.typing import NDArray

from assay.review.enqueue import prediction_item
from assay.review.item import ReviewItem
from assay.review.labels.files import WrittenSet, digest_of_table, public_url, table_text, write_set
from assay.review.labels.gather import gather_labels
from assay.review.labels.label import Gathered
from assay.review.labels.label_set import LabelSet, add_label_set
from assay.review.policy import QueuePolicy
from assay.review.review import Review
from assay.review.reviewers import create_reviewer
from assay.review.rows import add_items, add_review
from assay.serving.places import beside
from assay.store.consents import Consent, give_consent
from assay.store.erase import Folders
from assay.store.ids import new_id, now
from assay.store.kept_pictures import KeptPictures
from assay.store.prediction_log import PredictionRecord, log_predictions
from assay.store.service_store import ServiceStore
from assay.store.subjects import DataSubject, add_subject, picture_id, secret_of

POLICY = QueuePolicy(random_share=0.0, known_share=0.0)
BOTH = ("keep", "improve")
Picture = NDArray[np.uint8]


@cache
def photographs() -> tuple[Picture, ...]:
    """Quarters of photographs that come with scikit-image, 32 different pictures; nobody may write into them."""
    quarters = []
    for name in ("astronaut", "chelsea", "coffee", "rocket", "camera", "coins", "page", "brick"):
        photo = getattr(skimage.data, name)()
        photo = photo if photo.ndim == 3 else np.repeat(photo[..., None], 3, axis=2)
        height, width = (side // 2 for side in photo.shape[:2])
        quarters += [photo[y : y + height, x : x + width] for y in (0, height) for x in (0, width)]
    made = tuple(np.ascontiguousarray(quarter) for quarter in quarters)
    for quarter in made:
        quarter.flags.writeable = False
    return made


class LabelledWorld:
    """A store with kim and lou, who review, max, who decides between them, and a subject called ada."""

    def __init__(self, store: ServiceStore) -> None:
        self.store = store
        self.pictures = KeptPictures(beside(store.url, "pictures"))
        self.folders = Folders(self.pictures, beside(store.url, "exports"), beside(store.url, "erasures"))
        roles = {"kim": ["reviewer"], "lou": ["reviewer"], "max": ["arbiter"]}
        self.ids = {name: self.do(create_reviewer, name, has, actor="test").id for name, has in roles.items()}
        self.ada = self.do(add_subject, "ada")

    def do(self, work: Any, *arguments: Any, **words: Any) -> Any:
        return self.store.write(lambda connection: work(connection, *arguments, **words))

    def look(self, work: Any, *arguments: Any, **words: Any) -> Any:
        with self.store.reading() as connection:
            return work(connection, *arguments, **words)

    def agree(self, uses: tuple[str, ...] = BOTH, subject: DataSubject | None = None, request: str = "") -> None:
        of = (subject or self.ada).id
        self.do(give_consent, Consent(of, "1", "c" * 64, uses, request), key="k")

    def answer(self, pixels: Picture, subject: DataSubject | None = None, **about: Any) -> PredictionRecord:
        """An answer "jade" whose picture is kept."""
        of = (subject or self.ada).id
        picture = picture_id(self.look(secret_of, of), pixels.tobytes())
        self.pictures.keep(picture, pixels)
        made = PredictionRecord(
            new_id(),
            now(),
            new_id(),
            of,
            "k",
            picture,
            "stones",
            "3",
            "b" * 64,
            "champion",
            "jade",
            0.6,
            {"label": "jade", "probabilities": {"jade": 0.6, "onyx": 0.4}},
            {},
            "in-domain",
            False,
            1.0,
            kept=True,
        )
        made = replace(made, **about)
        self.do(log_predictions, [made])
        return made

    def decide(self, record: PredictionRecord, random: bool = False, **said: Any) -> ReviewItem:
        """What kim, lou and max say of an answer: a class, or the one chosen blind and the one chosen in the end."""
        item = prediction_item(record, "random" if random else "low_confidence", POLICY)
        (made,) = self.do(add_items, [replace(item, wanted=1 if len(said) == 1 else 2)])
        for name, choice in said.items():
            blind, final = (choice, choice) if isinstance(choice, str) else choice
            review = Review(
                made.id, self.ids[name], "label", blind=blind, final=final, arbiter=name == "max", guideline="g" * 64
            )
            self.do(add_review, review, actor=name)
        return made

    def gather(self, **words: Any) -> Gathered:
        return self.look(gather_labels, self.pictures, **words)

    def write(self, folder: Path, split: str = "train", gathered: Gathered | None = None) -> Gathered:
        """A set as `assay review labels` writes it."""
        kept = gathered or self.gather()
        text = table_text(kept.labels)
        written = WrittenSet(
            new_id(), folder.name, split, public_url(self.store.url), str(self.pictures.folder), digest_of_table(text)
        )
        write_set(folder, written, text, kept.reasons)
        made = LabelSet(written.set_id, folder.name, split, str(folder), len(kept.labels), written.digest)
        self.do(add_label_set, made, kept.labels, actor="test")
        return kept
