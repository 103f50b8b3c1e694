"""The gallery: its catalogue, its builds and checks, and what the repository's own gallery holds."""

from __future__ import annotations

import html
import io
import json
import os
import posixpath
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import html5lib
import matplotlib
import numpy as np
import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from PIL import Image

from lrviz.documents.load import loads
from lrviz.foundation.errors import DocumentError, UsageError
from lrviz.functions import FUNCTIONS
from lrviz.gallery.build import selected
from lrviz.gallery.catalogue import Catalogue, load_catalogue, slug
from lrviz.gallery.check import check
from lrviz.gallery.claims import OF_KIND, Claim
from lrviz.gallery.digest import alike, digest, sampled
from lrviz.gallery.manifest import Manifest
from lrviz.gallery.measures import of_schedules
from lrviz.gallery.similarity import looks_like
from lrviz.gallery.site import site_of
from lrviz.gallery.tools import Tools
from lrviz.gallery.views import implementation_view
from lrviz.optimizers import OPTIMIZERS
from lrviz.pages import pages, prose
from lrviz.pages.markdown import code, escaped
from lrviz.render.figures.implementations import ImplementationPicture
from lrviz.render.figures.palette import save_palette
from lrviz.render.figures.schedule import SchedulePicture
from lrviz.results import Curves, Replayed
from lrviz.runs.api import simulate
from lrviz.schedulers import SCHEDULERS
from tests.cli import COMMAND, ROOT, Ended, environment, in_terminal, interrupted, lrviz
from tests.processes import STARTS
from tests.versions import only_modelled

GALLERY = ROOT / "gallery"
CACHES = os.environ.get("XDG_CACHE_HOME", "")
"""Where the machine remembers what it found in the repository's own gallery."""

SMALL = """\
title: A small gallery
text: Three entries.
tags: {steps: drops, smooth: no corners}
topics: {drops: how it drops}
sections:
  - name: Schedules
    text: Some.
    entries:
      - title: Drops
        schedule: drops.yaml
        text: It drops.
        tags: [steps]
        topics: [drops]
        about: StepLR
        vary: [scheduler.gamma=0.1]
      - {title: Cosine, schedule: cosine.yaml, text: It falls., tags: [smooth]}
  - name: Races
    text: One.
    entries:
      - title: Two on a bowl
        race: {entries: ["sgd:lr=0.1", "adam:lr=0.1"], fn: booth, steps: 12}
        text: They move.
        animate: true
        claim: ['final("sgd:lr=0.1") < loss("sgd:lr=0.1", 0)', 'lr("adam:lr=0.1", -1) == 0.1']
"""
DROPS = "epochs: 6\noptimizer: {name: SGD, lr: 0.5}\nscheduler: {name: StepLR, step_size: 2, gamma: 0.5}\n"
COSINE = "epochs: 6\noptimizer: {name: SGD, lr: 0.5}\nscheduler: {name: CosineAnnealingLR, T_max: 6}\n"


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """Return a folder with a small catalogue and its documents."""
    for name, text in {"catalogue.yaml": SMALL, "drops.yaml": DROPS, "cosine.yaml": COSINE}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="module", params=STARTS)
def once_built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    for name, text in {"catalogue.yaml": SMALL, "drops.yaml": DROPS, "cosine.yaml": COSINE}.items():
        (folder / name).write_text(text, encoding="utf-8")
    code, text = in_terminal("gallery", "catalogue.yaml", cwd=folder)
    assert code == 0
    assert text.endswith(".: 4 drawn\n")
    # A terminal sees how far it is; a pipe sees the last line only.
    assert re.search(r"gallery .*%", text)
    return folder


@pytest.fixture
def built(once_built: Path, tmp_path: Path) -> Path:
    """Return a folder with a small catalogue, its documents, and the gallery built of them."""
    return Path(shutil.copytree(once_built, tmp_path / "built"))


BUILT = ("gallery", "built/catalogue.yaml")
"""The command that builds what `built` returns, where it is run in the folder above."""

OPTIONS: dict[str, Any] = {}
"""Of every command; fixtures add theirs."""


