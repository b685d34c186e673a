"""The page of a comparison: what is significant, effect sizes with intervals, and changed predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.comparison.changed import Changed
from assay.comparison.comparison import Claim, Comparison, VariantComparison
from assay.comparison.figures import difference_plots
from assay.comparison.words import rounded
from assay.evaluation.catalogue import better_side, label_of, metric, shown_on
from assay.pages.numbers import signed
from assay.pages.page import save_page
from assay.pages.svg import to_svg
from assay.pages.templates import templates

MARKS = {"better": "▲", "worse": "▼", "different": "◆", "no difference": "=", "undefined": "—"}


@dataclass(frozen=True)
class VariantRow:
    """What the page shows of a variant beside its claims.

    Attributes:
        won, lost: images whose prediction is fixed or regressed, those to be looked at first.
        per_class: (won, lost) images of each class; empty where changed predictions are not shown.
        differs: setting -> (baseline's, variant's), where their configs differ.
    """

    won: Sequence[Changed]
    lost: Sequence[Changed]
    per_class: Sequence[tuple[int, int]]
    differs: Mapping[str, tuple[str, str]]


def write_page(path: Path, comparison: Comparison, shown: Sequence[VariantRow], *, facts: Mapping[str, str]) -> None:
    """Write the page, whole or not at all.

    Args:
        path: the HTML file.
        comparison: what was found.
        shown: one for each variant.
        facts: name -> text for the top of the page.
    """
    environment = templates("assay.comparison")
    environment.globals.update(label_of=label_of, better_side=better_side, MARKS=MARKS, metric=metric)
    environment.filters.update(signed=signed, p_value=p_value)
    variants = [
        {
            "variant": variant,
            "shown": own,
            "findings": findings(comparison, variant),
            "tiles": _tiles(variant),
            "plots": [to_svg(canvas) for canvas in difference_plots(variant).values()],
            "whole": [claim for claim in variant.claims if claim.class_name is None],
            "classes": [claim for claim in variant.claims if claim.class_name is not None],
            "turned": _turned(comparison, own),
        }
        for variant, own in zip(comparison.variants, shown, strict=True)
    ]
    save_page(
        path,
        environment,
        "comparison.html.j2",
        comparison=comparison,
        facts=dict(facts),
        level=f"{comparison.confidence * 100:.3g}%",
        variants=variants,
    )


def findings(comparison: Comparison, variant: VariantComparison) -> list[str]:
    """What is significant about a variant, in sentences."""
    name, other = variant.side.name, comparison.baseline.name
    sentences = [
        f"{name} is significantly {verdict} than {other} in {_listed(claims)}."
        for verdict in ("better", "worse")
        if (claims := [claim for claim in variant.claims if claim.verdict == verdict])
    ]
    if claims := [claim for claim in variant.claims if claim.verdict == "different"]:
        sentences.append(f"Significantly different: {_listed(claims)}.")
    total = len(variant.claims)
    if not sentences and all(claim.verdict == "no difference" for claim in variant.claims):
        return [f"{name} and {other} are the same in all {total} metrics, image by image."]
    unsettled = [claim for claim in variant.claims if claim.verdict == "not established"]
    if not sentences:
        sentences.append(
            f"Inconclusive: no significant difference between {name} and {other} in any of {total} metrics on "
            f"{comparison.n:,} images. That is no proof that there is none."
        )
    elif unsettled:
        sentences.append(f"Inconclusive for {len(unsettled)} of {total} metrics.")
    if near := [claim for claim in unsettled if claim.more_images is not None]:
        first = min(near, key=lambda claim: claim.more_images or 0)
        sentences.append(
            f"Closest to significance: {label_of(first.metric, first.class_name)} "
            f"({signed(first.difference.value)}); at this effect size about {rounded(first.more_images or 0)} more "
            "images give 80% power."
        )
    sentences.append(_answers(comparison, variant))
    return sentences


def p_value(value: float | None) -> str:
    """A p-value as one reads it: `0.031`, `<0.001`."""
    if value is None:
        return "—"
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def _answers(comparison: Comparison, variant: VariantComparison) -> str:
    by = ""
    if len(variant.side.seeds) > 1 and comparison.unit_word != "folds":
        by = ", counted by how many trainings have them right"
    message = f"Of {comparison.n:,} images {variant.gained:,} are fixed and {variant.lost:,} regressed{by}"
    if variant.mcnemar is None or len(variant.side.seeds) > 1:
        return f"{message}."
    return f"{message} (McNemar: exact p {p_value(variant.mcnemar.p_exact)}, mid-p {p_value(variant.mcnemar.p_mid)})."


def _listed(claims: Sequence[Claim]) -> str:
    named = [f"{label_of(claim.metric, claim.class_name)} ({signed(claim.difference.value)})" for claim in claims]
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"


def _tiles(variant: VariantComparison) -> list[Claim]:
    by_name = {claim.metric: claim for claim in variant.claims if claim.class_name is None}
    chosen = [by_name[name] for name in shown_on("comparison", by_name)]
    return chosen or list(by_name.values())[:6]


def _turned(comparison: Comparison, shown: VariantRow) -> list[dict[str, Any]]:
    """Rows of the bars per class, with widths in per cent of the longest."""
    if not shown.per_class:
        return []
    longest = max((max(pair) for pair in shown.per_class), default=0) or 1
    rows = []
    for name, support, (won, lost) in zip(comparison.class_names, comparison.support, shown.per_class, strict=True):
        rows.append(
            {
                "name": name,
                "support": support,
                "won": won,
                "lost": lost,
                "won_width": round(100 * won / longest, 1),
                "lost_width": round(100 * lost / longest, 1),
            }
        )
    return rows
