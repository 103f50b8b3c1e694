"""The rest of a run: copies of the schedulers, stepped over stand-ins for the optimizers at the cadence that was seen.

Copies are made once a second during the run, because at its end the schedulers may no longer exist, and stepped then.
Their values are a stream of their own in the recording. This never takes longer than `SECONDS`.
"""

import functools
import gc
import random
import sys
import time
import warnings

from .cadence import Cadence, watches_loss
from .code import Refused
from .copies import Copier
from .horizon import steps_left
from .writer import SET, UPDATE, Writer

SECONDS = 5.0
"""How long the copies may be stepped; later updates are not projected."""
MOST = 64
"""The most optimizers that are projected."""
_KEYS = (("lr", "lr"), ("momentum", "momentum"), ("betas", "beta1"), ("weight_decay", "weight_decay"))
_NOT_STEPPED = "%s has not been stepped: it is not known when it will be"


class Kept:
    """Copies of one optimizer's schedulers. moment: updates made or skipped, made: updates made, when they were copied.

    schedulers: for each the copy, its cadence, and its place in that. refused: why there are none; reads: what
    their functions read, as text; groups: the id of the groups; copied: the ids of the objects that have a copy.
    held: the schedulers that held the optimizer.
    """

    def __init__(self, moment, made, held):
        self.held = {index for index, _, _ in held}
        self.moment = moment
        self.made = made
        self.schedulers = []
        self.optimizer = None
        self.copier = Copier()
        self.refused = ""
        self.reads = ""
        self.groups = 0
        self.copied = frozenset()


