"""Copies of schedulers that can be stepped without the program noticing, over stand-ins for its optimizers.

Plain data are copied, and functions that only compute, together with what they read.

`lrviz.trace` copies in another way (lrviz/engines/real/copying.py) that the probe cannot import: it accepts more, like
the state of a function, and warns of it. What it warns of is refused here; a test checks both.
"""

import builtins
import collections
import functools
import inspect
import sys
import types

from .code import AS_IT_IS, Code, Refused, allow_builtin, of_torch, short

MOST = 20_000
"""The most objects that the schedulers of one optimizer may hold."""
_LARGEST = 4096
"""The most numbers of a tensor or array; a larger one is not a parameter of a schedule."""
_SEQUENCES = (list, tuple, set, frozenset, collections.deque)


class StandIn:
    """An optimizer, as far as schedulers go: its parameter groups, without parameters."""

    _opt_called = True

    def __init__(self, defaults):
        self.defaults = defaults
        self.param_groups = []
        self.state = {}

    def step(self, closure=None):
        """Update nothing."""

    # torch's schedulers warn if this is missing.
    vars(step)["_wrapped_by_lr_sched"] = True


class Copier:
    """Copies objects, each once. stand_ins: by the id of the list of groups; reads: what functions read, and where.

    copied: the ids of the objects that have a copy.
    """

    def __init__(self):
        self.stand_ins = {}
        self.reads = []
        self._copies = {}
        self._kept = []
        self._code = Code()

    def done(self, optimizer):
        """Drop the references to the originals, and return the stand-in of an optimizer."""
        stand_in = self.stand_ins[id(optimizer.param_groups)]
        for each in (self._kept, self._copies, self.stand_ins):
            each.clear()
        return stand_in

    @property
    def copied(self):
        """The ids of the objects that have a copy."""
        return self._copies.keys()

    def copy(self, one):
        """Return a copy of a scheduler.

        Raises Refused where the copy might not be exact.
        """
        found = self._of(one, type(one).__name__)
        self._code.look()
        return found

    def told(self):
        """Return what functions read, as text that differs if a value differs."""
        return repr([(where, _told(value, 0)) for where, value in self.reads])

    def _of(self, value, where):
        if isinstance(value, AS_IT_IS):
            return value
        if id(value) in self._copies:
            return self._copies[id(value)]
        if len(self._copies) > MOST:
            raise Refused("%s holds too much to be copied" % where)
        made = self._made(value, where)
        # No other object gets its id while this one lives.
        self._kept.append(value)
        self._copies[id(value)] = made
        return made

    def _made(self, value, where):
        kind = type(value)
        if isinstance(value, type):
            self._code.add_class(value)
            return value
        if kind in _SEQUENCES:
            copies = [self._of(each, where) for each in value]
            return collections.deque(copies, value.maxlen) if kind is collections.deque else kind(copies)
        if isinstance(value, dict):
            return self._dict(value, where)
        if isinstance(value, tuple) and hasattr(kind, "_fields"):
            return kind(*[self._of(each, where) for each in value])
        if kind is functools.partial:
            keywords = {key: self._of(each, where) for key, each in value.keywords.items()}
            return functools.partial(self._of(value.func, where), *self._of(value.args, where), **keywords)
        if kind is types.FunctionType:
            return self._function(value)
        if kind is types.MethodType:
            return types.MethodType(value.__func__, self._of(value.__self__, where))
        if kind is types.BuiltinFunctionType:
            allow_builtin(value, where)
            return value
        if isinstance(value, sys.modules["torch"].Tensor) or kind.__module__ in ("numpy", "torch"):
            return _numbers(value, where)
        if isinstance(getattr(value, "param_groups", None), list):
            return self._stand_in(value)
        return self._object(value, where)

    def _dict(self, value, where):
        pairs = [(self._of(key, where), self._of(each, where)) for key, each in value.items()]
        if type(value) is collections.defaultdict:
            return collections.defaultdict(value.default_factory, pairs)
        if type(value) not in (dict, collections.OrderedDict, collections.Counter):
            raise Refused("%s holds a %s" % (where, type(value).__name__))
        made = type(value)()
        for key, each in pairs:
            made[key] = each
        return made

    def _stand_in(self, optimizer):
        groups = optimizer.param_groups
        made = self.stand_ins.get(id(groups))
        if made is None:
            made = self.stand_ins[id(groups)] = StandIn(self._plain(getattr(optimizer, "defaults", {})))
            made.param_groups += [self._plain(group) for group in groups]
            self._kept.append(groups)
        return made

    def _plain(self, group):
        """Return the part of a group that can be copied; reading anything else of it fails."""
        found = {"params": []}
        for key, value in group.items():
            if key != "params":
                try:
                    found[key] = self._of(value, str(key))
                except Refused:
                    continue
        return found

    def _object(self, value, where):
        kind = type(value)
        state = getattr(value, "__dict__", None)
        if not isinstance(state, dict) or hasattr(value, "__next__"):
            raise Refused("%s holds a %s, which cannot be copied" % (where, kind.__name__))
        if isinstance(value, sys.modules["torch"].nn.Module):
            raise Refused("%s holds a model" % where)
        self._code.add_class(kind)
        try:
            made = types.SimpleNamespace() if kind is types.SimpleNamespace else object.__new__(kind)
        except TypeError:
            raise Refused("%s holds a %s, which cannot be copied" % (where, kind.__name__)) from None
        self._copies[id(value)] = made
        self._kept.append(value)
        for key, each in state.items():
            made.__dict__[key] = self._of(each, "%s.%s" % (kind.__name__, key))
        if callable(value):
            self.reads.append((kind.__name__, made))
        return made

    def _function(self, function):
        if of_torch(function):
            return function
        name = function.__qualname__
        cells = tuple(types.CellType() for _ in function.__closure__ or ())
        apart = {"__builtins__": builtins, "__name__": function.__globals__.get("__name__")}
        made = types.FunctionType(function.__code__, apart, function.__name__, None, cells or None)
        self._copies[id(function)] = made
        self._kept.append(function)
        for free, own, cell in zip(function.__code__.co_freevars, function.__closure__ or (), cells):
            try:
                value = own.cell_contents
            except ValueError:
                continue
            cell.cell_contents = self._read(value, name, free)
        made.__defaults__ = self._of(function.__defaults__, name)
        made.__kwdefaults__ = self._of(function.__kwdefaults__, name)
        for key in self._code.reads(function):
            apart[key] = self._read(function.__globals__[key], name, key)
        return made

    def _read(self, value, name, key):
        if isinstance(value, type) and not of_torch(value):
            self._code.uses_class(value)
        made = self._of(value, "%s reads %s, which" % (short(name), key))
        self.reads.append((name + " " + key, made))
        return made


