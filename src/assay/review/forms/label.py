"""Which class is it? The model's answer stays hidden until the reviewer has chosen."""

from __future__ import annotations

from assay.review.forms.form import BAD_PICTURE, CANNOT_TELL, NOT_THIS_KIND, Choice, Form

FORM = Form(
    "label",
    "Label",
    "Which class does the picture show?",
    (
        Choice(CANNOT_TELL, "Cannot tell", abstains=True),
        Choice(NOT_THIS_KIND, "Not of this kind"),
        Choice(BAD_PICTURE, "Bad picture", abstains=True),
    ),
    asks_class=True,
)
