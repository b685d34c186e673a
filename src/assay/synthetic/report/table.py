"""Tables of fidelity evidence for other programs: a line for each score, and one for each pair of near-copies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, fields
from pathlib import Path

from assay.evaluation.catalogue import fields_on
from assay.spreadsheet import save_csv
from assay.synthetic.fidelity.record import FidelityEvidence, Pair

COLUMNS = (
    "generator", "class", "score", "metric", "value", "low", "high", "real", "generated", "p",
    "same_sizes_n", "same_sizes_generated", "same_sizes_real", "same_sizes_real_low", "same_sizes_real_high",
    "method", "statement",
)  # fmt: skip


def write_rows(path: Path, evidence: FidelityEvidence) -> None:
    """Write every score of every row as CSV, whole or not at all."""
    save_csv(path, COLUMNS, _rows(evidence))


def _rows(evidence: FidelityEvidence) -> Iterator[list[object]]:
    for row in evidence.rows:
        where = [row.generator, row.name]
        sizes = [row.real, row.generated]
        for word in fields_on("fidelity"):
            score = row.scores[word]
            measured, same = score.measured, score.same_sizes
            reference = [same.n, same.generated, same.real, same.low, same.high] if same else [None] * 5
            yield [
                *where,
                word,
                score.name,
                measured.value,
                measured.low,
                measured.high,
                *sizes,
                score.p,
                *reference,
                measured.method,
                score.statement,
            ]
        if row.copies:
            for word, measured in (("copies", row.copies.share), ("copies_expected", row.copies.expected)):
                numbers = [measured.value, measured.low, measured.high, *sizes, None, *[None] * 5]
                yield [*where, word, word, *numbers, measured.method, ""]
        if row.diversity:
            pairs = (("diversity", row.diversity.generated), ("diversity_real", row.diversity.real))
            for word, measured in pairs:
                numbers = [measured.value, measured.low, measured.high, *sizes, None, *[None] * 5]
                yield [*where, word, f"{word}[{evidence.extractor}]", *numbers, measured.method, ""]


def write_pairs(path: Path, evidence: FidelityEvidence) -> None:
    """Write every generated image that is too near to a real one as CSV, whole or not at all."""
    names = [entry.name for entry in fields(Pair)]
    pairs = [
        (pair, exclude) for group, exclude in ((evidence.pairs, "no"), (evidence.exclude, "yes")) for pair in group
    ]
    save_csv(path, ["exclude", *names], ({"exclude": exclude, **asdict(pair)} for pair, exclude in pairs))
