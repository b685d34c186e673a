"""Every state of every page in every view, with a screenshot of each: two widths, dark and light, two languages, with
and without a script, by mouse and by keyboard alone.

    python experiments/review/every_state.py FOLDER [WORDS OF PYTEST]

The table of states is `tests/faces`, what is asked of each `tests/serving/faces`, which drives each in one view. All
sixteen take about an hour on two cores.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[2] / "tests" / "serving" / "faces"


def main(folder: str, *words: str) -> int:
    os.environ.update(ASSAY_SHOTS=str(Path(folder).resolve()), ASSAY_EVERY_VIEW="1")
    return int(pytest.main(["-q", str(TESTS), *words]))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
