"""matplotlib without what only readers of its documentation need; for a process that draws and ends.

At import matplotlib inspects every artist class to write the docstring and signature of its `set`,
and loads its 3D toolkit: together a third of the time. No picture needs either.
"""

from __future__ import annotations

import sys
import warnings
from typing import Any


def import_matplotlib() -> None:
    """Import what pictures need, if nothing has imported it yet.

    Artist classes imported here have no documentation of their `set`, so this is for commands, not
    for a session in which somebody types `help`.
    """
    if "matplotlib.figure" in sys.modules:
        return
    from matplotlib import artist

    module: Any = artist
    modules: Any = sys.modules
    describe, document = artist.kwdoc, vars(artist.Artist)["_update_set_signature_and_docstring"]
    module.kwdoc = lambda _: ""
    module.Artist._update_set_signature_and_docstring = classmethod(lambda _: None)
    # None makes the import fail, of which matplotlib only warns.
    modules["mpl_toolkits.mplot3d"] = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import matplotlib.figure  # noqa: F401 - imported for the others
    finally:
        del modules["mpl_toolkits.mplot3d"]
        module.kwdoc, module.Artist._update_set_signature_and_docstring = describe, document
