"""The application and its commands."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command
from typing_extensions import override

from lrviz.cli.check import check
from lrviz.cli.convert import convert
from lrviz.cli.diff import diff
from lrviz.cli.gallery import gallery
from lrviz.cli.init import init
from lrviz.cli.lint import lint
from lrviz.cli.list import list_
from lrviz.cli.race import race
from lrviz.cli.record import record
from lrviz.cli.resume import resume
from lrviz.cli.schedule import schedule
from lrviz.cli.schema import schema
from lrviz.cli.sweep import sweep
from lrviz.foundation.documentation import documentation
from lrviz.foundation.printable import printable_lines
from lrviz.foundation.version import __version__

_Misuse: Any = typer.BadParameter.__base__
"""What Typer raises for a wrong command line; not all of its versions have a public name for it."""


START = """
Three commands to try:

  lrviz schedule OneCycleLR:max_lr=0.01 --epochs 90 --optimizer adamw
      the learning rate of a scheduler, given by name
  lrviz schedule recipe:resnet50-warmup-cosine
      the learning rate of a well-known recipe (lrviz list recipes)
  lrviz race sgd adam --fn rosenbrock
      how optimizers move over a surface
"""
"""What `lrviz` without arguments prints before its help."""


class Described(TyperCommand):
    """A command whose help shows no type beside a flag: it takes no value."""

    @override
    def get_params(self, ctx: Any) -> Any:
        return _flags_plain(super().get_params(ctx))


def _flags_plain(params: list[Any]) -> list[Any]:
    for one in params:
        if getattr(one, "is_flag", False):
            one.metavar = ""
    return params


class Commands(TyperGroup):
    """Commands whose wrong use exits with code 2, whatever was typed and wherever stderr goes."""

    @override
    def get_params(self, ctx: Any) -> Any:
        return _flags_plain(super().get_params(ctx))

    @override
    def make_context(self, *args: Any, **extra: Any) -> Any:
        with _misuse_told():
            return super().make_context(*args, **extra)

    @override
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args and not ctx.resilient_parsing:
            typer.echo(START)
            typer.echo(ctx.get_help())
            raise typer.Exit
        return super().parse_args(ctx, args)

    @override
    def invoke(self, ctx: Any) -> Any:
        with _misuse_told():
            return super().invoke(ctx)


@contextlib.contextmanager
def _misuse_told() -> Iterator[None]:
    try:
        yield
    except _Misuse as error:
        from typer.rich_utils import rich_format_error

        # A prefix that pydantic adds, through which Typer converts values.
        error.message = printable_lines(error.message.replace("Value error, ", ""))
        with contextlib.suppress(OSError):
            rich_format_error(error)
        raise typer.Exit(error.exit_code) from None


app = typer.Typer(
    name="lrviz",
    cls=Commands,
    help="See what your learning rate will be, and how your optimizer moves, before the run.",
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


for _command in (schedule, diff, record, race, sweep, check, lint, resume, convert, gallery, list_, init, schema):
    app.command(_command.__name__.rstrip("_"), cls=Described, help=documentation(_command))(_command)

command = get_command(app)
"""Parses and runs a command line: made once, for a process that runs many."""
