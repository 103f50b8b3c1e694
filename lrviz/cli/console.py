"""The two streams: results on stdout, messages and progress on stderr."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from typing import TYPE_CHECKING, NoReturn

from rich.console import Console
from rich.segment import Segment
from typing_extensions import override

from lrviz.foundation.printable import encoded, printable, printable_lines

if TYPE_CHECKING:
    from rich.console import ConsoleOptions, RenderableType

    from lrviz.foundation.progress import Progress
    from lrviz.runs.commands.command import Bars

_PIPE_WIDTH, _WIDEST_PIPE = 120, 10_000
"""Width of a table outside a terminal, if COLUMNS is not set or not a number."""
_PLOTTED = "\N{BRAILLE PATTERN DOTS-1}"
"""A character that plots are made of."""


class Stream(Console):
    """A console that exits quietly when its reader has closed the pipe, and prints no control characters.

    Tables make their names printable themselves, to know their width; what one misses is caught here.
    """

    @override
    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=printable_lines(segment.text))

    @override
    def on_broken_pipe(self) -> NoReturn:
        """Exit quietly: the reader has closed the pipe."""
        end_silently()


def end_silently() -> NoReturn:
    """Exit without a message."""
    raise SystemExit(0)


def _pipe_width() -> int:
    """Return the width outside a terminal: COLUMNS, as in other programs, or wide enough."""
    asked = os.environ.get("COLUMNS", "")
    return int(asked) if asked.isascii() and asked.isdigit() and 0 < int(asked) < _WIDEST_PIPE else _PIPE_WIDTH


def _stream(*, stderr: bool) -> Stream:
    file = sys.stderr if stderr else sys.stdout
    if isinstance(file, TextIOWrapper):
        # A table in which some letters are ? is better than none.
        file.reconfigure(errors="replace")
    return Stream(
        stderr=stderr,
        highlight=False,
        emoji=False,  # :train: is a word of py:train:schedulers
        soft_wrap=False,
        width=None if file.isatty() else _pipe_width(),
        # NO_COLOR alone leaves bold and faint letters, which are escape codes too.
        color_system=None if os.environ.get("NO_COLOR") else "auto",
    )


class Streams:
    """Where a command prints; with `data_on_stdout` everything for people goes to stderr."""

    def __init__(self, *, data_on_stdout: bool = False, quiet: bool = False) -> None:
        self._messages = _stream(stderr=True)
        self._results = self._messages if data_on_stdout else _stream(stderr=False)
        self._quiet = quiet

    @property
    def for_people(self) -> bool:
        """Whether results are read on a terminal."""
        return self._results.is_terminal

    def plots(self, *, asked: bool, data_on_stdout: bool) -> bool:
        """Return whether curves are plotted among the results: where asked for or on a terminal, if it has braille."""
        if not (asked or (self.for_people and not data_on_stdout)):
            return False
        try:
            _PLOTTED.encode(self._results.encoding)
        except UnicodeEncodeError:
            if asked:
                self.note(f"no plot: {self._results.encoding} has no braille characters; set PYTHONIOENCODING=utf-8")
            return False
        return True

    @property
    def width(self) -> int:
        """Columns of the results."""
        return self._results.width

    def show(self, result: RenderableType) -> None:
        """Print a result for people; nothing with --quiet."""
        if not self._quiet:
            self._results.print(result)

    def say(self, message: str) -> None:
        """Print a message on stderr, on one line."""
        self._messages.print(printable(message), markup=False, soft_wrap=True)

    def note(self, message: str) -> None:
        """Print a remark on stderr; none with --quiet."""
        if not self._quiet:
            self.say(message)

    def warn(self, sentences: Iterable[str]) -> None:
        """Print warnings on stderr, each once; none with --quiet."""
        if not self._quiet:
            for sentence in dict.fromkeys(sentences):
                self.say(f"warning: {sentence}")

    def path(self, path: object) -> None:
        """Print the path of a file that was written, on one line."""
        if not self._quiet:
            self._results.print(printable(str(path)), markup=False, soft_wrap=True)

    def data(self, text: str) -> None:
        """Write data to stdout."""
        write_stdout(text)

    @contextmanager
    def progress(self, words: str) -> Iterator[Progress | None]:
        """Show how far long work of one kind is."""
        with self.bars() as bar:
            yield bar(words)

    @contextmanager
    def bars(self) -> Iterator[Bars]:
        """Show how far long work is, on a terminal only, and each kind of it only while it reports.

        Gives a function from the words for a kind of work to what it reports to.
        """
        if self._quiet or not self._messages.is_terminal or self._messages.no_color:
            yield lambda _: None
            return
        from rich.progress import Progress as Shown

        with Shown(console=self._messages, transient=True) as shown:

            def bar(words: str) -> Progress:
                task = shown.add_task(words, total=None, visible=False)

                def report(done: int, total: int) -> None:
                    shown.update(task, completed=done, total=total, visible=done < total)

                return report

            yield bar


def write_stdout(text: str) -> None:
    """Write data to stdout exactly as it is, in UTF-8 whatever the terminal speaks."""
    try:
        sys.stdout.buffer.write(encoded(text))
        sys.stdout.flush()
    except BrokenPipeError:
        end_silently()


def write_prose(text: str, hanging: str = "") -> None:
    """Write text for people to stdout; on a terminal its sentences are folded to the width."""
    write_stdout(folded(text, shutil.get_terminal_size().columns, hanging) if sys.stdout.isatty() else text)


def folded(text: str, width: int, hanging: str = "") -> str:
    """Return text whose sentences fit a width, each continued under its own indent and `hanging`.

    Other indented lines are there to be pasted, and stay as they are.

    >>> print(folded("    why: It matters very much.", 20, "  "), end="")
        why: It matters
          very much.
    """
    lines = []
    for line in text.splitlines():
        indent = line[: len(line) - len(line.lstrip())]
        if len(line) <= width or (indent and not line.lstrip().startswith("why: ")):
            lines.append(line)
        else:
            under = indent + hanging
            lines += textwrap.wrap(line, width, subsequent_indent=under, break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines) + "\n"


def fail(*lines: str) -> None:
    """Print an error on stderr, in red on a terminal."""
    message = "\n".join(map(printable, lines))
    _stream(stderr=True).print(message, markup=False, soft_wrap=True, style="red")
