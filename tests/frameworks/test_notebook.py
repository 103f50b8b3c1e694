"""`lrviz.recording()` in the cells of a notebook, run by a real kernel."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.framework, pytest.mark.process]

CELLS = [
    """
import torch, lrviz
parameter = torch.nn.Parameter(torch.ones(2))
optimizer = torch.optim.SGD([parameter], lr=0.1)
scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
noted = []
""",
    """
with lrviz.recording() as run:
    for _ in range(6):
        parameter.grad = torch.ones_like(parameter)
        noted.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
""",
    "import json; print(json.dumps([run.to_json(), noted]))",
    "run",
]


def test_cells_are_recorded_and_the_recording_draws_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.setenv("PYTHONWARNINGS", "")
    nbformat: Any = import_module("nbformat.v4")
    # The cell that records is run twice: a second recording knows nothing of the first.
    cells = [CELLS[0], CELLS[1], "noted.clear()", *CELLS[1:]]
    notebook = nbformat.new_notebook(cells=[nbformat.new_code_cell(each) for each in cells])
    client = import_module("nbclient").NotebookClient(notebook, kernel_name="python3", timeout=120)
    client.execute(cwd=str(tmp_path))
    printed, shown = (cell.outputs[-1] for cell in notebook.cells[-2:])
    told, noted = json.loads(printed.text)
    (one,) = told["optimizers"]
    assert one["groups"][0]["lr"] == noted
    assert len(noted) == 6
    (scheduler,) = one["schedulers"]
    (site,) = scheduler["stepped_at"]
    assert (scheduler["class"], site["count"]) == ("ExponentialLR", 6)
    # A cell is a file of its own to Python.
    assert site["at"].endswith(":6")
    assert {"image/png", "image/svg+xml", "text/html"} & set(shown.data)
