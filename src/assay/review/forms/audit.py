"""What becomes of a finding about a dataset: keep this, keep both, exclude, relabel."""

from __future__ import annotations

from assay.review.forms.form import CANNOT_TELL, Choice, Detail, Form

KEEP, KEEP_BOTH, EXCLUDE, RELABEL, NO_FINDING = "keep", "keep_both", "exclude", "relabel", "not_a_finding"
"""What may be decided of a finding; `assay.audit.finding` says what each does to the dataset."""

FORM = Form(
    "audit",
    "Audit decision",
    "What should become of this picture?",
    (
        Choice(KEEP, "Keep this"),
        Choice(KEEP_BOTH, "Keep both"),
        Choice(EXCLUDE, "Exclude"),
        Choice(RELABEL, "Relabel"),
        Choice(NO_FINDING, "Not a finding"),
        Choice(CANNOT_TELL, "Cannot tell", abstains=True),
    ),
    (
        Detail("label", "Its class", for_choices=(RELABEL,), classes=True, needed=True),
        Detail(
            "why",
            "Why",
            (
                ("copy", "Copy of the other"),
                ("wrong_label", "Wrong label"),
                ("bad_quality", "Bad quality"),
                ("other_kind", "Not of this kind"),
            ),
            (KEEP, EXCLUDE, RELABEL),
        ),
    ),
    shows_answer=True,
    answer_text="Its label is:",
    good=(KEEP, KEEP_BOTH, NO_FINDING),
    bad=(EXCLUDE, RELABEL),
)
