"""Python runs this at its start if this folder is on PYTHONPATH: the probe, then the sitecustomize that it hides.

Standard library only, in the syntax of Python 3.9; on older versions it does nothing.
"""

import sys


def _start():
    import os

    here = os.path.dirname(os.path.abspath(__file__))
    try:
        if sys.version_info >= (3, 9):
            import lrviz_probe  # type: ignore  # next to this file, which mypy does not know

            lrviz_probe.start()
    except Exception as error:
        os.write(2, ("lrviz: nothing is recorded here: %r\n" % (error,)).encode())
    # The program's imports are found as without this folder; processes that it starts find it by PYTHONPATH.
    sys.path[:] = [each for each in sys.path if os.path.abspath(each or ".") != here]


_start()
_ours = sys.modules.pop(__name__)
try:
    import sitecustomize  # type: ignore  # noqa: F401 - the one that this file hides
except ImportError as _error:
    if _error.name != __name__:
        raise
    sys.modules[__name__] = _ours
