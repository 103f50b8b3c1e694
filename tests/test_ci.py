"""What other repositories take from this one: the GitHub action and the pre-commit hooks, run as they are."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from lrviz.cli.app import app
from tests.cli import COMMAND, ROOT, Ended

GITHUB = ROOT / ".github"
FILES = [*sorted(GITHUB.rglob("*.yml")), ROOT / ".pre-commit-hooks.yaml"]


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def steps(data: Any) -> list[dict[str, Any]]:
    """Return the steps of a workflow or of an action."""
    if "jobs" in data:
        return [step for job in data["jobs"].values() for step in job["steps"]]
    return list(data["runs"]["steps"])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name + "/" + path.name)
def test_every_command_and_every_local_action_is_there(path: Path) -> None:
    known = {command.name or getattr(command.callback, "__name__", "") for command in app.registered_commands}
    text = path.read_text(encoding="utf-8")
    called = re.findall(r"(?:^|[\s/\"])lrviz\"? (\w+)", re.sub(r"(?m)^ *(?:- )?(?:name|description):.*$", "", text))
    assert set(called) <= known
    if path.name == ".pre-commit-hooks.yaml":
        return
    for step in steps(read(path)):
        assert ("uses" in step) != ("run" in step)
        local = step.get("uses", "")
        if local.startswith("./"):
            assert (ROOT / local / "action.yml").is_file()


GOOD = "epochs: 6\noptimizer: {name: SGD, lr: 0.5}\nscheduler: {name: StepLR, step_size: 2, gamma: 0.5}\n"
WARNED = GOOD.replace("StepLR, step_size: 2, gamma: 0.5", "CosineAnnealingLR, T_max: 3")
WRONG = GOOD.replace("StepLR, step_size: 2, gamma: 0.5", "LinearLR, total_iters: 0")


def acted(
    folder: Path,
    step: dict[str, Any],
    strict: bool = False,
    documents: str = "runs/*.yaml",
    more: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a step of the action in a folder, with lrviz where the step before has put it; more: of its environment."""
    for name, command in (("lrviz", COMMAND), ("python", COMMAND[:1])):
        program = folder / "temp" / "lrviz" / "bin" / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f'#!/bin/sh\nexec {" ".join(command)} "$@"\n', encoding="utf-8")
        program.chmod(0o755)
    given = {"RUNNER_TEMP": str(folder / "temp"), "GITHUB_OUTPUT": str(folder / "output"), "PYTHONPATH": str(ROOT)}
    given |= {"DOCUMENTS": documents, "STRICT": "--strict" if strict else ""}
    return subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", step["run"]],
        cwd=folder,
        env={**os.environ, **given, **(more or {})},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("text", "strict", "linted"), [(GOOD, False, 0), (WARNED, False, 0), (WARNED, True, 1), (WRONG, False, 1)]
)
@pytest.mark.process
def test_the_action_lints(tmp_path: Path, text: str, strict: bool, linted: int) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "a run.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "runs" / "b.yaml").write_text(text, encoding="utf-8")
    (lint,) = (step for step in steps(read(GITHUB / "actions" / "lrviz" / "action.yml")) if step.get("name") == "Lint")
    done = acted(tmp_path, lint, strict)
    assert done.returncode == linted, done.stderr
    assert ("::" in done.stdout) == (text is not GOOD)


@pytest.mark.process
def test_the_action_draws_what_it_can(tmp_path: Path) -> None:
    """Each into a file of its own, also if their names differ only in the folder."""
    for inner in ("runs", "runs/more", "runs/most"):
        (tmp_path / inner).mkdir()
    names = {"a run.yaml": GOOD, "b.yaml": "epochs: [", "more/c.yaml": WARNED, "most/c.yaml": GOOD, "most/c.yml": GOOD}
    for name, text in names.items():
        (tmp_path / "runs" / name).write_text(text, encoding="utf-8")
    (draw,) = (step for step in steps(read(GITHUB / "actions" / "lrviz" / "action.yml")) if step.get("id") == "draw")
    done = acted(tmp_path, draw, strict=False, documents=f"runs/*.yaml ../{tmp_path.name}/runs/m*/*.y*ml")
    assert done.returncode == 1
    assert "runs/b.yaml:2:1: not YAML" in done.stderr
    folder = tmp_path / "temp" / "learning-rates"
    assert (tmp_path / "output").read_text(encoding="utf-8") == f"pictures={folder}\n"
    outside = f"up/{tmp_path.name}/runs"
    assert {str(path.relative_to(folder)) for path in folder.rglob("*.png")} == {
        "runs/a run.yaml.png",
        *(f"{outside}/{name}.png" for name in ("more/c.yaml", "most/c.yaml", "most/c.yml")),
    }


