"""Takes a lock and holds it until it is ended, alone or with a forked child; the last of them prints its number."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from assay.database.locks import file_lock

with file_lock(Path(sys.argv[-1])):
    if "--fork" not in sys.argv or os.fork() == 0:
        print(os.getpid(), flush=True)
    time.sleep(600)
