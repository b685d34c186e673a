"""Claims: which process works on which part, so that several fill one store and none does what another does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from assay.database.locks import LockHeldError, file_lock
from assay.embeddings.parts import VectorPart
from assay.embeddings.store_files import CLAIMS
from assay.errors import StoreError, TrackingError


@contextmanager
def claimed(folder: Path, part: VectorPart) -> Iterator[bool]:
    """Inside, the part is this process's; false where another has it.

    A claim is a lock on a file, with a line that says who has it. The system lets go of it when the process dies,
    however it dies, and so does the server of a shared folder when a machine is gone. Where it should fail all the
    same, an image is embedded twice, to the same bytes.

    Args:
        folder: of the key.
        part: that is asked for.

    Raises:
        StoreError: the folder knows no locks.
    """
    path = folder / CLAIMS / part.name
    with ExitStack() as held:
        own = _taken(path, held)
        try:
            yield own
        finally:
            if own:
                with suppress(OSError):
                    path.unlink(missing_ok=True)  # who waits for it takes no lock on a file without a name


def _taken(path: Path, held: ExitStack) -> bool:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        held.enter_context(file_lock(path, patience=0))
    except (LockHeldError, FileNotFoundError):  # the latter where somebody takes the whole set away
        return False
    except (TrackingError, OSError) as error:
        reason = error.__cause__ or error
        if isinstance(reason, FileNotFoundError):
            return False
        raise StoreError(
            f"{path.parent}: no claim can be taken in this folder: {reason}. Make it writable, give a folder whose "
            "file system has locks, cache=DIR, or leave launcher out"
        ) from error
    return True
