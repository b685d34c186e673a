"""Keep, discard or undecided: what becomes of generated images, from distances, copies and an A/B on real images."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from assay.comparison import Claim
from assay.data.manifest import Manifest
from assay.errors import DataError
from assay.evaluation.record import load_record, save_record
from assay.spreadsheet import save_csv
from assay.synthetic.fidelity.record import FidelityEvidence
from assay.synthetic.training.limits import Limits
from assay.synthetic.training.review import SyntheticReview, parse_review
from assay.synthetic.training.screen import Decision, Screened, ScreenFinding, screen

SCHEMA_VERSION = 1
FILE, KEPT, TABLE, MARKDOWN = "synthetic.json", "kept.parquet", "synthetic.csv", "synthetic.md"
COLUMNS = ("generator", "class", "decision", "generated", "kept", "images", "kid", "fid", "copies", "f1")


@dataclass(frozen=True)
class Arm:
    """What an arm of an A/B study says about one class.

    Attributes:
        variant: its name.
        claim: about the class's F1 against the baseline; None where there is none.
    """

    variant: str
    claim: Claim | None


@dataclass(frozen=True)
class DecidedClass:
    """One generator's images of one class.

    Attributes:
        generator: its name.
        name: of the class.
        decision: "keep", "discard" or "undecided".
        generated: images that there are.
        kept: images that the kept manifest holds.
        findings: what was asked.
    """

    generator: str
    name: str
    decision: Decision
    generated: int
    kept: int
    findings: tuple[ScreenFinding, ...]

    @property
    def reasons(self) -> str:
        """What speaks against keeping the images; all findings where nothing does."""
        return Screened(self.generator, self.name, self.generated, self.findings).reasons

    def finding(self, what: str) -> str:
        """The words of one finding; "" where it was not asked for."""
        return next((finding.words for finding in self.findings if finding.what == what), "")


@dataclass(frozen=True)
class SyntheticDecision:
    """What a study decided.

    Attributes:
        study: its name.
        extractor: of the features that distances are of.
        fid_kind: the kind of FID of the evidence.
        real_digest: of the dataset.
        generated_digest: of all generated images.
        kept_digest: of those that are kept; "" where none are.
        rows: generator by generator.
        notes: what has to be kept in mind.
    """

    study: str
    extractor: str
    fid_kind: str
    real_digest: str
    generated_digest: str
    kept_digest: str
    rows: tuple[DecidedClass, ...]
    notes: tuple[str, ...] = ()

    def named(self, decision: Decision) -> list[str]:
        """Generators and classes that this was decided about."""
        return [f"{row.generator}/{row.name}" for row in self.rows if row.decision == decision]

    @property
    def words(self) -> str:
        """All of it in one line."""
        decisions = [
            f"{word} {', '.join(named)}" for word in ("keep", "discard", "undecided") if (named := self.named(word))
        ]
        return "; ".join(decisions)

    @property
    def review(self) -> str:
        """What a run says that was trained on the kept images alone."""
        return str(SyntheticReview("keep", "", ", ".join(self.named("keep")), self.study))

    def sentences(self) -> tuple[str, ...]:
        """The decision for people, with the reasons of what was not kept."""
        sentences = [f"Generated images: {self.words}."]
        sentences += [
            f"{row.generator}/{row.name}: {row.decision}: {row.reasons}." for row in self.rows if row.generated
        ]
        return tuple(sentences)

    def save(self, path: Path) -> None:
        """Write one JSON file, whole or not at all."""
        save_record(path, self, schema=SCHEMA_VERSION)

    def save_csv(self, path: Path) -> None:
        """One row per generator and class, for a spreadsheet."""
        save_csv(path, COLUMNS, self._cells())

    def markdown(self) -> str:
        """The table for a README."""
        lines = [f"| {' | '.join(COLUMNS)} |", f"|{' --- |' * len(COLUMNS)}"]
        lines += [f"| {' | '.join(map(str, row))} |" for row in self._cells()]
        return "\n".join([*lines, "", *(f"- {note}" for note in self.notes)]) + "\n"

    def _cells(self) -> Iterable[tuple[str | int, ...]]:
        for row in self.rows:
            asked = tuple(row.finding(what) for what in COLUMNS[5:])
            yield (row.generator, row.name, row.decision, row.generated, row.kept, *asked)

    @classmethod
    def load(cls, path: Path) -> SyntheticDecision:
        """Read what `save` wrote.

        Raises:
            DataError: the file cannot be read, or holds something else.
        """
        return load_record(path, cls, "decision about generated images", schema=SCHEMA_VERSION)


def decide(
    evidence: FidelityEvidence,
    usable: Manifest,
    arms: Mapping[tuple[str, str], Sequence[Arm]],
    limits: Limits,
    *,
    study: str,
    notes: Sequence[str] = (),
) -> tuple[SyntheticDecision, Manifest | None]:
    """Decide about every class of every generator.

    Images are discarded where one thing is established against them, and kept only where all that is asked is there
    and nothing is; anything that is missing leaves them undecided.

    Args:
        evidence: distances and copies.
        usable: the generated images without those that must not be trained on.
        arms: by (generator, class), the arms that trained on images of that generator and class and of no other
            generator, besides the real ones.
        limits: what is asked.
        study: its name.
        notes: what has to be kept in mind.

    Returns:
        The decision, and the images that are kept; None where none are.
    """
    rows = []
    for screened in screen(evidence, limits):
        asked = Screened(
            screened.generator,
            screened.name,
            screened.generated,
            (*screened.findings, _f1(arms.get((screened.generator, screened.name), ()), limits.f1_loss)),
        )
        rows.append(
            DecidedClass(screened.generator, screened.name, asked.decision, screened.generated, 0, asked.findings)
        )
    keep = {(row.generator, row.name) for row in rows if row.decision == "keep"}
    names = [usable.class_names[label] for label in usable.labels]
    mask = pd.Series([pair in keep for pair in zip(usable.table["generator"], names, strict=True)], dtype=bool)
    kept = replace(usable, table=usable.table[mask.to_numpy()]) if mask.any() else None
    counts: dict[tuple[str, str], int] = {}
    for pair in zip(usable.table["generator"], names, strict=True):
        counts[pair] = counts.get(pair, 0) + 1
    counted = tuple(
        replace(row, kept=counts.get((row.generator, row.name), 0) if row.decision == "keep" else 0) for row in rows
    )
    decision = SyntheticDecision(
        study=study,
        extractor=evidence.extractor,
        fid_kind=evidence.fid_kind,
        real_digest=evidence.real_digest,
        generated_digest=evidence.generated_digest,
        kept_digest="" if kept is None else kept.digest,
        rows=counted,
        notes=tuple(notes),
    )
    return decision, kept


def decided_on(entry: Path, generated_digest: str, real_digest: str) -> str:
    """The review of a manifest of kept images, from the decision that lies beside it; "" for anything else.

    Args:
        entry: what was given as generated images.
        generated_digest: of the images in it, which must be exactly those that were kept.
        real_digest: of the dataset.
    """
    beside = entry.with_name(FILE)
    if not entry.is_file() or not beside.is_file():
        return ""
    try:
        decision = SyntheticDecision.load(beside)
    except DataError:
        return ""
    if not decision.kept_digest or decision.kept_digest != generated_digest:
        return ""
    elsewhere = decision.real_digest != real_digest
    return str(replace(parse_review(decision.review), elsewhere=elsewhere))


def _f1(arms: Sequence[Arm], margin: float | None) -> ScreenFinding:
    """Whether the class loses by the images."""
    known = [(arm.variant, arm.claim) for arm in arms if arm.claim is not None]
    if not known:
        return ScreenFinding("f1", None, "no A/B of this generator and class")
    sentences: list[str] = []
    passed: list[bool | None] = []
    for variant, claim in known:
        value, low, high = claim.difference.value, claim.difference.low, claim.difference.high
        if claim.verdict == "undefined" or value is None or low is None or high is None:
            sentences.append(f"F1 undefined in {variant}")
            passed.append(None)
            continue
        sentences.append(f"F1 {value:+.3f} ({low:+.3f} to {high:+.3f}) in {variant}")
        if claim.verdict == "worse":
            sentences[-1] += ", a significant loss"
            passed.append(False)
        elif margin is not None and low < -margin:
            sentences[-1] += f", a loss of {margin:g} is not ruled out"
            passed.append(None)
        else:
            passed.append(True)
    verdict = False if False in passed else None if None in passed else True
    return ScreenFinding(
        "f1", verdict, ", ".join(sentences) if verdict is not True else ", ".join(sentences) + ", no significant loss"
    )
