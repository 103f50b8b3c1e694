"""The marker `process`: a test that starts a process needs it, so that `make quick` can leave it out.

What multiprocessing starts escapes this: it tells no audit hook.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Generator
from typing import Any

import pytest

STARTS = [pytest.param(None, marks=pytest.mark.process, id="process")]
"""The `params` of a fixture that starts a process: they give the marker to every test that asks for it."""

LIGHT_TORCH = """\
import sys, types
import torch
sys.modules["torch._dynamo"] = torch._dynamo = types.SimpleNamespace(disable=lambda fn, *_, **__: fn)
torch._dynamo.graph_break = lambda: None
"""
"""How a script begins that needs no compiler: the first optimizer imports it, which takes as long as torch itself."""

_EVENTS = {"os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "subprocess.Popen"}

_started: list[str] = []
"""What the test that runs has started, its fixtures included."""


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in _EVENTS:
        return
    command = arguments[1] if event == "subprocess.Popen" else None
    words = [os.fsdecode(word) for word in command] if isinstance(command, (list, tuple)) else [event]
    # matplotlib asks for the fonts of the system, once on each machine.
    if words[0] != "fc-list":
        _started.append(shlex.join(words))


sys.addaudithook(_note)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup() -> Generator[None, None, None]:
    """Begin with nothing started."""
    _started.clear()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Fail a test that has started a process and does not say so."""
    yield
    if _started and not {"process", "browser"} & {marker.name for marker in item.iter_markers()}:
        pytest.fail(
            f"this test has started a process: {_started[0]:.200}\n"
            "Run it in this one (the fixture `ended` does so with commands), or mark it with @pytest.mark.process.",
            pytrace=False,
        )
