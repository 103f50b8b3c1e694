"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from lrviz.language import choices

SOURCES = (
    "A schedule document (YAML), a config of another library (lrviz list dialects), - for standard input, recipe:NAME "
    "(lrviz list recipes), or schedulers with their arguments (LinearLR:total_iters=5+CosineAnnealingLR) together "
    "with --epochs or --steps."
)
"""What every command that takes schedules takes."""
CODE = (
    " py:MODULE:NAME calls a function of yours that returns schedulers. A log (trainer_state.json, TensorBoard, CSV, "
    "JSONL) or a recording is drawn as it is."
)
"""What commands that draw curves without a document take as well."""
Spec = Annotated[str, typer.Argument(metavar="SPEC", help=SOURCES)]
Specs = Annotated[list[str], typer.Argument(metavar="SPEC", help=SOURCES)]
SpecsOrCode = Annotated[list[str], typer.Argument(metavar="SPEC", help=f"{SOURCES}{CODE}")]
Epochs = Annotated[
    str | None,
    typer.Option(
        "--epochs",
        metavar="N",
        help="Epochs of the run, for schedulers given by name; they are stepped after each epoch.",
    ),
]
Steps = Annotated[
    str | None,
    typer.Option(
        "--steps",
        metavar="N",
        help="Updates of the run, for schedulers given by name; they are stepped after each update.",
    ),
]
OptimizerName = Annotated[
    str | None,
    typer.Option(
        "--optimizer",
        metavar="NAME[:key=value]",
        help="Optimizer for schedulers given by name, e.g. adamw:lr=0.003.",
        show_default="sgd",
    ),
]

Domain = Annotated[
    str | None,
    typer.Option(metavar="A,B[,C,D]", help="The domain of a formula: x from A to B, y the same or from C to D."),
]
Noise = Annotated[str | None, typer.Option(metavar="S", help="Standard deviation of noise on the gradient.")]
Seed = Annotated[str | None, typer.Option(metavar="N", help="Seed of starts and noise.")]
ScheduleOfAll = Annotated[
    str | None,
    typer.Option(metavar="SPEC", help="A schedule that runs under every entry: a document, recipe:NAME, a scheduler."),
]

Facts = Annotated[
    list[str],
    typer.Option(
        "--given",
        metavar="KEY=VALUE",
        help="A fact that a config of another library lacks, e.g. dataset_size=50000 or transformers=4.44.2.",
    ),
]
Dialect = Annotated[
    str | None,
    typer.Option(
        "--from", metavar="DIALECT", help="The library of the config (lrviz list dialects).", show_default="detected"
    ),
]


def out(default: str, *, page: bool = False) -> Any:
    """Return the option for the picture; default: where it goes without; page: whether it may be an HTML page."""
    files = (
        "Picture file (.png, .svg, .pdf), an interactive page (.html)," if page else "Picture file (.png, .svg, .pdf)"
    )
    return typer.Option("--out", "-o", help=f"{files} or a folder that exists.", show_default=default)


def data(kind: str, what: str) -> Any:
    """Return the option for results as data of a kind; what: which results."""
    return typer.Option(f"--{kind}", metavar="FILE", help=f"Write {what} as {kind.upper()}; - is stdout.")


Select = Annotated[list[str], typer.Option(metavar="ID", help="Only these rules: LR001, or LR001,RUN003.")]
Ignore = Annotated[list[str], typer.Option(metavar="ID", help="All rules but these.")]
Explain = Annotated[str | None, typer.Option("--explain", metavar="ID", help="Explain a rule and exit.")]
Out = Annotated[Path | None, out("./<document>.png", page=True)]
Json = Annotated[str | None, data("json", "the curves")]
Csv = Annotated[str | None, data("csv", "the curves")]
NoPlot = Annotated[bool, typer.Option("--no-plot", help="Write no picture.")]
Engine = Annotated[
    choices.Engine, typer.Option(help="both cross-checks torch against lrviz's own maths, the reference.")
]
Order = Annotated[
    choices.ShownOrder,
    typer.Option(help="What the loop steps first; scheduler-first shows the values that updates really use then."),
]
Set = Annotated[
    list[str],
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Override a value, e.g. scheduler.T_max=50; several values (25,50) draw a curve each.",
    ),
]
Vary = Annotated[
    list[str],
    typer.Option(
        "--vary",
        metavar="PATH=A,B,C",
        help="Draw a parameter at several values, in a panel of its own: scheduler.T_max=25,50. Settings for the "
        "whole panel follow after a semicolon.",
    ),
]
SetOne = Annotated[
    list[str], typer.Option("--set", metavar="PATH=VALUE", help="Override a value, e.g. scheduler.T_max=50.")
]
Param = Annotated[
    list[str],
    typer.Option(
        "--param",
        metavar="NAME",
        help="Also show a hyperparameter: momentum, beta1, weight_decay; or effective_lr, lr / (1 - momentum).",
    ),
]
Show = Annotated[bool, typer.Option("--show", help="Plot in the terminal too (the default on a terminal).")]
Survival = Annotated[
    bool,
    typer.Option("--survival", help="Also show after how many updates weight decay has removed half of an update."),
]
Columns = Annotated[
    list[str],
    typer.Option(
        "--columns",
        metavar="step=NAME,lr=NAME",
        help="Columns of a log, or tags (lr=TAG), if they are not called step and lr; lr= once per group.",
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")]
