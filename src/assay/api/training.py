"""Train one run from words as on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assay.api.recorded import Run


def train(overrides: Sequence[str] = ()) -> Run:
    """Train, measure and record one run; the same as `python train.py` with these words.

    Args:
        overrides: see `compose`; `resume=ID` goes on with a run that was interrupted.

    Raises:
        AssayError: what a person can mend; configuration, data, weights and tracking are looked at before a run exists.
    """
    from assay.api.composing import compose
    from assay.api.recorded import Run
    from assay.config.door import typed_as
    from assay.run.train import train as trained
    from assay.run.workspace import open_store

    config = compose(overrides)
    with typed_as(overrides):
        outcome = trained(config)
    return Run(open_store(config).find(outcome.run_id), config.cache)
