"""The page of a decision: the answer, the criteria, the Pareto front, the alternatives, and the method."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from assay.evaluation.catalogue import label_of
from assay.pages.page import save_page
from assay.pages.svg import to_svg
from assay.pages.templates import templates
from assay.studies.decision.decision import Decision
from assay.studies.decision.figures import pareto_plots
from assay.studies.decision.method import method, policy_yaml
from assay.studies.decision.metric import interval, number
from assay.studies.decision.table import MARKS, ROLES, SAID, cell, columns, front_words


def write_page(path: Path, decision: Decision, *, facts: Mapping[str, str]) -> None:
    """Write the page, whole or not at all.

    Args:
        path: the HTML file.
        decision: what was decided.
        facts: name -> text for the top of the page.
    """
    environment = templates("assay.studies.decision")
    environment.globals.update(MARKS=MARKS, SAID=SAID, ROLES=ROLES, label=label_of, number=number, spread=interval)
    heads = columns(decision)
    save_page(
        path,
        environment,
        "decision.html.j2",
        decision=decision,
        facts=dict(facts),
        level=f"{decision.confidence * 100:.3g}%",
        columns=heads,
        rows=[
            (candidate, [cell(candidate, column) for column in heads], front_words(candidate))
            for candidate in decision.candidates
        ],
        runners=[candidate for candidate in decision.candidates if candidate.role != "chosen"],
        classes=[candidate.metric for candidate in decision.criteria if _per_class(decision, candidate.metric)],
        plots=[to_svg(canvas) for canvas in pareto_plots(decision).values()],
        method=method(decision),
        policy=policy_yaml(decision),
    )


def _per_class(decision: Decision, metric: str) -> bool:
    judgement = decision.candidates[0].judgement(metric)
    return judgement is not None and any(part.class_name is not None for part in judgement.parts)
