"""`--vary`: what each parameter of a schedule, or of an optimizer, does; and that the gallery varies all of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

import lrviz
from lrviz.documents.race import race_document
from lrviz.documents.schedule import ScheduleDocument
from lrviz.engines.reference.control import Control
from lrviz.engines.reference.race import descend
from lrviz.foundation.errors import DocumentError, UsageError
from lrviz.gallery.catalogue import load_catalogue
from lrviz.gallery.requests import RaceRequest, ScheduleRequest
from lrviz.render.axes import ScheduleAxes
from lrviz.render.figures import portrait, style
from lrviz.render.figures.clipping import inside
from lrviz.render.figures.layout import faults
from lrviz.render.figures.portrait import PortraitPicture
from lrviz.render.figures.schedule import SchedulePicture
from lrviz.results import Curves
from lrviz.runs.racing import Race
from lrviz.runs.sources.resolving import resolve_all
from lrviz.runs.sources.varying import simulated_or_varied
from lrviz.schedulers import SCHEDULERS
from lrviz.schedulers.stepping import Stepping
from tests.cli import ROOT, Ended

GALLERY = load_catalogue(ROOT / "gallery" / "catalogue.yaml")
CYCLE = str(ROOT / "configs/schedulers/one-cycle-lr.yaml")


def requests_of(section: str) -> Iterator[Any]:
    (found,) = (one for one in GALLERY.sections if one.name == section)
    yield from (request for entry in found.entries for request in entry.requests)


def contrast(one: str, other: Any) -> float:
    """Return the contrast of two colours as WCAG 2 defines it."""
    light = []
    for colour in (one, other):
        rgb = np.array(to_rgb(colour))
        light.append(np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4) @ (0.2126, 0.7152, 0.0722))
    low, high = sorted(light)
    return float((high + 0.05) / (low + 0.05))


@pytest.fixture(scope="module")
def race() -> Race:
    vary = ["lr=0.01,0.03,0.2", "momentum=0,0.5,0.9", "nesterov=false,true"]
    return lrviz.race(["sgd:lr=0.03:momentum=0.5"], fn="booth", steps=30, engine="reference", vary=vary)


@pytest.fixture(scope="module")
def figure(race: Race) -> Figure:
    picture = PortraitPicture(race.contest)
    picture.stamp(race.contest)
    picture.pixels()
    return picture.figure


def axes_of(figure: Figure, gid: str) -> list[Any]:
    return [ax for ax in figure.axes if ax.get_gid() == gid]


def drawn(ax: Any, gid: str) -> list[Any]:
    return [line for line in ax.lines if line.get_gid() == gid]


def test_each_value_is_an_entry_and_what_is_as_given_is_one_only() -> None:
    document = race_document(["adam:lr=0.5"], {"fn": "booth", "vary": ["beta1=0,0.9", "eps=1e-8,1", "lr=0.1,0.5"]})
    assert [one.label for one in document.entries] == [
        "adam:lr=0.5:betas=0,0.999", "adam:lr=0.5", "adam:lr=0.5:eps=1", "adam:lr=0.1",
    ]  # fmt: skip
    told = [(one.of, one.key, one.values, one.entries, one.base) for one in document.varied]
    assert told == [
        ("adam:lr=0.5", "beta1", ("0", "0.9"), (0, 1), 1),
        ("adam:lr=0.5", "eps", ("1e-8", "1"), (1, 2), 1),
        ("adam:lr=0.5", "lr", ("0.1", "0.5"), (3, 1), 1),
    ]
    assert document.title == "Adam on Booth: what beta1, eps and lr do"
    same = race_document([{"name": "Adam", "lr": 0.5}], {"fn": "booth", "vary": "betas[0]=0,0.9"})
    assert [one.optimizer for one in same.entries] == [one.optimizer for one in document.entries[:2]]


@pytest.mark.parametrize(
    ("entries", "vary", "told"),
    [
        (["adam"], ["beta3=1"], ["Adam has no beta3; it has lr, betas", "did you mean betas?"]),
        (["adam"], ["betas[2]=1"], ["betas[2] given; betas holds 2 values"]),
        (["adam"], ["lr[0]=1"], ["lr[0] given; lr is one value"]),
        (["adam"], ["eps=-1"], ["eps: -1 given; at least 0 is needed"]),
        (["adam"], ["lr"], ["'lr' given; write a hyperparameter and its values, as lr=0.1,0.5,2"]),
        (["adam"], ["lr=1", "lr=2"], ["lr is varied twice; several values are written lr=a,b,c"]),
        (["adam"], ["lr=x", "eps=q"], ["[0]: lr: 'x' given", "[1]: eps: 'q' given"]),
        (["adam", "sgd"], ["lr=1,2"], ["given with 2 entries; it varies the hyperparameters of one"]),
        (["configs/races/schedules/step.yaml"], ["lr=1,2"], ["what varies are the hyperparameters of torch's"]),
    ],
)
def test_what_cannot_vary_is_refused(entries: list[str], vary: list[str], told: list[str]) -> None:
    with pytest.raises(DocumentError) as raised:
        race_document(entries, {"fn": "booth", "vary": vary})
    for words in told:
        assert words in str(raised.value)


@pytest.mark.parametrize("option", [{"view": "3d"}, {"bundle": True}, {"show_state": True}, {"average": "swa"}])
def test_what_small_pictures_have_no_room_for_is_refused(option: dict[str, Any]) -> None:
    with pytest.raises(DocumentError, match="given together with vary"):
        race_document(["sgd:lr=0.01"], {"fn": "booth", "vary": ["lr=1,2"], **option})


def test_the_command_draws_one_picture_and_a_film_of_it_is_refused(tmp_path: Path, ended: Ended) -> None:
    words = [
        "race",
        "sgd:lr=0.01",
        "--fn",
        "booth",
        "--steps",
        "9",
        "--vary",
        "lr=0.01,0.05",
        "--vary",
        "momentum=0,0.9",
    ]
    done = ended(*words, "-o", "a.png", "--json", "a.json", "--engine", "reference")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "a.png").stat().st_size > 10_000
    labels = [one["label"] for one in json.loads((tmp_path / "a.json").read_text())["entries"]]
    assert labels == ["sgd:lr=0.01", "sgd:lr=0.05", "sgd:lr=0.01:momentum=0.9"]
    done = ended(*words, "--animate", "a.gif")
    assert done.returncode == 2
    assert "it films one surface" in done.stderr


def test_each_panel_has_the_paths_and_losses_of_its_values(race: Race, figure: Figure) -> None:
    contest = race.contest
    maps, losses = axes_of(figure, "map"), axes_of(figure, "losses")
    assert len(maps) == len(losses) == len(contest.varied) == 3
    for ax, below, one in zip(maps, losses, contest.varied, strict=True):
        paths, curves = drawn(ax, "path"), drawn(below, "loss")
        assert len(paths) == len(curves) == len(one.values)
        for index, path, curve, colour in zip(one.entries, paths, curves, portrait.colours(one), strict=True):
            trajectory = contest.contestants[index].trajectory
            # What diverges is drawn until it is far away.
            shown = np.asarray(path.get_xydata())
            assert np.array_equal(shown, trajectory.path[: len(shown)])
            assert len(shown) == len(trajectory.path) or contest.contestants[index].diverged
            assert path.get_color() == curve.get_color() == colour
        named = [text.get_text() for text in ax.texts if text.get_gid() == "value"]
        assert sorted(named) == sorted(f"{value}{' diverges' * (value == '0.2')}" for value in one.values)
        assert (one.key, one.words) == tuple(
            text.get_text().replace("\n", " ") for text in ax.texts if text.get_gid() == "panel title"
        )[::2] or one.key == "lr"


def test_panels_have_one_scale_and_nothing_is_hidden(race: Race, figure: Figure) -> None:
    assert len({(ax.get_xlim(), ax.get_ylim()) for ax in axes_of(figure, "map")}) == 1
    assert len({(ax.get_xlim(), ax.get_ylim()) for ax in axes_of(figure, "losses")}) == 1
    assert faults(figure) == []
    (marks,) = (drawn(ax, "exit") for ax in axes_of(figure, "map")[:1])
    assert len(marks) == 1, "what leaves the picture has an arrow on its edge"


def test_a_ramp_is_read_on_the_ground_and_in_grey() -> None:
    for values in (2, 3, 5):
        ramp = [style.ramp(at / (values - 1)) for at in range(values)]
        assert all(contrast(one, portrait.PALE) >= 3 for one in ramp)
        light = [contrast(one, "white") for one in ramp]
        assert light == sorted(light)
        assert all(later / earlier > 1.2 for earlier, later in pairwise(light))


def test_a_portrait_that_torch_moves_is_drawn_anew(race: Race) -> None:
    picture = PortraitPicture(race.contest)
    before = picture.figure
    first, *others = race.contest.contestants
    for away, same in ((1e-9, True), (0.5, False)):
        path = replace(first.trajectory, path=first.trajectory.path + away)
        picture.stamp(replace(race.contest, contestants=(replace(first, trajectory=path), *others)))
        assert (picture.figure is before) == same


def varied(spec: str, settings: list[str], params: list[str] | None = None) -> tuple[list[Curves], Any]:
    """Return the curves of the reference engine, and the panels."""
    documents, panels = simulated_or_varied(resolve_all([spec]), [], settings, [])
    assert all(isinstance(one, ScheduleDocument) for one in documents)
    found = lrviz.simulate
    return [found(one, engine="reference", params=params or []).curves for one in documents], panels


def test_a_schedule_has_a_panel_for_each_parameter() -> None:
    settings = [
        "scheduler.pct_start=0.1,0.3,0.5", "scheduler.max_momentum=0.9,0.95",
        "scheduler.total_steps=1000,2000;scheduler.epochs=null;scheduler.steps_per_epoch=null",
    ]  # fmt: skip
    curves, panels = varied(CYCLE, settings)
    assert [(one.title, one.names) for one in panels] == [
        ("pct_start", ("0.1", "0.3", "0.5")), ("max_momentum", ("0.9", "0.95")), ("total_steps", ("1000", "2000")),
    ]  # fmt: skip
    assert panels[0].words == "share of the cycle in which the lr rises, 0 to 1"
    assert panels[2].words.endswith("; with epochs=null, steps_per_epoch=null")
    picture = SchedulePicture(curves, ScheduleAxes(), panels)
    picture.pixels()
    axes, first = axes_of(picture.figure, "panel"), 0
    assert [ax.get_ylabel() for ax in axes] == ["lr", "momentum", "lr"], "what the parameter changes is drawn"
    for ax, panel in zip(axes, panels, strict=True):
        own = curves[first : first + len(panel.names)]
        first += len(panel.names)
        tables = [one.params["momentum"] if ax.get_ylabel() == "momentum" else one.lr for one in own]
        ends = [np.asarray(line.get_ydata())[-1] for line in drawn(ax, "line")]
        assert ends == [table[-1, 0] for table in tables]
        assert [text.get_text() for text in ax.texts if text.get_gid() == "end"] == list(panel.names)
    assert picture.faults() == []


@pytest.mark.parametrize(
    ("specs", "setting", "told"),
    [
        ([CYCLE, CYCLE], "scheduler.max_lr=1,2", "--vary: given with 2 schedules"),
        ([CYCLE], "scheduler.max_lr", "--vary scheduler.max_lr: scheduler.max_lr: path=value is needed"),
        ([CYCLE], "scheduler.max_lr=1;scheduler.max_lr=2", "scheduler.max_lr: given twice"),
        ([CYCLE], "scheduler.max_lr=1,x", "--vary scheduler.max_lr=x: scheduler.max_lr: 'x' given; a number is needed"),
    ],
)
def test_what_is_no_variation_of_a_schedule_is_refused(specs: list[str], setting: str, told: str) -> None:
    with pytest.raises((UsageError, DocumentError)) as raised:
        simulated_or_varied(resolve_all(specs), [], [setting], [])
    assert told in str(raised.value)


def test_the_gallery_varies_every_parameter_of_every_scheduler_and_each_changes_a_curve(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(ROOT)
    seen: set[tuple[str, str]] = set()
    for request in requests_of("Schedulers"):
        if not (isinstance(request, ScheduleRequest) and request.varied):
            continue
        curves, panels = varied(request.documents[0], list(request.varied), list(request.params))
        first = 0
        (document,) = simulated_or_varied(resolve_all(request.documents), [], [], [])[0]
        assert isinstance(document, ScheduleDocument)
        for panel in panels:
            own, first = curves[first : first + len(panel.names)], first + len(panel.names)
            tables = {b"".join(table.tobytes() for table in (one.lr, *one.params.values())) for one in own}
            assert len(tables) == len(own) > 1, f"{request.id}: {panel.title} changes nothing"
            seen |= set(_parameters(document, panel.title))
    wanted = {(cls.__name__, key) for cls in SCHEDULERS for key in cls.model_fields.keys() - _COMMON}
    assert seen >= wanted, sorted(wanted - seen)


_COMMON = {"name", *Stepping.model_fields}
"""What is the loop's: lessons of loops show it."""


