"""The probe: it records learning rates inside the user's process, without changing anything there.

Standard library only, in the syntax of Python 3.9; nothing of lrviz is imported here. An error of the probe's own ends
the recording with a line on stderr, never the program.
"""

import os
import sys

VARIABLE = "LRVIZ_RECORD"
"""The environment variable that tells the probe what to do: updates, until, the paths of recording and tails, with `:`.

The paths are given in hex, so that no path needs escaping.
"""


def told(path, tails, updates=0, until=0):
    """Return the value of `VARIABLE`; updates: after how many to interrupt the program, 0 never.

    until: updates that the rest of the run is projected to, 0 for as many as the schedulers state.
    """
    return "%d:%d:%s:%s" % (updates, until, os.fsencode(path).hex(), os.fsencode(tails).hex())


def start():
    """Wait for the program to import torch, if the environment asks for a recording."""
    asked = os.environ.get(VARIABLE)
    if not asked:
        return
    updates, until, path, tails = asked.split(":")
    path, tails = (os.fsdecode(bytes.fromhex(each)) for each in (path, tails))

    def made():
        import atexit

        from .hooks import Hooks
        from .watch import Watch

        watch = Watch(path, tails, int(updates), int(until))
        atexit.register(watch.safely, watch.close)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=lambda: watch.safely(watch.forked))
        return Hooks(watch)

    sys.meta_path.insert(0, Late(made=made))


class Late:
    """A finder that finds nothing itself: it installs the probe's hooks when a module of `HOOKED` is imported."""

    HOOKED = {
        "torch.optim": "optim",
        "torch.amp.grad_scaler": "scaler",
        "torch.cuda.amp.grad_scaler": "scaler",
        "timm.scheduler.scheduler": "timm",
        "transformers.optimization": "transformers",
    }

    def __init__(self, hooks=None, made=None):
        self._hooks = hooks
        self._made = made
        self._busy = set()

    def find_spec(self, name, path=None, target=None):
        """Return the spec that other finders find, with a loader that reports its run; None for other modules."""
        if name not in self.HOOKED or name in self._busy:
            return None
        from importlib.machinery import ModuleSpec
        from importlib.util import find_spec

        self._busy.add(name)
        try:
            spec = find_spec(name)
            loader = spec.loader if isinstance(spec, ModuleSpec) else None
            run = getattr(loader, "exec_module", None)
            if run is None:
                return spec

            def exec_module(module):
                del loader.exec_module
                run(module)
                self.install(name)

            loader.exec_module = exec_module
        except Exception:
            return None
        finally:
            self._busy.discard(name)
        return spec

    def install(self, name):
        """Install the hooks in a module that has been imported."""
        try:
            if self._hooks is None:
                self._hooks = self._made()
            getattr(self._hooks, self.HOOKED[name])(sys.modules[name])
        except Exception as error:
            os.write(2, ("lrviz: nothing is recorded here: %r\n" % (error,)).encode())
