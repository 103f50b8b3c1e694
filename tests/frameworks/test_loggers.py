"""Logs of real loggers: `lrviz.logs` reads what the updates were made with, and `lrviz convert` finds the schedule.

Run by `make test-frameworks`, in an environment that has them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lrviz.logs.read import is_log, read
from lrviz.runs.fitting.fit import fitted
from lrviz.runs.logged import placed
from tests.cli import environment

pytestmark = [pytest.mark.framework, pytest.mark.process]

SCRIPT = Path(__file__).parent / "scripts" / "loggers.py"
LOGGERS: dict[str, dict[str, tuple[str, int, str]]] = {
    # By what trains: the logs that it writes, how each is called, how many values it has, and what is proposed for it.
    "lightning": {
        "csv/lightning_logs/version_0/metrics.csv": ("Lightning CSVLogger", 12, "T_max: 60"),
        "tensorboard": ("TensorBoard", 12, "T_max: 60"),
    },
    "transformers": {
        "out/checkpoint-100/trainer_state.json": ("trainer_state.json", 20, "total_iters: 80"),
        "out/runs": ("TensorBoard", 20, "total_iters: 80"),
    },
    "tensorboard": {"run": ("TensorBoard", 300, "gamma: 0.99")},
}


@pytest.mark.parametrize("library", LOGGERS)
def test_a_logger_s_values_are_those_of_the_updates(library: str, tmp_path: Path) -> None:
    words = [sys.executable, "-W", "ignore", str(SCRIPT), library]
    subprocess.run(words, cwd=tmp_path, env=environment(PYTHONWARNINGS="ignore"), check=True, timeout=300)
    used = np.array(json.loads((tmp_path / "used.json").read_text()))
    for path, (kind, values, part) in LOGGERS[library].items():
        assert is_log(tmp_path / path)
        logged = read(tmp_path / path)
        assert (logged.kind, len(logged.conventions)) == (kind, 1)
        for index, one in enumerate(placed(logged)):
            assert len(one.at) == values
            np.testing.assert_allclose(one.lr, used[one.at, min(index, used.shape[1] - 1)], rtol=logged.tolerance)
        assert part in fitted(logged, library).text
