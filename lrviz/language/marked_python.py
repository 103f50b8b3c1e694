"""A config in Python -> plain Python data, with the line and column of every key and value. Nothing is run.

Read are assignments of literals, dict(...), lists, tuples, names that were assigned before, arithmetic on numbers and
texts, and indexing: what configs are made of. What only Python can compute is `Unread`, and matters only to whoever
needs its value. What is imported is its dotted name, but for the configs that one is based on, which are read as well.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from lrviz.foundation.errors import DocumentError, Fault, Path
from lrviz.language.bounded_arithmetic import DEEPEST, MOST_VALUES, is_bounded
from lrviz.language.marked_yaml import Marked, Place
from lrviz.language.merging import over, placed
from lrviz.language.python_values import Unread, Values, place_of, unread

_LONGEST = 10**6
"""Characters of a config; one value of it takes much memory."""
_PASSED_OVER = (ast.Import, ast.ImportFrom, ast.Pass)


class Bases(Protocol):
    """Reads the configs that one is based on; where one cannot be read it raises DocumentError."""

    def files(self, given: Any, place: Place) -> Marked:
        """Return what `_base_` names, a path or a list of them, each over those before it."""

    def module(self, level: int, name: str, place: Place) -> Marked:
        """Return what `with read_base(): from ..name import *` names."""


def read(text: str, source: str, bases: Bases | None = None) -> Marked:
    """Parse a config in Python; each top-level name is a key.

    bases: reads the configs that it is based on; without, `_base_` is a name like another.
    Raises DocumentError where it is not Python, or does anything but assign.
    """
    if len(text) > _LONGEST:
        raise DocumentError(Fault(source, "", f"more than {_LONGEST:,} characters, which is too long for a config"))
    try:
        with warnings.catch_warnings():
            # Of escape sequences that no string has: nothing to its reader.
            warnings.simplefilter("ignore")
            module = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line, column = (error.lineno or 1, error.offset or 1) if isinstance(error, SyntaxError) else (1, 1)
        told = error.msg if isinstance(error, SyntaxError) else str(error) or "nested too deeply"
        raise DocumentError(Fault(f"{source}:{line}:{column}", "", f"not Python: {told}")) from None
    reader = _Reader(Marked(source, {}, text=text), bases)
    try:
        for statement in module.body:
            reader.statement(statement)
    except RecursionError:
        raise DocumentError(Fault(source, "", "nested too deeply")) from None
    if reader.marked.faults:
        raise DocumentError(*reader.marked.faults)
    if not is_bounded(reader.names):
        raise DocumentError(
            Fault(source, "", f"more than {MOST_VALUES:,} values, or nested deeper than {DEEPEST} levels")
        )
    if reader.base is not None:
        over(reader.base, reader.marked)
    return reader.marked


def comments(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the comments of a config begin and end, in characters."""
    lines = [0, *(found.end() for found in re.finditer("\n", text))]
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            start = lines[token.start[0] - 1] + token.start[1]
            yield start, start + len(token.string)