class Projector:
    """Keeps copies for one recording, and steps them when it ends. until: updates to project to, 0 for all stated.

    schedulers: by id, a weak reference to each, and what is known of it.
    """

    def __init__(self, until, schedulers):
        self._until = until
        self._schedulers = schedulers
        self._cadences = {}
        self._skips = {}
        self._kept = {}
        self._first = {}
        self._due = 0.0
        self._stopped = False

    def stop(self):
        """Copy the schedulers of a program that the recorder interrupts."""
        self._stopped = True
        self.keep()

    def skipped(self, known):
        """Count an update that was not made."""
        self._skips[known.index] = self._skips.get(known.index, 0) + 1

    def ticked(self, scheduler, index, known, arguments=()):
        """Count a step of a scheduler; arguments: what it was called with, names (or None) and values."""
        cadence = self._cadences.get(index)
        new = cadence is None
        if new:
            cadence = self._cadences[index] = Cadence()
        moment = known.updates + self._skips.get(known.index, 0) if self._skips else known.updates
        if moment != cadence.at and len(self._cadences) > 1:
            cadence.after = [each for each, other in self._cadences.items() if other.at == moment]
        cadence.tick(moment)
        if arguments:
            cadence.called(scheduler, arguments)
        if new:
            # What it reads is compared from the beginning on.
            self.keep(only=known)

    def keep(self, now=None, only=None):
        """Copy the schedulers as they are; now: the time, where it may be too early to do so again.

        only: the optimizer whose schedulers are copied, None for all.
        """
        if now is not None and now < self._due:
            return
        began = time.perf_counter()
        of_each = {}
        for reference, scheduled in list(self._schedulers.values()):
            scheduler, known = reference(), scheduled and scheduled.held
            if scheduler is not None and known is not None and only in (None, known):
                of_each.setdefault(known.index, []).append((scheduled.index, scheduler, known))
        for number, held in of_each.items():
            before = self._kept.get(number)
            if now is None and only is None and before and before.held > {index for index, _, _ in held}:
                continue  # The program is ending: some of them no longer exist.
            if any(index in self._cadences for index, _, _ in held) and (
                number in self._kept or len(self._kept) < MOST
            ):
                self._kept[number] = self._copies(held)
        if now is not None:
            # Copying takes no noticeable share of a run.
            self._due = now + 200 * (time.perf_counter() - began)

    def _copies(self, held):
        known = held[0][2]
        kept = Kept(known.updates + self._skips.get(known.index, 0), known.updates, held)
        try:
            for index, scheduler, _ in sorted(held, key=lambda each: each[0]):
                cadence = self._cadences.get(index)
                if cadence is None:
                    continue
                if cadence.watches or watches_loss(scheduler):
                    raise Refused("%s watches the loss" % type(scheduler).__name__)
                kept.optimizer = scheduler.optimizer
                copy = kept.copier.copy(scheduler)
                kept.schedulers.append((index, copy, cadence, (cadence.at, cadence.times, cadence.made, cadence.given)))
            kept.reads = kept.copier.told()
            which = known.index, *(each[0] for each in kept.schedulers)
            if self._first.setdefault(which, kept.reads) != kept.reads:
                raise Refused("what the schedule reads was changed by the program")
            kept.copied = frozenset(kept.copier.copied)
            for index, scheduler, _ in held:
                if index not in self._cadences and id(scheduler) not in kept.copied:
                    raise Refused(_NOT_STEPPED % type(scheduler).__name__)
            kept.groups = id(kept.optimizer.param_groups)
            kept.optimizer = kept.copier.done(kept.optimizer)
        except Refused as refused:
            kept.refused = str(refused)
        except Exception as error:
            kept.refused = "its schedulers cannot be copied: %r" % (error,)
        return kept

    def write(self, path, process):
        """Step the copies and write their values; process: whose they are."""
        if not self._kept:
            return
        states = _random_states()
        writer = Writer(path, None)
        interrupted = issubclass(getattr(sys, "last_type", None) or Exception, KeyboardInterrupt)
        asked = bool(self._until or interrupted or self._stopped)
        writer.event({"e": "projection", "of": "%016x" % process, "asked": asked})
        writer.open()
        end = time.monotonic() + SECONDS
        slots = 0
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                for number, kept in self._kept.items():
                    slots = self._project(writer, number, kept, slots, end)
        except BaseException:
            pass  # Ctrl-C, or a full disk: the projection ends here.
        finally:
            _restore(states)
            writer.close()

    def _project(self, writer, number, kept, slots, end):
        writer.event({"e": "optimizer", "o": number, "name": "", "module": ""})
        told = {"e": "projected", "o": number, "from": kept.made, "until": 0, "why": kept.refused}
        rows = None
        try:
            if not kept.refused:
                steps = _in_order([_Steps(*each, kept.moment) for each in kept.schedulers])
                told["until"] = self._end(steps, kept)
                if told["until"] > kept.made:
                    _look_for_others(kept)
                rows = _Rows(writer, number, kept.optimizer.param_groups, slots)
                before = _random_states()
                _run(steps, kept, rows, told["until"], end)
                if _plain(_random_states()) != _plain(before):
                    raise Refused("its function draws random numbers")
                if kept.copier.told() != kept.reads:
                    raise Refused("its function changes what it reads")
        except Refused as refused:
            told["why"] = str(refused)
        except OSError:
            raise
        except Exception as error:
            told["why"] = "the copy could not be stepped: %s: %s" % (type(error).__name__, str(error)[:200])
        writer.event(told)
        return rows.slots if rows else slots

    def _end(self, steps, kept):
        """Return the updates to project to."""
        if self._until:
            return self._until
        known = [(each.end(), each.name) for each in steps]
        ends = [end for end, _ in known if end is not None]
        if not ends:
            names = " and ".join(name for _, name in known)
            raise Refused("%s state%s no end; --until N gives one" % (names, "s" if len(known) == 1 else ""))
        return max(ends) - (kept.moment - kept.made)


