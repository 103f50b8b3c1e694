"""Optimizers, and the updates that they make: the outermost `step` of those that share their parameter groups."""

import sys
import threading
import time

from .groups import Groups
from .registry import Registry
from .writer import SET, SKIP, UPDATE


class Optimized:
    """An optimizer. updates: how many it has made; groups: what is known of its groups."""

    __slots__ = ("groups", "index", "update", "updates")

    def __init__(self, watch, index):
        self.index = index
        self.update = index << 3 | UPDATE
        self.updates = 0
        self.groups = Groups(watch, self)


class Optimizers:
    """All optimizers of this process. limit: after how many updates to interrupt the program, once; 0 for never."""

    def __init__(self, watch, limit):
        self._watch = watch
        self._limit = limit
        self._registry = Registry()
        self._by_groups = Registry()

    def before_update(self, optimizer):
        """Record the values that an update is made with. Called by a hook of its step.

        Returns whether the program is to be interrupted instead.
        """
        watch = self._watch
        steps = watch.here.steps
        if steps and not _within(sys._getframe(3), sys._getframe(2).f_code):
            # Left over from steps that have raised.
            steps.clear()
        entry = self._registry.get(id(optimizer))
        known = entry[1] if entry else self.new(optimizer)
        if known is None or known in steps:
            steps.append(None)
            return False
        if self._limit and known.updates >= self._limit and _in_main_thread():
            self._limit = 0
            with watch.lock:
                watch.event({"e": "stopped", "o": known.index})
                watch.projector.stop()
                watch.writer.flush()
            return True
        groups = known.groups
        if groups.asked:
            groups.asked.settle()
        groups.look(optimizer.param_groups, SET)
        if not known.updates and hasattr(optimizer, "found_inf"):
            # Set by GradScaler: a fused optimizer skips updates inside its step.
            with watch.lock:
                watch.event({"e": "fused", "o": known.index})
        steps.append(known)
        return False

    def updated(self):
        """Count the update whose step has ended last."""
        watch = self._watch
        steps = watch.here.steps
        known = steps.pop() if steps else None
        if known is None:
            return
        now = time.time()
        with watch.lock:
            known.updates += 1
            if now >= watch.due:
                watch.go_on(now)
            watch.writer.update(known.update, now)

    def made(self, optimizer):
        """Return how many updates an optimizer has made."""
        known = self._registry.known(optimizer)
        return known.updates if known else 0

    def scaled(self, optimizer, made):
        """Note an update that GradScaler skipped; made: how many there were before."""
        known = self.known(optimizer)
        if known is not None and known.updates == made:
            with self._watch.lock:
                self._watch.projector.skipped(known)
                self._watch.writer.operation(known.index << 3 | SKIP)

    def settle(self):
        """Record what devices have answered."""
        for _, known in list(self._registry.values()):
            if known is not None:
                known.groups.asked.settle()

    def known(self, optimizer):
        """Return what is known of an optimizer, None if there are too many."""
        entry = self._registry.get(id(optimizer))
        return entry[1] if entry else self.new(optimizer)

    def new(self, optimizer):
        """Start recording an optimizer that is new."""
        watch = self._watch
        with watch.lock:
            known = self._sharing(optimizer.param_groups)
            index = watch.next("optimizer") if known is None else None
            if index is not None:
                known = Optimized(watch, index)
                cls = type(_wrapped(optimizer))
                watch.writer.event({"e": "optimizer", "o": index, "name": cls.__name__, "module": cls.__module__})
            self._registry.keep(optimizer, known)
            self.grouped(optimizer, known)
        return known

    def _sharing(self, groups):
        """Return what is known of an optimizer that has this very list of groups."""
        reference, known = self._by_groups.get(id(groups), (None, None))
        other = reference and reference()
        return known if other is not None and other.param_groups is groups else None

    def grouped(self, optimizer, known):
        """Register an optimizer by the list of its groups, which loading a state replaces."""
        self._by_groups.keep(optimizer, known, id(optimizer.param_groups))


def _wrapped(optimizer):
    """Return the optimizer inside a wrapper of accelerate or Lightning; others as they are."""
    held = getattr(optimizer, "__dict__", {})
    for name in ("optimizer", "_optimizer"):
        inner = held.get(name)
        if inner is not optimizer and getattr(inner, "param_groups", None) is optimizer.param_groups:
            return _wrapped(inner)
    return optimizer


def _in_main_thread():
    return threading.current_thread() is threading.main_thread()


def _within(frame, code):
    """Return whether a frame is inside a call of some code."""
    while frame is not None:
        if frame.f_code is code:
            return True
        frame = frame.f_back
    return False
