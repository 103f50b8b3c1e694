"""What the bytes of a tile depend on besides its description: lrviz's code, NumPy, and the processor's extensions."""

from __future__ import annotations

import functools
import platform
import sys
from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from pathlib import Path

import numpy as np

import lrviz
from lrviz.foundation.version import __version__

_RESTS_ON = ("documents", "engines/reference", "foundation", "functions", "language", "optimizers", "results",
             "runs/racing", "runs/sweeping", "schedulers")  # fmt: skip
"""The code that the result of a tile depends on."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a tile is computed, as texts.

    code: a digest of the parts of lrviz that a tile depends on, which differs between states of a checkout; simd: the
    extensions that NumPy has found and uses: with others, Adam's result differs in its last bits.
    """

    lrviz: str
    code: str
    numpy: str
    simd: str
    machine: str

    def described(self) -> dict[str, str]:
        """Return them as plain data for JSON."""
        return asdict(self)

    def apart(self, other: Surroundings) -> str:
        """Say how others differ, "" where they do not."""
        told = [
            f"{_WORDS.get(one.name, one.name)} is {getattr(other, one.name)} there and {getattr(self, one.name)} here"
            for one in fields(self)
            if getattr(self, one.name) != getattr(other, one.name)
        ]
        return ", ".join(told)


_WORDS = {"simd": "the processor extensions that NumPy uses", "code": "lrviz's code", "numpy": "NumPy"}


@functools.cache
def here() -> Surroundings:
    """Return the surroundings of this process."""
    known = np.show_config(mode="dicts")
    simd = known["SIMD Extensions"] if isinstance(known, dict) else {}
    used = " ".join([*simd.get("baseline", []), *simd.get("found", [])])
    return Surroundings(__version__, _digest(), np.__version__, used, f"{platform.system()} {platform.machine()}")


def code_of(*classes: type) -> list[str]:
    """Return digests of the modules of classes that other packages add: they are not in the digest of lrviz's code."""
    modules = dict.fromkeys(one.__module__ for one in classes if not one.__module__.startswith("lrviz."))
    files = [getattr(sys.modules[name], "__file__", None) for name in modules]
    return [sha256(Path(file).read_bytes()).hexdigest()[:16] for file in files if file]


def _digest() -> str:
    root = Path(lrviz.__file__).parent
    state = sha256()
    for folder in _RESTS_ON:
        for path in sorted((root / folder).rglob("*.py")):
            data = path.read_bytes()
            state.update(f"{path.relative_to(root).as_posix()} {len(data)} ".encode())
            state.update(data)
    return state.hexdigest()[:16]
