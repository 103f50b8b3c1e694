"""What `lrviz lint --fix` and `--diff` write: documents, and what changes in them."""

from __future__ import annotations

import codecs
import difflib
import sys
from collections.abc import Iterator, Sequence
from io import StringIO

from lrviz.cli.console import write_stdout
from lrviz.foundation import files
from lrviz.foundation.errors import UsageError
from lrviz.foundation.printable import printable
from lrviz.linting.fixing import fixed, proven
from lrviz.linting.lint import Linted
from lrviz.linting.rule import Mistake, Rule
from lrviz.runs.sources.files import File, StandardInput
from lrviz.runs.sources.resolving import Nothing
from lrviz.runs.sources.source import Source


class Fixes:
    """The fixes of the documents that a command line names.

    write: into their files, or to stdout if read from stdin; diff: print on stdout what they change.
    """

    def __init__(self, sources: Sequence[Source], rules: Sequence[type[Mistake]], *, write: bool, diff: bool) -> None:
        for source in sources if write or diff else ():
            if not isinstance(source, StandardInput | File | Nothing):
                raise UsageError(f"--{'fix' if write else 'diff'}: {source.spec} is not a file of yours")
        for source in sources if write else ():
            if source.file is not None and files.is_device(source.file):
                raise UsageError(f"--fix: {source.spec} is not a regular file; use - for standard input")
        self._rules = [rule for rule in rules if issubclass(rule, Rule)]
        self._write = write
        self._diff = diff
        typed = any(isinstance(source, StandardInput) for source in sources)
        self.on_stdout = "the differences" if diff else "the document" if write and typed else ""

    def of(self, source: Source, found: Linted) -> Linted:
        """Apply the fixes of a document if asked to; return what lint finds in the result."""
        if found.read is None and found.config is None:
            # A recording: there is nothing to fix.
            return found
        if not (self._write or self._diff):
            return proven(found, rules=self._rules, folder=source.around)
        after = fixed(found, rules=self._rules, folder=source.around)
        old, new = found.written.text, after.written.text
        if self._diff:
            write_stdout("".join(_differences(old, new, found.source)))
        elif self._write and source.file is None:
            write_stdout(new)
        if not self._write:
            return proven(found, rules=self._rules, folder=source.around)
        if source.file is not None and new != old:
            path = source.file
            mark = codecs.BOM_UTF8 if path.read_bytes().startswith(codecs.BOM_UTF8) else b""
            files.write(path, lambda stream: stream.write(mark + new.encode()))
        return after


def _differences(old: str, new: str, source: str) -> Iterator[str]:
    """Yield the lines of a unified diff as patch takes it; what a terminal cannot print is escaped on one."""
    name = printable(source)
    # Only a line feed ends a line; other characters that Python splits at may be part of a comment.
    before, after = (list(StringIO(text, newline="\n")) for text in (old, new))
    for line in difflib.unified_diff(before, after, name, name):
        body = line.removesuffix("\n")
        shown = printable(body) if sys.stdout.isatty() else body
        yield f"{shown}\n" if body != line else f"{shown}\n\\ No newline at end of file\n"