def _parameters(document: ScheduleDocument, title: str) -> Iterator[tuple[str, str]]:
    """Yield class and key of what a panel varies, and of the member of which it does."""
    part: Any = document.marked.data if title.startswith("swa.") else document.marked.data["scheduler"]
    for key in title.replace("[", ".").replace("]", "").split("."):
        if isinstance(part, dict):
            yield str(part.get("name", "SWALR")), key
        part = part[int(key)] if isinstance(part, list) else part.get(key)


@pytest.mark.parametrize("request_of", list(requests_of("Optimizers")), ids=lambda one: one.id)
def test_a_portraits_first_steps_are_seen_and_each_hyperparameter_shows(request_of: RaceRequest) -> None:
    document = request_of.read()
    assert len(document.varied) >= 4
    view = np.array(document.fn.view)
    paths = []
    for one in document.entries:
        control = Control(np.array([[one.optimizer.hyperparameters()["lr"]]], dtype=np.float64), {}, None, None)
        start = np.array(document.start)[:, None]
        flight = descend(document.fn, one.optimizer, start, control, document.steps, goal=None, recorded=1)
        paths.append(flight.path[..., 0])
        assert inside(paths[-1][:2], document.fn.view).all(), one.label
    for panel in document.varied:
        shares = [paths[index] / np.ptp(view, axis=1) for index in panel.entries]
        for path, other in pairwise(shares):
            assert np.hypot(*np.nan_to_num(path - other).T).max() > _SEEN, f"{panel.key}: {panel.values}"


_SEEN = 0.004
"""Of the view: two pixels of the whole of it; a portrait shows a half."""
