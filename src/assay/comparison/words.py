"""The verdict on a difference, in words that claim no more than the evidence does."""

from __future__ import annotations

from assay.comparison.comparison import Verdict


def verdict_of(difference: float, better: str) -> Verdict:
    """What a significant difference means, given which side of the metric is better."""
    if better not in ("higher", "lower"):
        return "different"
    return "better" if (difference > 0) == (better == "higher") else "worse"


def sentence(
    verdict: Verdict,
    *,
    more_images: int | None,
    more_seeds: int | None,
    seeds: int,
    difference: float,
    folds: int | None = None,
) -> str:
    """`significantly better`, or what is missing for that.

    Args:
        verdict: on the claim.
        more_images, more_seeds: that give 80 % power at the observed effect size.
        seeds: on each side.
        difference: as observed.
        folds: splits of a cross-validation; None without one.
    """
    if verdict in ("better", "worse", "different"):
        return f"significantly {verdict}"
    if verdict == "undefined":
        return "undefined on these images"
    if verdict == "no difference" or difference == 0:
        return "no difference at all" if verdict == "no difference" else "inconclusive; the values are equal"
    if folds is not None:
        return f"inconclusive over {folds} folds"
    needs = []
    if more_images is not None:
        needs.append(f"about {rounded(more_images)} more image{'s' if more_images != 1 else ''}")
    if more_seeds is not None and seeds > 1:
        needs.append(f"{rounded(more_seeds)} more seed{'s' if more_seeds != 1 else ''}")
    if not needs:
        lacking = "images alone give no power, more seeds are needed too" if seeds > 1 else "too small to be found"
        return f"inconclusive; {lacking}"
    return f"inconclusive; {' or '.join(needs)} for 80% power"


def rounded(count: int) -> str:
    """A number of two digits' precision, as an estimate deserves: 7, 42, 1,300."""
    if count < 100:
        return str(count)
    step = 10 ** (len(str(count)) - 2)
    return f"{-(-count // step) * step:,}"
