"""Whatever clients send and reviewers say: is anything of a test set, or a copy of it, ever trained on?

python experiments/retrain_histories/run.py [--histories 100]

Histories of feedback as `tests/retraining/test_feedback_histories.py` draws them; prints how many there were, and how
many pictures they added to what is trained on. One that adds a picture of a test set ends it with that history.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]


def main() -> None:
    from tests.retraining.test_feedback_histories import (
        at_random,
        drawn_dataset,
        see_that_nothing_is_learned_of_a_test_set,
    )

    from assay.run.images import load_real_manifest

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--histories", type=int, default=100)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        dataset = drawn_dataset(Path(folder))
        base, added = load_real_manifest(dataset), []

        def look(**history: Any) -> None:
            added.append(see_that_nothing_is_learned_of_a_test_set(dataset, base, **history))

        at_random(asked.histories)(look)()
    print(f"histories: {len(added)}; with pictures that were added: {sum(map(bool, added))}; pictures: {sum(added)}")


if __name__ == "__main__":
    main()
