"""`assay preview`: a contact sheet of what augmentation makes of the training images."""

from __future__ import annotations

from assay.commands.command import Command
from assay.run.preview import PreviewRequest

COMMAND = Command(
    name="preview",
    purpose="Show what augmentation makes of the training images, as a contact sheet.",
    pipeline="assay.run.preview.preview_training",
    show="assay.commands.show.preview",
    request=PreviewRequest,
    on_dataset=True,
    examples={
        "aug=[strong,mixup]": "six views of a picture of each class, or four and the mixed batches",
        "data=folder data.root=photos aug=robust --classes onyx,amber": "two classes of your own images",
    },
    lists={"aug": "Augmentations"},
)
