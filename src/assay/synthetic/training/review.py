"""Review: what was decided about generated training images, by an A/B study or by a person, as a run's tag says it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

from assay.errors import DataError

TAG = "assay.synthetic.review"
ELSEWHERE = "on other real images or splits"
AT_DESK = "at the desk"
HOW = (
    f"write the tag {TAG} of the run, keep or discard first, then who says so and why: "
    '"keep, Ada Lovelace: 40 of 40 drawn at random show what their class shows"'
)
"""What a person does to review generated images."""

Word = Literal["keep", "discard", "undecided"]
_STUDY = re.compile(rf"(\w+) (\S.*), by the A/B study (\S.*?)(, {ELSEWHERE})?")
_DESK = re.compile(
    r"(\w+), (\d+ reviewers? at the desk): (\S.*; batch (\S.*), set [0-9a-f]{12}, line \d+ of the audit trail)",
    re.DOTALL,
)
_PERSON = re.compile(r"(\w+)\s*[,:]?\s+([^:]+?)\s*:\s*(\S.*)", re.DOTALL)
_LETTERS = 3


@dataclass(frozen=True)
class SyntheticReview:
    """A decision about the generated images that a run was trained on.

    Attributes:
        word: "keep", "discard" or "undecided"; the last by studies and the desk alone.
        by: name of the person, or how many reviewers at the desk; "" where a study decided.
        why: the person's reason; of the desk, what was accepted of how many; of a study, what it decided about:
            "gan/jade, vae/jade".
        study: name of the study; "" where a person decided.
        elsewhere: whether the study was of other real images, or of the same in other splits.
        batch: name of the sample that was looked at; "" where the desk did not decide.
    """

    word: Word
    by: str
    why: str
    study: str = ""
    elsewhere: bool = False
    batch: str = ""

    def __str__(self) -> str:
        if not self.study:
            return f"{self.word}, {self.by}: {self.why}"
        return f"{self.word} {self.why}, by the A/B study {self.study}" + (f", {ELSEWHERE}" if self.elsewhere else "")


def parse_review(text: str) -> SyntheticReview:
    """The review that a tag holds.

    Args:
        text: `keep gan/jade, by the A/B study NAME`, or `keep, WHO: WHY`; discard likewise. What the desk writes is
            of the second form, and names its sample.

    Raises:
        DataError: it is neither; the message says what to write.
    """
    review = text.strip()
    if study := _STUDY.fullmatch(review):
        decided: Word | None = next((known for known in get_args(Word) if known == study[1]), None)
        if decided:
            return SyntheticReview(decided, "", study[2], study[3], bool(study[4]))
    if desk := _DESK.fullmatch(review):
        known_word: Word | None = next((known for known in get_args(Word) if known == desk[1]), None)
        if known_word:
            return SyntheticReview(known_word, desk[2], desk[3], batch=desk[4])
    person = _PERSON.fullmatch(review)
    if person is None or person[1].lower() not in ("keep", "discard"):
        raise DataError(f'"{review[:80]}" is no review; {HOW}')
    word, by, why = person[1].lower(), person[2], person[3].strip()
    for part, what in ((by, "who says so"), (why, "why")):
        if sum(letter.isalpha() for letter in part) < _LETTERS:
            raise DataError(f'"{review[:80]}" does not say {what}; {HOW}')
    if by.endswith(AT_DESK):
        raise DataError(f'"{review[:80]}" is not what the desk writes: assay review verdict batch=NAME writes it')
    return SyntheticReview("keep" if word == "keep" else "discard", by, why)
