"""Text from outside, wherever it comes in, has no effect on a terminal, annotation, page or file.

A door is a command line and what stands in its files, with a hostile text in one place. Whatever comes out,
raw, holds nothing but printable characters and the ends of our own lines.
"""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import torch
import yaml
from markdown_it import MarkdownIt

from lrviz.foundation.printable import printable
from lrviz.gallery.catalogue import load_catalogue
from lrviz.gallery.facts import Facts
from lrviz.gallery.folder import SHARED
from lrviz.gallery.manifest import Record
from lrviz.gallery.site import site_of
from lrviz.pages import pages
from tests.cli import Ended
from tests.cli import lrviz as run
from tests.here import torch_is_here

STRINGS = {
    "a workflow command": "\n::error::pwn",
    "a carriage return": "a\r::error::pwn",
    "colour and title": "\x1b[31m\x1b]0;title\x07",
    "one byte that is a CSI": "\x9b31m",
    "right to left": "a\u202egnp.exe",
    "line separators": "a\u2028::error::pwn\u2029b\x85c\x0bd",
    "bell and backspace": "good\x07\x08\x08\x08\x08evil",
    "markup": "[bold red]x[/] <script>alert(1)<\\script> ``x`` $\\frac{",
    "no width": "a\u200bb\ufeffc\u00adé",
}
BYTE = "a\udce9z"
"""As Python has the name of a file that is not UTF-8."""
ALL = "".join(STRINGS.values())
each_string = pytest.mark.parametrize("text", STRINGS.values(), ids=STRINGS)

RUN = "epochs: 6\noptimizer: {name: SGD, lr: 0.5}\nscheduler: {name: CosineAnnealingLR, T_max: 3}\n"
RACE = "fn: quadratic\nentries: ['sgd:lr=0.1']\nsteps: 5\n"
REFERENCE = ("--engine", "reference")


def clean(raw: bytes, *, page: bool = False) -> None:
    """Assert that bytes are UTF-8 without control characters, and without a line that GitHub would execute.

    page: lines of a page are nobody's commands.
    """
    text = raw.decode()
    acting = {c for c in text if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}} - {"\n"}
    assert not acting, text
    assert page or "\n::error::pwn" not in re.sub(r"\n\s*", "\n", f"\n{text}")


def said(code: int, out: str, err: str) -> str:
    assert code in {1, 2}, err
    clean(out.encode(errors="surrogatepass"))
    clean(err.encode(errors="surrogatepass"))
    assert "Traceback" not in err
    return out + err


# What is wrong --------------------------------------------------------------------------------------------

WRITTEN: dict[str, Callable[[str], str]] = {
    "a key": lambda text: f"{RUN}{text}: 1\n",
    "a key of optimizer": lambda text: RUN.replace("lr: 0.5", f"{text}: 1"),
    "a key of scheduler": lambda text: RUN.replace("T_max: 3", f"{text}: 3"),
    "a key given twice": lambda text: f"{RUN}{text}: 1\n{text}: 1\n",
    "a key of a key": lambda text: f"{RUN}{text}: {{{text}: yes}}\n",
    "a title": lambda text: f"{RUN}name: {text}\n",
    "a group": lambda text: RUN.replace("lr: 0.5", f"groups: [{{name: {text}}}]"),
    "an optimizer": lambda text: RUN.replace("SGD", text),
    "a scheduler": lambda text: RUN.replace("CosineAnnealingLR", text),
    "a number": lambda text: RUN.replace("0.5", text),
    "a length": lambda text: RUN.replace("T_max: 3", f"T_max: {text}"),
    "a formula": lambda text: RUN.replace("CosineAnnealingLR, T_max: 3", f"LambdaLR, lr_lambda: {text}"),
    "a metric's file": lambda text: f"{RUN}metric: {{csv: {text}}}\n",
    "a metric's column": lambda text: f"{RUN}metric: {{csv: numbers.csv, column: {text}}}\n",
    "a metric's formula": lambda text: f"{RUN}metric: {{expression: {text}}}\n",
}


