"""What fidelity evidence says, in sentences: only what the numbers can carry."""

from __future__ import annotations

import re

from assay.pages.numbers import percent
from assay.synthetic.fidelity.record import ALL, FidelityEvidence, FidelityRow, FidelityScore

NOT_APART = 0.05
"""p from which a difference between generated and real is not significant."""
MOST_SHORTCUTS = 4
COUNTED = re.compile(r"(\d+) (real|generated) images?")


def number(value: float | None) -> str:
    """A distance as short as it can be read: 0.0123, 1.27, 489."""
    if value is None:
        return "—"
    size = abs(value)
    digits = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3
    return f"{round(value, digits) + 0.0:,.{digits}f}"


def probability(p: float | None) -> str:
    """A p value: "< 0.001" instead of 0.000999."""
    if p is None:
        return ""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def findings(evidence: FidelityEvidence) -> list[str]:
    """The sentences at the top: distance, breadth, copies, what must not be trained on, shortcuts, bad files."""
    sentences = [_of_generator(evidence, name) for name in evidence.generators]
    sentences += [_copies(evidence), _exclude(evidence)]
    for shortcut in evidence.shortcuts[:MOST_SHORTCUTS]:
        strength = "" if shortcut.told_apart is None else f" (AUC {shortcut.told_apart:.2f} by itself)"
        sentences.append(
            f"Shortcut, {shortcut.what}{strength}: real {shortcut.real}, generated {shortcut.generated}. "
            f"{shortcut.sentence}"
        )
    if evidence.excluded:
        path, reason = evidence.excluded[0]
        count = len(evidence.excluded)
        sentences.append(f"{count} generated file{'s' if count > 1 else ''} left out (first: {path}: {reason}).")
    sentences.append(
        "Whether they help training, none of this says: assay study study=synthetic_ab data.synthetic=… trains "
        "with and without them, on the same real test images."
    )
    return [sentence for sentence in sentences if sentence]


def _of_generator(evidence: FidelityEvidence, generator: str) -> str:
    rows = [row for row in evidence.rows if row.generator == generator and row.name != ALL]
    measured = [row for row in rows if row.value("kid") is not None]
    if not measured:
        return f"{generator}: no class has enough images on both sides for a distance."
    differing = [row for row in measured if (row.scores["kid"].p or 1.0) < NOT_APART]
    worst = max(measured, key=lambda row: row.value("kid") or 0.0)
    known = {row.name for row in measured}
    if len(differing) == len(measured):
        every = "every class" if len(measured) == len(rows) else "every class with enough images on both sides"
        head = f"{generator}: {every} differs significantly from the real images"
    elif differing:
        head = f"{generator}: {len(differing)} of {len(measured)} classes differ significantly from the real images, "
        head += f"each by itself (p below {NOT_APART:g}; {NOT_APART * len(measured):.2g} would by chance)"
    else:
        head = f"{generator}: no class differs significantly from the real images"
    head += (
        f"; largest KID {number(worst.value('kid'))} ({worst.name}), real against real {_real(worst.scores['kid'])}."
    )
    missing = [row.name for row in rows if row.name not in known]
    if missing:
        head += f" No distance: {', '.join(missing)}."
    return head + _breadth(evidence, generator)


def _breadth(evidence: FidelityEvidence, generator: str) -> str:
    row = next((row for row in evidence.rows if (row.generator, row.name) == (generator, ALL)), None)
    if row is None or row.value("precision") is None or row.value("recall") is None:
        return ""
    scores = [row.scores[word] for word in ("precision", "recall")]
    low = [_far_below(score) for score in scores]
    numbers = (
        f" Precision {number(scores[0].value)} (real {_real(scores[0])}), recall {number(scores[1].value)} "
        f"(real {_real(scores[1])})"
    )
    return (
        numbers
        + {
            (False, False): ": plausible, and as varied as real images.",
            (True, False): ": varied, but many images lie where no real one does: blurred or implausible.",
            (False, True): ": plausible, but narrow: much of what real images show is missing.",
            (True, True): ": many images lie where no real one does, and much of what real ones show is missing.",
        }[low[0], low[1]]
    )


