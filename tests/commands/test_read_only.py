"""Runs that can be read and not be written, as a share has them: they are shown, and nothing is made."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from assay.cli import main
from assay.config.compose import compose
from assay.run.workspace import open_store
from finished import Finished
from unprivileged import nobody


@pytest.fixture
def run(finished_run: Finished) -> Iterator[Finished]:
    folder = Path(tempfile.mkdtemp())  # tmp_path is closed to others
    copied = finished_run.copied(folder)
    client = open_store(compose(copied.store)).client
    client.create_registered_model("cells")
    client.create_model_version("cells", str(copied.folder), copied.run_id)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    yield copied
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755)
    shutil.rmtree(folder)


@pytest.mark.parametrize("words", [["runs"], ["runs", "{}"], ["models"], ["history", "name=cells"]])
def test_they_are_looked_at(run: Finished, words: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    typed = [*(word.format(run.run_id[:8]) for word in words), *run.store]
    main(typed)  # whoever may write nothing may not read Python's own files here: all is imported before
    capfd.readouterr()
    with nobody():
        main(typed)
    said = capfd.readouterr().out
    assert run.run_id[:8] in said or "cells" in said


def test_a_comparison_that_could_not_be_written_is_refused_before_a_run_is_looked_for(
    run: Finished, capfd: pytest.CaptureFixture[str]
) -> None:
    typed = ["compare", run.run_id[:8], "0123abcd", *run.store]
    with pytest.raises(SystemExit):
        main(typed)
    if os.geteuid() == 0:  # who may write
        assert "0123abcd: no such run" in capfd.readouterr().err
    with nobody(), pytest.raises(SystemExit):
        main(typed)
    assert re.search("output=.*comparisons: nothing can be written there", capfd.readouterr().err)
