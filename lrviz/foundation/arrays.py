"""NumPy, loaded at its first use: listing the schedulers must not cost its import."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any


def _on_first_use(name: str) -> ModuleType:
    """Return the module `name`, executed only when one of its attributes is first read."""
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]
    ByteArray = NDArray[np.uint8]
    BoolArray = NDArray[np.bool_]
    ComplexArray = NDArray[np.complex128]
else:
    np = _on_first_use("numpy")
    FloatArray = IntArray = ByteArray = BoolArray = ComplexArray = Any

__all__ = ["BoolArray", "ByteArray", "ComplexArray", "FloatArray", "IntArray", "np"]
