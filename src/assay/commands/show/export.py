"""What the terminal shows of an export: one row per form, and where everything lies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from assay.commands.document import measurement_cells
from assay.commands.show.cells import with_interval
from assay.deploy.bundle.bundle import ABOUT, PREDICTOR
from assay.deploy.bundle.format import FLOAT
from assay.evaluation.catalogue import MAIN, label_of
from assay.terminal import terminal

if TYPE_CHECKING:
    from assay.deploy.bundle.format import Format
    from assay.deploy.export.export import Exported


def show(exported: Exported) -> None:
    """Print the table, what has to be known besides, and the places."""
    console = terminal()
    console.print(table(exported))
    about = exported.bundle.about
    for name, form in {**about.formats, **exported.others}.items():
        if form.why:
            console.print(f"• {name} is refused: {form.why}")
        if form.kept_in_float:
            console.print(f"• {name} keeps in float: {', '.join(form.kept_in_float)}")
        for note in form.notes:
            console.print(f"• {name}: {note}")
    console.print(f"licences {'; '.join(about.licences) or 'none known'}", soft_wrap=True)
    console.print(f"bundle   {exported.folder}", soft_wrap=True)
    console.print(f"digest   {exported.bundle.digest}  ({ABOUT})", soft_wrap=True)


def table(exported: Exported) -> Table:
    """One row per form: a mark, its size, and how far it says what the float model says; fits 80 columns."""
    about = exported.bundle.about
    shown = Table(title=f"{about.name} as a bundle that serves {about.serves}", title_justify="left")
    for head in ("", "format"):
        shown.add_column(head, no_wrap=True)
    for head in ("MB", "labels\nagree", "largest\nΔp", label_of(MAIN), f"Δ {label_of(MAIN)},\ninterval"):
        shown.add_column(head, justify="right", no_wrap=True)
    weights = sum(
        entry.bytes
        for name, entry in about.files.items()
        if name.startswith(f"{PREDICTOR}/") and not name.endswith("ood.safetensors")
    )
    shown.add_row("", FLOAT, f"{weights / 1e6:.2f}", "", "", "", "as measured")
    for name, form in {**about.formats, **exported.others}.items():
        fine = form.verdict == "ok"
        shown.add_row("✓" if fine else "✗", name, *_cells(form), style="" if fine else "red")
    return shown


def _cells(form: Format) -> tuple[str | Text, ...]:
    parity = form.parity
    difference = parity.macro_f1_difference
    return (
        f"{form.bytes / 1e6:.2f}",
        f"{parity.agreement:.4f}",
        f"{parity.largest_difference:.2g}",
        f"{parity.macro_f1:.4f}",
        with_interval(difference, "{:+.4f}".format),
    )


def text(result: Exported, request: object) -> None:
    """Print the export."""
    show(result)


def document(result: Exported, request: object) -> dict[str, Any]:
    """Folder and digest of the bundle, what it serves, and every form with its parity."""
    about = result.bundle.about
    return {
        "folder": result.folder,
        "digest": result.bundle.digest,
        "name": about.name,
        "serves": about.serves,
        "licences": about.licences,
        "formats": {**about.formats, **result.others},
    }


def rows(result: Exported, request: object) -> list[dict[str, Any]]:
    """One row for each form; value, low, high, n and method are of its difference in macro-F1 to the float model."""
    return [
        {
            "format": name,
            "verdict": form.verdict,
            "bytes": form.bytes,
            "agreement": form.parity.agreement,
            "largest_difference": form.parity.largest_difference,
            "macro_f1": form.parity.macro_f1,
            **measurement_cells(form.parity.macro_f1_difference),
        }
        for name, form in {**result.bundle.about.formats, **result.others}.items()
    ]
