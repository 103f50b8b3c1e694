"""`make bench`: prints ratios measured in one run, next to the project's targets.

A machine is noisy and a target is for people to judge: the benchmark ends with 0 whether or not all are met.
"""

from __future__ import annotations

import platform
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from .gallery import built
from .measure import paired, process

ROOT = Path(__file__).resolve().parents[2]
RECIPE = str(ROOT / "configs" / "resnet50-warmup-cosine.yaml")
MILLION = str(ROOT / "configs" / "gpt-1m-steps.yaml")
DOCUMENTS = [str(path) for path in sorted((ROOT / "configs").rglob("*.yaml")) if "races" not in path.parts]
PAIRS = 5

LRVIZ = (str(Path(sys.executable).with_name("lrviz")),)
IMPORT_TORCH = (sys.executable, "-c", "import torch")
REFERENCE = ("--engine", "reference", "-o", "out.png")

RACE = ("race", "sgd", "adam", "adamw", "--fn", "rosenbrock")

PROCESSES: dict[str, tuple[tuple[str, ...], float | None]] = {
    "lrviz --help": ((*LRVIZ, "--help"), 0.25),
    "lrviz schedule, 90 epochs, both engines": ((*LRVIZ, "schedule", RECIPE, "-o", "out.png"), 1.0),
    "lrviz schedule, 90 epochs, reference": ((*LRVIZ, "schedule", RECIPE, *REFERENCE), 0.5),
    "lrviz schedule, a million steps, reference": ((*LRVIZ, "schedule", MILLION, *REFERENCE), 0.7),
    "peer: a script that steps torch, 90 epochs, pyplot": (
        (sys.executable, str(ROOT / "tests" / "bench" / "plain_pyplot.py")),
        None,
    ),
    "lrviz lint, all of configs/": ((*LRVIZ, "lint", *DOCUMENTS), 0.5),
    "lrviz resume, 90 epochs": ((*LRVIZ, "resume", RECIPE, "--at", "30", "-o", "out.png"), 1.3),
    "lrviz diff, two documents": ((*LRVIZ, "diff", RECIPE, RECIPE, "--no-plot"), 0.5),
    "lrviz race sgd adam adamw --fn rosenbrock": ((*LRVIZ, *RACE, "-o", "out.png"), 1.25),
    "lrviz race sgd adam adamw --fn rosenbrock, reference": ((*LRVIZ, *RACE, *REFERENCE), 0.7),
    "peer: a script of torch loops, untuned, one start, pyplot": (
        (sys.executable, str(ROOT / "tests" / "bench" / "plain_race.py")),
        None,
    ),
}
"""Command and the most it may take, as a share of `import torch`; None for a peer."""

MEMORY = (*LRVIZ, "schedule", MILLION, "--set", "steps=10000000", *REFERENCE)
MEMORY_TARGET = 2.0
SPEED_TARGET = 300


def judged(met: bool) -> str:
    return "met" if met else "MISSED"


def process_seconds(argv: tuple[str, ...]) -> float:
    return process(argv).seconds


def processes() -> Table:
    table = Table("whole process", "seconds", "import torch", "ratio", "target", "", title="Time of commands")
    unit = partial(process_seconds, IMPORT_TORCH)
    unit()  # once, so that the files are in the page cache for all
    for name, (argv, target) in PROCESSES.items():
        taken, torch = paired(partial(process_seconds, argv), unit, PAIRS)
        ratio = taken / torch
        goal = ("", "") if target is None else (f"at most {target}", judged(ratio <= target))
        table.add_row(name, f"{taken:.2f}", f"{torch:.2f}", f"{ratio:.2f}", *goal)
    return table


def linting() -> Table:
    """Return what lint costs for each document beyond the first: of a call on all, and a call on one."""
    table = Table("in one call", "documents", "ms a document beyond the first", "target", "", title="Lint")
    every, one = (*LRVIZ, "lint", *DOCUMENTS), (*LRVIZ, "lint", DOCUMENTS[0])
    taken, first = paired(partial(process_seconds, every), partial(process_seconds, one), PAIRS)
    each = 1000 * (taken - first) / (len(DOCUMENTS) - 1)
    table.add_row("lrviz lint", str(len(DOCUMENTS)), f"{each:.1f}", "under 20", judged(each < 20))
    return table


def memory() -> Table:
    table = Table("whole process", "peak GB", "target", "", title="Memory")
    gigabytes = process(MEMORY).peak / 1e9
    table.add_row(
        "lrviz schedule, ten million steps, reference",
        f"{gigabytes:.2f}",
        f"under {MEMORY_TARGET:g}",
        judged(gigabytes < MEMORY_TARGET),
    )
    return table


