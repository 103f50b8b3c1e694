"""What README and docs show: every block after `<!-- shown: COMMAND -->` is that command's output, or that file.

Commands run in this process, in a folder that holds configs, tests and the files of docs/examples.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import sys
import tempfile
import textwrap
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

import pytest

from lrviz import cli
from tests.cli import DECIDES_LOOKS
from tests.here import torch_is_here

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
_WIDEST = 100
_PLOT = re.compile("[\u2500-\u257f\u2801-\u28ff]")
"""Frames, and braille."""
EXAMPLES = ROOT / "docs" / "examples"
PAGES = (README, *sorted((ROOT / "docs").glob("*.md")))
_SHOWN = re.compile(r"<!-- shown: (?P<command>.+?) -->\n(?:```[a-z]*\n.*?\n```\n)?", re.DOTALL)
_LANGUAGES = {".yaml": "yaml", ".py": "python"}


def blocks(text: str) -> dict[str, str]:
    """Return the commands whose output a page shows, and the text of each block."""
    return {match["command"]: match[0] for match in _SHOWN.finditer(text)}


def filled(text: str) -> str:
    """Return a page with every shown block made again."""
    return _SHOWN.sub(lambda match: block(match["command"]), text)


@cache
def block(command: str) -> str:
    """Return the block that shows a command and its output, or the file after `cat`."""
    if command.startswith("cat "):
        path = ROOT / command.removeprefix("cat ")
        language, shown = _LANGUAGES[path.suffix], path.read_text(encoding="utf-8").strip()
    elif "--code" in command:
        language, shown = "python", output(shlex.split(command)[1:])
    else:
        language, shown = "", f"$ {command}\n{output(shlex.split(command)[1:])}"
    return f"<!-- shown: {command} -->\n```{language}\n{shown}\n```\n"


def output(arguments: list[str], *more: str, files: Mapping[str, str] = MappingProxyType({})) -> str:
    """Run the command in a folder that holds only configs, tests, examples and the files; return all that it prints."""
    printed = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.chdir(folder),
        pytest.MonkeyPatch.context() as patch,
        torch_is_here(),
    ):
        for path in (*(ROOT / name for name in ("configs", "docs", "tests")), *EXAMPLES.iterdir()):
            Path(path.name).symlink_to(path)
        for name, text in files.items():
            Path(name).write_text(text, encoding="utf-8")
        for name in DECIDES_LOOKS:
            patch.delenv(name, raising=False)
        # `python`, in a command that is recorded, is this one.
        patch.setenv("PATH", os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
        for name, value in {"argv": ["lrviz", *arguments, *more], "stdout": printed, "stderr": printed}.items():
            patch.setattr(sys, name, value)
        cli.run()
    printed.seek(0)
    return "\n".join(folded(line.rstrip()) for line in printed.read().strip("\n").splitlines())


def folded(line: str) -> str:
    """Return a line as a terminal folds it, between words; rows of tables and plots stay."""
    if len(line) <= _WIDEST or "  " in line.strip() or _PLOT.search(line):
        return line
    margin = line[: len(line) - len(line.lstrip())]
    return textwrap.fill(
        line, _WIDEST, subsequent_indent=f"{margin}    ", break_long_words=False, break_on_hyphens=False
    )


def pictures() -> list[str]:
    """Return the paths of the pictures and films that the README shows."""
    return re.findall(r"!\[[^]]+\]\(([^)]+)\)", README.read_text(encoding="utf-8"))
