"""Two scripted reviewers and an arbiter work until the desk has nothing for them any more.

python experiments/loop_walkthrough/reviewers.py ADDRESS PICTURES NAME=PASSWORD NAME=PASSWORD ARBITER=PASSWORD

They are those of `experiments/review_walkthrough`: over HTTP, signed in, blind before the answer is shown. They know
what is true of a picture by its pixels, from the files below PICTURES, and err at known rates.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "review_walkthrough"))
from at_desk import AtDesk
from browser import Browser, pixels_of
from pictures import CLASSES
from scripted import Person, Truth
from walkthrough import at_once

FORM = "label"
ERRORS = (0.04, 0.08, 0.02)
"""Share of pictures about which each of them is wrong."""


def main(address: str, pictures: Path, *who: str) -> int:
    """Review; 1 where the desk did not take something."""
    truths = {
        pixels_of(file.read_bytes()): Truth(file.name.partition("-")[0], CLASSES)
        for file in sorted(pictures.rglob("*.jpg"))
    }
    desks = []
    for seed, (text, errors) in enumerate(zip(who, ERRORS, strict=True)):
        name, _, password = text.partition("=")
        person = Person(name, {FORM: errors}, seed=seed)
        desks.append(AtDesk(Browser(address, name, password), person, {FORM: truths}))
    *people, arbiter = desks
    at_once([partial(desk.work, FORM) for desk in people])
    arbiter.work(FORM)
    logs = [desk.log for desk in desks]
    counts = [f"{text.partition('=')[0]} {len(log.acts)}" for text, log in zip(who, logs, strict=True)]
    print(f"reviewed: {', '.join(counts)}; the arbiter decided where two disagreed")
    refused = [words for log in logs for words in log.refused + log.showed_early]
    print("\n".join(refused[:3]))
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:]))
