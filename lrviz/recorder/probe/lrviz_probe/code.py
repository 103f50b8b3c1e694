"""What code may do that is run again on copies: compute from what is copied too, without side effects.

Each function that is not torch's and that a step may reach is looked at. What prints, reads a clock or a file, or keeps
a state outside its objects is refused. lrviz/engines/real/outside.py finds what the copies of `lrviz.trace` include;
here it only matters that there is nothing of that kind.
"""

import dis
import enum
import functools
import types

AS_IT_IS = (type(None), bool, int, float, complex, str, bytes, range, types.ModuleType, enum.Enum)
"""Types whose values cannot change."""
_MODULES = frozenset(
    ("bisect", "cmath", "collections", "functools", "itertools", "math", "numpy", "operator", "statistics", "torch")
)
_IDLE = frozenset(("abc", "argparse", "builtins", "collections", "enum", "typing"))
"""Modules whose classes need not be checked."""
_REFUSED = frozenset(
    ("breakpoint", "compile", "delattr", "eval", "exec", "exit", "globals", "help", "input", "memoryview", "open")
    + ("print", "quit", "setattr", "vars", "__import__")
)
_ENTERED = ("step", "step_update", "get_lr", "_get_closed_form_lr", "_update_lr", "__call__", "__getattr__")
"""Methods that a step starts from, or that are called without being named."""


class Refused(Exception):
    """A copy of something might not do what the original will do; the text says why."""


class Code:
    """The code that the steps of some schedulers may run."""

    def __init__(self):
        self._names = {*_ENTERED, "__setattr__"}
        self._classes = {}
        self._seen = set()

    def add_class(self, cls):
        """Note a class whose methods `look` has to check."""
        self._classes[cls] = True

    def look(self):
        """Check the methods of the noted classes that other code names.

        Raises Refused where one does what it must not.
        """
        looked = None
        while looked != (len(self._names), len(self._classes)):
            looked = len(self._names), len(self._classes)
            for cls in list(self._classes):
                for each in cls.__mro__:
                    if not of_torch(each) and each.__module__ not in _IDLE:
                        self._look_at_methods(each)

    def reads(self, function):
        """Return the global names that a function reads, and those of the functions inside it.

        Raises Refused where it does what it must not.
        """
        found = {}
        self._look_at(function.__code__, function, found)
        return list(found)

    def _look_at(self, code, function, found):
        name = short(function.__qualname__)
        self._names.update(code.co_names)
        for each in dis.get_instructions(code):
            outer = each.opname == "STORE_DEREF" and each.argval in function.__code__.co_freevars
            if outer or each.opname in ("STORE_GLOBAL", "DELETE_GLOBAL"):
                raise Refused("%s keeps a state of its own, %s" % (name, each.argval))
            if each.opname == "IMPORT_NAME" and _root(each.argval) not in _MODULES:
                raise Refused("%s uses %s" % (name, each.argval))
            if each.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
                if each.argval in function.__globals__:
                    found[each.argval] = True
                    allow_module(function.__globals__[each.argval], name)
                elif each.argval in _REFUSED:
                    raise Refused("%s calls %s" % (name, each.argval))
        for each in code.co_consts:
            if isinstance(each, types.CodeType):
                self._look_at(each, function, found)

    def _look_at_methods(self, cls):
        for key, value in list(vars(cls).items()):
            if key in self._names:
                method = getattr(value, "__func__", getattr(value, "fget", getattr(value, "func", value)))
                # Of a method that the probe has wrapped, the original is checked.
                while isinstance(method, types.FunctionType) and method.__code__.co_filename.startswith("<lrviz"):
                    method = method.__wrapped__
                if isinstance(method, types.FunctionType):
                    self._look_inside(method)

    def _look_inside(self, function):
        """Check a function that is not copied, and what it reads, which is not copied either."""
        if function in self._seen or of_torch(function):
            return
        self._seen.add(function)
        read = [function.__globals__[name] for name in self.reads(function)]
        read += [cell.cell_contents for cell in function.__closure__ or ()]
        for value in read:
            if isinstance(value, type):
                self.uses_class(value)
            elif isinstance(value, types.FunctionType):
                self._look_inside(value)
            elif isinstance(value, types.BuiltinFunctionType):
                allow_builtin(value, short(function.__qualname__))
            elif not isinstance(value, (*AS_IT_IS, tuple, frozenset, functools.partial)) and not _of_typing(value):
                told = "%s reads a %s of its module, which may change"
                raise Refused(told % (short(function.__qualname__), type(value).__name__))

    def uses_class(self, cls):
        """Note that code may make an object of a class."""
        self._names.add("__init__")
        self.add_class(cls)


def allow_module(value, name):
    """Raise Refused where a function of this name uses a module that does more than compute."""
    if isinstance(value, types.ModuleType) and _root(value.__name__) not in _MODULES:
        raise Refused("%s uses %s" % (name, value.__name__))


def allow_builtin(value, name):
    """Raise Refused where a function in C does more than compute."""
    module = _root(value.__module__ or "").lstrip("_")
    allowed = value.__name__ not in _REFUSED if module == "builtins" else module in _MODULES
    if not allowed or not isinstance(value.__self__, (types.ModuleType, type(None))):
        raise Refused("%s uses %s" % (name, value.__name__))


def of_torch(one):
    """Return whether a class or a function is torch's."""
    return _root(getattr(one, "__module__", None) or "") == "torch"


def short(name):
    """Return the name of a function without its enclosing functions."""
    name = name.rpartition("<locals>.")[2]
    return "a lambda" if name == "<lambda>" else name


def _root(module):
    return module.partition(".")[0]


def _of_typing(value):
    return type(value).__module__ in ("typing", "types", "__future__")