def written(folder: Path, document: Callable[[str], str], text: str) -> None:
    """Write a document with a text in it as YAML has it in quotes, every character escaped that can be."""
    quoted = '"' + "".join(f"\\U{ord(c):08x}" for c in text) + '"'
    (folder / "run.yaml").write_text(document(quoted), encoding="utf-8")
    (folder / "numbers.csv").write_text("a,b\n1,2\n", encoding="utf-8")


@each_string
@pytest.mark.parametrize("door", WRITTEN)
@pytest.mark.slow
def test_what_stands_in_a_document(ended: Ended, tmp_path: Path, door: str, text: str) -> None:
    written(tmp_path, WRITTEN[door], text)
    code, out, err = ended("schedule", "run.yaml", *REFERENCE, "--no-plot")
    if door in {"a title", "a group"} and text.isprintable():
        # A name may be anything that is printable.
        assert code == 0
        clean(out.encode())
        return
    assert said(code, out, err).startswith("run.yaml:")


@each_string
@pytest.mark.parametrize("kind", ["text", "github", "json", "sarif"])
@pytest.mark.parametrize("door", ["a key", "a key of a key", "a scheduler", "a metric's file"])
@pytest.mark.slow
def test_what_lint_tells_of_it(ended: Ended, tmp_path: Path, door: str, kind: str, text: str) -> None:
    written(tmp_path, WRITTEN[door], text)
    code, out, err = ended("lint", "run.yaml", "--format", kind)
    assert code == 2
    clean(err.encode())
    if kind in {"text", "github"}:
        clean(out.encode())
        assert all(line.startswith(("run.yaml:", "::error file=run.yaml,", "1 document")) for line in out.splitlines())
    else:
        # RFC 8259 escapes what ends a line or begins a terminal's command; the rest is the text as it was.
        assert json.loads(out)
        assert "\x1b" not in out
        assert not re.search(r"^\s*::", out, re.MULTILINE)


@each_string
def test_what_stands_in_a_race_and_in_a_comment(ended: Ended, tmp_path: Path, text: str) -> None:
    for document in (
        lambda quoted: f"{RACE}{quoted}: 1\n",
        lambda quoted: RACE.replace("'sgd:lr=0.1'", quoted),
        lambda quoted: RACE.replace("'sgd:lr=0.1'", f"{{name: {quoted}, {quoted}: 1}}"),
        lambda quoted: RACE.replace("quadratic", quoted),
        lambda quoted: f"{RACE}schedule: {quoted}\n",
        lambda quoted: f"{RACE}average: {quoted}\n",
    ):
        written(tmp_path, document, text)
        said(*ended("race", "run.yaml", *REFERENCE, "--no-plot"))
    visible = re.sub(r"[\n\r\]\x85\u2028\u2029]|[\x00-\x1f\x7f-\x9f]", "", text)
    (tmp_path / "run.yaml").write_text(f"{RUN.rstrip()} # lrviz: ignore[{visible}]\n", encoding="utf-8")
    said(*ended("lint", "run.yaml", "--strict"))


