"""Could this generated picture be a real one? Asked of samples of a fidelity study."""

from __future__ import annotations

from assay.review.forms.form import Choice, Detail, Form

FORM = Form(
    "plausibility",
    "Plausibility of generated pictures",
    "Could this be a real picture of its class?",
    (Choice("plausible", "Plausible"), Choice("not", "Not plausible"), Choice("unsure", "Unsure", abstains=True)),
    (
        Detail(
            "defects",
            "What gives it away",
            (("shape", "Shape"), ("texture", "Texture"), ("artefacts", "Artefacts")),
            ("not", "unsure"),
        ),
    ),
    shows_answer=True,
    answer_text="Made to show:",
    good=("plausible",),
    bad=("not",),
)
