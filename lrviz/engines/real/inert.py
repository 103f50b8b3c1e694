"""What a checkpoint may hold besides tensors and plain values: each class by its name, with a stand-in.

torch.load(weights_only=True) builds what its allow-list names and refuses everything else. Where a file names
argparse.Namespace or a NumPy array, one of these classes is built in its place: it accepts whatever it is given,
keeps only numbers, and does nothing. No code of a foreign class is run, not even NumPy's.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Self

import numpy as np

_MOST = 1000
"""Numbers of an array that are kept; no state of a scheduler holds more."""


class Inert:
    """An object that keeps nothing."""

    def __new__(cls, *_: object) -> Any:
        """Accept anything."""
        return object.__new__(cls)

    def __setstate__(self, state: object) -> None:
        """Keep nothing."""


class PlainDict(Inert):
    """A defaultdict as a plain dict: torch's unpickler fills no other class of mapping."""

    def __new__(cls, *_: object) -> Any:
        """Return the dict, without its factory of missing values."""
        return {}


class DType(Inert):
    """The dtype of a number or an array; only those of plain numbers are known."""

    name: str = ""
    order: str = "="

    def __new__(cls, name: object = "", *_: object) -> Any:
        """Keep the name: f4, i8."""
        made = object.__new__(cls)
        made.name = name if isinstance(name, str) and re.fullmatch(r"b1|[iu][1248]|f[248]", name) else ""
        return made

    def __setstate__(self, state: object) -> None:
        """Keep the byte order, the second of the parts that NumPy saves."""
        if isinstance(state, tuple) and len(state) > 1 and state[1] in {"<", ">", "=", "|"}:
            self.order = state[1]

    def numbers(self, data: object) -> list[Any] | None:
        """Return the numbers in some bytes; None where they are not numbers, or too many."""
        if not self.name or not isinstance(data, bytes):
            return None
        dtype = np.dtype(f"{self.order}{self.name}")
        whole = len(data) % dtype.itemsize == 0 and len(data) // dtype.itemsize <= _MOST
        return np.frombuffer(data, dtype).tolist() if whole else None


class Scalar(Inert):
    """A NumPy scalar as Python's number."""

    def __new__(cls, dtype: object = None, data: object = None, *_: object) -> Any:
        """Return the number, None for any other scalar."""
        numbers = dtype.numbers(data) if isinstance(dtype, DType) else None
        return numbers[0] if numbers is not None and len(numbers) == 1 else object.__new__(cls)


class Array(Inert):
    """A NumPy array: its numbers in a list, None where they are not kept, and whether it is a scalar array."""

    numbers: list[Any] | None = None
    single: bool = False

    def __setstate__(self, state: object) -> None:
        """Keep the numbers of (version, shape, dtype, order, bytes)."""
        if isinstance(state, tuple) and len(state) == 5 and isinstance(state[2], DType):
            self.numbers, self.single = state[2].numbers(state[4]), state[1] == ()


class Reconstructed(Inert):
    """The function with which NumPy creates an empty array, to be filled by its state."""

    def __new__(cls, array: object = None, *_: object) -> Any:
        """Return an array without numbers; its state brings them."""
        return object.__new__(array) if isinstance(array, type) and issubclass(array, Array) else object.__new__(cls)


class NoBytes(Inert):
    """Empty bytes, as an array without numbers is saved; other bytes are on torch's own list."""

    def __new__(cls, *_: object) -> Any:
        """Return them."""
        return b""


class Refusing(Inert):
    """A class that a defaultdict may name, and that nothing may build."""

    def __new__(cls, *_: object) -> Self:
        """Raise ValueError, in every case."""
        raise ValueError(f"an object of {cls.__name__}, made by calling it")


_STANDS_IN: dict[type[Inert], tuple[str, ...]] = {
    Inert: (
        "argparse.Namespace",
        "types.SimpleNamespace",
        *(
            f"pathlib{module}.{name}"
            for module in ("", "._local")  # their module in Python 3.13
            for name in ("Path", "PosixPath", "WindowsPath", "PurePath", "PurePosixPath", "PureWindowsPath")
        ),
    ),
    PlainDict: ("collections.defaultdict",),
    Refusing: tuple(f"builtins.{name}" for name in ("bool", "dict", "float", "int", "list", "str", "tuple")),
    NoBytes: ("builtins.bytes",),
    DType: ("numpy.dtype",),
    Array: ("numpy.ndarray",),
    Scalar: ("numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar"),
    Reconstructed: ("numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct"),
}


def _named(path: str, stands_in: type[Inert]) -> type[Inert]:
    module, _, name = path.rpartition(".")
    return type(name, (stands_in,), {"__module__": module, "__qualname__": name})


ALLOWED: list[Callable[..., Any] | tuple[Callable[..., Any], str]] = [
    _named(path, stands_in) for stands_in, paths in _STANDS_IN.items() for path in paths
]
"""For torch.serialization.safe_globals, which allows a class by its name."""