class _Steps:
    """A copied scheduler, and the moments at which it is due."""

    def __init__(self, index, scheduler, cadence, was, moment):
        self.index = index
        self.name = type(scheduler).__name__
        self.cadence = cadence
        self._scheduler = scheduler
        at, times, self._made, given = was
        gap, repeat = cadence.gap, cadence.repeat
        unknown = cadence.unknown(at, moment)
        if unknown:
            raise Refused("%s %s" % (self.name, unknown))
        if gap is None:
            # Stepped once, as after the first epoch.
            gap, repeat = cadence.at, cadence.times
        repeat = repeat or times
        self.gap, self.repeat = gap, repeat
        self.left = max(repeat - times, 0) if at == moment else 0
        self.due = moment if self.left else at + gap
        self.left = self.left or repeat
        if self.due < moment:
            raise Refused("%s is not stepped any longer" % self.name)
        self._name, self._value = given or (None, None)
        self._grows = cadence.grows or (1 if given else None)

    def end(self):
        """Return the moment of the last step that the scheduler states, None where it states no end."""
        made = self._made if self._value is None else self._value
        left = steps_left(self._scheduler, made)
        if left is None:
            return None
        return self.due + max(-(-(left + self.repeat - self.left) // self.repeat) - 1, 0) * self.gap if left > 0 else 0

    def step(self):
        """Make the steps that are due, and compute when the next are."""
        for _ in range(self.left):
            if self._value is None:
                self._scheduler.step()
                continue
            self._value += self._grows
            if getattr(self._scheduler, "t_in_epochs", True):
                step = self._scheduler.step
            else:
                step = self._scheduler.step_update
            if self._name is None:
                step(self._value)
            else:
                step(**{self._name: self._value})
        self.left = self.repeat
        self.due += self.gap


class _Rows:
    """Writes the values of the stand-ins' groups, as of updates made with them."""

    def __init__(self, writer, number, groups, slots):
        self._writer = writer
        self._update = number << 3 | UPDATE
        self._cells = []
        self.slots = slots
        for at, group in enumerate(groups):
            for key, name in _KEYS:
                if key in group:
                    writer.event({"e": "slot", "v": self.slots, "o": number, "g": at, "name": name})
                    self._cells.append([group, key, self.slots << 3 | SET, None])
                    self.slots += 1

    def look(self):
        """Write what has changed."""
        for cell in self._cells:
            value = cell[0][cell[1]]
            if value.__class__ is not float:
                value = float(value[0] if isinstance(value, (tuple, list)) else value)
            if value != cell[3]:
                cell[3] = value
                self._writer.number(cell[2], value)

    def update(self):
        """Write an update."""
        self._writer.operation(self._update)


def _run(steps, kept, rows, until, end):
    rows.look()
    moment = kept.moment
    due = min(each.due for each in steps)
    for made in range(kept.made, until):
        if moment >= due:
            for each in steps:
                if each.due == moment:
                    each.step()
            due = min(each.due for each in steps)
            rows.look()
        rows.update()
        moment += 1
        if not made & 255 and time.monotonic() > end:
            return


def _look_for_others(kept):
    """Refuse where a scheduler that was built before the recording began has not been stepped yet."""
    classes = [sys.modules["torch.optim.lr_scheduler"].LRScheduler]
    for cls in classes:
        classes += cls.__subclasses__()
    known = frozenset(classes)
    for each in gc.get_objects():
        if type(each) in known and id(each) not in kept.copied:
            groups = getattr(vars(each).get("optimizer"), "param_groups", None)
            if id(groups) == kept.groups:
                raise Refused(_NOT_STEPPED % type(each).__name__)


def _in_order(steps):
    """Return schedulers in the order in which they are stepped where several are due at once."""

    def compare(one, other):
        # The one that is stepped less often has recorded which ones were stepped before it.
        rarer, often = (one, other) if one.gap >= other.gap else (other, one)
        late = often.index in rarer.cadence.after
        return 1 if (rarer is one) == late else -1

    return sorted(steps, key=functools.cmp_to_key(compare))


def _random_states():
    """Return pairs of functions that read and write the random states."""
    torch = sys.modules["torch"]
    found = [(random.setstate, random.getstate()), (torch.set_rng_state, torch.get_rng_state())]
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        found.append((numpy.random.set_state, numpy.random.get_state()))
    return found


def _plain(state):
    """Return random states in a form that can be compared."""
    if isinstance(state, (tuple, list)):
        return [_plain(each) for each in state]
    return state.tolist() if hasattr(state, "tolist") else state


def _restore(states):
    for write, state in states:
        write(state)
