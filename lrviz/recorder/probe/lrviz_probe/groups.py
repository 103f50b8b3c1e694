"""The parameter groups of one optimizer: which of their values are recorded, and their last values."""

from array import array
from operator import is_not

from .devices import Asked

_KEYS = (
    ("momentum", "momentum"),
    ("betas", "beta1"),
    ("beta1", "beta1"),
    ("weight_decay", "weight_decay"),
    ("d", "d"),
)
"""Keys of a parameter group that are recorded beside its lr, with the name of the value."""
_UNKNOWN = object()
"""The last value of one that may change in place: equal to nothing, so that the value is read each time."""


class Row:
    """Values of the groups, side by side. slots: theirs; seen: the objects that they were last.

    numbers: what was recorded last. Values are compared by identity first: most have not changed,
    and a tensor need not be read.
    """

    __slots__ = ("_codes", "_watch", "numbers", "seen", "slots")

    def __init__(self, watch):
        self._watch = watch
        self.slots = []
        self.seen = []
        self.numbers = []
        self._codes = {}

    def add(self, slot):
        """Add one more value."""
        self.slots.append(slot)
        self.seen = [*self.seen, _UNKNOWN]
        self.numbers = [*self.numbers, None]
        self._codes.clear()

    def cut(self, length):
        """Forget the values after the first."""
        self.slots, self.seen, self.numbers = self.slots[:length], self.seen[:length], self.numbers[:length]
        self._codes.clear()

    def take(self, values, kind, asked):
        """Record the values that have changed; asked: takes requests to devices."""
        writer, slots, numbers = self._watch.writer, self.slots, self.numbers
        for value, last in zip(values, numbers):
            if value.__class__ is not float or value == last or value != value:
                break
        else:
            # All have changed to finite numbers, as at the tick of a scheduler.
            if len(values) == 1:
                writer.number(slots[0] << 3 | kind, values[0])
            else:
                writer.numbers(self._codes.get(kind) or self._coded(kind), values)
            self.seen = self.numbers = values
            return
        self.seen, self.numbers = seen, numbers = list(self.seen), list(numbers)
        for at, value in enumerate(values):
            if value is seen[at]:
                continue
            number, fixed = _number(value)
            seen[at] = value if fixed else _UNKNOWN
            if number is None:
                asked.ask(self, at, value)
            elif _differ(number, numbers[at]):
                writer.number(slots[at] << 3 | kind, number)
                numbers[at] = number

    def _coded(self, kind):
        self._codes[kind] = found = array("I", [slot << 3 | kind for slot in self.slots])
        return found


class Groups:
    """The groups of an optimizer. lrs: the lr of each; others: all other values; asked: takes requests to devices."""

    __slots__ = ("_index", "_keys", "_others", "_watch", "asked", "lrs", "others")

    def __init__(self, watch, optimized):
        self._watch = watch
        self._index = optimized.index
        self._keys = []
        self._others = []
        self.lrs = Row(watch)
        self.others = Row(watch)
        self.asked = Asked(watch, optimized)

    def look(self, groups, kind):
        """Record what has changed since the last look.

        kind: SET by the program, SET_BY the tick or event before.
        """
        try:
            # Plain loops, with few calls: an update must not become slower.
            if len(groups) == len(self._others):
                for group, lr, others in zip(groups, self.lrs.seen, self._others):
                    if group["lr"] is not lr:
                        break
                    for key, value in others:
                        if group[key] is not value:
                            break
                    else:
                        continue
                    break
                else:
                    return
        except KeyError:
            pass
        with self._watch.lock:
            self.look_at_lr(groups, kind)
            values = [group.get(key) for keys, group in zip(self._keys, groups) for key in keys]
            if any(map(is_not, values, self.others.seen)):
                self.others.take(values, kind, self.asked)
                self._pair()

    def look_at_lr(self, groups, kind):
        """Do what `look` does, for lrs only: most ticks change nothing else."""
        row = self.lrs
        try:
            if len(groups) == len(row.seen):
                for group, lr in zip(groups, row.seen):
                    if group["lr"] is not lr:
                        break
                else:
                    return
        except KeyError:
            pass
        with self._watch.lock:
            if len(groups) != len(row.seen):
                self._fit(groups)
            row.take([group.get("lr") for group in groups], kind, self.asked)

    def _pair(self):
        """Pair the other values of each group with their keys, for `look`."""
        values = iter(self.others.seen)
        self._others = [tuple([(key, next(values)) for key in keys]) for keys in self._keys]

    def _fit(self, groups):
        """Add groups that are new, and forget those that are missing."""
        watch = self._watch
        kept = min(len(groups), len(self._keys))
        self.lrs.cut(kept)
        self.others.cut(sum(map(len, self._keys[:kept])))
        del self._keys[kept:]
        for at in range(kept, len(groups)):
            group = groups[at]
            names = {}
            for key, name in _KEYS:
                if _tells(group.get(key)):
                    names.setdefault(name, key)
            self.lrs.add(self._slot(at, "lr"))
            for name in names:
                self.others.add(self._slot(at, name))
            self._keys.append(tuple(names.values()))
            told = {"e": "added", "o": self._index, "g": at}
            if isinstance(group.get("name"), str):
                told["name"] = group["name"][:80]
            watch.event(told)
        self._pair()

    def _slot(self, group, name):
        slot = self._watch.next("slot")
        self._watch.writer.event({"e": "slot", "v": slot, "o": self._index, "g": group, "name": name})
        return slot


def _tells(value):
    """Return whether a group's value is worth a slot."""
    return value is not None and not isinstance(value, (bool, str))


def _differ(number, last):
    """Return whether a number differs from the last one, None at first; NaN equals NaN."""
    return number != last and (number == number or last is None or last == last)


def _number(value):
    """Return a value as a number, None if a device must be asked for it; and whether it is immutable."""
    if isinstance(value, (float, int)) and not isinstance(value, bool):
        return float(value), True
    if value is None or isinstance(value, bool):
        return float("nan"), True
    if isinstance(value, (tuple, list)) and value:
        number, fixed = _number(value[0])
        return number, fixed and isinstance(value, tuple)
    if not getattr(value, "is_cpu", True):
        return (None if getattr(value, "is_cuda", False) else float("nan")), False
    try:
        return float(value), False
    except (TypeError, ValueError, RuntimeError):
        return float("nan"), False