@pytest.fixture(autouse=True)
def _nothing_remembered(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test a cache of its own; matplotlib keeps its."""
    monkeypatch.setenv("MPLCONFIGDIR", matplotlib.get_cachedir())
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


def gallery(folder: Path, *arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    return lrviz("gallery", "catalogue.yaml", *arguments, cwd=folder, **OPTIONS, **options)


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def stale(folder: Path) -> list[str]:
    """Return what `--check` lists, as far as that needs no drawing."""
    return [str(one) for one in check(load_catalogue(folder / "catalogue.yaml"), folder)]


def drawn(folder: Path) -> dict[str, int]:
    """Return when each picture was written."""
    return {path.name: path.stat().st_mtime_ns for path in (folder / "pictures").glob("*.png")}


# The catalogue ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("schedule: drops.yaml", "schedule: drop.yaml", ["10:19", "'drop.yaml' given", "did you mean drops.yaml?"]),
        ("title: Cosine", "title: DROPS", ["16:17", "'DROPS' is the title of another entry, in Schedules"]),
        ("title: Cosine", "title: Drops!", ["16:17", "would be drawn into drops.png, as 'Drops' is"]),
        ("tags: [smooth]", "tags: [smoth]", ["'smoth' given", "did you mean smooth?"]),
        (
            "topics: [drops]",
            "topics: [drip]",
            ["'drip' given; the catalogue's topics are drops", "did you mean drops?"],
        ),
        ("about: StepLR", "about: StepLr2", ["a scheduler, an optimizer or a function", "did you mean StepLR?"]),
        ("text: It falls.", "txt: It falls.", ["unknown key 'txt'", "did you mean text?"]),
        ("schedule: cosine.yaml", "source: x", ["none given; one of schedule, race, sweep, resume, check"]),
        ("schedule: cosine.yaml", "schedule: cosine.yaml, race: x.yaml", ["schedule and race given", "x.yaml"]),
        ("schedule: cosine.yaml", "schedule: cosine.yaml, animate: true", ["animate", "it belongs to race"]),
        ("schedule: cosine.yaml", "resume: cosine.yaml", ["given without at"]),
        (
            "scheduler.gamma=0.1",
            "scheduler.gamma",
            ["vary[0]: scheduler.gamma: path=value is needed, for example scheduler.T_max=50"],
        ),
        ("fn: booth, ", "", ["fn missing"]),
        ("title: A small gallery\n", "", ["title: missing"]),
        ("text: Three entries.", "text: Three entries.\nroot: nowhere", ["there is no such folder"]),
        ("    entries:\n      - title: Two", "    entrys:\n      - title: Two", ["entrys", "did you mean entries?"]),
        ('final("sgd', 'finale("sgd', ["24:17", "column 1", "'finale(\"sgd:lr=0.1\")' is not", "did you mean final?"]),
        ('", -1) ==', '") ==', ["24:64", "column 1", 'lr("adam:lr=0.1", 0), with a step or update, is needed']),
        ('("sgd:lr=0.1", 0)', '("sgd:lr=0.1", 0) + lo', ["column 47: 'lo' is an unknown name", "did you mean log?"]),
        (' < loss("sgd:lr=0.1", 0)', "", ["24:17", "nothing is compared in 'final("]),
        ('lr("adam:lr=0.1", -1) == 0.1', "1 < 2", ["names no number of this picture; it has final, median"]),
        ('lr("adam:lr=0.1", -1) == 0.1', 'open("x", 1) < 2', ["'open(\"x\", 1)' is not a number"]),
        (SMALL, "just a text", ["a mapping with title, text, tags and sections is needed"]),
        (SMALL, "- a\n- b", ["a mapping with title"]),
    ],
)
def test_what_is_wrong_in_a_catalogue_is_said_at_its_place(
    here: Path, before: str, after: str, told: list[str]
) -> None:
    path = here / "catalogue.yaml"
    assert before in SMALL
    path.write_text(SMALL.replace(before, after), encoding="utf-8")
    with pytest.raises(DocumentError) as raised:
        load_catalogue(path)
    text = str(raised.value)
    assert re.search(r"catalogue\.yaml:\d+:\d+: ", text)
    for words in told:
        assert words in text


def test_all_that_is_wrong_is_said_at_once_and_nothing_is_written(here: Path, ended: Ended) -> None:
    wrong = SMALL.replace("drops.yaml", "drop.yaml").replace("[smooth]", "[smoth]").replace("Two on a bowl", "Cosine")
    (here / "catalogue.yaml").write_text(wrong, encoding="utf-8")
    before = contents(here)
    done = ended("gallery", "catalogue.yaml")
    assert (done.returncode, done.stdout, contents(here)) == (2, "", before)
    lines = done.stderr.splitlines()
    assert len(lines) == 3
    assert [re.match(r"catalogue\.yaml:(\d+):", line)[1] for line in lines] == ["10", "16", "20"]  # type: ignore[index]


def test_a_claim_that_does_not_hold_fails_every_build_and_check(built: Path, ended: Ended) -> None:
    """The recorded numbers are used: nothing is drawn again, and the picture exists, to be looked at."""
    times = drawn(built)
    (built / "catalogue.yaml").write_text(SMALL.replace('1") < loss', '1") > loss'), encoding="utf-8")
    loss = r"final\(\"sgd:lr=0.1\"\) is [\d.e-]+, loss\(\"sgd:lr=0.1\", 0\) is [\d.]+"
    for arguments in ([], ["--check"], []):
        done = ended(*BUILT, *arguments)
        assert done.returncode == 1
        told = done.stderr + done.stdout
        assert re.search(rf"catalogue.yaml:24:17: two-on-a-bowl: the claim final.* does not hold: {loss}", told), told
    assert drawn(built) == times
    (built / "catalogue.yaml").write_text(SMALL, encoding="utf-8")
    assert ended(*BUILT, "--check").returncode == 0


def test_what_a_claim_names_has_to_be_in_the_picture(here: Path) -> None:
    text = SMALL.replace("text: It falls.,", 'text: It falls., claim: \'lr("cosne", 0) > lr("cosine", 9)\',')
    (here / "catalogue.yaml").write_text(text, encoding="utf-8")
    (claim,) = load_catalogue(here / "catalogue.yaml").entries[1].requests[0].claims
    curve = curves(name="cosine")
    with pytest.raises(DocumentError, match=r"yaml:16:\d+: claim: 'cosne' given; .*did you mean cosine\?"):
        of_schedules([curve], [claim])
    with pytest.raises(DocumentError, match=r"lr\(\"cosine\", 9\): 9 given; -6 to 5 are there"):
        of_schedules([curve, replace(curve, name="cosne")], [claim])


def test_every_number_that_a_claim_may_name_is_documented() -> None:
    text = (ROOT / "docs" / "claims.md").read_text(encoding="utf-8")
    names = re.findall(r"`(\w+)(?:\([^`]*)?`", text)
    assert {name for known in OF_KIND.values() for name in known} <= set(names)


def test_a_table_says_which_implementations_there_are_and_which_step_otherwise() -> None:
    found = {
        "SGD": {"for-loop": Replayed("agree", max_rel=2e-16), "fused": Replayed("agree", max_rel=0.0)},
        "LBFGS": {
            "for-loop": Replayed(
                "disagree", max_rel=0.5, param="x", ran={"torch": ""}, first_step=3, found=1.0, expected=2.0
            )
        },
    }
    drawn = ImplementationPicture(found)
    drawn.pixels()
    cells = [text.get_text() for text in drawn.figure.texts if text.get_gid() == "told"]
    assert cells == ["SGD", "same steps", "same steps", "LBFGS", "DIFFERENT", "\N{EN DASH}"]
    assert "1 of 3 DISAGREE. LBFGS, for-loop: torch" in " ".join(
        text.get_text() for text in drawn.figure.texts if text.get_gid() == "verdict"
    ).replace("\n", " ")
    assert drawn.faults() == []
    claim = Claim.parse('difference("LBFGS for-loop") < 1e-8', OF_KIND["check"])
    measured = implementation_view(found, [claim]).facts.samples
    assert claim.fails(measured) == f'the claim {claim.text} does not hold: difference("LBFGS for-loop") is 0.5'


def test_what_is_selected() -> None:
    catalogue = load_catalogue(GALLERY / "catalogue.yaml")
    assert {request.id for _, request in selected(catalogue, ["steplr"])} >= {
        "steplr",
        "steplr-parameters",
        "multisteplr",
    }
    assert {entry.tags[0] for entry, _ in selected(catalogue, ["RESUME"])} == {"resume"}
    assert [request.id for _, request in selected(catalogue, ["nanogpt*"])] == ["nanogpt-gpt-2-124m"]
    several = selected(catalogue, ["nanogpt*", "maximize", "Nano*"])
    assert [request.id for _, request in several] == ["nanogpt-gpt-2-124m", "maximize"]
    with pytest.raises(UsageError, match="--only maximise: no entry"):
        selected(catalogue, ["nanogpt*", "maximise"])
    assert slug("Lévy N. 13: α") == "levy-n-13"


# Building -----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_two_clean_builds_are_the_same_bytes_whatever_the_number_of_jobs(here: Path, ended: Ended) -> None:
    for jobs in ("1", "3"):
        done = ended("gallery", "catalogue.yaml", "--out", jobs, "--jobs", jobs)
        assert (done.returncode, done.stdout, done.stderr) == (0, f"{jobs}: 4 drawn\n", "")
    one, three = contents(here / "1"), contents(here / "3")
    assert one == three
    assert {name for name in one if "/" not in name} == {"README.md", "index.html", "manifest.json"}
    led = ["drops", "cosine", "two-on-a-bowl"]
    assert {name for name in one if "/" in name and not name.startswith("site/")} == {
        "pictures/drops-parameters.png", "films/two-on-a-bowl.gif", *(f"pictures/{name}.png" for name in led),
        *(f"thumbnails/{name}.svg" for name in led), *(f"data/{name}.js" for name in led),
    }  # fmt: skip
    for name in ("pictures/drops.png", "films/two-on-a-bowl.gif"):
        with Image.open(io.BytesIO(one[name])) as image:
            assert image.mode == "P"
    assert str(ROOT) not in one["manifest.json"].decode() + one["index.html"].decode()


def test_the_life_of_a_gallery(built: Path, ended: Ended) -> None:
    """Built, left alone, checked, changed, checked, built again: only what has changed is drawn."""
    first, times = contents(built), drawn(built)
    assert ended(*BUILT).stdout == "built: 0 drawn, 4 up to date\n"
    assert (contents(built), drawn(built)) == (first, times)
    assert stale(built) == []

    # One byte of a comment: the page shows it, the curve does not.
    (built / "cosine.yaml").write_text("# !\n" + COSINE, encoding="utf-8")
    told = ended(*BUILT, "--check")
    assert (told.returncode, told.stdout) == (1, "built/catalogue.yaml:16:17: cosine: cosine.yaml has changed\n")
    assert ended(*BUILT).stdout == "built: 0 drawn, 1 computed again and unchanged, 3 up to date\n"
    assert drawn(built) == times
    assert "# !" in (built / "site" / "cosine.html").read_text(encoding="utf-8")
    assert stale(built) == []

    # A number: the picture is another one.
    (built / "drops.yaml").write_text(DROPS.replace("gamma: 0.5", "gamma: 0.4"), encoding="utf-8")
    assert [line.partition(": ")[2] for line in stale(built)] == [
        "drops: drops.yaml has changed", "drops-parameters: drops.yaml has changed"
    ]  # fmt: skip
    # The variation has a gamma of its own.
    assert ended(*BUILT).stdout == "built: 1 drawn, 1 computed again and unchanged, 2 up to date\n"
    assert {name for name, when in drawn(built).items() if when != times[name]} == {"drops.png"}
    assert stale(built) == []

    # Files that are gone, touched, or no longer named; what is not the gallery's own is left alone.
    (built / "pictures" / "mine.png").write_bytes(b"mine")
    (built / "pictures" / "cosine.png").write_bytes(b"touched")
    (built / "site" / "style.css").unlink()
    assert "cosine.png differs from the file that was built" in stale(built)[0]
    smaller = re.sub(r"  - name: Races.*", "", SMALL, flags=re.DOTALL)
    (built / "catalogue.yaml").write_text(smaller, encoding="utf-8")
    assert ended(*BUILT).stdout == "built: 1 drawn, 2 up to date\n"
    assert not (built / "films" / "two-on-a-bowl.gif").exists()
    assert not (built / "site" / "two-on-a-bowl.html").exists()
    assert (built / "site" / "style.css").is_file()
    assert (built / "pictures" / "mine.png").read_bytes() == b"mine"
    assert stale(built) == []


def test_other_tools_are_judged_by_numbers_and_looks(built: Path, ended: Ended) -> None:
    """As on a machine with another matplotlib: pictures are made again in memory, and compared."""
    manifest = replace(Manifest.read(built), made_with=Tools("another", "another"))
    manifest.save(built)
    before = contents(built)
    done = ended(*BUILT, "--check")
    assert (done.returncode, done.stdout, contents(built)) == (0, "built: up to date with the catalogue\n", before)

    # A picture of something else, though the manifest knows its file.
    cosine, drops = built / "pictures" / "cosine.png", built / "pictures" / "drops.png"
    shutil.copyfile(drops, cosine)
    records = dict(manifest.pictures)
    theirs = records["drops"].files["pictures/drops.png"]
    records["cosine"] = replace(records["cosine"], files={**records["cosine"].files, "pictures/cosine.png": theirs})
    # And numbers that are not those of the document.
    facts = records["drops"].facts
    wrong = {name: tuple((value or 0.0) * 1.01 for value in values) for name, values in facts.samples.items()}
    records["drops"] = replace(records["drops"], facts=replace(facts, data="0", samples=wrong))
    replace(manifest, pictures=records).save(built)
    told = ended(*BUILT, "--check")
    assert told.returncode == 1
    assert "cosine: pictures/cosine.png would be drawn otherwise" in told.stdout
    assert "drops: its numbers have changed" in told.stdout
    assert "drops-parameters" not in told.stdout


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the package that the commands of a test run, and that may be edited."""
    shutil.copytree(ROOT / "lrviz", tmp_path / "source" / "lrviz", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setitem(OPTIONS, "env", {"PYTHONPATH": str(tmp_path / "source")})
    return tmp_path / "source" / "lrviz"


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


def test_an_edit_that_changes_neither_data_nor_drawing_leaves_nothing_stale(source: Path, built: Path) -> None:
    """A comment in the source must not make pictures outdated or change the manifest."""
    before = contents(built)
    edit(source / "engines" / "real" / "schedule.py", '"""', '# A comment.\n"""')
    edit(source / "render" / "figures" / "style.py", '"""', '"""Another docstring. ')
    edit(
        source / "render" / "figures" / "schedule.py", "class SchedulePicture", "UNUSED = 1\n\n\nclass SchedulePicture"
    )
    for arguments in (["--check"], []):
        done = gallery(built, *arguments)
        assert (done.returncode, contents(built)) == (0, before), done.stdout
    # What was found is remembered: nothing is computed anew.
    without = "import sys, lrviz.gallery.pool as pool; pool.drawn = None; from lrviz.cli import main; main()"
    for arguments in (["--check"], []):
        done = gallery(built, *arguments, command=[sys.executable, "-c", without])
        assert (done.returncode, done.stderr, contents(built)) == (0, "", before)


@pytest.mark.parametrize(
    ("edited", "told"),
    [
        (("schedulers/torch/step_lr.py", "drops, self.gamma", "drops, 0.9 * self.gamma"), "the verdicts are others"),
        (("render/figures/style.py", '"#2f86d6"', '"#bd1f01"'), "pictures/drops.png would be drawn otherwise"),
    ],
)
def test_an_edit_of_a_formula_or_a_colour_is_seen(
    source: Path, built: Path, edited: tuple[str, str, str], told: str
) -> None:
    name, before, after = edited
    edit(source / name, before, after)
    done = gallery(built, "--check", "--only", "drops")
    assert (done.returncode, f"drops: {told}" in done.stdout) == (1, True), done.stdout


def test_a_broken_entry_does_not_stop_the_others(built: Path, ended: Ended) -> None:
    old = (built / "pictures" / "drops.png").read_bytes()
    (built / "drops.yaml").write_text(DROPS.replace("StepLR", "SteppLR"), encoding="utf-8")
    (built / "cosine.yaml").write_text(COSINE.replace("0.5", "0.25"), encoding="utf-8")
    done = ended(*BUILT)
    assert (done.returncode, done.stdout) == (1, "built: 1 drawn, 1 up to date, 2 failed\n")
    assert "built/catalogue.yaml:9:16: drops: drops.yaml:3:19: scheduler.name: 'SteppLR' given" in done.stderr
    assert "did you mean StepLR?" in done.stderr
    assert (built / "pictures" / "drops.png").read_bytes() == old
    (built / "drops.yaml").unlink()
    assert ended(*BUILT).returncode == 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--out", "drops.yaml"], "a file; a folder is needed"),
        (["--out", "/proc/gallery"], "cannot be"),
        (["--only", "nothing-like-it"], "no entry of the catalogue"),
        (["--only", "drops", "--only", "nothing-like-it"], "--only nothing-like-it: no entry of the catalogue"),
        (["--check", "--out", "nowhere"], "nothing to check"),
        (["--jobs", "0"], "--jobs"),
    ],
)
def test_bad_usage_writes_nothing(here: Path, ended: Ended, arguments: list[str], told: str) -> None:
    before = contents(here)
    done = ended("gallery", "catalogue.yaml", *arguments)
    assert (done.returncode, done.stdout, contents(here)) == (2, "", before)
    assert told in done.stderr


