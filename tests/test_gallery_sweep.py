"""Sweeps in a gallery: what is asked for, what is known of the pictures, and what claims may name."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from lrviz.engines.work import InProcess
from lrviz.foundation.errors import DocumentError
from lrviz.gallery.catalogue import load_catalogue
from lrviz.gallery.claims import OF_KIND, Claim, Quantity
from lrviz.gallery.measures import of_sweep
from lrviz.gallery.requests import SweepRequest
from lrviz.results import Swept
from lrviz.runs.api import sweep

HEAD = "title: T\ntext: T.\ntags: {}\nsections:\n  - name: S\n    text: S.\n    entries:\n"
DOCUMENT = "entries: [sgd]\nfn: booth\nover: 'lr=0.01..0.1:3'\nsteps: 9\n"
LINES = (
    "{entries: ['sgd:momentum=0.5', 'StepLR:step_size=5'], fn: booth, steps: 20, starts: 4, over: ['lr=1e-3..10:5']}"
)
MODEL = "{entries: [sgd], problem: 'nqm:dim=9', steps: 20, over: ['batch=1..16:3', 'lr=0.01..4:5']}"
STARTS = "{entries: ['adam:lr=0.3'], fn: himmelblau, steps: 200, over: 'start:8'}"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Go to a folder with a sweep document, beside which the cache is."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "sweep.yaml").write_text(DOCUMENT, encoding="utf-8")
    return tmp_path


def request_of(folder: Path, written: str, extra: str = "") -> SweepRequest:
    path = folder / "catalogue.yaml"
    path.write_text(f"{HEAD}      - {{title: One, text: T., sweep: {written}{extra}}}\n", encoding="utf-8")
    (request,) = load_catalogue(path).entries[0].requests
    assert isinstance(request, SweepRequest)
    return request


@pytest.mark.parametrize(
    ("written", "words", "alt", "claim"),
    [
        (
            LINES,
            "sgd:momentum=0.5 StepLR:step_size=5 --fn booth --steps 20 --starts 4 --over lr=1e-3..10:5",
            "The surface Booth, 20 steps, the loss at the end over lr from 0.001 to 10: a line for each entry. sgd:",
            'best("sgd:momentum=0.5") < median("sgd:momentum=0.5", 0) and at("StepLR:step_size=5") >= 0.1'
            ' and diverged("StepLR:step_size=5", -1) == 1 and 0 < near("sgd:momentum=0.5") < 1',
        ),
        (
            MODEL,
            "sgd --problem nqm:dim=9 --steps 20 --over batch=1..16:3 --over lr=0.01..4:5",
            "The noisy quadratic model, 20 steps, the loss at the end over batch from 1 to 16 and lr from 0.01 to 4",
            'ridge("sgd", 0) <= ridge("sgd", -1)',
        ),
        (
            STARTS,
            "adam:lr=0.3 --fn himmelblau --steps 200 --over start:8",
            "every start of the view, coloured by the minimum where its path ends, of (3, 2), (-2.805, 3.131)",
            'arrived("adam:lr=0.3") > 0.1 and basin("adam:lr=0.3", 0) > 0.1 and speed("adam:lr=0.3") > 9',
        ),
        ("sweep.yaml", "sweep.yaml", "The surface Booth, 9 steps", 'diverges("sgd") == 0'),
    ],
)  # fmt: skip
def test_what_is_known_of_a_sweep(here: Path, written: str, words: str, alt: str, claim: str) -> None:
    """It is the same whatever this machine has swept before: the user's store is neither read nor written."""
    request = request_of(here, written, f", claim: '{claim}'")
    assert request.words == ["lrviz", "sweep", *words.split()]
    facts = request.compute(InProcess()).facts
    assert facts == request.compute(InProcess()).facts
    assert not (here / "cache").exists()
    assert alt in facts.alt
    assert facts.verdicts == (request.verdict,)
    assert facts.reads == (("sweep.yaml",) if written == "sweep.yaml" else ())
    assert [one.fails(facts.samples) for one in request.claims] == [None]
    assert not any(one.unmeasured(facts.samples) for one in request.claims)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("{entries: [sgd], fn: booth}", "sweep: over missing; write a sweep document's path, or its keys"),
        ("swep.yaml", "'swep.yaml' given; there is no such document (did you mean sweep.yaml?)"),
        ("{entries: [sgd], over: x}, animate: true", "animate: given with sweep; it belongs to race"),
        ("{entries: [sgd], over: x}, claim: 'final(\"sgd\") < 1'", "best, at, border, near, diverges"),
    ],
)
def test_what_is_wrong_with_a_sweep_is_said_at_its_place(here: Path, written: str, told: str) -> None:
    with pytest.raises(DocumentError) as raised:
        request_of(here, written)
    assert told in str(raised.value)
    assert "catalogue.yaml:8:" in str(raised.value)


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Swept:
    options: dict[str, Any] = {"fn": "booth", "over": "lr=10..1e9:3", "steps": 40}
    return sweep(["sgd"], store=tmp_path_factory.mktemp("store"), **options).swept


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (Quantity("ridge", "sgd", 0), "this sweep has one axis"),
        (Quantity("basin", "sgd", 5), "5 given; -1 to 0 are there"),
        (Quantity("arrived", "sgd", None), "the picture has not a map of starts"),
        (Quantity("median", "sgd", 3), "3 given; -3 to 2 are there"),
        (Quantity("best", "adam", None), "'adam' given; there are sgd"),
    ],
)
def test_what_a_sweep_has_not_is_said(swept: Swept, asked: Quantity, told: str) -> None:
    with pytest.raises(DocumentError, match=told):
        of_sweep(swept, [Claim.parse(f"{asked.text} > 0", OF_KIND["sweep"])])


def test_what_diverges_everywhere_is_infinite(swept: Swept) -> None:
    claim = Claim.parse('best("sgd") > 1e300 and at("sgd") > 1e300', OF_KIND["sweep"])
    numbers = of_sweep(swept, [claim])
    assert set(numbers.values()) == {(None,)}
    assert claim.fails(numbers) is None
    assert math.isinf(swept.entries[0].median[0])
