"""What the probe knows of a program: its optimizers, parameter groups and schedulers, and what they hold.

Optimizers and schedulers are known by id, with a weak reference: nothing is stored in them, because what is would
get into checkpoints.
"""

import inspect
import operator
import os
import sys
import threading
import time
import weakref

from .writer import EVENT, LATE, SET, SET_BY, SKIP, TICK, UPDATE, Writer

MOST = 10_000
"""Optimizers, schedulers and different events that are told of; a program that makes more is recorded without them."""
_KEYS = (
    ("lr", "lr"),
    ("momentum", "momentum"),
    ("betas", "beta1"),
    ("beta1", "beta1"),
    ("weight_decay", "weight_decay"),
    ("d", "d"),
)
"""Keys of a parameter group that are recorded, with the name of the value; the lr first."""
_NOTHING = object()


class Here(threading.local):
    """What this thread is in: a step or a constructor of a scheduler, steps of optimizers."""

    inside = False

    def __init__(self):
        self.steps = []


class Known:
    """An optimizer. groups: a `Group` for each of its groups; lrs: theirs, as ticks saw them last.

    late: what devices have been asked for.
    """

    def __init__(self, index):
        self.index = index
        self.updates = 0
        self.groups = []
        self.lrs = None
        self.late = []


class Group:
    """A parameter group. values: what reads its values; seen: those read last.

    cells: for each value [key, slot, the number recorded last, its place in the tuple]; lr: the slot of the first.
    """

    __slots__ = ("cells", "lr", "seen", "values")

    def __init__(self, cells):
        self.cells = cells
        self.lr = cells[0][1]
        self.values = _reader(cells)
        self.seen = None


