"""The command line: one command a file, each parse -> call -> show."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; what a user can cause ends with a message and an exit code, never a traceback."""
    from lrviz.errors import LrvizError

    try:
        from lrviz.cli.app import app

        app()
    except LrvizError as error:
        from lrviz.cli.console import fail

        fail(str(error))
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except MemoryError:
        from lrviz.cli.console import fail

        fail("not enough memory for a run of this length")
        sys.exit(3)
