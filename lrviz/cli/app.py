"""The application and its commands."""

from __future__ import annotations

from typing import Annotated

import typer

from lrviz.cli.check import check
from lrviz.cli.gallery import gallery
from lrviz.cli.init import init
from lrviz.cli.lint import lint
from lrviz.cli.list import list_
from lrviz.cli.race import race
from lrviz.cli.resume import resume
from lrviz.cli.schedule import schedule
from lrviz.cli.schema import schema
from lrviz.foundation.version import __version__

app = typer.Typer(
    name="lrviz",
    help="See what your learning rate will be, and how your optimizer moves, before the run.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode="rich",
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"lrviz {__version__}")
        raise typer.Exit


@app.callback()
def common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """See what your learning rate will be, and how your optimizer moves, before the run."""


app.command()(schedule)
app.command()(race)
app.command()(check)
app.command()(lint)
app.command()(resume)
app.command()(gallery)
app.command(name="list")(list_)
app.command()(init)
app.command()(schema)