def _far_below(score: FidelityScore) -> bool:
    reference = score.same_sizes.low if score.same_sizes else 0.8
    return (score.value or 0.0) < 0.8 * reference


def _real(score: FidelityScore) -> str:
    return number(score.same_sizes.real) if score.same_sizes else "unknown"


def _copies(evidence: FidelityEvidence) -> str:
    rows = [row for row in evidence.rows if row.name == ALL and row.copies]
    whole = next((row for row in rows if row.generator in (ALL, *evidence.generators[:1])), None)
    if whole is None or whole.copies is None:
        return ""
    copies = whole.copies
    total = copies.copies + copies.near
    cut = evidence.cutoffs
    against = f"among {cut.held_out:,} held-out real images {percent(copies.expected.value or 0.0)} are as near"
    if cut.embedding < 0:
        reason = "there are no held-out real images to compare with"
        if cut.held_out:
            reason = f"{cut.held_out} held-out real images are too few for near-copies at fidelity.near={cut.share:g}"
        against = f"{reason}, so only exact duplicates were searched for"
    if not total:
        return f"Copies: none of {whole.generated:,} generated images is too near to a training image; {against}."
    return (
        f"Copies: {copies.copies:,} of {whole.generated:,} generated images are copies of training images and "
        f"{copies.near:,} near-copies; {against}."
    )


def _exclude(evidence: FidelityEvidence) -> str:
    count = len(evidence.exclude)
    if not count:
        return ""
    splits = sorted({pair.real_split for pair in evidence.exclude})
    return (
        f"{count} generated image{'s are' if count > 1 else ' is'} too near to images of {', '.join(splits)} and must "
        "not be trained on: what is measured there would be memorised."
    )


def unmeasured(row: FidelityRow) -> list[str]:
    """What a row lacks; FID of all features is none of it where the record takes another kind."""
    full = row.scores["fid_full"].statement
    own = {score.statement for word, score in row.scores.items() if word != "fid_full"}
    return [sentence for sentence in row.statements if sentence != full or sentence in own]


def undefined_scores(evidence: FidelityEvidence) -> list[tuple[str, str]]:
    """Each reason for which scores could not be measured, once, and the rows that it holds for.

    Reasons that only differ in how many images there are count as one; it says from how many to how many.
    """
    reasons: dict[str, list[tuple[FidelityRow, int]]] = {}
    for row in evidence.rows:
        for sentence in unmeasured(row):
            counted = COUNTED.search(sentence)
            reason = COUNTED.sub(r"{\2}", sentence, count=1)
            reasons.setdefault(reason, []).append((row, int(counted[1]) if counted else 0))
    return [
        (_with_counts(reason, [count for _, count in rows]), _where(evidence, [row for row, _ in rows]))
        for reason, rows in reasons.items()
    ]


def _with_counts(reason: str, counts: list[int]) -> str:
    few, many = min(counts), max(counts)
    number = str(few) if few == many else f"{few} to {many}"
    return re.sub(r"\{(real|generated)\}", rf"{number} \1 image{'' if many == 1 else 's'}", reason)


def _where(evidence: FidelityEvidence, rows: list[FidelityRow]) -> str:
    if len(evidence.generators) == 1:
        return ", ".join(map(row_title, rows))
    by_generator: dict[str, list[str]] = {}
    for row in rows:
        by_generator.setdefault("all generators" if row.generator == ALL else row.generator, []).append(row_title(row))
    return "; ".join(f"{name}: {', '.join(classes)}" for name, classes in by_generator.items())


def row_title(row: FidelityRow) -> str:
    """The class, or all classes."""
    return "all classes" if row.name == ALL else row.name
