"""The surroundings of a command: its environment, its streams, the files that documents and folders name."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from lrviz.foundation.errors import DocumentError
from lrviz.foundation.files import write
from lrviz.foundation.inputs import Unreadable, text_of
from lrviz.gallery.catalogue import load_catalogue
from lrviz.gallery.check import check
from lrviz.gallery.folder import MANIFEST
from lrviz.gallery.manifest import Manifest
from tests.cli import COMMAND, Ended, environment
from tests.cli import lrviz as run

RUN = "epochs: 4\noptimizer: {name: SGD, lr: 0.5}\nscheduler: {name: StepLR, step_size: 2}\n"
PLATEAU = "epochs: 4\noptimizer: {name: SGD}\nscheduler: {name: ReduceLROnPlateau}\n"
REFERENCE = ("--engine", "reference")


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "run.yaml").write_text(RUN, encoding="utf-8")
    return tmp_path


# matplotlib -------------------------------------------------------------------------------------------------


@pytest.mark.process
def test_matplotlib_finds_nobodys_settings(here: Path) -> None:
    """lrviz needs no backend, and the picture is the same whatever a matplotlibrc contains."""
    assert run("schedule", "run.yaml", *REFERENCE, "-o", "plain.png", cwd=here).returncode == 0
    plain = (here / "plain.png").read_bytes()
    for backend, settings in {
        "module://matplotlib_inline.backend_inline": b"lines.linewidth: \xe9\n",
        "nonsense": b"no setting at all\nfont.size: huge\nbackend: nonsense\n",
        "qtagg": None,
    }.items():
        (here / "matplotlibrc").unlink(missing_ok=True)
        if settings is None:
            os.mkfifo(here / "matplotlibrc")
        else:
            (here / "matplotlibrc").write_bytes(settings)
        done = run("schedule", "run.yaml", *REFERENCE, "-o", "odd.png", cwd=here, env={"MPLBACKEND": backend})
        assert (done.returncode, done.stderr) == (0, ""), backend
        assert (here / "odd.png").read_bytes() == plain


# Files that a document names --------------------------------------------------------------------------------


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    (tmp_path / "secret.csv").write_text("hunter2,swordfish\nhunter2,x\n", encoding="utf-8")
    (tmp_path / "token.csv").write_text("hunter2\nswordfish\n", encoding="utf-8")
    with (tmp_path / "large.csv").open("wb") as large:
        # A hole: nothing is written.
        large.truncate(64_000_001)
    os.mkfifo(tmp_path / "pipe")
    return tmp_path


@pytest.mark.parametrize(
    ("metric", "told"),
    [
        ("csv: secret.csv", "secret.csv has 2 columns; name one with column"),
        ("csv: secret.csv, column: loss", "'loss' given; secret.csv has no such column among its 2"),
        ("csv: secret.csv, column: swordfish", "secret.csv:2: column 2 is not a number"),
        ("csv: token.csv", "token.csv:2: column 1 is not a number"),
        ("csv: large.csv", "large.csv: larger than 64 MB"),
        ("csv: pipe", "pipe: not a regular file"),
        ("csv: /dev/zero", "/dev/zero: not a regular file"),
        ("csv: /dev/null", "/dev/null: not a regular file"),
        ("csv: .", ".: Is a directory"),
    ],
)
def test_a_metric_is_read_from_a_regular_file_and_tells_nothing_of_it(
    ended: Ended, secret: Path, metric: str, told: str
) -> None:
    (secret / "run.yaml").write_text(f"{PLATEAU}metric: {{{metric}}}\n", encoding="utf-8")
    code, out, err = ended("schedule", "run.yaml", *REFERENCE, "--no-plot")
    assert (code, out) == (2, "")
    assert err.rstrip().endswith(told)
    assert "hunter2" not in err
    assert ("swordfish" in err) == ("swordfish" in told)


@pytest.mark.parametrize("text", ["entries: [p.yaml]", "entries: [/dev/zero]", "entries: [sgd]\nschedule: p.yaml"])
def test_a_race_document_names_regular_files(ended: Ended, secret: Path, text: str) -> None:
    (secret / "pipe").rename(secret / "p.yaml")
    (secret / "race.yaml").write_text(f"fn: quadratic\n{text}\n", encoding="utf-8")
    code, _, err = ended("race", "race.yaml", *REFERENCE, "--no-plot")
    assert code == 2
    assert "not a regular file" in err


@pytest.mark.process
def test_a_command_line_may_name_what_gives_a_document_once(here: Path) -> None:
    for path in ("/dev/stdin", "/dev/fd/0", "-"):
        done = run("schedule", path, *REFERENCE, "--no-plot", cwd=here, stdin=RUN)
        assert (done.returncode, done.stderr) == (0, ""), path


def test_a_text_is_of_the_size_it_may_have(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"\xef\xbb\xbf12345")
    assert text_of(path, 8) == "12345"
    with pytest.raises(Unreadable, match="larger than 0 MB"):
        text_of(path, 7)


# Streams ----------------------------------------------------------------------------------------------------


@pytest.mark.process
@pytest.mark.parametrize(
    "command",
    [
        *(f"{command} --engine reference" for command in ("schedule -", "race - --fn quadratic")),
        *("lint -", "check -", "resume run.yaml --at 2 --with -"),
    ],
)
def test_standard_input_that_is_closed(here: Path, command: str) -> None:
    done = run(*command.split(), cwd=here, before=lambda: os.close(0))
    assert done.returncode == 2
    assert "<stdin>: " in done.stderr + done.stdout
    assert "closed; a document is a small YAML file" in done.stderr + done.stdout


@pytest.mark.process
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk without room, on Linux")
@pytest.mark.parametrize("command", ["schedule nope.yaml", "schedule --bogus", "bogus", "lint --explain LR901"])
def test_the_exit_code_says_it_where_the_words_do_not_fit(here: Path, command: str) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND, *command.split()], cwd=here, env=environment(), stdout=full, stderr=full, check=False
        )
    assert done.returncode == 2


@pytest.mark.parametrize("lr", ["1e308", "1.7e308"])
def test_values_near_the_largest_number_are_told_without_numpys_warnings(ended: Ended, here: Path, lr: str) -> None:
    """Every warning is an error in the tests."""
    (here / "run.yaml").write_text(RUN.replace("0.5", lr), encoding="utf-8")
    for arguments in (["--log", "--show"], ["--set", "scheduler.gamma=10,1.5"]):
        code, _, err = ended("schedule", "run.yaml", *REFERENCE, *arguments)
        assert code == 0, err
        assert "Warning" not in err
    code, _, err = ended("lint", "run.yaml")
    assert (code, err) in {(0, ""), (1, "")}


# Files ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["-o", "--json", "--csv"])
def test_a_link_in_a_circle_is_no_place_to_write(ended: Ended, here: Path, option: str) -> None:
    (here / "a.png").symlink_to("b.png")
    (here / "b.png").symlink_to("a.png")
    code, out, err = ended("schedule", "run.yaml", *REFERENCE, option, "a.png")
    assert (code, out) == (2, "")
    assert err.endswith("a.png: a link that points to itself\n")
    code, _, err = ended("schedule", "run.yaml", *REFERENCE, option, "a.png/b.png")
    assert code == 2
    assert err.endswith("a.png/b.png: a link that points to itself\n")


CATALOGUE = """\
title: One
text: Some.
tags: {}
sections: [{name: All, text: Some., entries: [{title: Run, schedule: run.yaml, text: It drops.}]}]
"""

ODD: dict[str, Callable[[str], str]] = {
    "deep": lambda _: '{"shots": ' + "[" * 100_000,
    "deep and closed": lambda _: '{"shots": {}, "pages": ' + "[" * 100_000 + "]" * 100_000 + "}",
    "a zero byte": lambda text: text.replace("pictures/run.png", "pictures/run\\u0000.png"),
    "a zero byte in a page": lambda text: text.replace("site/run.html", "site/run\\u0000.html"),
    "half a character": lambda text: text.replace("site/run.html", "site/\\ud800.html"),
}


@pytest.mark.parametrize("odd", ODD)
def test_a_manifest_that_is_odd_is_stale_or_told(here: Path, odd: str) -> None:
    (here / "catalogue.yaml").write_text(CATALOGUE, encoding="utf-8")
    record = {
        "command": ["lrviz", "schedule", "run.yaml"], "reads": {}, "computed_with": "", "drawn_with": "",
        "facts": {"data": "", "samples": {}, "reads": [], "verdicts": [], "sentence": "", "alt": "", "notes": []},
        "size": [1, 1], "files": {"pictures/run.png": ""},
    }  # fmt: skip
    known = json.dumps({"shots": {"run": record}, "pages": {"site/run.html": ""}, "pages_of": ""})
    write(here / MANIFEST, lambda stream: stream.write(ODD[odd](known).encode()))
    if "character" in odd or "byte" in odd:
        # No build has written such a name: it is told, and nothing is touched.
        with pytest.raises(DocumentError, match="given; "):
            Manifest.read(here)
        return
    assert Manifest.read(here).pictures.keys() <= {"run"}
    assert check(load_catalogue(here / "catalogue.yaml"), here)


@pytest.mark.process
@pytest.mark.parametrize("error", ["ImportError", "OSError"])
def test_a_gallery_without_torch(here: Path, error: str) -> None:
    (here / "catalogue.yaml").write_text(CATALOGUE, encoding="utf-8")
    (here / "torch.py").write_text(f"raise {error}('libtorch.so is not there')\n", encoding="utf-8")
    done = run("gallery", "catalogue.yaml", cwd=here, env={"PYTHONPATH": f"{here}:{environment()['PYTHONPATH']}"})
    assert (done.returncode, done.stderr) == (3, "torch cannot be imported: libtorch.so is not there\n")


def test_a_gallery_where_torch_was_never_installed(ended: Ended, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import PackageNotFoundError

    from lrviz.gallery import tools

    def without(name: str) -> str:
        if name == "torch":
            raise PackageNotFoundError(name)
        return "1"

    (here / "catalogue.yaml").write_text(CATALOGUE, encoding="utf-8")
    monkeypatch.setattr(tools, "version", without)
    tools.Tools.here.cache_clear()
    code, out, err = ended("gallery", "catalogue.yaml")
    assert (code, out, err) == (3, "", "torch is not installed; a gallery needs it\n")


# Python without docstrings ----------------------------------------------------------------------------------

TELLING = """
import contextlib, io, sys
from pathlib import Path
from lrviz import cli
from lrviz.gallery.catalogue import load_catalogue
from lrviz.gallery.manifest import Manifest
from lrviz.gallery.site import site_of
from lrviz.pages import pages

