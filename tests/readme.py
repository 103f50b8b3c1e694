"""Keeps what the README shows true: every block after `<!-- shown: COMMAND -->` is that command's output.

`python -m tests.readme` writes the blocks anew; tests/test_readme.py fails where they are stale. Its pictures are
those of the gallery.
"""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from lrviz import cli
from tests.cli import DECIDES_LOOKS
from tests.here import torch_is_here

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


def output(arguments: list[str], *more: str, files: Mapping[str, str] = MappingProxyType({})) -> str:
    """Run the command in a folder that holds only configs, tests and the files, and return all that it prints."""
    printed = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.chdir(folder),
        pytest.MonkeyPatch.context() as patch,
        torch_is_here(),
    ):
        for name in ("configs", "tests"):
            Path(name).symlink_to(ROOT / name)
        for name, text in files.items():
            Path(name).write_text(text, encoding="utf-8")
        for name in DECIDES_LOOKS:
            patch.delenv(name, raising=False)
        for name, value in {"argv": ["lrviz", *arguments, *more], "stdout": printed, "stderr": printed}.items():
            patch.setattr(sys, name, value)
        cli.run()
    printed.seek(0)
    return "\n".join(line.rstrip() for line in printed.read().strip("\n").splitlines())


def pictures() -> list[str]:
    """Return the paths of the pictures and films that the README shows."""
    return re.findall(r"!\[[^]]+\]\(([^)]+)\)", README.read_text(encoding="utf-8"))


if __name__ == "__main__":
    README.write_text(filled(README.read_text(encoding="utf-8")), encoding="utf-8")