class Watch:
    """One recording of this process. path: its file; tails: a folder for tails, None for none.

    updates: after how many of them to interrupt the program, once; 0 for never.
    """

    def __init__(self, path, tails=None, updates=0):
        self._limit = updates
        self._asked = (path, tails)
        self.forked()

    def forked(self):
        """Begin anew: a child of fork has a recording of its own."""
        before = self.__dict__.get("_writer")
        if before is not None:
            before.forget()
        self._lock = threading.RLock()
        self.here = Here()
        self._writer = Writer(*self._asked)
        self._optimizers = {}
        self._schedulers = {}
        self._events = {}
        self._counts = {"optimizer": 0, "scheduler": 0, "site": 0, "slot": 0}
        self._due = 0.0
        self._stopping = self._limit
        self.over = False

    def close(self):
        """Write what there is, and record no more."""
        with self._lock:
            if self.over:
                return
            try:
                for _, known in self._optimizers.values():
                    self._settle(known)
                self._writer.close()
            except Exception as error:
                self.end(error)
            self.over = True

    def end(self, error):
        """Record no more because of an error of ours; the program goes on."""
        if self.over:
            return
        self.over = True
        try:
            os.write(2, ("lrviz: the recording ends here: %s: %s\n" % (type(error).__name__, error)).encode())
            self._writer.forget()
        except OSError:
            pass

    # Optimizers

    def before_update(self, optimizer):
        """Look at the values that an update is made with. Called by a hook of its step.

        Returns whether the program is to be interrupted instead.
        """
        try:
            with self._lock:
                if self.over:
                    return False
                steps = self.here.steps
                if steps and not _within(sys._getframe(3), sys._getframe(2).f_code):
                    # Left behind by steps that have raised.
                    steps.clear()
                known = self._optimizers.get(id(optimizer))
                known = known[1] if known else self._new_optimizer(optimizer)
                if known is None or known in steps:
                    steps.append(None)
                    return False
                if self._stopping and known.updates >= self._stopping and _in_main_thread():
                    self._stopping = 0
                    self._event({"e": "stopped", "o": known.index})
                    self._writer.flush()
                    return True
                if known.late:
                    self._settle(known)
                self._look(known, optimizer.param_groups, SET)
                steps.append(known)
        except Exception as error:
            self.end(error)
        return False

    def updated(self):
        """Count the update whose step has ended last."""
        try:
            with self._lock:
                steps = self.here.steps
                known = steps.pop() if steps else None
                if known is None or self.over:
                    return
                known.updates += 1
                now = time.time()
                if now >= self._due:
                    self._go_on(now)
                self._writer.update(known.index << 3 | UPDATE, now)
        except Exception as error:
            self.end(error)

    def _go_on(self, now):
        """Begin the recording, or write what the last second has brought."""
        if self._writer.opened:
            self._writer.flush()
        else:
            self._begin()
        self._due = now + 1.0

    def made(self, optimizer):
        """Return how many updates an optimizer has made."""
        known = self._optimizers.get(id(optimizer))
        return known[1].updates if known else 0

    def skipped(self, optimizer):
        """Note an update that GradScaler did not let happen."""
        try:
            with self._lock:
                known = None if self.over else self._optimizer(optimizer)
                if known is not None:
                    self._writer.operation(known.index << 3 | SKIP)
        except Exception as error:
            self.end(error)

    def _begin(self):
        self._writer.event(
            {
                "e": "process",
                "pid": os.getpid(),
                "rank": _rank(),
                "began": time.time(),
                "python": ".".join(map(str, sys.version_info[:3])),
                "torch": str(getattr(sys.modules.get("torch"), "__version__", "")),
            }
        )
        self._writer.open()

    def _optimizer(self, optimizer):
        known = self._optimizers.get(id(optimizer))
        return known[1] if known else self._new_optimizer(optimizer)

    def _new_optimizer(self, optimizer):
        groups = optimizer.param_groups
        known = None
        for reference, each in list(self._optimizers.values()):
            other = reference()
            if other is not None and other.param_groups is groups:
                known = each
        if known is None:
            index = self._next("optimizer")
            if index is None:
                return None
            known = Known(index)
            name = type(_wrapped(optimizer))
            self._writer.event({"e": "optimizer", "o": index, "name": name.__name__, "module": name.__module__})
        self._remember(self._optimizers, optimizer, known)
        return known

    def _look(self, known, groups, kind):
        """Record what has changed since the last look.

        kind: SET by the program, SET_BY the tick or event before.
        """
        if len(groups) != len(known.groups):
            self._new_groups(known, groups)
        writer = self._writer
        for group, own in zip(groups, known.groups):
            try:
                values = own.values(group)
            except KeyError:
                values = tuple(group.get(cell[0]) for cell in own.cells)
            seen = own.seen
            if values == seen:
                continue
            own.seen = values
            for cell, value in zip(own.cells, values):
                if value.__class__ is float:
                    if value != cell[2] and (value == value or cell[2] is None or cell[2] == cell[2]):
                        writer.number(cell[1] << 3 | kind, value)
                        cell[2] = value
                elif seen is None or value is not seen[cell[3]]:
                    self._changed(known, own, cell, value, kind)

    def _look_at_lr(self, known, groups, kind):
        """Do what `_look` does as far as lrs go, which is all that most ticks change, in less time."""
        owns = known.groups
        if len(groups) != len(owns):
            self._look(known, groups, kind)
            return
        lrs = [group.get("lr") for group in groups]
        if lrs == known.lrs:
            return
        changed = []
        for own, lr in zip(owns, lrs):
            if lr.__class__ is not float or own.seen is None:
                # A value that may change in place is always looked at.
                known.lrs = None
                self._look(known, groups, kind)
                return
            if lr != own.seen[0]:
                changed.append((own, lr))
        known.lrs = lrs
        if any(lr != lr for lr in lrs):
            self._look(known, groups, kind)
            return
        self._writer.numbers([(own.lr << 3 | kind, lr) for own, lr in changed])
        for own, lr in changed:
            own.cells[0][2] = lr
            own.seen = (lr,) + own.seen[1:]

    def _changed(self, known, own, cell, value, kind):
        number, fixed = _number(value)
        if not fixed:
            # It may change in place, so that it is looked at each time.
            own.seen = None
        if number is None:
            self._ask(known, cell, value)
            return
        last = cell[2]
        if number != last and (number == number or last is None or last == last):
            self._writer.number(cell[1] << 3 | kind, number)
            cell[2] = number

    def _new_groups(self, known, groups):
        for at in range(len(known.groups), len(groups)):
            group = groups[at]
            cells = []
            taken = set()
            for key, name in _KEYS:
                if key != "lr" and (name in taken or not _tells(group.get(key, _NOTHING))):
                    continue
                taken.add(name)
                slot = self._next("slot")
                self._writer.event({"e": "slot", "v": slot, "o": known.index, "g": at, "name": name})
                cells.append([key, slot, None, len(cells)])
            known.groups.append(Group(cells))
            told = {"e": "added", "o": known.index, "g": at}
            if isinstance(group.get("name"), str):
                told["name"] = group["name"][:80]
            self._event(told)
            if group.get("fused"):
                self._event({"e": "fused", "o": known.index})
        del known.groups[len(groups) :]

    def _ask(self, known, cell, value):
        """Ask a device for a value without waiting for it: the answer is looked at when the next update is made."""
        torch = sys.modules["torch"]
        kept = torch.empty(value.shape, dtype=value.dtype, pin_memory=True)
        kept.copy_(value.detach(), non_blocking=True)
        done = torch.cuda.Event()
        done.record()
        known.late.append((known.updates, cell, kept, done))

    def _settle(self, known):
        """Record what devices have answered."""
        while known.late and known.late[0][3].query():
            update, cell, kept, _ = known.late.pop(0)
            number = float(kept)
            if number != cell[2]:
                self._writer.late(cell[1] << 3 | LATE, update, number)
                cell[2] = number

    # Schedulers

    def before_tick(self, scheduler):
        """Record what the program has set since the last look, which a tick may replace.

        Returns what is known of the scheduler, for `ticked`.
        """
        try:
            with self._lock:
                known = self._schedulers.get(id(scheduler))
                known = known[1] if known else self._new_scheduler(scheduler)
                if known is not None and known[2] is not None:
                    self._look_at_lr(known[2], scheduler.optimizer.param_groups, SET)
                return known
        except Exception as error:
            self.end(error)
        return None

    def ticked(self, scheduler, known, caller):
        """Count a tick; caller: the frame that made it."""
        try:
            with self._lock:
                if known is None or self.over:
                    return
                index, sites, held = known
                site = sites.get((id(caller.f_code), caller.f_lineno))
                if site is None:
                    site = self._new_site(index, sites, caller)
                self._writer.operation(site[0] << 3 | TICK)
                if held is not None:
                    self._look_at_lr(held, scheduler.optimizer.param_groups, SET_BY)
        except Exception as error:
            self.end(error)

    def _new_site(self, index, sites, caller):
        number = self._next("site")
        if number is None:
            return next(iter(sites.values()))
        self._writer.event({"e": "site", "t": number, "s": index, "at": place(caller)})
        # The code object is kept, so that its id stays its own.
        site = sites[(id(caller.f_code), caller.f_lineno)] = (number, caller.f_code)
        return site

    def before_building(self, positional, named):
        """Record what a constructor of a scheduler, called with these arguments, may replace."""
        try:
            with self._lock:
                optimizer = named.get("optimizer", positional[0] if positional else None)
                if isinstance(getattr(optimizer, "param_groups", None), list) and not self.over:
                    known = self._optimizer(optimizer)
                    if known is not None:
                        self._look(known, optimizer.param_groups, SET)
        except Exception as error:
            self.end(error)

    def built(self, scheduler, arguments, caller):
        """Note a scheduler that has been built; arguments: what its class was called with, itself included."""
        try:
            with self._lock:
                if self.over:
                    return
                known = self._new_scheduler(scheduler, self._arguments(scheduler, arguments))
                if known is None:
                    return
                self._event({"e": "built", "s": known[0], "at": place(caller)})
                if known[2] is not None:
                    self._look(known[2], scheduler.optimizer.param_groups, SET_BY)
        except Exception as error:
            self.end(error)

    def loaded(self, one, caller):
        """Note that a scheduler, or an optimizer, has loaded a state."""
        try:
            with self._lock:
                if self.over:
                    return
                if hasattr(one, "param_groups"):
                    told, known, holder = "o", self._optimizer(one), one
                    index = known and known.index
                else:
                    known = self._schedulers.get(id(one))
                    index, _, known = known[1] if known else self._new_scheduler(one) or (None, None, None)
                    told, holder = "s", getattr(one, "optimizer", None)
                if index is None:
                    return
                self._event({"e": "loaded", told: index, "at": place(caller)})
                if known is not None:
                    self._look(known, holder.param_groups, SET_BY)
        except Exception as error:
            self.end(error)

    def _held(self, scheduler):
        optimizer = getattr(scheduler, "optimizer", None)
        if self.over or not isinstance(getattr(optimizer, "param_groups", None), list):
            return None
        return self._optimizer(optimizer)

    def _new_scheduler(self, scheduler, told=None):
        """Return what is known of a scheduler: its index, its sites, and the optimizer that it holds."""
        index = None if self.over else self._next("scheduler")
        if index is None:
            return None
        held = self._held(scheduler)
        name = type(scheduler)
        event = {"e": "scheduler", "s": index, "name": name.__name__, "module": name.__module__}
        event["o"] = None if held is None else held.index
        self._writer.event({**event, **(told or {})})
        known = (index, {}, held)
        self._remember(self._schedulers, scheduler, known)
        return known

    def _arguments(self, scheduler, arguments):
        positional, named = arguments
        try:
            bound = inspect.signature(type(scheduler).__init__).bind(scheduler, *positional, **named)
        except (TypeError, ValueError):
            return {}
        bound.apply_defaults()
        values = {}
        for name, value in list(bound.arguments.items())[1:]:
            if isinstance(value, dict) and name in ("kwargs", "kw"):
                values.update(value)
            elif value is not getattr(scheduler, "optimizer", _NOTHING):
                values[name] = value
        members = [
            known[1][0]
            for value in values.values()
            for each in (value if isinstance(value, (list, tuple)) else [value])
            for known in [self._schedulers.get(id(each))]
            if known
        ]
        return {"arguments": {name: _plain(value) for name, value in values.items()}, "members": members}

    # Both

    def _event(self, told):
        """Note where in the order of things something happens that is told in JSON, once for each kind of it."""
        key = tuple(told.items())
        number = self._events.get(key)
        if number is None:
            number = len(self._events)
            if number >= MOST:
                return
            self._events[key] = number
            self._writer.event({**told, "n": number})
        self._writer.operation(number << 3 | EVENT)

    def _next(self, what):
        number = self._counts[what]
        if number >= MOST and what != "slot":
            return None
        self._counts[what] = number + 1
        return number

    def _remember(self, where, one, known):
        key = id(one)
        where[key] = (weakref.ref(one, lambda gone: _forget(where, key, gone)), known)