def _numbers(value, where):
    """Return a copy of a tensor or an array; an object of their libraries without state, such as a dtype, as it is."""
    if isinstance(value, sys.modules["torch"].Tensor):
        if value.is_cpu and value.numel() <= _LARGEST:
            return value.detach().clone()
        raise Refused("%s holds a tensor that is on a device, or large" % where)
    if type(value).__module__ == "torch":
        return value
    if value.size <= _LARGEST and not value.dtype.hasobject:
        return value.copy()
    raise Refused("%s holds a large array" % where)


def _told(value, depth):
    """Return data that are equal for equal values, objects' addresses left out."""
    if depth > 8 or isinstance(value, (types.ModuleType, type)) or inspect.isroutine(value):
        return getattr(value, "__qualname__", "")
    if isinstance(value, dict):
        return [(repr(key), _told(each, depth + 1)) for key, each in value.items()]
    if isinstance(value, (list, tuple, collections.deque)):
        return [_told(each, depth + 1) for each in value]
    if isinstance(value, (set, frozenset)):
        return sorted(map(repr, value))
    if isinstance(value, functools.partial):
        return [_told(value.args, depth + 1), _told(value.keywords, depth + 1)]
    state = getattr(value, "__dict__", None)
    return _told(state, depth + 1) if isinstance(state, dict) and state else repr(value)
