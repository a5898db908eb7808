"""The notebooks run from the first cell to the last, in a kernel of their own."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[2] / "docs" / "notebooks").glob("*.ipynb"))


def printed(notebook):
    outputs = (out for cell in notebook.cells if cell.cell_type == "code" for out in cell.outputs)
    return "".join(out.get("text", "") for out in outputs if out.output_type == "stream")


@pytest.fixture
def execute(scratch, monkeypatch):
    """Run a notebook in an empty folder and return what its cells printed."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")

    def execute(name):
        (path,) = (path for path in NOTEBOOKS if path.stem == name)
        notebook = nbformat.read(path, as_version=4)
        resources = {"metadata": {"path": str(scratch)}}
        patience = {"timeout": 200, "startup_timeout": 200}  # on a busy machine
        NotebookClient(notebook, kernel_name="python3", resources=resources, **patience).execute()
        return printed(notebook)

    return execute


def test_zeros_fail(execute):
    """One gradient is not zero, the rank is one, and all twenty networks are stuck."""
    text = execute("why-zeros-fail")
    assert "one unit: True" in text
    assert "rank 1 of 8" in text
    assert "UNI003" in text or "PAR001" in text
    assert "zeros        failed 100%" in text


def test_from_collapse_to_criticality(execute):
    """Sigmoid has no critical point, tanh has; the scale on the line trains."""
    text = execute("from-sigmoid-collapse-to-criticality")
    assert "sigmoid has no critical point" in text
    assert "sigma_w 1.0: critical" in text
    assert "tanh at 1.0: failed 0%" in text
    assert "sigmoid at 1.0: failed 100%" in text


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_committed_without_outputs(path):
    """Outputs are made by the build, from the code that stands there."""
    for cell in nbformat.read(path, as_version=4).cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
