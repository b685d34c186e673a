"""What becomes of a finding about a dataset: keep this, keep both, exclude, relabel."""

from __future__ import annotations

from assay.review.forms.form import CANNOT_TELL, Choice, Detail, Form

FORM = Form(
    "audit",
    "Audit decision",
    "What should become of this picture?",
    (
        Choice("keep", "Keep this"),
        Choice("keep_both", "Keep both"),
        Choice("exclude", "Exclude"),
        Choice("relabel", "Relabel"),
        Choice(CANNOT_TELL, "Cannot tell", abstains=True),
    ),
    (
        Detail("label", "Its class", for_choices=("relabel",), classes=True, needed=True),
        Detail(
            "why",
            "Why",
            (
                ("copy", "Copy of the other"),
                ("wrong_label", "Wrong label"),
                ("bad_quality", "Bad quality"),
                ("other_kind", "Not of this kind"),
            ),
            ("keep", "exclude", "relabel"),
        ),
    ),
    shows_answer=True,
    answer_text="Its label is:",
    good=("keep", "keep_both"),
    bad=("exclude", "relabel"),
)