def test_a_full_disk_keeps_the_old_pictures(built: Path) -> None:
    old = contents(built)
    (built / "drops.yaml").write_text(DROPS.replace("gamma: 0.5", "gamma: 0.4"), encoding="utf-8")

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

    done = gallery(built, before=full, env={"PYTHONDONTWRITEBYTECODE": "1"})
    assert done.returncode == 3
    assert re.fullmatch(r"\S+: cannot be written: File too large\n", done.stderr)
    new = contents(built)
    assert {name for name in new if new[name] != old.get(name)} == {"drops.yaml"}
    assert new.keys() == old.keys()


@pytest.mark.process
def test_a_build_that_is_killed_leaves_whole_files_and_the_next_goes_on(here: Path) -> None:
    entry = {"schedule": "drops.yaml", "text": "x"}
    many = [{**entry, "title": f"Entry {n}", "set": f"scheduler.gamma={n / 40}"} for n in range(1, 21)]
    catalogue = {"title": "Many", "text": "x", "tags": {}, "sections": [{"name": "All", "text": "x", "entries": many}]}
    (here / "catalogue.yaml").write_text(yaml.safe_dump(catalogue), encoding="utf-8")
    pictures = here / "pictures"

    def count() -> int:
        return len(list(pictures.glob("*.png")))

    process = subprocess.Popen([*COMMAND, "gallery", "catalogue.yaml"], cwd=here, env=environment())
    while count() < 3:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    for path in pictures.glob("*.png"):
        with Image.open(path) as image:
            image.load()
    killed = count()
    assert 3 <= killed < 20

    code, out, err = interrupted("gallery", "catalogue.yaml", cwd=here, once=lambda _: count() > killed + 2)
    assert (code, out) == (130, "")
    assert "Traceback" not in err
    done = gallery(here)
    assert done.returncode == 0
    counts = {word: int(number) for number, word in re.findall(r"(\d+) (drawn|computed|up)", done.stdout)}
    assert sum(counts.values()) == 20
    assert counts["up"] > 0
    assert not list(here.rglob(".lrviz-*"))


