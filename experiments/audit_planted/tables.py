"""What came out as tables in Markdown: python experiments/audit_planted/tables.py quick.json"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def duplicates(made: dict[str, Any]) -> str:
    """Recall / precision of each kind by tool."""
    tools = {name: about for name, about in made["tools"].items() if "rows" in about}
    lines = [
        f"{made['dataset']}: {made['originals']:,} originals, {made['files']:,} files, {made['seconds']} s.",
        "",
        "| copies (recall / precision) | " + " | ".join(tools) + " |",
        "| --- |" + " --- |" * len(tools),
    ]
    for place, row in enumerate(next(iter(tools.values()))["rows"]):
        cells = [about["rows"][place] for about in tools.values()]
        lines.append(
            f"| {row['kind']} | " + " | ".join(f"{c['recall']:.3f} / {c['precision']:.3f}" for c in cells) + " |"
        )
    joined = [str(about["pairs of originals joined"]) for about in tools.values()]
    lines.append("| pairs of originals joined | " + " | ".join(joined) + " |")
    lines += [f"{name}: {about['not asked']}" for name, about in made["tools"].items() if "not asked" in about]
    return "\n".join(lines)


def blur(made: dict[str, Any]) -> str:
    """A line for each tool."""
    lines = [f"{made['dataset']}: {made['blurred']} of {made['pictures']:,} pictures blurred."]
    return "\n".join(lines + [f"- {name}: {json.dumps(about)}" for name, about in made["tools"].items()])


def labels(made: dict[str, Any]) -> str:
    """A table of both lists."""
    lines = [
        f"{made['dataset']}: {made['exchanged']} of {made['pictures']:,} labels exchanged; the head is right for "
        f"{made['accuracy of the head']:.3f}; without exchanged labels {made['listed without exchanged labels']} are "
        "listed.",
        "",
        "| | listed | precision | of the first k | recall |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name in ("assay audit", "cleanlab alone"):
        own = made[name]
        first = own["precision of the first k"]
        lines.append(f"| {name} | {own['listed']} | {own['precision']:.3f} | {first:.3f} | {own['recall']:.3f} |")
    return "\n".join(lines)


def shortcuts(made: dict[str, Any]) -> str:
    """Each cue, and the false alarms."""
    lines = [f"{made['dataset']}:", "", "| cue | found | AUROC | carried by |", "| --- | --- | --- | --- |"]
    for cue, about in made["cues"].items():
        carried = about.get("carried_by", "").split(";")[0]
        lines.append(f"| {cue} | {about['found']} | {about.get('auroc', '')} | {carried} |")
    alarms = made["false alarms"]
    lines.append(f"\nFalse alarms: {alarms['alarms']} of {alarms['resamples']}.")
    return "\n".join(lines)


SHOWN = {"duplicates": duplicates, "blur": blur, "labels": labels, "shortcuts": shortcuts}


if __name__ == "__main__":
    for part, by_dataset in json.loads(Path(__file__).with_name(sys.argv[1]).read_text("utf-8")).items():
        print(f"\n## {part}")
        for made in by_dataset.values():
            print(f"\n{SHOWN[part](made)}")