def engines() -> Table:
    from .engines import compare

    table = Table("peer", "seconds", "reference", "times faster", "target", "", title="A million steps in process")
    for name, (peer, reference) in compare(pairs=3).items():
        ratio = peer / reference
        goal = (f"at least {SPEED_TARGET}", judged(ratio >= SPEED_TARGET)) if "torch" in name else ("", "")
        table.add_row(name, f"{peer:.2f}", f"{reference:.4f}", f"{ratio:.0f}", *goal)
    table.caption = "warm-up and cosine; peers timed over a tenth of the run, times ten"
    return table


def races() -> Table:
    from .races import compare

    table = Table("peer", "ns a step", "reference", "times faster", "target", "", title="Adam from 10,000 starts")
    for (name, (peer, reference)), goal in zip(compare(pairs=3).items(), (1000, 2), strict=True):
        ratio = peer / reference
        told = (f"at least {goal:,}", judged(ratio >= goal))
        table.add_row(name, f"{peer:.0f}", f"{reference:.1f}", f"{ratio:,.1f}", *told)
    table.caption = "nanoseconds of one step of one path on Rosenbrock, gradient included"
    return table


def sweeps() -> Table:
    from .sweeps import kernels

    table = Table("100,000 starts on Rosenbrock", "ns", "of torch", "target", "", title="A step of a path in a sweep")
    for (name, found), most in zip(kernels(rounds=5).items(), (5, 2.5), strict=True):
        unit = found["torch"]
        for way in ("one process", "two processes", "torch", "jax"):
            if way not in found:
                table.add_row(f"{name}: peer, jax", "not installed", "", "", "")
                continue
            ns, peer = found[way], "peer, " * (way in {"torch", "jax"})
            goal = (f"at most {most:g} ns", judged(ns <= most)) if way == "two processes" else ("", "")
            first = f", after {found['jax, first']:.1f} s to import and compile" if way == "jax" else ""
            table.add_row(f"{name}: {peer}{way}{first}", f"{ns:.2f}", f"{ns / unit:.2f}", *goal)
    table.caption = "the least of several in turns, gradient included; torch and jax use every core"
    return table


def basin_maps() -> Table:
    """Return what a map of a million starts costs, and what a second process saves."""
    from .sweeps import BASINS, two_against_one

    table = Table(
        "a map of starts", "measured", "target", "", title="Basins", caption="against `import torch` beside it"
    )

    def cold() -> float:
        with tempfile.TemporaryDirectory() as folder:
            return process_seconds((*LRVIZ, "sweep", *BASINS, "--jobs", "2", "--store", folder, "-o", "out.png"))

    taken, torch = paired(cold, partial(process_seconds, IMPORT_TORCH), 3)
    told = f"{taken:.1f} s, {taken / torch:.1f} of `import torch`"
    table.add_row("1000 x 1000, 500 steps of Adam, cold, two processes", told, "at most 8 s", judged(taken <= 8))
    times = two_against_one(rounds=3)
    table.add_row("two processes against one", f"{times:.2f} times as fast", "at least 1.8", judged(times >= 1.8))
    return table


def protocol() -> Table:
    from .races import protocol_seconds

    table = Table("in process", "seconds", "import torch", "ratio", "target", "", title="Tuning and held-out starts")
    taken, torch = paired(protocol_seconds, partial(process_seconds, IMPORT_TORCH), 3)
    ratio = taken / torch
    table.add_row(
        "one optimizer, 500 steps", f"{taken:.2f}", f"{torch:.2f}", f"{ratio:.2f}", "under 0.3", judged(ratio < 0.3)
    )
    return table


def scaling() -> Table:
    from .scaling import DEPTHS, GROUPS, STEPS, nanoseconds_per_value

    table = Table("groups", "chain", *(f"{steps:.0e} steps" for steps in STEPS), title="Cost of the reference")
    for groups in GROUPS:
        for depth in DEPTHS:
            costs = (nanoseconds_per_value(steps, groups, depth) for steps in STEPS)
            table.add_row(str(groups), str(depth), *("" if cost is None else f"{cost:.1f}" for cost in costs))
    table.caption = "nanoseconds per tick, group and chain member: linear where flat; the left pays for the call"
    return table