# Pages --------------------------------------------------------------------------------------------------

ODD = "<script>alert('x')</script> & [a](b) *c* | `d`"


@pytest.mark.slow
def test_whatever_stands_in_a_catalogue_is_text(here: Path, ended: Ended) -> None:
    """HTML and Markdown in titles, texts, tags and documents are shown, not obeyed."""
    small: dict[str, Any] = yaml.safe_load(SMALL)
    first = small["sections"][0]["entries"][0]
    first |= {"title": ODD, "text": ODD, "source": ODD, "tags": ["<b>"], "about": "StepLR"}
    small |= {"title": ODD, "text": ODD, "tags": {"<b>": ODD, "smooth": "x"}}
    (here / "catalogue.yaml").write_text(yaml.safe_dump(small), encoding="utf-8")
    (here / "drops.yaml").write_text(f"# {ODD}\n{DROPS}", encoding="utf-8")
    done = ended("gallery", "catalogue.yaml", "--only", "Schedules")
    assert done.returncode == 0, done.stderr
    for page in [here / "index.html", *(here / "site").glob("*.html")]:
        text = page.read_text(encoding="utf-8")
        valid(text)
        assert "<script>alert" not in text
        assert "<b>" not in text
    assert "&lt;script&gt;alert" in (here / "index.html").read_text(encoding="utf-8")
    assert "<script>" not in (here / "README.md").read_text(encoding="utf-8")


