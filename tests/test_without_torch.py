"""An installation without torch: lint, lists and the reference's curves need none; only the cross-check is skipped."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli import ROOT, environment
from tests.cli import lrviz as run

pytestmark = pytest.mark.process

RUN = "epochs: 9\noptimizer: {name: SGD, lr: 0.5}\nscheduler: {name: StepLR, step_size: 2, gamma: 0.5}\n"
UNIMPORTABLE = """\
import sys

class WithoutTorch:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "torch":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, WithoutTorch())
"""
NEEDLESS = [
    "--version",
    "--help",
    "list schedulers",
    "list schedulers OneCycleLR",
    "list optimizers",
    "list functions rosenbrock",
    "schema",
    "init new.yaml",
    "lint run.yaml",
    "lint run.yaml --format json",
    "schedule run.yaml --code",
    "schedule run.yaml --engine reference --json run.json",
    "schedule run.yaml --engine=reference --set scheduler.gamma=0.5,0.9 -o two.svg",
    "race sgd adam --fn booth --engine reference --json race.json",
]
"""Commands that no torch is needed for."""
MISSING = "torch is not installed (pip install torch)"
SKIPPED = ["schedule run.yaml --json skipped.json", "race sgd:lr=0.1 --fn booth --json skipped-race.json"]
"""Commands that skip the cross-check, and say so."""
UNFINISHED = [
    "schedule run.yaml --engine torch",
    "race sgd:lr=0.1 --fn booth --engine torch",
    "resume run.yaml --at 4",
    "check run.yaml --quiet",
]
"""Commands that are nothing without torch."""


@pytest.fixture(scope="module")
def without(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the environment of processes that cannot import torch."""
    folder = tmp_path_factory.mktemp("without")
    (folder / "sitecustomize.py").write_text(UNIMPORTABLE, encoding="utf-8")
    return {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "run.yaml").write_text(RUN, encoding="utf-8")
    return tmp_path


def test_what_needs_no_torch_runs_and_the_rest_says_what_to_install(here: Path, without: dict[str, str]) -> None:
    """Linting must not need torch."""
    program = f"""
import contextlib, io, sys
from lrviz import cli
for line in {[*NEEDLESS, *SKIPPED, *UNFINISHED]!r}:
    sys.argv = ["lrviz", *line.split()]
    said = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with contextlib.redirect_stdout(said):
        code = cli.run()
    said.seek(0)
    print(line, code, "{MISSING}" in said.read(), file=sys.stderr)
try:
    import torch
except ModuleNotFoundError:
    print("no torch", file=sys.stderr)
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=here, env=environment(**without), capture_output=True, text=True, check=True)
    assert done.stderr.splitlines() == [
        *(f"{line} 0 False" for line in NEEDLESS),
        *(f"{line} 0 True" for line in SKIPPED),
        *(told for line in UNFINISHED[:-1] for told in (MISSING, f"{line} 3 False")),
        f"not cross-checked: {MISSING}",
        f"{UNFINISHED[-1]} 3 False",
        "no torch",
    ]
    assert json.loads((here / "run.json").read_text(encoding="utf-8"))["schedules"][0]["groups"][0]["lr"][2:4] == [
        0.25,
        0.25,
    ]
    assert len(json.loads((here / "race.json").read_text(encoding="utf-8"))["entries"]) == 2
    schedule = json.loads((here / "skipped.json").read_text(encoding="utf-8"))
    race = json.loads((here / "skipped-race.json").read_text(encoding="utf-8"))
    assert schedule["torch"] is race["torch"] is None
    assert schedule["schedules"][0]["groups"][0]["lr"][2:4] == [0.25, 0.25]
    for one in (*schedule["schedules"], *race["entries"]):
        assert (one["crosscheck"]["verdict"], one["crosscheck"]["reason"]) == ("skipped", MISSING)
    assert {path.suffix for path in here.iterdir()} == {".yaml", ".json", ".svg", ".png"}
    assert {path.name for path in here.glob("*.png")} == {"run.png", "race-booth.png"}


def test_the_gallery_says_what_it_needs(here: Path, without: dict[str, str]) -> None:
    """A message, not a traceback."""
    catalogue = "title: A\ntext: x\ntags: {}\nsections:\n- name: All\n  text: x\n  entries:\n"
    catalogue += (
        "  - {title: One, text: x, schedule: run.yaml}\n  - {title: Two, text: x, race: {entries: [sgd], fn: booth}}\n"
    )
    (here / "catalogue.yaml").write_text(catalogue, encoding="utf-8")
    done = run("gallery", "catalogue.yaml", cwd=here, env=without)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "torch cannot be imported: No module named 'torch'\n"
