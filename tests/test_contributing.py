"""The worked examples of CONTRIBUTING.md are run unchanged: a made-up package is installed and used."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import lrviz
from lrviz.linting.rule import Rule
from tests.cli import ROOT
from tests.cli import lrviz as run
from tests.versions import TORCH

pytestmark = pytest.mark.process

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"<!-- example: (\S+) -->\n```\w+\n(.*?)```", TEXT, re.DOTALL))

SCHEDULE = """\
epochs: 60
optimizer: {name: made_up.SignDescent, lr: 0.1}
scheduler:
  name: SequentialLR
  milestones: [10]
  schedulers:
    - {name: LinearLR, start_factor: 0.1, total_iters: 10}
    - {name: made_up.Sawtooth, period: 5ep, low: 0.2}
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder into which the made-up package was installed."""
    source = tmp_path_factory.mktemp("made-up")
    for name, text in EXAMPLES.items():
        if "." in name:
            file = source / name
            file.parent.mkdir(exist_ok=True)
            # What imports a module of the package leaves its name, so that it is seen.
            shout = "import sys\nprint('imported', __name__, file=sys.stderr)\n" if "lrviz_" in name else ""
            file.write_text(shout + text)
    (source / "made_up" / "__init__.py").touch()
    target = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    alone = ["--no-index", "--no-deps", "--no-build-isolation", "--target", str(target), str(source)]
    subprocess.run([*pip, *alone], check=True, capture_output=True)
    return target


def with_package(site: Path, *arguments: str | Path, cwd: Path) -> tuple[str, str]:
    """Run lrviz beside the package; return stdout and stderr."""
    done = run(*arguments, cwd=cwd, env={"PYTHONPATH": f"{ROOT}:{site}"})
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def test_what_a_package_adds_is_listed_and_imported_only_by_its_exact_name(site: Path, tmp_path: Path) -> None:
    for kind, name in (("schedulers", "Sawtooth"), ("optimizers", "SignDescent"), ("functions", "bowl")):
        listed, said = with_package(site, "list", kind, cwd=tmp_path)
        assert re.search(rf"made_up\.{name}\s+Added by made-up 1\.0\.", listed)
        assert "imported" not in said
    described, said = with_package(site, "list", "schedulers", "made_up.Sawtooth", cwd=tmp_path)
    assert "lr[t] = base_lr * (1 - (1 - low)" in described
    assert re.search(r"period\s+required\s+length\s+ticks from one start to the next", described)
    assert "imported made_up.lrviz_schedulers" in said
    assert "imported made_up.lrviz_optimizers" not in said


def test_a_schedule_of_an_added_scheduler_and_optimizer_is_cross_checked(site: Path, tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_text(SCHEDULE)
    found: Any = json.loads(with_package(site, "schedule", "run.yaml", "--json", "-", cwd=tmp_path)[0])
    (one,) = found["schedules"]
    assert one["crosscheck"]["verdict"] == "agree"
    assert one["crosscheck"]["by"] == f"torch {TORCH}, made_up 1.0"
    lr = one["groups"][0]["lr"]
    assert lr[10:16] == pytest.approx([0.1 * (1 - 0.8 * share) for share in (0, 0.2, 0.4, 0.6, 0.8, 0)])
    script, _ = with_package(site, "schedule", "run.yaml", "--code", cwd=tmp_path)
    (tmp_path / "script.py").write_text(script)
    printed = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, env={"PYTHONPATH": str(site)}, capture_output=True, text=True,
        check=True,
    ).stdout  # fmt: skip
    assert [float(line.split()[1]) for line in printed.splitlines()] == lr
    linted, _ = with_package(site, "lint", "run.yaml", cwd=tmp_path)
    assert "1 document" in linted


def test_the_schema_knows_the_names_that_a_package_adds(site: Path, tmp_path: Path) -> None:
    import yaml
    from jsonschema import Draft202012Validator

    written, said = with_package(site, "schema", cwd=tmp_path)
    assert "imported" not in said
    schema = Draft202012Validator(json.loads(written))
    document = yaml.safe_load(SCHEDULE)
    assert schema.is_valid(document)
    document["scheduler"]["schedulers"][1]["name"] = "made_up.Other"
    assert not schema.is_valid(document)


def test_an_added_optimizer_races_over_an_added_function(site: Path, tmp_path: Path) -> None:
    race = ("race", "made_up.SignDescent", "sgd", "--fn", "made_up.bowl:power=1", "--steps", "50", "--no-plot")
    found: Any = json.loads(with_package(site, *race, "--json", "-", cwd=tmp_path)[0])
    checks = [(one["crosscheck"]["verdict"], one["crosscheck"]["by"]) for one in found["entries"]]
    assert checks == [("agree", f"torch {TORCH}, made_up 1.0"), ("agree", f"torch {TORCH}")]
    assert found["function"]["name"] == "made_up.bowl"


@pytest.mark.parametrize(
    ("point", "code", "words"),
    [
        ("broken:Sawtooth", "1 / 0", "cannot be imported: ZeroDivisionError: division by zero"),
        ("broken:Sawtooth", "raise SystemExit(5)", "cannot be imported: SystemExit: 5"),
        ("broken:Sawtooth", "Sawtooth = 3", "is not a subclass of lrviz.schedulers.base.Scheduler"),
        ("broken:Absent", "", "cannot be imported: AttributeError"),
        ("broken:StepLR", "from lrviz.schedulers.torch.step_lr import StepLR", "calls itself StepLR"),
    ],
)
def test_an_entry_point_that_cannot_be_used_is_an_error_at_its_line(
    point: str, code: str, words: str, tmp_path: Path
) -> None:
    info = tmp_path / "broken-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[lrviz.schedulers]\nbroken.Sawtooth = {point}\n")
    (tmp_path / "broken.py").write_text(code)
    (tmp_path / "run.yaml").write_text("epochs: 9\noptimizer: {name: SGD}\nscheduler: {name: broken.Sawtooth}\n")
    done = run("lint", "run.yaml", cwd=tmp_path, env={"PYTHONPATH": f"{ROOT}:{tmp_path}"})
    assert done.returncode == 2
    assert done.stdout.startswith(
        "run.yaml:3:19: error invalid-document: scheduler.name: the scheduler broken.Sawtooth of broken "
    )
    assert words in done.stdout


def test_the_rule_of_the_example_finds_what_it_is_for() -> None:
    space: dict[str, Any] = {}
    exec(EXAMPLES["rule"], space)
    rule: type[Rule] = space["StepSizeOne"]
    (found,) = lrviz.lint(lrviz.loads(rule.fires), rules=(rule,))
    assert found.field == "scheduler.step_size"
    assert lrviz.lint(lrviz.loads(rule.near), rules=(rule,)) == ()