def valid(text: str) -> None:
    """Assert that a page is what the HTML standard allows."""
    html5lib.HTMLParser(strict=True).parse(text)
    ids = re.findall(r'\bid="([^"]*)"', text)
    assert len(ids) == len(set(ids))
    for image in re.findall(r"<img [^>]*>", text):
        assert re.search(r' alt="[^"]{20,}"', image), image


def test_texts_of_pages() -> None:
    assert prose("`a<b` & c") == "<code>a&lt;b</code> &amp; c"
    assert escaped("a*b `c*d` <e>") == r"a\*b `c*d` \<e\>"


MARKS = st.text("`<b> x*_[]\\&;!(\n", min_size=1, max_size=30)


def inline(text: str) -> list[tuple[str, str]]:
    """Return what Markdown makes of a paragraph: the kinds of its parts, and what they hold."""
    return [(one.type, one.content) for one in MarkdownIt().parseInline(text)[0].children or ()]


@given(MARKS)
def test_a_text_in_markdown_is_text_or_code_and_nothing_else(text: str) -> None:
    """A backtick does not begin a code span that another text could close."""
    assert {kind for kind, _ in inline(escaped(text))} <= {
        "text",
        "text_special",
        "code_inline",
        "softbreak",
        "hardbreak",
    }


@given(MARKS.filter(str.strip))
@example("\n;\n")
def test_code_in_markdown_is_one_span_that_holds_it_all(text: str) -> None:
    """Whatever backticks it has."""
    assert inline(code(text)) == [("code_inline", text.replace("\n", " "))]


