"""Copies of live objects that share nothing with them that stepping could change.

`copy.deepcopy` shares functions, and with them what a closure or a global name holds, and it copies the weights. Here a
pickler decides for every object: classes, modules and plain functions are shared; closures are copied; the tensors of
a model become tensors on torch's meta device, which have a shape and no values, so that reading them fails;
optimizers are copied without their state. What cannot be pickled, a generator or a file, cannot be copied.

The probe of `lrviz record` makes copies in its own way (lrviz/recorder/probe/lrviz_probe/copies.py): it runs within a
program with the standard library alone, and refuses whatever may go wrong.
"""

from __future__ import annotations

import copyreg
import io
import pickle
import sys
import types
import warnings
import weakref
from collections import OrderedDict, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any

from typing_extensions import override

from lrviz.engines.real.outside import Captured, Unbound, called, filled, of_library, outside
from lrviz.foundation.errors import UsageError

_LARGEST = 256
"""The most numbers of a tensor without gradient that are copied; a larger tensor is a model's."""
_SHARED = (type, types.ModuleType, types.CodeType, types.BuiltinFunctionType)
_NO_STATE = (int, float, complex, str, bytes, type(None), *_SHARED)


@dataclass(frozen=True, slots=True)
class Copies:
    """The copies of some objects, and what they depend on.

    optimizers: those that the objects hold, copied, each once, in the order in which they were found.
    cells: those of the copied closures; names: what code reads outside any object, with the copy of it;
    left_out: a sentence for each of those that cannot be copied and that the copies share with the originals.
    """

    objects: list[Any]
    optimizers: tuple[Any, ...]
    cells: tuple[Captured, ...]
    names: tuple[tuple[Captured, Any], ...]
    left_out: tuple[str, ...]

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Bind names outside the objects to their copies, and afterwards to what they were bound to before."""
        before = [(one, one.value) for one, _ in self.names]
        try:
            for one, value in self.names:
                one.bind(value)
            yield
        finally:
            for one, value in before:
                one.bind(value)

    def outside(self) -> dict[tuple[str, str], bytes]:
        """Return bytes that change with a value, for each that code finds outside the objects, by code and name."""
        groups = {id(each) for one in self.optimizers for each in (one.param_groups, *one.param_groups)}
        found = (*self.cells, *(one for one, _ in self.names))
        return {(one.by, one.name): _Fingerprint(groups).of(one.value) for one in found}


def copied(objects: Sequence[Any]) -> Copies:
    """Return copies of objects; those that share an optimizer, or anything else, share its copy.

    Raises UsageError where a part of them cannot be copied, with the name of the attribute that holds it.
    """
    copier = _Copier()
    try:
        copier.dump(list(objects))
    except Exception as error:
        raise UsageError(f"{_culprit(objects)} cannot be copied: {_said(error)}") from error
    names, left_out = [], []
    for one in copier.names:  # which grows as their values are looked at
        trouble = _trouble(one.value)
        if trouble and hasattr(one.value, "__next__"):
            raise UsageError(f"{one.by} reads {one.name}, which cannot be copied: {trouble}")
        if trouble:
            left_out.append(
                f"{one.by} reads {one.name}, which cannot be copied ({trouble}) and was shared with the copy"
            )
        else:
            names.append(one)
            copier.dump(one.value)
    copier.dump(([one.where for one in copier.cells], copier.optimizers, copier.held))
    copies = _Copy(copier)
    made, values, (cells, optimizers, _) = copies.load(), [copies.load() for _ in names], copies.load()
    # A wrapper shares the list of groups with the optimizer that it wraps, whose name is the one that people know.
    apart = {id(one.param_groups): one for one in sorted(optimizers, key=lambda one: "param_groups" in vars(one))}
    return Copies(
        made,
        tuple(apart.values()),
        tuple(one._replace(where=cell) for one, cell in zip(copier.cells, cells, strict=True)),
        tuple(zip(names, values, strict=True)),
        tuple(left_out),
    )


class _Copier(pickle.Pickler):
    """Pickles objects in the way in which they are to be copied."""

    def __init__(self) -> None:
        self.stream = io.BytesIO()
        super().__init__(self.stream, protocol=5)
        self.shared: list[Any] = []
        self.optimizers: list[Any] = []
        self.held: list[Any] = []
        """Objects that only weak references lead to, and that have to live until everything is copied."""
        self.cells: list[Captured] = []
        self.names: list[Captured] = []
        self._looked_at: set[tuple[int, str]] = set()

    @override
    def dump(self, obj: Any) -> None:
        with warnings.catch_warnings():
            # Python 3.14 pickles no iterator of itertools any more; the versions before warn of it.
            warnings.simplefilter("ignore", DeprecationWarning)
            super().dump(obj)

    @override
    def persistent_id(self, obj: Any) -> Any:
        if isinstance(obj, _Shared):
            obj = obj.value
        elif isinstance(obj, types.FunctionType):
            self._look_at(obj)
            if not _plain(obj):
                return None
        elif isinstance(obj, types.BuiltinFunctionType):
            if not isinstance(obj.__self__, types.ModuleType | type(None)):
                return None
        elif not isinstance(obj, _SHARED):
            return None
        self.shared.append(obj)
        return len(self.shared) - 1

    @override
    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, types.FunctionType):
            return self._function(obj)
        if isinstance(obj, types.CellType):
            return types.CellType, (), (obj.cell_contents,) if filled(obj) else None, None, None, _fill
        if isinstance(obj, types.MethodType):
            return types.MethodType, (obj.__func__, obj.__self__)
        if isinstance(obj, weakref.ref):
            self.held.append(obj())
            return (_dead, ()) if obj() is None else (type(obj), (obj(),))
        torch: Any = sys.modules.get("torch")
        if torch is not None and isinstance(obj, torch.Tensor):
            return self._tensor(obj, torch)
        self._look_at_class(type(obj))
        if torch is not None and isinstance(obj, torch.optim.Optimizer):
            self.optimizers.append(obj)
            # The first scheduler has wrapped its step, and its hooks belong to the training loop: none is called here.
            state = {key: value for key, value in vars(obj).items() if key != "step"}
            state |= {key: OrderedDict() for key in state if key.endswith("_hooks")}
            state |= {"state": defaultdict(dict)} if "state" in state else {}
            return copyreg.__newobj__, (type(obj),), state, None, None, _update  # type: ignore[attr-defined]  # typeshed lacks it
        groups = getattr(obj, "__dict__", {}).get("param_groups")
        if isinstance(groups, list | tuple) and groups and all(isinstance(one, dict) for one in groups):
            self.optimizers.append(obj)
        return NotImplemented

    def _function(self, function: types.FunctionType) -> Any:
        closure = function.__closure__ or ()
        for name, cell in zip(function.__code__.co_freevars, closure, strict=True):
            self.cells.append(Captured(called(function), cell, name))
        made = (_Shared(function.__code__), _Shared(function.__globals__), function.__name__, None, closure)
        state = (function.__defaults__, function.__kwdefaults__, function.__dict__)
        return types.FunctionType, made, state, None, None, _finish

    def _tensor(self, tensor: Any, torch: Any) -> Any:
        if not tensor.requires_grad and tensor.numel() <= _LARGEST:
            return _same, (_Shared(tensor.detach().clone()),)
        empty = torch.empty(tensor.shape, dtype=tensor.dtype, device="meta").requires_grad_(tensor.requires_grad)
        return _same, (_Shared(torch.nn.Parameter(empty) if isinstance(tensor, torch.nn.Parameter) else empty),)

    def _look_at(self, function: types.FunctionType) -> None:
        """Note what the code of a function, and of those that it calls, reads or writes outside any object."""
        if of_library(function.__code__.co_filename):
            return
        for name, written in outside(function.__code__).items():
            if (id(function.__globals__), name) in self._looked_at:
                continue
            self._looked_at.add((id(function.__globals__), name))
            value = function.__globals__.get(name, Unbound)
            if isinstance(value, types.FunctionType):
                self._look_at(value)
            elif isinstance(value, type):
                self._look_at_class(value)
            if written or not isinstance(value, (*_NO_STATE, types.FunctionType)):
                self.names.append(Captured(called(function), function.__globals__, name))

    def _look_at_class(self, cls: type) -> None:
        """Note the same for the methods of a class, and what the class itself holds."""
        for each in cls.__mro__:
            file = getattr(sys.modules.get(each.__module__), "__file__", None)
            known = (id(each), "") in self._looked_at or each.__module__ == "builtins" or issubclass(each, Enum)
            if known or (file and of_library(file)):
                continue
            self._looked_at.add((id(each), ""))
            for name, value in vars(each).items():
                function = getattr(value, "__func__", getattr(value, "fget", value))
                if isinstance(function, types.FunctionType):
                    self._look_at(function)
                elif not (name.startswith("__") or name == "_abc_impl" or hasattr(type(value), "__get__")):
                    self.names.append(Captured(each.__name__, each, name))


class _Copy(pickle.Unpickler):
    """Unpickles what a copier has pickled."""

    def __init__(self, written: _Copier) -> None:
        super().__init__(io.BytesIO(written.stream.getvalue()))
        self._shared = written.shared

    @override
    def persistent_load(self, pid: Any) -> Any:
        return self._shared[pid]


class _Fingerprint(_Copier):
    """Pickles a value to compare it, without what is stepped, nor `groups`: ids of parameter groups."""

    def __init__(self, groups: set[int]) -> None:
        super().__init__()
        self._groups = groups

    def of(self, value: Any) -> bytes:
        """Return bytes that stay the same as long as the value does."""
        try:
            self.dump(value)
        except Exception as error:
            return _said(error).encode()
        return self.stream.getvalue() + repr([id(one) for one in self.shared]).encode()

    @override
    def persistent_id(self, obj: Any) -> Any:
        if callable(getattr(type(obj), "step", None)) or id(obj) in self._groups:
            return -1
        return super().persistent_id(obj)

    @override
    def _tensor(self, tensor: Any, torch: Any) -> Any:
        return _same, ("weights" if tensor.is_meta or tensor.numel() > _LARGEST else repr(tensor.tolist()),)


class _Shared:
    """Marks an object that is shared although others of its kind are copied."""

    def __init__(self, value: Any) -> None:
        self.value = value


def _plain(function: types.FunctionType) -> bool:
    """Return whether a function holds nothing that a call could change."""
    defaults = (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
    only_super = function.__code__.co_freevars in {(), ("__class__",)}
    return only_super and not function.__dict__ and all(isinstance(one, _NO_STATE) for one in defaults)


def _trouble(value: Any) -> str:
    """Return why a value cannot be copied; "" where it can."""
    try:
        _Copier().dump(value)
    except Exception as error:
        return _said(error)
    return ""


def _culprit(objects: Sequence[Any]) -> str:
    """Return the name of the first attribute of some objects that cannot be copied."""
    held = [(one, name, value) for one in objects for name, value in getattr(one, "__dict__", {}).items()]
    for one, name, value in held:
        if _trouble(value):
            return f"{type(one).__name__}.{name}"
    return type(objects[0]).__name__


def _said(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__


# The functions that pickled copies call when they are unpickled.


def _same(value: Any) -> Any:
    return value


def _dead() -> Any:
    return weakref.ref(Unbound())


def _fill(cell: types.CellType, state: tuple[Any]) -> None:
    (cell.cell_contents,) = state


def _update(obj: Any, state: dict[str, Any]) -> None:
    vars(obj).update(state)


def _finish(function: types.FunctionType, state: tuple[Any, Any, dict[str, Any]]) -> None:
    function.__defaults__, function.__kwdefaults__ = state[:2]
    function.__dict__.update(state[2])
