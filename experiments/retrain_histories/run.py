"""Whatever clients send and reviewers say: is anything of a test set, or a copy of it, ever trained on?

python experiments/retrain_histories/run.py [--histories 100]

Histories of feedback as `tests/retraining/test_feedback_histories.py` draws them; prints how many there were, and how
many pictures they added to what is trained on. One that adds a picture of a test set ends it with that history.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parents[2]
FILE = ROOT / "tests" / "retraining" / "test_feedback_histories.py"
sys.path.insert(0, str(ROOT / "tests"))


def histories() -> ModuleType:
    """The histories of the tests, and what is seen to."""
    spec = importlib.util.spec_from_file_location("feedback_histories", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> None:
    from assay.run.images import load_real_manifest

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--histories", type=int, default=100)
    asked = parser.parse_args()
    drawn = histories()
    with tempfile.TemporaryDirectory() as folder:
        dataset = drawn.drawn_dataset(Path(folder))
        base, added = load_real_manifest(dataset), []

        def look(**history: Any) -> None:
            added.append(drawn.see_that_nothing_is_learned_of_a_test_set(dataset, base, **history))

        drawn.at_random(asked.histories)(look)()
    print(f"histories: {len(added)}; with pictures that were added: {sum(map(bool, added))}; pictures: {sum(added)}")


if __name__ == "__main__":
    main()