# Pieces -------------------------------------------------------------------------------------------------


def curves(**changes: Any) -> Curves:
    return replace(simulate(loads(DROPS), engine="reference").curves, **changes)


def test_the_digest_of_a_result_sees_every_number_and_word() -> None:
    one = curves()
    assert digest(one) == digest(curves())
    others = [
        curves(lr=np.nextafter(one.lr, 1)),
        curves(name="another"),
        curves(groups=("b",)),
        curves(phases=()),
        curves(params={"momentum": one.lr}),
        curves(marks=(replace(one.marks[0], tick=3), *one.marks[1:])),
    ]
    assert len({digest(one), *map(digest, others)}) == len(others) + 1


def test_samples_are_alike_where_only_rounding_differs() -> None:
    table = np.geomspace(1, 1e-3, 50)[:, None]
    ours = {"lr": sampled(table)}
    assert alike(ours, {"lr": sampled(table * (1 + 1e-9))})
    for other in (table * 1.001, table[:-1], np.where(table < 0.5, np.nan, table)):
        assert not alike(ours, {"lr": sampled(other)})
    assert not alike(ours, {})


def picture(text: str = COSINE, shift: Callable[[Any], None] | None = None) -> io.BytesIO:
    """Draw a document as the gallery does; shift: changes the figure before."""
    drawn = SchedulePicture([simulate(loads(text), engine="reference").curves])
    if shift is not None:
        shift(drawn.figure)
    stream = io.BytesIO()
    save_palette(drawn.pixels(), drawn.figure.dpi, stream)
    stream.seek(0)
    return stream


