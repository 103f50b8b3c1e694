"""The command line: one command a file, each parse -> call -> show."""

from __future__ import annotations

import os
import sys
from typing import TextIO


def main() -> None:
    """Run the command line; what a user can cause ends with a message and an exit code, never a traceback."""
    from lrviz.errors import LrvizError

    # Python has None for a stream that was closed before it began; what is said to it goes nowhere.
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    try:
        from lrviz.cli.app import app

        app()
    except LrvizError as error:
        from lrviz.cli.console import fail

        fail(str(error))
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        from lrviz.cli.console import drop_stdout, fail

        fail(f"{error.filename or 'stdout'}: {error.strerror}")
        drop_stdout()
        sys.exit(3)
    except MemoryError:
        from lrviz.cli.console import fail

        fail("not enough memory for a run of this length")
        sys.exit(3)


def _nowhere() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123 - pathlib takes long to import
