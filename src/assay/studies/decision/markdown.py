"""A decision as Markdown, for the README of a recorded study."""

from __future__ import annotations

import re
from pathlib import Path

from assay.files import atomic_write
from assay.studies.decision.decision import Candidate, Decision
from assay.studies.decision.method import method, policy_yaml
from assay.studies.decision.table import ROLES, DecisionCell, cell, columns, front_words


def write_markdown(path: Path, decision: Decision, *, picture: str = "", command: str = "") -> None:
    """Write it, whole or not at all; see `to_markdown`."""
    with atomic_write(path) as temporary:
        temporary.write_text(to_markdown(decision, picture=picture, command=command), encoding="utf-8")


def to_markdown(decision: Decision, *, picture: str = "", command: str = "") -> str:
    """The answer, the table, the runners-up and the method, in a form that fits into a longer text.

    Args:
        decision: what was decided.
        picture: of the Pareto front, as a path from the file; "" leaves it out.
        command: that gives it again; "" leaves it out.
    """
    folds = f", {decision.folds} folds" if decision.folds else ""
    lines = [
        f"## Decision: {escaped(decision.policy)} on {escaped(decision.study)}",
        "",
        f"**{escaped(decision.answer)}**",
        "",
        f"{escaped(decision.purpose)} {decision.n:,} test images{folds}, {decision.confidence * 100:.3g}% "
        "intervals.".strip(),
        "",
        *_table(decision),
        "",
        "✓ met, ✗ missed, ? inconclusive: the interval straddles the bound, ∅ unknown. Of several classes, the worst.",
    ]
    if picture:
        lines += ["", f"![Pareto front]({picture})"]
    runners = [candidate for candidate in decision.candidates if candidate.role != "chosen"]
    if runners:
        lines += ["", "Alternatives:" if decision.chosen else "What each variant lacks:", ""]
        lines += [f"- **{escaped(runner.name)}** ({ROLES[runner.role]}): {escaped(runner.why)}." for runner in runners]
    if decision.notes:
        lines += ["", "Caveats:", "", *(f"- {escaped(note)}" for note in decision.notes)]
    lines += [
        "",
        "<details><summary>Method</summary>",
        "",
        *(f"- {escaped(sentence)}" for sentence in method(decision)),
    ]
    lines += ["", "```yaml", policy_yaml(decision).rstrip(), "```"]
    if command:
        lines += ["", "```bash", command, "```"]
    return "\n".join([*lines, "", "</details>", ""])


def escaped(text: str) -> str:
    """Text of people that neither ends a cell nor becomes markup."""
    text = re.sub(r"([\\`*|<>\[\]])", r"\\\1", " ".join(text.split()))
    return re.sub(r"(?<![^\W_])_|_(?![^\W_])", r"\\_", text)


def _table(decision: Decision) -> list[str]:
    heads = columns(decision)
    titles = ["variant", *(escaped(head.head) for head in heads), "Pareto front", "verdict"]
    rows = ["| " + " | ".join(titles) + " |", "|" + " --- |" * len(titles)]
    for candidate in decision.candidates:
        cells = [_text(cell(candidate, column)) for column in heads]
        rows.append(
            "| " + " | ".join([_name(candidate), *cells, escaped(front_words(candidate)), ROLES[candidate.role]]) + " |"
        )
    return rows


def _name(candidate: Candidate) -> str:
    name = escaped(candidate.name)
    return f"**{name}**" if candidate.role == "chosen" else name


def _text(cell: DecisionCell) -> str:
    interval = f"({cell.interval})" if cell.interval else ""
    about = f"· {escaped(cell.about)}" if cell.about else ""
    return " ".join(part for part in (cell.mark, cell.value, interval, about) if part)