def test_another_font_looks_alike_and_another_curve_does_not() -> None:
    def hinted(figure: Any) -> None:
        for text in figure.findobj(lambda artist: hasattr(artist, "get_fontsize")):
            text.set_fontsize(text.get_fontsize() * 1.01)

    assert looks_like(picture(), picture())
    assert looks_like(picture(), picture(shift=hinted))
    assert not looks_like(picture(), picture(COSINE.replace("T_max: 6", "T_max: 5")))
    assert not looks_like(picture(), picture(DROPS))
    assert not looks_like(picture(), picture(shift=lambda figure: figure.set_figheight(7)))


def test_a_palette_loses_nothing_that_is_seen() -> None:
    drawn = SchedulePicture([simulate(loads(COSINE), engine="reference").curves])
    pixels = drawn.pixels()
    stream = io.BytesIO()
    save_palette(pixels, 120, stream)
    with Image.open(stream) as image:
        assert image.mode == "P"
        seen = np.asarray(image.convert("RGB")).astype(int)
    apart = np.abs(seen - pixels[..., :3]).max(axis=-1)
    assert apart.max() <= 40
    assert apart.mean() < 0.2
    assert (seen[0, 0] == 255).all()


def test_a_shaded_surface_keeps_its_shades() -> None:
    """A relief is thousands of colours, and fewer than 80 make patches and teeth of it."""
    down, across = np.mgrid[0:300, 0:400] / 400.0
    pixels = np.full((300, 400, 4), 255, dtype=np.uint8)
    pixels[..., :3] = np.stack([90 + 140 * across, 120 + 110 * across * (1 - down), 155 + 60 * down], axis=2)
    stream = io.BytesIO()
    save_palette(pixels, 120, stream)
    with Image.open(stream) as image:
        seen = np.asarray(image.convert("RGB")).astype(int)
    assert np.abs(seen - pixels[..., :3]).max() <= 8


# The repository's own -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def own() -> Catalogue:
    return load_catalogue(GALLERY / "catalogue.yaml")


TOPICS = {
    "optimizers", "bias-correction", "oscillation", "memory", "decay", "implementations", "schedulers", "t-max",
    "several", "plateau", "order", "loops", "resume", "groups", "averages", "phases", "gradients",
}  # fmt: skip
"""What the notes that lrviz began with ask to see, a word for each row, and loops; schedulers have their formulas."""


def test_the_gallery_is_complete(own: Catalogue) -> None:
    for name, known in (("Schedulers", SCHEDULERS), ("Optimizers", OPTIMIZERS)):
        (section,) = (one for one in own.sections if one.name == name)
        assert {entry.about for entry in section.entries} == {cls.__name__ for cls in known}
    (surfaces,) = (one for one in own.sections if one.name == "Surfaces")
    assert {entry.about for entry in surfaces.entries} == {cls.name for cls in FUNCTIONS}
    assert {topic for entry in own.entries for topic in entry.topics} == set(own.topics) == TOPICS
    assert {tag for entry in own.entries for tag in entry.tags} == set(own.tags)


def test_a_schedulers_page_shows_what_its_parameters_do(own: Catalogue) -> None:
    assert all(len(entry.requests) == 2 for entry in own.sections[0].entries)


def test_every_entry_says_in_two_to_four_sentences_what_to_look_at(own: Catalogue) -> None:
    for entry in own.entries:
        sentences = re.findall(r"[.?!](?=\s|$)", re.sub(r"\bN\.", "N", entry.text))
        assert 2 <= len(sentences) <= 4, f"{entry.title}: {len(sentences)}"
        assert entry.tags


