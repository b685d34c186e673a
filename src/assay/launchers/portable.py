"""Errors on their way from another process: as they are where they survive it, in words where they do not."""

from __future__ import annotations

import os
import pickle
import platform
import traceback

from assay.errors import StudyError


def portable(error: Exception) -> Exception:
    """The error itself where it survives pickling, else a StudyError that says the same.

    The traceback is a note of it.
    """
    note = f"in process {os.getpid()} on {platform.node()}:\n{''.join(traceback.format_exception(error))}"
    try:
        again = pickle.loads(pickle.dumps(error))
        picklable = error if type(again) is type(error) and str(again) == str(error) else None
    except Exception:
        picklable = None
    picklable = picklable or StudyError(f"{type(error).__name__}: {error}")
    picklable.add_note(note)
    return picklable
