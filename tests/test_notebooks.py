"""The notebooks: clean as they are stored, and working as they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
SMALL = ["debug=tiny", "trainer.accelerator=cpu", "data=folder", "data.image_size=48", "ood=none"]
SMALL += ["evaluation.figures=false", "model=baseline_cnn"]


def run(path: Path, folder: Path, parameters: dict[str, Any]) -> dict[str, Any]:
    """Execute a notebook in a folder, with other parameters, as papermill does; gives its cells by their ids."""
    from nbclient import NotebookClient

    notebook = nbformat.read(path, 4)
    (place,) = [at for at, cell in enumerate(notebook.cells) if "parameters" in cell.metadata.get("tags", [])]
    given = "\n".join(f"{name} = {value!r}" for name, value in parameters.items())
    notebook.cells.insert(place + 1, nbformat.v4.new_code_cell(given))
    for name in parameters:
        assert f"\n{name} = " in f"\n{notebook.cells[place].source}", "only what is a parameter is set"
    NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    ).execute()
    return {cell.id: cell for cell in notebook.cells}


def shown(cell: Any) -> str:
    """All that a cell shows, as text and HTML."""
    outputs = [output.get("text", "") + str(dict(output.get("data", {}))) for output in cell.outputs]
    return "".join(outputs)


def test_there_are_notebooks() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["01_first_run", "02_compare_runs"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_stored_without_what_running_it_leaves_behind(path: Path) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    nbformat.validate(content)
    assert set(content["metadata"]) == {"kernelspec", "language_info"}
    assert content["metadata"]["kernelspec"]["name"] == "python3"
    assert content["metadata"]["language_info"] == {"name": "python"}
    for cell in content["cells"]:
        assert set(cell["metadata"]) <= {"tags"}
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None
    assert path.read_text(encoding="utf-8").endswith("}\n")


@pytest.mark.slow
def test_the_notebooks_train_look_and_compare(photos: Path, tmp_path: Path) -> None:
    words = [*SMALL, f"data.root={photos}"]
    first = run(NOTEBOOKS[0], tmp_path, {"OVERRIDES": [*words, "name=first"]})
    (folder,) = [path for path in (tmp_path / "mlruns" / "work").iterdir() if path.is_dir()]
    evidence = json.loads((folder / "evidence.json").read_text())
    assert f"run {folder.name}: {evidence['n']} test images in 3 classes" in shown(first["train"])
    assert f"{evidence['metrics']['macro_f1']['value']:.6f}" in shown(first["table"])
    assert all(note in shown(first["notes"]) for note in evidence["notes"])
    for id_, said in {"reliability": "After calibration", "confusion": "onyx"}.items():
        assert "<svg" in shown(first[id_])
        assert said in shown(first[id_])
    assert "report.html" in shown(first["folder"])

    variants = {"balanced": ["loss=balanced_softmax"]}
    second = run(NOTEBOOKS[1], tmp_path, {"OVERRIDES": words, "VARIANTS": variants, "RESAMPLES": 100})
    names = ["balanced", "first"]
    table = shown(second["table"])
    assert sorted(names, key=table.index) == names, "one run was too few; the newest comes first"
    assert all(name in shown(second["intervals"]) for name in names)
    compared = shown(second["compare"])
    assert f"balanced against first, on {evidence['n']} images" in compared
    assert "<svg" in shown(second["plot"])
    for id_ in ("chart", "sizes"):
        assert "image/png" in shown(second[id_])
    assert any(name in shown(second["front"]) for name in names)
    assert len(list((tmp_path / "mlruns" / "work").glob("*/evidence.json"))) == 2
