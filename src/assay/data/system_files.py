"""Files and folders that operating systems, network drives and other programs leave among pictures."""

from __future__ import annotations

NAMES = frozenset(
    {
        "@eadir", "@recycle", "@recently-snapshot", "@tmp", "#recycle", "#snapshot", "#tmp",  # network drives
        "lost+found", "$recycle.bin", "recycler", "recycled", "system volume information", "found.000",
        "thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "picasa.ini", "iconcache.db",
        "__macosx", "icon\r", "network trash folder", "temporary items", "theftshield",
        "__pycache__",
    }
)  # fmt: skip
"""In small letters."""


def is_system(name: str) -> bool:
    """Whether a file or folder of this name belongs to a system or program and to no dataset; dot files do too."""
    return name.startswith((".", "~$")) or name.lower() in NAMES