for line in Path("commands").read_text().splitlines():
    sys.argv = ["lrviz", *line.split()]
    print("$", line, cli.run(), flush=True)
gallery = Path(Path("gallery").read_text())
site = site_of(load_catalogue(gallery / "catalogue.yaml"), Manifest.read(gallery).pictures)
for name, page in sorted(pages(site).items()):
    print(name, hash(page), flush=True)
"""
COMMANDS = [
    "--help", "schedule --help", "race --help", "check --help", "lint --help", "resume --help", "gallery --help",
    "list --help", "init --help", "schema --help",
    "list rules", "list rules LR001", "list schedulers", "list schedulers StepLR", "list optimizers",
    "list optimizers Adam", "list functions", "list functions rosenbrock", "lint run.yaml", "lint wave.yaml",
    "lint wave.yaml --format sarif", "lint --explain LR007", "schema", "schema race", "schedule run.yaml --code",
    "schedule run.yaml --engine reference -o a.svg",
]  # fmt: skip


@pytest.mark.process
def test_python_without_docstrings_tells_the_same(here: Path) -> None:
    from tests.cli import ROOT

    (here / "wave.yaml").write_text(RUN.replace("StepLR, step_size", "CosineAnnealingLR, T_max"), encoding="utf-8")
    (here / "commands").write_text("\n".join(COMMANDS), encoding="utf-8")
    (here / "gallery").write_text(str(ROOT / "gallery"), encoding="utf-8")
    told = []
    for level in ("", "2"):
        env = {"PYTHONOPTIMIZE": level, "PYTHONHASHSEED": "0"}
        done = run("-c", TELLING, cwd=here, env=env, command=COMMAND[:1])
        assert (done.returncode, done.stderr) == (0, "")
        told.append(done.stdout)
    assert "lr[t-1]" in told[0]
    assert told[1] == told[0]
