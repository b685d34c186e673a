"""Files and folders that operating systems, network drives and other programs leave among pictures."""

from __future__ import annotations

NAMES = frozenset(
    {
        "@eadir", "@__thumb", "@recycle", "@recently-snapshot", "@tmp",  # network drives
        "#recycle", "#snapshot", "#tmp",
        "lost+found", "$recycle.bin", "system volume information", "found.000", "_vti_cnf",
        "thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "picasa.ini", "iconcache.db",
        "__macosx", "icon\r", "network trash folder", "temporary items", "theftshield",
        "__pycache__", "node_modules",
        "mlruns", "mlartifacts", "lightning_logs", "wandb",  # of trainings that were started in the dataset's folder
    }
)  # fmt: skip
"""In small letters."""
UPPER = frozenset({"RECYCLER", "RECYCLED"})
"""In these letters alone: in others they are the name of a class."""


def is_system(name: str) -> bool:
    """Whether a file or folder of this name belongs to a system or program and to no dataset; dot files do too."""
    return name.startswith((".", "~$")) or name in UPPER or name.lower() in NAMES
