"""matplotlib without what only readers of its documentation need; for a process that draws and ends.

At import matplotlib inspects every artist class to write the docstring and signature of its `set`,
and loads its 3D toolkit: together a third of the time. No picture needs either.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def import_matplotlib() -> None:
    """Import what pictures need, if nothing has imported it yet.

    Artist classes imported here have no documentation of their `set`, so this is for commands, not
    for an interactive session, where `help` would lack it.
    """
    if "matplotlib.figure" in sys.modules:
        return
    with _settings_of_nobody():
        _import()


def _import() -> None:
    from matplotlib import artist

    module: Any = artist
    modules: Any = sys.modules
    describe, document = artist.kwdoc, vars(artist.Artist)["_update_set_signature_and_docstring"]
    module.kwdoc = lambda _: ""
    module.Artist._update_set_signature_and_docstring = classmethod(lambda _: None)
    # None makes the import fail; matplotlib then only warns.
    modules["mpl_toolkits.mplot3d"] = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import matplotlib.figure  # noqa: F401 - imported for the others
    finally:
        del modules["mpl_toolkits.mplot3d"]
        module.kwdoc, module.Artist._update_set_signature_and_docstring = describe, document


@contextmanager
def _settings_of_nobody() -> Iterator[None]:
    """Make matplotlib, which reads settings when it is imported, find only its own.

    No picture depends on a matplotlibrc or needs a backend: a matplotlibrc, or MPLBACKEND, may contain
    anything, and is meant for other programs.
    """
    backend, exists = os.environ.pop("MPLBACKEND", None), os.path.exists

    def its_own(path: Any) -> bool:
        whole = Path(path)
        return (whole.name != "matplotlibrc" or whole.parent.name == "mpl-data") and exists(path)

    module: Any = os.path
    module.exists = its_own
    try:
        yield
    finally:
        module.exists = exists
        if backend is not None:
            os.environ["MPLBACKEND"] = backend