@pytest.mark.process
def test_the_action_says_what_a_pull_request_changes(tmp_path: Path) -> None:
    """On the page of the run, and in one comment, in which no name is anything but text."""

    def git(*words: str) -> str:
        who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
        done = subprocess.run(["git", *who, *words], cwd=tmp_path, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    groups = GOOD.replace("lr: 0.5}", "lr: 0.5, groups: [{name: '@a|<b>'}, {name: c}]}")
    before = {"scaled.yaml": GOOD, "groups.yaml": groups, "same.yaml": GOOD, "broken.yaml": GOOD}
    after = {"scaled.yaml": GOOD.replace("lr: 0.5", "lr: 1"), "new.yaml": GOOD, "broken.yaml": "epochs: ["}
    after["groups.yaml"] = groups.replace("<b>'", "<b>', lr: 0.25")
    (tmp_path / "runs").mkdir()
    git("init")
    for texts in (before, after):
        for name, text in texts.items():
            (tmp_path / "runs" / name).write_text(text, encoding="utf-8")
        git("add", "runs")
        git("commit", "-m", "more")
    found = {step.get("name"): step for step in steps(read(GITHUB / "actions" / "lrviz" / "action.yml"))}
    page = tmp_path / "page"
    base = {
        "BASE": git("rev-parse", "HEAD~"),
        "ACTION": str(GITHUB / "actions/lrviz"),
        "GITHUB_STEP_SUMMARY": str(page),
    }
    done = acted(tmp_path, found["Say what a pull request changes"], more=base)
    assert done.returncode == 0, done.stderr
    told = page.read_text(encoding="utf-8")
    headings = re.findall("(?m)^### (.*)$", told)
    assert headings == [
        "`runs/broken.yaml`: not compared",
        "`runs/groups.yaml`: different from epoch 0 on",
        "`runs/new.yaml`: new",
        "`runs/scaled.yaml`: different from epoch 0 on",
    ]
    assert "- `B is 2 times A`" in told
    assert "| `0` | before | 0.5 | 0.125 | 0.5 | 1.75 | 6 |\n| `0` | after | 1 | 0.25 | 1 | 3.5 | 6 |" in told
    assert "| `@a\\|<b>` | after | 0.25 | 0.0625 | 0.25 | 0.875 | 6 |" in told
    assert not re.search(r"[@<]", re.sub(r"`[^`]*`|<!-- lrviz -->", "", told))
    (tmp_path / "gh").write_text('#!/bin/sh\necho "$@" >> asked\n[ "$2" != --paginate ] || echo 7\n', encoding="utf-8")
    (tmp_path / "gh").chmod(0o755)
    paths = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "COMMENTS": "repos/o/r/issues/3/comments"}
    assert acted(tmp_path, found["Comment on the pull request"], more=paths).returncode == 0
    (asked, written) = (tmp_path / "asked").read_text(encoding="utf-8").splitlines()
    assert asked.startswith("api --paginate repos/o/r/issues/3/comments --jq")
    body = tmp_path / "temp" / "learning-rates.md.cut"
    assert written == f"api --method PATCH repos/o/r/issues/comments/7 --field body=@{body}"
    assert body.read_text(encoding="utf-8") == told


@pytest.mark.parametrize("hook", read(ROOT / ".pre-commit-hooks.yaml"), ids=lambda hook: hook["id"])
def test_a_hook_takes_schedules_and_nothing_else(hook: dict[str, Any]) -> None:
    matched = re.compile(hook["files"])
    documents = [path for path in (ROOT / "configs").rglob("*.yaml") if "races" not in path.parts]
    taken = {path for path in documents if matched.search(str(path.relative_to(ROOT)))}
    assert taken == {path for path in documents if path.parent.name == "configs"}
    for name in ("configs/races/rosenbrock.yaml", ".github/workflows/test.yml", "configs/data/x.csv"):
        assert not matched.search(name)
    assert hook["entry"].split()[0] == "lrviz"


@pytest.mark.parametrize("hook", read(ROOT / ".pre-commit-hooks.yaml"), ids=lambda hook: hook["id"])
def test_a_hook_passes_what_is_right(ended: Ended, tmp_path: Path, hook: dict[str, Any]) -> None:
    (tmp_path / "run.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "bad.yaml").write_text(GOOD.replace("step_size", "stepsize"), encoding="utf-8")
    assert ended(*hook["entry"].split()[1:], "run.yaml").returncode == 0
    assert ended(*hook["entry"].split()[1:], "run.yaml", "bad.yaml").returncode == 2


def test_a_hook_of_the_environments_own_lrviz_stands_beside_each() -> None:
    """A team that only lints has lrviz in an environment without torch, which a hook in Python would install."""
    apart = {"id", "name", "description", "language"}
    kinds: dict[str, list[dict[str, Any]]] = {"python": [], "system": []}
    for hook in read(ROOT / ".pre-commit-hooks.yaml"):
        kinds[hook["language"]].append({key: value for key, value in hook.items() if key not in apart})
    assert kinds["python"] == kinds["system"]
    assert len(kinds["python"]) == 2


OWN = [
    hook
    for repo in read(ROOT / ".pre-commit-config.yaml")["repos"]
    if repo["repo"] == "local"
    for hook in repo["hooks"]
]


def test_a_commit_is_checked_as_make_lint_checks() -> None:
    recipe = re.search(r"^lint:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert recipe is not None
    linted = {re.sub(r" (--check )?\.$", "", line.strip()) for line in recipe[1].splitlines()}
    hooked = {hook["entry"].removesuffix(" --force-exclude").replace(".venv/bin", "$(BIN)") for hook in OWN}
    assert hooked == linted | {"$(BIN)/lrviz lint"}


def test_a_commit_lints_every_schedule_of_configs() -> None:
    (hook,) = (hook for hook in OWN if hook["id"] == "lrviz-lint")
    paths = [path.relative_to(ROOT) for path in (ROOT / "configs").rglob("*.*")]
    taken = {path for path in paths if re.search(hook["files"], path.as_posix())}
    assert taken == {path for path in paths if path.suffix == ".yaml" and "races" not in path.parts}
