"""A config in Python -> plain Python data, with the line and column of every key and value. Nothing is run.

Read are assignments of literals, dict(...), lists, tuples, names that were assigned before, arithmetic on numbers and
texts, and indexing: what configs are made of. What only Python can compute is `Unread`, and matters only to whoever
needs its value. Imports are passed over.
"""

from __future__ import annotations

import ast
import copy
import io
import operator
import re
import tokenize
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from typing_extensions import override

from lrviz.foundation.errors import DocumentError, Fault, Path
from lrviz.language.marked_yaml import MOST_VALUES, Marked, Place, size

_LONGEST = 10**6
"""Characters of a config; one value of it takes much memory."""
_LONGEST_TEXT = 10_000
_LARGEST_POWER = 1000
_MOST_BITS = 4000
"""Of a whole number: none is larger in a config, and products of larger ones take time."""
_OPERATORS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_PASSED_OVER = (ast.Import, ast.ImportFrom, ast.Pass)


@dataclass(frozen=True, slots=True)
class Unread:
    """Stands for what only Python can compute; text: how the config says it."""

    text: str

    @override
    def __repr__(self) -> str:
        return self.text


def read(text: str, source: str) -> Marked:
    """Parse a config in Python; each top-level name is a key.

    Raises DocumentError where it is no Python, or does anything but assign.
    """
    if len(text) > _LONGEST:
        raise DocumentError(Fault(source, "", f"more than {_LONGEST:,} characters; no config is so long"))
    try:
        module = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line, column = (error.lineno or 1, error.offset or 1) if isinstance(error, SyntaxError) else (1, 1)
        told = error.msg if isinstance(error, SyntaxError) else str(error) or "nested too deeply"
        raise DocumentError(Fault(f"{source}:{line}:{column}", "", f"not Python: {told}")) from None
    reader = _Reader(Marked(source, {}, text=text))
    try:
        for statement in module.body:
            reader.statement(statement)
    except RecursionError:
        raise DocumentError(Fault(source, "", "nested too deeply")) from None
    except _TooMany as many:
        told = f"more than {MOST_VALUES:,} values"
        raise DocumentError(Fault(f"{source}:{many.node.lineno}:{many.node.col_offset + 1}", "", told)) from None
    if reader.marked.faults:
        raise DocumentError(*reader.marked.faults)
    return reader.marked