TYPED: dict[str, Callable[[str], list[str]]] = {
    "a command": lambda text: [text],
    "an option": lambda text: ["schedule", f"--{text}", "run.yaml"],
    "an engine": lambda text: ["schedule", "run.yaml", "--engine", text],
    "a document": lambda text: ["schedule", text, *REFERENCE],
    "documents to lint": lambda text: ["lint", text, "run.yaml"],
    "a document to check": lambda text: ["check", text],
    "a setting": lambda text: ["schedule", "run.yaml", *REFERENCE, "--set", text],
    "a setting's path": lambda text: ["schedule", "run.yaml", *REFERENCE, "--set", f"scheduler.{text}=1"],
    "a setting's value": lambda text: ["schedule", "run.yaml", *REFERENCE, "--set", f"scheduler.name={text}"],
    "a setting twice": lambda text: ["schedule", "run.yaml", *REFERENCE, *["--set", f"a{text}=1"] * 2],
    "a hyperparameter": lambda text: ["schedule", "run.yaml", *REFERENCE, "--param", text],
    "a picture": lambda text: ["schedule", "run.yaml", *REFERENCE, "-o", f"{text}.jpg"],
    "a picture's folder": lambda text: ["schedule", "run.yaml", *REFERENCE, "-o", f"nowhere{text}/a.png"],
    "a file of data": lambda text: ["schedule", "run.yaml", *REFERENCE, "--json", f"nowhere{text}/a.json"],
    "a rule": lambda text: ["lint", "run.yaml", "--select", text],
    "a rule to ignore": lambda text: ["lint", "run.yaml", "--ignore", text],
    "a rule to explain": lambda text: ["lint", "--explain", text],
    "a format": lambda text: ["lint", "run.yaml", "--format", text],
    "a name to list": lambda text: ["list", "schedulers", text],
    "a rule to list": lambda text: ["list", "rules", text],
    "a kind to list": lambda text: ["list", text],
    "an entry": lambda text: ["race", f"sgd{text}", *REFERENCE, "--fn", "quadratic"],
    "an entry's key": lambda text: ["race", f"sgd:{text}=1", *REFERENCE, "--fn", "quadratic"],
    "an entry's file": lambda text: ["race", f"{text}.yaml", *REFERENCE, "--fn", "quadratic"],
    "a function": lambda text: ["race", "sgd", *REFERENCE, "--fn", f"{text} + q"],
    "a domain": lambda text: ["race", "sgd", *REFERENCE, "--fn", "x**2 + y**2", "--domain", text],
    "a start": lambda text: ["race", "sgd", *REFERENCE, "--fn", "quadratic", f"--start={text}"],
    "steps": lambda text: ["race", "sgd", *REFERENCE, "--fn", "quadratic", f"--steps={text}"],
    "an average": lambda text: ["race", "sgd", *REFERENCE, "--fn", "quadratic", f"--average={text}"],
    "a schedule": lambda text: ["race", "sgd", *REFERENCE, "--fn", "quadratic", f"--schedule={text}"],
    "a film": lambda text: ["race", "sgd", *REFERENCE, "--fn", "quadratic", f"--animate={text}.avi"],
    "a place to write": lambda text: ["init", f"nowhere{text}/a.yaml"],
    "a kind of document": lambda text: ["schema", text],
    "a catalogue": lambda text: ["gallery", text],
    "entries of a catalogue": lambda text: ["gallery", "catalogue.yaml", "--only", text],
    "a folder for a gallery": lambda text: ["gallery", "catalogue.yaml", "--check", "--out", f"nowhere{text}"],
}


@pytest.mark.parametrize("text", [*STRINGS.values(), BYTE], ids=[*STRINGS, "a byte"])
@pytest.mark.parametrize("door", TYPED)
@pytest.mark.slow
def test_what_is_typed(ended: Ended, tmp_path: Path, door: str, text: str) -> None:
    (tmp_path / "run.yaml").write_text(RUN, encoding="utf-8")
    (tmp_path / "catalogue.yaml").write_text(CATALOGUE.format(text="Some.", title="One"), encoding="utf-8")
    before = set(tmp_path.iterdir())
    said(*ended(*TYPED[door](text)))
    assert set(tmp_path.iterdir()) == before


# What is right --------------------------------------------------------------------------------------------

FILE = "=" + ALL.replace("/", "")
"""A file may be called anything but this."""


