"""The wheel, installed without development tools, and what its commands import."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import zipfile
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import lrviz
from tests.processes import STARTS

ROOT = Path(__file__).resolve().parent.parent
RECIPE = ROOT / "configs" / "resnet50-warmup-cosine.yaml"
DOCUMENTS = {path.relative_to(ROOT).as_posix(): path for path in (ROOT / "configs").rglob("*") if path.is_file()}
"""The files of configs/, by the names that they have in the package, too."""


def required(dist: Distribution, extra: str = "") -> set[tuple[str, str]]:
    """Return the (name, extra) pairs that `dist` asks for in this environment."""
    wanted = map(Requirement, dist.requires or ())
    return {
        (one.name, name)
        for one in wanted
        if one.marker is None or one.marker.evaluate({"extra": extra})
        for name in ("", *one.extras)
    }


def runtime_of(dist: Distribution) -> list[Distribution]:
    """Return the distributions that `dist` needs to run, and theirs in turn, without `dist`."""
    seen: set[tuple[str, str]] = set()
    pending = required(dist)
    while pending:
        name, extra = pending.pop()
        seen.add((name, extra))
        pending |= required(distribution(name), extra) - seen
    return [distribution(name) for name in sorted({name for name, _ in seen})]


def link(dist: Distribution, site: Path) -> None:
    """Put what an installed distribution owns into another site-packages, without copying it."""
    for top in {file.parts[0] for file in dist.files or ()} - {"..", "__pycache__"}:
        if not (site / top).exists():
            (site / top).symlink_to(Path(str(dist.locate_file(top))))


@pytest.fixture(scope="module", params=STARTS)
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the wheel and the source distribution."""
    folder = tmp_path_factory.mktemp("built")
    build = [sys.executable, "-m", "hatchling", "build", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel beside its runtime requirements only; return the folder of its scripts."""
    home = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    (python,) = home.glob("*/python")
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check", "--quiet"]
    subprocess.run([*pip, "install", "--no-deps", "--no-index", str(wheel)], check=True)
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    found = subprocess.run([str(python), "-c", ask], check=True, capture_output=True, text=True)
    site = Path(found.stdout.strip())
    (lrviz_there,) = distributions(name="lrviz", path=[str(site)])
    for dist in runtime_of(lrviz_there):
        link(dist, site)
    return python.parent


def run(argv: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(argv, cwd=cwd, env=clean, capture_output=True, text=True, check=False)


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    info = f"lrviz-{lrviz.__version__}.dist-info"
    assert {name.split("/")[0] for name in names} == {"lrviz", info}
    sources = (path for path in (ROOT / "lrviz").rglob("*") if path.is_file())
    expected = {path.relative_to(ROOT).as_posix() for path in sources if path.parent.name != "__pycache__"}
    assert {name for name in names if name.startswith("lrviz/")} == expected | {f"lrviz/{name}" for name in DOCUMENTS}
    assert "lrviz/py.typed" in names
    assert f"{info}/licenses/LICENSE" in names


@pytest.mark.process
def test_an_editable_install_holds_nothing_but_the_way_to_the_checkout(tmp_path: Path) -> None:
    """A copy of configs/ in site-packages would grow stale."""
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel:editable", "--directory", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (found,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(found) as archive:
        (path,) = (name for name in archive.namelist() if ".dist-info/" not in name)
        assert path.endswith(".pth")
        assert Path(archive.read(path).decode().strip()) == ROOT
    assert not (ROOT / "lrviz" / "configs").exists()


def test_the_source_distribution_holds_documents_and_license(built: Path) -> None:
    (found,) = built.glob("*.tar.gz")
    with tarfile.open(found) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {*DOCUMENTS, "LICENSE", "tests/conftest.py"} <= names


def test_the_installed_wheel_has_no_development_tools_beside_it(installed: Path, tmp_path: Path) -> None:
    ask = "import importlib.util as u; print([m for m in ('pytest', 'hypothesis', 'ruff') if u.find_spec(m)])"
    assert run([str(installed / "python"), "-c", ask], tmp_path).stdout.strip() == "[]"


READ = """
import json, sys
from importlib.resources import as_file, files
with as_file(files("lrviz").joinpath("configs")) as folder:
    texts = {path.relative_to(folder.parent).as_posix(): path.read_text("utf-8") for path in folder.rglob("*.*")}
json.dump(texts, sys.stdout)
"""


def test_the_documents_of_the_installed_wheel_can_be_read(installed: Path, tmp_path: Path) -> None:
    done = run([str(installed / "python"), "-c", READ], tmp_path)
    assert json.loads(done.stdout) == {name: path.read_text(encoding="utf-8") for name, path in DOCUMENTS.items()}
    assert "configs/data/validation-loss.csv" in DOCUMENTS


@pytest.mark.parametrize(("option", "shown"), [("--help", "schedule"), ("--version", lrviz.__version__)])
def test_the_installed_wheel_introduces_itself(installed: Path, tmp_path: Path, option: str, shown: str) -> None:
    done = run([str(installed / "lrviz"), option], tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert shown in done.stdout


@pytest.mark.parametrize("engine", ["reference", "both"])
def test_the_installed_wheel_draws_a_schedule(installed: Path, tmp_path: Path, engine: str) -> None:
    command = [str(installed / "lrviz"), "schedule", str(RECIPE), "--engine", engine, "-o", "out.png"]
    done = run(command, tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG")
    assert [path.name for path in tmp_path.iterdir()] == ["out.png"]


# Typer itself asks pydantic to convert any value, a flag's too; only the bare help does without.
@pytest.mark.parametrize(
    ("arguments", "heavy"),
    [
        (["--help"], {"torch", "matplotlib", "numpy", "pydantic"}),
        ([], {"torch", "matplotlib", "numpy", "pydantic"}),
        (["--version"], {"torch", "matplotlib", "numpy"}),
        (["schedule", "--help"], {"torch", "matplotlib", "numpy"}),
    ],
)
@pytest.mark.process
def test_help_imports_nothing_heavy(arguments: list[str], heavy: set[str], tmp_path: Path) -> None:
    program = f"import sys; sys.argv = ['lrviz', *{arguments}]; from lrviz.cli import main; main()"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-X", "importtime", "-c", program]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    # -X importtime reports each import on stderr, however the process ends: "... | cumulative | name".
    imported = {line.rpartition("|")[2].strip().split(".")[0] for line in done.stderr.splitlines()}
    assert "lrviz" in imported
    assert imported & heavy == set()
