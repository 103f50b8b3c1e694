"""What Python runs at its start where this folder is on PYTHONPATH: the probe, then the sitecustomize it hides.

Standard library only, in the syntax of Python 3.9, and nothing at all below that.
"""

import sys


def _start():
    import os

    here = os.path.dirname(os.path.abspath(__file__))
    try:
        if sys.version_info >= (3, 9):
            import lrviz_probe  # type: ignore  # beside this file, which mypy does not know

            lrviz_probe.start()
    except Exception as error:
        os.write(2, ("lrviz: nothing is recorded here: %r\n" % (error,)).encode())
    # What the program imports is found as without us; processes that it starts find us by PYTHONPATH.
    sys.path[:] = [each for each in sys.path if os.path.abspath(each or ".") != here]


_start()
_ours = sys.modules.pop(__name__)
try:
    import sitecustomize  # type: ignore  # noqa: F401 - the one that ours hides
except ImportError as _error:
    if _error.name != __name__:
        raise
    sys.modules[__name__] = _ours
