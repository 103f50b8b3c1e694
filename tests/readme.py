"""Keeps what the README shows true: every block after `<!-- shown: COMMAND -->` is that command's output.

`python -m tests.readme` writes the blocks anew; tests/test_readme.py fails where they are stale. Its pictures are
those of the gallery.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
_SHOWN = re.compile(r"<!-- shown: (?P<command>.+?) -->\n(?:```[a-z]*\n.*?\n```\n)?", re.DOTALL)


def blocks() -> dict[str, str]:
    """Return the commands whose output the README shows, and each block as it stands there."""
    return {match["command"]: match[0] for match in _SHOWN.finditer(README.read_text(encoding="utf-8"))}


def filled(text: str) -> str:
    """Return the README with every shown block made anew."""
    return _SHOWN.sub(lambda match: _block(match["command"]), text)


def _block(command: str) -> str:
    if command.startswith("cat "):
        return f"<!-- shown: {command} -->\n```yaml\n{(ROOT / command[4:]).read_text(encoding='utf-8').strip()}\n```\n"
    kind = "python" if command.endswith("--code") else ""
    prompt = "" if kind else f"$ {command}\n"
    return f"<!-- shown: {command} -->\n```{kind}\n{prompt}{output(shlex.split(command)[1:])}\n```\n"


def output(arguments: list[str], *more: str) -> str:
    """Run the command in a folder that holds only configs and tests, and return all that it prints."""
    plain = {key: value for key, value in os.environ.items() if key not in {"COLUMNS", "LINES"}}
    with tempfile.TemporaryDirectory() as folder:
        for name in ("configs", "tests"):
            (Path(folder) / name).symlink_to(ROOT / name)
        done = subprocess.run(
            [sys.executable, "-m", "lrviz", *arguments, *more],
            cwd=folder,
            env={**plain, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    return "\n".join(line.rstrip() for line in done.stdout.strip("\n").splitlines())


def pictures() -> list[str]:
    """Return the paths of the pictures and films that the README shows."""
    return re.findall(r"!\[[^]]+\]\(([^)]+)\)", README.read_text(encoding="utf-8"))


if __name__ == "__main__":
    README.write_text(filled(README.read_text(encoding="utf-8")), encoding="utf-8")