@only_modelled
@pytest.mark.process
def test_the_gallery_is_what_its_catalogue_says() -> None:
    done = lrviz("gallery", "--check", cwd=ROOT, env={"XDG_CACHE_HOME": CACHES})
    assert (done.returncode, done.stdout) == (0, "gallery: up to date with the catalogue\n"), done.stdout


def test_the_gallery_is_large_and_light(own: Catalogue) -> None:
    manifest = Manifest.read(GALLERY)
    wanted = [request.id for entry in own.entries for request in entry.requests]
    assert list(manifest.pictures) == wanted
    verdicts = {request.id: {request.verdict} for entry in own.entries for request in entry.requests}
    assert {name: set(record.facts.verdicts) for name, record in manifest.pictures.items()} == verdicts
    sizes = {path: path.stat().st_size for path in GALLERY.rglob("*") if path.is_file()}
    pictures = [size for path, size in sizes.items() if path.suffix == ".png"]
    films = [size for path, size in sizes.items() if path.suffix == ".gif"]
    assert len(pictures) >= 80
    assert sum(pictures) / len(pictures) < 70_000
    assert len(films) >= 10
    assert max(films) < 400_000
    assert sum(pictures) <= 8_000_000
    assert sum(films) <= 2_000_000
    # What an index shows of each entry, and what its page loads when it is touched.
    for folder, each, every in (("thumbnails", 25_000, 1_000_000), ("data", 100_000, 4_000_000)):
        of_it = [size for path, size in sizes.items() if path.parent.name == folder]
        assert max(of_it, default=0) <= each
        assert sum(of_it) <= every


def test_every_link_within_the_site_leads_somewhere(own: Catalogue) -> None:
    """To a file of the site or one written next to it, and to a place in it if the link names one."""
    manifest = Manifest.read(GALLERY)
    written = {name: data.decode() for name, data in pages(site_of(own, manifest.pictures)).items()}
    files = {*written, *(name for record in manifest.pictures.values() for name in record.files)}
    ids = {name: set(re.findall(r'\bid="([^"]*)"', text)) for name, text in written.items()}
    led = 0
    for name, text in written.items():
        for link in re.findall(r'\b(?:href|src|srcset|data-source)="([^"]*)"', text) if name.endswith(".html") else ():
            path, _, place = html.unescape(link).partition("#")
            if path.startswith(("https:", "data:")):
                continue
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
            assert target in files, (name, link)
            assert not place or "=" in place or place in ids[target], (name, link)
            led += 1
    assert led > 10 * len(own.entries)


def test_every_lesson_claims_something_that_its_picture_shows(own: Catalogue) -> None:
    """Of the numbers that a build has measured: nothing is computed or drawn again."""
    (lessons,) = (section for section in own.sections if section.name == "Lessons")
    assert all(entry.requests[0].claims for entry in lessons.entries)
    manifest = Manifest.read(GALLERY)
    requests = [request for entry in own.entries for request in entry.requests]
    measured = {name: record.facts.samples for name, record in manifest.pictures.items()}
    asked = [(one.id, each) for one in requests for claim in one.claims for each in claim.quantities.values()]
    assert [each for each in asked if each[1].text not in measured.get(each[0], ())] == []
    assert [str(one) for one in manifest.broken(requests)] == []


@pytest.mark.slow
def test_every_page_is_valid_html_and_needs_no_network(own: Catalogue) -> None:
    written = pages(site_of(own, Manifest.read(GALLERY).pictures))
    assert len(written) > len(own.entries)
    for name, data in written.items():
        text = data.decode()
        if name.endswith(".html"):
            valid(text)
            assert not re.search(r'<(?:script|img|link|source)[^>]+(?:src|href|srcset)="(?:https?:)?//', text), name
    links = re.findall(r"!\[[^\n]*\]\(([^)]+)\)", written["README.md"].decode())
    assert len(links) == len(Manifest.read(GALLERY).pictures)
    for link in links:
        assert (GALLERY / link).is_file()


@pytest.mark.slow
def test_the_readmes_catalogue_builds(tmp_path: Path, ended: Ended) -> None:
    done = ended("gallery", ROOT / "tests" / "catalogue.yaml", "--out", tmp_path)
    assert (done.returncode, done.stdout) == (0, f"{tmp_path}: 4 drawn\n")
    record = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    assert set(record["pictures"]) == {"imagenet", "imagenet-parameters", "where-an-interruption-leads", "a-ravine"}
