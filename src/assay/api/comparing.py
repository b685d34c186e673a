"""Compare recorded runs on the same test images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from assay.api.recorded import Run
    from assay.comparison import Comparison
    from assay.pages.canvas import Canvas


@dataclass(frozen=True)
class Compared:
    """Runs compared with a baseline.

    Attributes:
        folder: page, JSON and tables.
        comparison: every hypothesis with effect, interval, p and what would be needed to decide it.
    """

    folder: Path
    comparison: Comparison

    @property
    def table(self) -> pd.DataFrame:
        """One row per variant and hypothesis; p is adjusted for all of them together (Holm)."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "variant": variant.side.name,
                    "metric": claim.metric,
                    "class": claim.class_name or "",
                    "baseline": claim.baseline,
                    "value": claim.variant,
                    "difference": claim.difference.value,
                    "low": claim.difference.low,
                    "high": claim.difference.high,
                    "p_holm": claim.p_holm,
                    "verdict": claim.words,
                }
                for variant in self.comparison.variants
                for claim in variant.claims
            ]
        )

    def figures(self, variant: int = 0) -> dict[str, Canvas]:
        """Effect sizes of a variant by group of metrics; a notebook shows them as they are."""
        from assay.comparison.figures import difference_plots

        return difference_plots(self.comparison.variants[variant])


def compare(
    baseline: str | Run,
    *others: str | Run,
    overrides: Sequence[str] = (),
    metrics: Sequence[str] = (),
    resamples: int = 2000,
    output: str | Path = "",
) -> Compared:
    """Compare runs image by image with a baseline; trainings that differ in their seed alone are one side.

    Args:
        baseline: id of a run, its beginning, `NAME@ALIAS`, or a Run.
        others: what is compared with it.
        overrides: where runs are recorded, as on the command line.
        metrics: names as in the evidence; empty for the usual ones.
        resamples: of the bootstrap.
        output: folder of page and tables; "" for one beside the runs.

    Raises:
        AssayError: a run is not there or has no predictions, or test sets, classes or seeds do not fit together.
    """
    from assay.api.composing import compose
    from assay.studies.comparison.compare import compare_runs
    from assay.studies.comparison.request import ComparisonRequest

    names = tuple(run if isinstance(run, str) else run.id for run in (baseline, *others))
    request = ComparisonRequest(names, metrics=tuple(metrics), resamples=resamples, output=str(output))
    compared = compare_runs(request, compose(overrides))
    return Compared(compared.folder, compared.comparison)