@pytest.fixture(params=[FILE, BYTE], ids=["a name", "a byte"])
def odd(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the name, without its suffix, of documents that are called something odd."""
    name = str(request.param)
    (tmp_path / f"{name}.yaml").write_text(RUN, encoding="utf-8")
    (tmp_path / f"{name} 2.yaml").write_text(RUN.replace("T_max: 3", "T_max: 6"), encoding="utf-8")
    return name


def told(ended: Ended, *arguments: str) -> str:
    code, out, err = ended(*arguments)
    assert code == 0, err
    clean(out.encode(errors="surrogatepass"))
    clean(err.encode(errors="surrogatepass"))
    return out + err


@pytest.mark.slow
def test_pictures_and_data_of_documents_with_odd_names(ended: Ended, tmp_path: Path, odd: str) -> None:
    both = (f"{odd}.yaml", f"{odd} 2.yaml", *REFERENCE)
    for suffix in ("svg", "pdf", "png"):
        out = told(ended, "schedule", *both, "-o", f"{odd}.{suffix}", "--json", f"{odd}.json", "--csv", f"{odd}.csv")
        assert printable(f"{odd}.{suffix}") in out.replace("\n", "")
    drawn = (tmp_path / f"{odd}.svg").read_bytes()
    ElementTree.fromstring(drawn)
    clean(drawn)
    first, second = json.loads((tmp_path / f"{odd}.json").read_bytes())["schedules"]
    # Programs are given what it is called, so that they find it.
    assert (first["source"], second["name"]) == (f"{odd}.yaml", f"{odd} 2")
    raw = (tmp_path / f"{odd}.csv").read_bytes()
    clean(raw)
    shielded = "'" if odd.startswith("=") else ""
    names = {row[0] for row in csv.reader(raw.decode().splitlines()[1:])}
    assert names == {f"{shielded}{printable(odd)}", f"{shielded}{printable(odd)} 2"}
    assert printable(odd)[:9] in told(ended, "schedule", f"{odd}.yaml", *REFERENCE, "--show", "-o", ".")
    assert (tmp_path / f"{odd}.png").is_file()
    code, out, err = ended("schedule", f"{odd}.yaml", *REFERENCE, "--json", "-", "--quiet")
    assert (code, json.loads(out)["schedules"][0]["name"]) == (0, odd), err


def test_a_label_of_odd_settings(ended: Ended, tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_text(RUN, encoding="utf-8")
    told(ended, "schedule", "run.yaml", *REFERENCE, "--set", "scheduler.T_max=3 # \u202ea\u2028,6", "-o", "a.svg")
    clean((tmp_path / "a.svg").read_bytes())


def test_lint_of_documents_with_odd_names(ended: Ended, odd: str) -> None:
    assert "LR001" in told(ended, "lint", f"{odd}.yaml")
    (line,) = told(ended, "lint", f"{odd}.yaml", "--format", "github").splitlines()
    assert line.startswith("::warning file=")
    code, out, _ = ended("lint", f"{odd}.yaml", "--format", "sarif")
    assert (code, len(json.loads(out)["runs"][0]["results"])) == (0, 1)
    code, out, _ = ended("lint", f"{odd}.yaml", "--format", "json")
    assert json.loads(out)["documents"][0]["source"] == f"{odd}.yaml"


@pytest.mark.slow
def test_races_with_odd_names(ended: Ended, tmp_path: Path, odd: str) -> None:
    (tmp_path / f"{odd}.yaml").write_text(RACE, encoding="utf-8")
    told(ended, "race", f"{odd}.yaml", *REFERENCE, "--csv", f"{odd}.csv", "--json", f"{odd}.json", "-o", ".")
    assert (tmp_path / f"{odd}.png").is_file()
    (tmp_path / f"{odd} 3.yaml").write_text(RUN.replace("epochs: 6", "epochs: 60"), encoding="utf-8")
    entries = (f"./{odd} 3.yaml", "sgd:lr=0.1", "--fn", "(x\n) ** 2 + y**2", "--domain=-2,2", "--steps", "5")
    told(ended, "race", *entries, *REFERENCE, "--csv", "a.csv", "-o", "a.svg", "--animate", f"{odd}.gif")
    for name in ("a.csv", "a.svg", f"{odd}.csv"):
        clean((tmp_path / name).read_bytes())


def test_checkpoints_with_odd_names_and_keys(ended: Ended, tmp_path: Path, odd: str) -> None:
    weights = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weights], lr=0.5)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=3)
    optimizer.step()
    scheduler.step()
    states = {"optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict()}
    (tmp_path / "run.yaml").write_text(RUN, encoding="utf-8")
    torch.save(states, tmp_path / "last.pt")
    (tmp_path / "last.pt").rename(tmp_path / f"{odd}.pt")
    torch.save({ALL: 1}, tmp_path / "none.pt")
    torch.save({ALL: states["optimizer"], f"{ALL} 2": states["optimizer"]}, tmp_path / "two.pt")
    with torch_is_here():
        told(
            ended,
            "resume",
            "run.yaml",
            "--checkpoint",
            f"{odd}.pt",
            "--csv",
            "a.csv",
            "--json",
            "a.json",
            "-o",
            "a.svg",
        )
        told(ended, "resume", f"{odd}.yaml", "--at", "2", "--with", f"{odd} 2.yaml", "-o", ".")
        for name in ("none.pt", "two.pt", f"nowhere {odd}.pt"):
            said(*ended("resume", "run.yaml", "--checkpoint", name))
    clean((tmp_path / "a.svg").read_bytes())
    clean((tmp_path / "a.csv").read_bytes())


def test_checks_and_metrics_with_odd_names(ended: Ended, tmp_path: Path, odd: str) -> None:
    folder = tmp_path / odd
    folder.mkdir()
    (folder / "loss.csv").write_text(f'"{"".join(ALL.split())}"\n3\n2\n1\n3\n2\n1\n', encoding="utf-8")
    plateau = RUN.replace("CosineAnnealingLR, T_max: 3", "ReduceLROnPlateau")
    (folder / "run.yaml").write_text(f"{plateau}metric: {{csv: loss.csv}}\n", encoding="utf-8")
    told(ended, "schedule", f"{odd}/run.yaml", *REFERENCE, "-o", "a.svg")
    clean((tmp_path / "a.svg").read_bytes())
    with torch_is_here():
        told(ended, "check", f"{odd}/run.yaml", f"{odd}.yaml")


CATALOGUE = """\
title: {title}
text: {text}
tags: {{}}
sections:
  - name: {title}
    text: {text}
    entries: [{{title: {title}, schedule: run.yaml, text: {text}, source: {text}, vary: [name=b]}}]
"""


def test_pages_of_a_gallery(tmp_path: Path) -> None:
    quoted = json.dumps(f"{ALL}`` `<script>`")
    (tmp_path / "run.yaml").write_text(f"# \u202e {ALL[:0]}\n{RUN}", encoding="utf-8")
    (tmp_path / "catalogue.yaml").write_text(CATALOGUE.format(text=quoted, title="One"), encoding="utf-8")
    catalogue = load_catalogue(tmp_path / "catalogue.yaml")
    facts = Facts("", {}, ("run.yaml",), ("agree",), ALL, ALL, (ALL,))
    known = Record(("lrviz", ALL), {"run.yaml": ""}, facts, (10, 10), {"pictures/one.png": ""})
    requests = [request for entry in catalogue.entries for request in entry.requests]
    (section,) = catalogue.sections
    (entry,) = section.entries
    odd = replace(entry, requests=tuple(replace(one, settings=(f"name={ALL}",)) for one in requests))  # type: ignore[call-arg]
    shown = replace(catalogue, sections=(replace(section, entries=(odd,)),))
    made: dict[str, Any] = pages(site_of(shown, {one.id: known for one in requests}))
    assert set(made) == {"README.md", "index.html", "site/one.html", *(name for name in SHARED if "/" in name)}
    for raw in made.values():
        clean(raw.replace(b"\t", b" "), page=True)
    blocks = MarkdownIt().parse(made["README.md"].decode())
    parts = [part for block in blocks for part in (block, *(block.children or ()))]
    obeyed = {part.content for part in parts if part.type.startswith("html")}
    assert len(obeyed) == 3
    assert not any("script" in html for html in obeyed)
    assert b"<script>alert" not in made["index.html"] + made["site/one.html"]


# The process ----------------------------------------------------------------------------------------------


@pytest.mark.process
@pytest.mark.parametrize("text", [FILE, BYTE], ids=["a name", "a byte"])
def test_the_bytes_of_a_real_process(tmp_path: Path, text: str) -> None:
    written(tmp_path, WRITTEN["a key"], FILE)
    (tmp_path / "run.yaml").rename(tmp_path / f"{text}.yaml")
    for arguments in (["schedule", f"{text}.yaml"], ["lint", f"{text}.yaml", "--format", "github"]):
        done = run(*arguments, cwd=tmp_path)
        assert done.returncode == 2
        clean(done.stdout.encode())
        clean(done.stderr.encode())


def test_what_yaml_reads_is_what_was_meant(tmp_path: Path) -> None:
    """The doors are open: what they let in is the hostile text itself."""
    for text in STRINGS.values():
        written(tmp_path, WRITTEN["a key"], text)
        assert text in yaml.safe_load((tmp_path / "run.yaml").read_text(encoding="utf-8"))