def _forget(where, key, gone):
    if key in where and where[key][0] is gone:
        del where[key]


def _wrapped(optimizer):
    """Return what an optimizer of accelerate or Lightning hands its steps on to, others as they are."""
    held = getattr(optimizer, "__dict__", {})
    for name in ("optimizer", "_optimizer"):
        inner = held.get(name)
        if inner is not optimizer and getattr(inner, "param_groups", None) is optimizer.param_groups:
            return _wrapped(inner)
    return optimizer


def place(frame):
    """Return where a frame is: "train.py:41"."""
    return "%s:%d" % (frame.f_code.co_filename, frame.f_lineno)


def _reader(cells):
    """Return what reads the values of cells from a group, as a tuple."""
    # Of one key an itemgetter gives no tuple.
    keys = [cell[0] for cell in cells]
    return operator.itemgetter(*keys) if len(keys) > 1 else lambda group: (group[keys[0]],)


def _number(value):
    """Return the number that a value is, None for what a device must be asked; and whether it cannot change."""
    if value.__class__ is float:
        return value, True
    if value is None or isinstance(value, bool):
        return float("nan"), True
    if isinstance(value, int):
        return float(value), True
    if isinstance(value, (tuple, list)) and value:
        number, fixed = _number(value[0])
        return number, fixed and isinstance(value, tuple)
    if not getattr(value, "is_cpu", True):
        return (None if getattr(value, "is_cuda", False) else float("nan")), False
    try:
        return float(value), False
    except (TypeError, ValueError, RuntimeError):
        return float("nan"), False


def _tells(value):
    """Return whether a group's value is worth a slot."""
    return value is not _NOTHING and value is not None and not isinstance(value, (bool, str))


def _plain(value):
    """Return an argument as a recording holds it: numbers, bools, short strings, else the name of its type."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return value if len(value) <= 40 else "str"
    few = isinstance(value, (list, tuple)) and 0 < len(value) <= 100
    if few and all(isinstance(each, (int, float)) and not isinstance(each, bool) for each in value):
        return list(value)
    return type(value).__name__


def _rank():
    """Return this process's rank: of torch.distributed, else what a launcher says; None where there is none."""
    for name in ("RANK", "LOCAL_RANK"):
        if os.environ.get(name, "").isdigit():
            return int(os.environ[name])
    distributed = sys.modules.get("torch.distributed")
    try:
        return distributed.get_rank() if distributed.is_initialized() else None
    except Exception:
        return None


def _in_main_thread():
    return threading.current_thread() is threading.main_thread()


def _within(frame, code):
    """Return whether a frame lies within a call of some code."""
    while frame is not None:
        if frame.f_code is code:
            return True
        frame = frame.f_back
    return False
