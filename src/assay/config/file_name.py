"""Names that people give and that files and folders are called by."""

from __future__ import annotations

from assay.errors import ConfigError
from assay.output import visible

LONGEST = 100
RESERVED = frozenset('/\\:*?"<>|')
"""What some file system takes for something else than a part of a name."""


def checked_file_name(key: str, name: str) -> str:
    """The name, where it can be that of a folder on every system and leads nowhere else.

    Args:
        key: that it was given for.
        name: as it was typed.

    Raises:
        ConfigError: it is empty or too long, holds one of the reserved or invisible characters, or begins or ends with
            a dot or a space.
    """
    characters = "".join(sorted(RESERVED & set(name)))
    if not name.strip():
        why = "is empty"
    elif characters:
        why = f"holds {characters}"
    elif visible(name) != name or not name.isprintable():
        why = "holds characters that nobody sees"
    elif name != name.strip(". "):
        why = "begins or ends with a dot or a space"
    elif len(name.encode()) > LONGEST:
        why = f"is longer than {LONGEST} bytes"
    else:
        return name
    raise ConfigError(f"{key}={visible(name)}: becomes the name of a folder, but {why}; take letters, digits, - and _")
