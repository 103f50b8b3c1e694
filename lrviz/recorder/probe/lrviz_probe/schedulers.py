"""Schedulers: where they are built, stepped and restored, and the optimizer that each one holds."""

from .arguments import arguments, plain
from .registry import Registry
from .writer import SET, SET_BY, TICK


class Scheduled:
    """A scheduler. held: what is known of the optimizer that it holds.

    code, instruction: the call that stepped it last; tick: the operation of that; ticks: the operation of each line.
    """

    __slots__ = ("code", "held", "index", "instruction", "tick", "ticks")

    def __init__(self, index, held):
        self.index = index
        self.held = held
        self.code = self.instruction = self.tick = None
        self.ticks = {}


class Schedulers:
    """All schedulers of this process."""

    def __init__(self, watch):
        self._watch = watch
        self.registry = Registry()

    def before_tick(self, scheduler):
        """Record what the program has set since the last look, which a tick may replace.

        Returns what is known of the scheduler, for `ticked`.
        """
        entry = self.registry.get(id(scheduler))
        known = entry[1] if entry else self._new(scheduler)
        if known is not None and known.held is not None:
            known.held.groups.look_at_lr(scheduler.optimizer.param_groups, SET)
        return known

    def ticked(self, scheduler, known, caller, given=()):
        """Count a tick; caller: the frame that made it; given: names, or None, and values that it was given."""
        watch = self._watch
        # The values that a tick sets follow it, whatever other threads do.
        with watch.lock:
            if caller.f_code is not known.code or caller.f_lasti != known.instruction:
                self._stepped_by(known, caller, given)
            if known.tick is None:
                return
            watch.writer.operation(known.tick)
            if known.held is not None:
                watch.projector.ticked(scheduler, known.index, known.held, given)
                known.held.groups.look_at_lr(scheduler.optimizer.param_groups, SET_BY)

    def before_building(self, positional, named):
        """Record what a constructor of a scheduler, called with these arguments, may replace."""
        optimizer = named.get("optimizer", positional[0] if positional else None)
        known = self._held(optimizer)
        if known is not None:
            known.groups.look(optimizer.param_groups, SET)

    def built(self, scheduler, called, caller):
        """Note a scheduler that has been built; called: the arguments, positional and named."""
        watch = self._watch
        with watch.lock:
            known = self._new(scheduler, arguments(scheduler, *called))
            if known is None:
                return
            watch.event({"e": "built", "s": known.index, "at": place(caller)})
            if known.held is not None:
                known.held.groups.look(scheduler.optimizer.param_groups, SET_BY)

    def loaded(self, one, caller):
        """Note that a scheduler, or an optimizer, has loaded a state."""
        watch = self._watch
        with watch.lock:
            if hasattr(one, "param_groups"):
                told, holder, known = "o", one, watch.optimizers.known(one)
                held = known
                watch.optimizers.grouped(one, known)
            else:
                told, holder, known = "s", getattr(one, "optimizer", None), self._known(one)
                held = known and known.held
            if known is None:
                return
            empty = {"empty": True} if told == "o" and not getattr(one, "state", True) else {}
            watch.event({"e": "loaded", told: known.index, "at": place(caller), **empty})
            if held is not None:
                held.groups.look(holder.param_groups, SET_BY)

    def _known(self, scheduler):
        entry = self.registry.get(id(scheduler))
        return entry[1] if entry else self._new(scheduler)

    def _held(self, optimizer):
        if not isinstance(getattr(optimizer, "param_groups", None), list):
            return None
        return self._watch.optimizers.known(optimizer)

    def _new(self, scheduler, called=None):
        """Start recording a scheduler that is new; called: its constructor's arguments, if known."""
        watch = self._watch
        with watch.lock:
            index = watch.next("scheduler")
            known = None
            if index is not None:
                held = self._held(getattr(scheduler, "optimizer", None))
                known = Scheduled(index, held)
                cls = type(scheduler)
                event = {"e": "scheduler", "s": index, "name": cls.__name__, "module": cls.__module__}
                event["o"] = None if held is None else held.index
                if called is not None:
                    event["arguments"] = {name: plain(value) for name, value in called.items()}
                    event["members"] = self._members(called.values())
                watch.writer.event(event)
            self.registry.keep(scheduler, known)
        return known

    def _members(self, values):
        """Return the indices of the schedulers among arguments."""
        found = [each for value in values for each in (value if isinstance(value, (list, tuple)) else [value])]
        return [known.index for each in found for known in [self.registry.known(each)] if known]

    def _stepped_by(self, known, caller, given):
        """Register the line that steps a scheduler, unless there are too many; given: the arguments, if any."""
        code, line = caller.f_code, caller.f_lineno
        # The code object is kept, so that its id is not reused.
        _, tick = known.ticks.get((id(code), line), (None, None))
        number = self._watch.next("site") if tick is None else None
        if number is not None:
            told = {"given": True} if given else {}
            self._watch.writer.event({"e": "site", "t": number, "s": known.index, "at": place(caller), **told})
            tick = number << 3 | TICK
            known.ticks[id(code), line] = (code, tick)
        known.code, known.instruction, known.tick = code, caller.f_lasti, tick


def place(frame):
    """Return where a frame is: "train.py:41"."""
    return "%s:%d" % (frame.f_code.co_filename, frame.f_lineno)