def comments(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the comments of a config begin and end, in characters."""
    lines = [0, *(found.end() for found in re.finditer("\n", text))]
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            start = lines[token.start[0] - 1] + token.start[1]
            yield start, start + len(token.string)


class _TooMany(Exception):
    """A config holds more values than are read."""

    def __init__(self, node: ast.expr) -> None:
        self.node = node


class _Reader:
    """Evaluates assignments, one after another."""

    def __init__(self, marked: Marked) -> None:
        self.marked = marked
        self.names: dict[str, Any] = marked.data
        self._left = MOST_VALUES
        self.marked.values[()] = Place(1, 1)

    def statement(self, node: ast.stmt) -> None:
        """Take one statement."""
        if isinstance(node, _PASSED_OVER):
            return
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return
        called = node.value.func if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) else None
        if isinstance(called, ast.Attribute):
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
                self.names.pop(getattr(each, "id", ""), None)
        elif not isinstance(node, ast.AnnAssign):
            told = "a statement that does something; a config in Python is read as assignments, and never run"
            self.marked.faults.append(Fault(f"{self.marked.source}:{node.lineno}:{node.col_offset + 1}", "", told))

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        path = self._path(target)
        if path is None:
            # Several names at once, a slice: whoever needs one of them is told.
            for name in (each.id for each in ast.walk(target) if isinstance(each, ast.Name)):
                self.names[name] = Unread(ast.unparse(value)[:_LONGEST_TEXT])
            return
        holder: Any = self.names
        for part in path[:-1]:
            holder = holder.get(part) if isinstance(holder, dict) else None
        if not isinstance(holder, dict):
            self.names[str(path[0])] = Unread(ast.unparse(value)[:_LONGEST_TEXT])
            return
        self._forget(path)
        self.marked.keys[path] = _place(target)
        holder[path[-1]] = self._value(value, path)

    def _path(self, target: ast.expr) -> Path | None:
        """Return the path of what is assigned to: a name, a key of a mapping, an attribute of one."""
        if isinstance(target, ast.Name):
            return (target.id,)
        if isinstance(target, ast.Attribute):
            inner, key = self._path(target.value), target.attr
        elif isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
            inner, key = self._path(target.value), str(target.slice.value)
        else:
            return None
        return None if inner is None else (*inner, key)

    def _forget(self, path: Path) -> None:
        """Drop the places of what stood at a path before."""
        for places in (self.marked.values, self.marked.keys):
            for other in [one for one in places if one[: len(path)] == path]:
                del places[other]

    def _changed(self, function: ast.expr) -> None:
        """Note that a method may have changed what a name stands for: `custom_keys.update(...)`."""
        path = self._path(function)
        if path is not None and len(path) > 1 and path[0] in self.names:
            self.names[str(path[0])] = Unread(f"what {'.'.join(map(str, path))}(...) makes of it")

    def _value(self, node: ast.expr, path: Path) -> Any:
        """Return the value of an expression; its places are kept below a path."""
        self.marked.values[path] = _place(node)
        self._spend(1, node)
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, bool | int | float | str | None) else Unread(ast.unparse(node))
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            return [self._value(each, (*path, index)) for index, each in enumerate(node.elts)]
        if isinstance(node, ast.Dict):
            return self._mapping(zip(node.keys, node.values, strict=True), path)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict" and not node.args:
            pairs = [
                (ast.copy_location(ast.Constant(one.arg), one) if one.arg else None, one.value) for one in node.keywords
            ]
            return self._mapping(pairs, path)
        return self._computed(node, path)

    def _spend(self, values: int, node: ast.expr) -> None:
        self._left -= values
        if self._left < 0:
            raise _TooMany(node)

    def _mapping(self, pairs: Any, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key is None:
                merged = self._value(value, path)
                found |= merged if isinstance(merged, dict) else {}
            elif isinstance(key, ast.Constant):
                name = str(key.value)
                self.marked.keys[(*path, name)] = _place(key)
                found[name] = self._value(value, (*path, name))
        return found

    def _computed(self, node: ast.expr, path: Path) -> Any:
        """Return what names, arithmetic and indexing come to."""
        unread = Unread(ast.unparse(node)[:_LONGEST_TEXT])
        if isinstance(node, ast.Name):
            known = self.names.get(node.id, unread)
            if not isinstance(known, dict | list):
                return known
            self._spend(size(known, self._left + 1), node)
            # A copy: what is assigned to a part of one name does not change what stands elsewhere.
            return copy.deepcopy(known)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
            inner = self._value(node.operand, path)
            negative = isinstance(node.op, ast.USub)
            return (-inner if negative else inner) if isinstance(inner, int | float) else unread
        if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
            left, right = self._value(node.left, path), self._value(node.right, path)
            return _combined(node.op, left, right, unread)
        if isinstance(node, ast.Subscript | ast.Attribute):
            holder = self._value(node.value, path)
            key = node.attr if isinstance(node, ast.Attribute) else self._value(node.slice, path)
            try:
                return holder[key]
            except (KeyError, IndexError, TypeError):
                return unread
        return unread


def _combined(op: ast.operator, left: Any, right: Any, unread: Unread) -> Any:
    """Return what two values come to; texts and lists may be joined, and nothing grows without bounds."""
    numbers = isinstance(left, int | float) and isinstance(right, int | float)
    joined = isinstance(op, ast.Add) and type(left) is type(right) and isinstance(left, str | list)
    bounded = not isinstance(op, ast.Pow) or (numbers and abs(left) <= _LARGEST_POWER and abs(right) <= _LARGEST_POWER)
    if not (numbers or joined) or not bounded:
        return unread
    if joined and len(left) + len(right) > _LONGEST_TEXT:
        return unread
    try:
        found = _OPERATORS[type(op)](left, right)
        return unread if isinstance(found, int) and found.bit_length() > _MOST_BITS else found
    except (ArithmeticError, ValueError):
        return unread


def _place(node: ast.AST) -> Place:
    return Place(getattr(node, "lineno", 1), getattr(node, "col_offset", 0) + 1)
