"""Does the heat map lie on what makes the class? Asked of random predictions, with the answer beside the map."""

from __future__ import annotations

from assay.review.forms.form import Choice, Detail, Form

FORM = Form(
    "heat_map",
    "Heat map (Grad-CAM) check",
    "Does the heat lie on what makes this class?",
    (
        Choice("right", "On the right place"),
        Choice("partly", "Partly"),
        Choice("wrong", "On the wrong place"),
        Choice("unsure", "Cannot tell", abstains=True),
    ),
    (
        Detail(
            "elsewhere",
            "Where else it lies",
            (
                ("background", "Background"),
                ("border", "Border of the picture"),
                ("text", "Text or marks"),
                ("other_object", "Another object"),
                ("artefact", "Artefact"),
            ),
            ("partly", "wrong"),
        ),
    ),
    shows=("picture", "heat"),
    shows_answer=True,
    good=("right",),
    bad=("partly", "wrong"),
)