class _Reader(Values):
    """Evaluates assignments, one after another."""

    def __init__(self, marked: Marked, bases: Bases | None) -> None:
        super().__init__(marked)
        self.bases = bases
        self.reads_base = False
        self.marked.values[()] = Place(1, 1)

    def statement(self, node: ast.stmt) -> None:
        """Take one statement."""
        if isinstance(node, ast.ImportFrom):
            self.imported |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
        if isinstance(node, _PASSED_OVER):
            return
        if isinstance(node, ast.With | ast.If) and _reads_base(node):
            self._imports(node.body)
            return
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return
        called = node.value if isinstance(node, ast.Expr) else None
        if isinstance(called, ast.Call) and isinstance(called.func, ast.Attribute):
            self._changed(called)
            return
        if isinstance(node, ast.AnnAssign) and node.value is not None:
            self._assign(node.target, node.value)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                self._assign(target, node.value)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            before = ast.Name(node.target.id, ast.Load())
            self._assign(node.target, ast.copy_location(ast.BinOp(before, node.op, node.value), node.value))
        elif isinstance(node, ast.Delete):
            for each in node.targets:
                self._delete(each)
        elif not isinstance(node, ast.AnnAssign):
            self._refuse(node)

    def _refuse(self, node: ast.stmt | ast.expr) -> None:
        told = "a statement other than an assignment; a config in Python is read, and never run"
        self.marked.faults.append(Fault(f"{self.marked.source}:{node.lineno}:{node.col_offset + 1}", "", told))

    def _imports(self, body: Sequence[ast.stmt]) -> None:
        """Take the names of the configs that are imported as bases."""
        self.reads_base = True
        for node in body:
            if not isinstance(node, ast.ImportFrom) or self.bases is None:
                continue
            base = self.bases.module(node.level, node.module or "", place_of(node))
            names = {one.asname or one.name: one.name for one in node.names}
            if "*" in names:
                names = {name: name for name in base.data if not name.startswith("_")}
            for mine, theirs in names.items():
                if theirs in base.data:
                    _forget((mine,), self.marked)
                    self.names[mine] = base.data[theirs]
                    self._take(base, (theirs,), (mine,))

    def _take(self, base: Marked, theirs: Path, mine: Path) -> None:
        """Keep the places of a part of a base at a path of this config."""
        for places, others in ((self.marked.values, base.values), (self.marked.keys, base.keys)):
            for path, place in others.items():
                if path[: len(theirs)] == theirs:
                    places[(*mine, *path[len(theirs) :])] = placed(place, base)

    def _delete(self, target: ast.expr) -> None:
        path = self._path(target)
        if path is None:
            return
        marked, path = self._holder(path)
        holder = marked.written(path[:-1])
        if isinstance(holder, dict):
            holder.pop(path[-1], None)

    def _holder(self, path: Path) -> tuple[Marked, Path]:
        """Return what a path leads into, this config or its base, and the path in there."""
        return (
            (self.base, path[1:]) if self.base is not None and path[0] == "_base_" and path[1:] else (self.marked, path)
        )

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        path = self._path(target)
        if path == ("_base_",) and self.bases is not None:
            self.base = self.bases.files(self.value(value, path), place_of(value))
            _forget(path, self.marked)
            return
        if path is None:
            # Several names at once, or a slice: reported where one of them is needed.
            for name in (each.id for each in ast.walk(target) if isinstance(each, ast.Name)):
                self.names[name] = unread(value)
            return
        marked, inner = self._holder(path)
        holder, last = marked.written(inner[:-1]), inner[-1]
        if isinstance(holder, list) and isinstance(last, int):
            fits = -len(holder) <= last < len(holder)
        else:
            fits, last = isinstance(holder, dict), str(last)
        if not fits:
            marked.data[str(inner[0])] = unread(value)
            return
        for one in (self.marked, marked):
            _forget(inner, one)
        self.marked.keys[inner] = place_of(target)
        holder[last] = self.value(value, inner)

    def _path(self, target: ast.expr) -> Path | None:
        """Return the path of the target of an assignment: a name, an attribute, a key, a place in a list."""
        key: str | int
        if isinstance(target, ast.Name):
            return (target.id,)
        if isinstance(target, ast.Attribute):
            inner, key = self._path(target.value), target.attr
        elif isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
            given = target.slice.value
            inner, key = self._path(target.value), given if isinstance(given, int) else str(given)
        else:
            return None
        return None if inner is None else (*inner, key)

    def _changed(self, call: ast.Call) -> None:
        """Take `optim_wrapper.update(dict(...))`; of other methods note that they may have changed what they are of."""
        path = self._path(call.func)
        if path is not None and path[0] == "_base_" and self.base is not None:
            # The value is then no longer the one in the base.
            if len(path) > 2:
                self.base.data[str(path[1])] = Unread(f"what {'.'.join(map(str, path))}(...) makes of it")
            return
        if path is None or len(path) < 2 or path[0] not in self.names:
            self._refuse(call)
            return
        told = Unread(f"what {'.'.join(map(str, path))}(...) makes of it")
        holder, method = self.marked.written(path[:-1]), path[-1]
        given = call.args[0] if len(call.args) == 1 and not call.keywords else None
        if not call.args:
            given = ast.copy_location(ast.Call(ast.Name("dict", ast.Load()), [], call.keywords), call)
        if not isinstance(holder, dict) or method not in {"update", "merge"} or given is None:
            self.names[str(path[0])] = told
            return
        fresh = Values(Marked(self.marked.source, {}))
        fresh.names, fresh.imported = self.names, self.imported
        value = fresh.value(given, ())
        if not isinstance(value, dict):
            self.names[str(path[0])] = told
            return
        # Python's own update replaces the value of a key; configs that read their bases merge it.
        below = Marked(self.marked.source, holder)
        self._take_into(below, path[:-1])
        fresh.marked.data = value if self.reads_base else {key: _whole(one) for key, one in value.items()}
        over(below, fresh.marked)
        holder.clear()
        holder.update(fresh.marked.data)
        _forget(path[:-1], self.marked)
        self._take(fresh.marked, (), path[:-1])

    def _take_into(self, part: Marked, path: Path) -> None:
        """Copy the places below a path to a part that refers to it."""
        for places, mine in ((part.values, self.marked.values), (part.keys, self.marked.keys)):
            places.update({one[len(path) :]: place for one, place in mine.items() if one[: len(path)] == path})


def _forget(path: Path, marked: Marked) -> None:
    """Drop the places of what stood at a path before."""
    for places in (marked.values, marked.keys):
        for other in [one for one in places if one[: len(path)] == path]:
            del places[other]


def _whole(value: Any) -> Any:
    """Return a value that replaces what it lies over."""
    return value | {"_delete_": True} if isinstance(value, dict) else value


def _reads_base(node: ast.With | ast.If) -> bool:
    """Return whether a statement holds the imports of bases: `with read_base():`."""
    called = node.items[0].context_expr if isinstance(node, ast.With) else node.test
    return isinstance(called, ast.Call) and isinstance(called.func, ast.Name) and called.func.id == "read_base"