def gallery() -> Table:
    """Return what the whole gallery costs, cold; and a part of it by one process against one a core."""
    table = Table("the gallery", "measured", "target", "", title="Gallery", caption="against `import torch` beside it")
    command = (*LRVIZ, "gallery", str(ROOT / "gallery" / "catalogue.yaml"))
    pictures = len(list((ROOT / "gallery" / "pictures").glob("*.png")))
    taken, peak = built(command)
    unit = median(process_seconds(IMPORT_TORCH) for _ in range(PAIRS))
    each = taken / pictures
    table.add_row(f"{pictures} pictures, cold", f"{taken:.0f} s", "under 90 s", judged(taken < 90))
    table.add_row("a picture", f"{each:.2f} s, {each / unit:.2f} of `import torch`", "under 0.7 s", judged(each < 0.7))
    table.add_row("largest process", f"{peak / 1e6:.0f} MB", "under 700 MB", judged(peak < 700e6))
    again, torch = paired(partial(process_seconds, command), partial(process_seconds, IMPORT_TORCH), PAIRS)
    table.add_row("nothing changed", f"{again / torch:.2f} of `import torch`", "below 1", judged(again < torch))
    some = (*command, "--only", "Optimizers")
    one, many = paired(lambda: built((*some, "--jobs", "1"))[0], lambda: built(some)[0], 2)
    table.add_row("one process against one a core", f"{one / many:.2f} times as long", "", "")
    return table


def recordings() -> Table:
    """Return what `lrviz record` adds to a command, and what long recordings cost to read and draw."""
    from .recording import synthesize

    table = Table("whole process", "measured", "target", "", title="Recordings", caption="shares of `import torch`")
    script = (sys.executable, str(ROOT / "tests" / "bench" / "plain_loop.py"))
    unit = partial(process_seconds, IMPORT_TORCH)
    times = [
        (process_seconds((*LRVIZ, "record", "--", *script)), process_seconds(script), unit()) for _ in range(PAIRS)
    ]
    added = median((recorded - alone) / torch for recorded, alone, torch in times)
    table.add_row("lrviz record, 100 updates", f"{added:.2f} more", "at most 0.6", judged(added <= 0.6))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.lrrec"
        drawn = (*LRVIZ, "schedule", str(path), "-o", "out.png")
        synthesize(path, 10**6)
        taken, torch = paired(partial(process_seconds, drawn), unit, PAIRS)
        ratio = taken / torch
        table.add_row("a million updates, drawn", f"{ratio:.2f}", "at most 1.0", judged(ratio <= 1.0))
        synthesize(path, 10**7)
        peak = process(drawn).peak / 1e6
        table.add_row("ten million updates, drawn", f"{peak:.0f} MB", "at most 600 MB", judged(peak <= 600))
    return table


def logs() -> Table:
    """Return what it costs to compare a long log with its document, whatever its kind."""
    from .long_logs import synthesize

    table = Table("whole process", "seconds", "ratio", "target", "", title="lrviz diff of a log of a million updates")
    unit = partial(process_seconds, IMPORT_TORCH)
    with tempfile.TemporaryDirectory() as folder:
        for path in synthesize(Path(folder), 10**6):
            diff = (*LRVIZ, "diff", MILLION, str(path), "--no-plot")
            taken, torch = paired(partial(process_seconds, diff), unit, 3)
            ratio = taken / torch
            table.add_row(path.name, f"{taken:.2f}", f"{ratio:.2f}", "at most 3", judged(ratio <= 3))
    return table


def recorded() -> Table:
    from .recording import network, overhead

    table = Table("in process", "measured", "target", "", title="Recording a loop")
    for scheduled, told in ((False, ""), (True, ", and a tick that changes every lr")):
        for groups in (1, 2, 8):
            added = overhead(groups, scheduled=scheduled)
            goal = ("at most 10 us", judged(added <= 10))
            table.add_row(f"an update of {groups} group{'s' * (groups > 1)}{told}", f"{added:.1f} us more", *goal)
    ratio = network()
    table.add_row("a network of two layers", f"{ratio:.3f} times", "at most 1.12", judged(ratio <= 1.12))
    return table


def tables() -> Iterator[Table]:
    # Commands first: a child of a process that has grown counts its parent's pages as its own.
    yield processes()
    yield linting()
    yield gallery()
    yield memory()
    yield recordings()
    yield logs()
    yield engines()
    yield races()
    yield sweeps()
    yield basin_maps()
    yield protocol()
    yield scaling()
    yield recorded()


def main() -> None:
    console = Console(width=None if sys.stdout.isatty() else 110)
    console.print(f"Python {platform.python_version()}, {platform.machine()}; medians of interleaved pairs")
    for table in tables():
        console.print(table)


if __name__ == "__main__":
    main()
