"""`assay card`: a model card or a data card, filled from a bundle."""

from __future__ import annotations

from assay.cards.request import CardRequest
from assay.commands.command import Command

COMMAND = Command(
    name="card",
    purpose="Write the card of a model, or of its pictures: what was measured, and what people have still to say.",
    pipeline="assay.cards.write_card.write_card",
    show="assay.commands.show.card",
    request=CardRequest,
    groups=("tracking", "registry", "cache"),
    because="nothing is trained here",
    examples={
        "run=3f2a to=MODEL_CARD.md": "Markdown, with front matter as model hubs read it; names what is still open",
        "run=3f2a kind=data to=DATA_CARD.md": "the pictures: classes and splits, sources, licences, what was left out",
        "about=card.yaml to=MODEL_CARD.md": "the champion, with intended_use, owner and the like from a file of yours",
    },
    notes=("A file that is there is kept; overwrite=true replaces it.",),
)
