"""matplotlib without what only its readers of documentation need; for a process that draws and ends.

At import matplotlib inspects every artist class to write the docstring and signature of its `set`,
and loads its 3D toolkit: together a third of the time. No picture needs either.
"""

from __future__ import annotations

import sys
import warnings


def import_matplotlib() -> None:
    """Import what pictures need, if nothing has imported it yet; leave matplotlib as it would be otherwise.

    Artist classes imported here have no documentation of their `set`, so this is for commands, not
    for a session in which somebody types `help`.
    """
    if "matplotlib.figure" in sys.modules:
        return
    from matplotlib import artist

    documents = "_update_set_signature_and_docstring"
    before = artist.kwdoc, vars(artist.Artist)[documents]
    artist.kwdoc = lambda _: ""
    setattr(artist.Artist, documents, classmethod(lambda _: None))
    # None makes the import fail, of which matplotlib only warns.
    toolkit = sys.modules.setdefault("mpl_toolkits.mplot3d", None)  # type: ignore[arg-type]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import matplotlib.figure  # noqa: F401 - imported for the others
    finally:
        if toolkit is None:
            del sys.modules["mpl_toolkits.mplot3d"]
        artist.kwdoc = before[0]
        setattr(artist.Artist, documents, before[1])
