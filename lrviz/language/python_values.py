"""The values of expressions in a config in Python, with the line and column of each. Nothing is run."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import Any

from typing_extensions import override

from lrviz.foundation.errors import Path
from lrviz.language import comprehension
from lrviz.language.bounded_arithmetic import combined
from lrviz.language.marked_yaml import Marked, Place

_LONGEST_TEXT = 10_000
_OF_BASE = re.compile(r"\{\{\s*_base_\.([\w.]+)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Unread:
    """A value that only Python can compute; text: as the config has it."""

    text: str

    @override
    def __repr__(self) -> str:
        return self.text


def unread(node: ast.expr) -> Unread:
    """Return what stands for an expression that only Python can compute."""
    return Unread(ast.unparse(node)[:_LONGEST_TEXT])


class Values:
    """What names stand for in a config, and expressions of them.

    imported: the dotted names of what is imported; base: the config that this one is based on.
    """

    def __init__(self, marked: Marked) -> None:
        self.marked = marked
        self.names: dict[str, Any] = marked.data
        self.imported: dict[str, str] = {}
        self.base: Marked | None = None
        self._bound: dict[str, Any] = {}

    def value(self, node: ast.expr, path: Path) -> Any:
        """Return the value of an expression; its places are kept below a path."""
        self.marked.values[path] = place_of(node)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and (found := _OF_BASE.fullmatch(node.value)):
            return self.base.written(tuple(found[1].split("."))) if self.base else node.value
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, bool | int | float | str | None) else Unread(ast.unparse(node))
        if isinstance(node, ast.Set) and len(node.elts) == 1 and isinstance(node.elts[0], ast.Set):
            # {{_base_.a.b}}, as mmengine writes it without quotes.
            return self.value(node.elts[0].elts[0], path)
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            return [self.value(each, (*path, index)) for index, each in enumerate(node.elts)]
        if isinstance(node, ast.Dict):
            return self._mapping(zip(node.keys, node.values, strict=True), path)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict" and not node.args:
            pairs = [
                (ast.copy_location(ast.Constant(one.arg), one) if one.arg else None, one.value) for one in node.keywords
            ]
            return self._mapping(pairs, path)
        return self._computed(node, path)

    def _mapping(self, pairs: Any, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key is None:
                merged = self.value(value, path)
                found |= merged if isinstance(merged, dict) else {}
            elif isinstance(key, ast.Constant):
                name = str(key.value)
                self.marked.keys[(*path, name)] = place_of(key)
                found[name] = self.value(value, (*path, name))
        return found

    def _comprehended(self, node: ast.DictComp, path: Path, unknown: Unread) -> Any:
        found: dict[str, Any] = {}
        try:
            for turn, _ in enumerate(
                comprehension.turns(node.generators, lambda one: self.value(one, path), self._bound)
            ):
                key = self.value(node.key, path)
                if not isinstance(key, str) or turn > _LONGEST_TEXT:
                    return unknown
                found[key] = self.value(node.value, (*path, key))
        except comprehension.Unbounded:
            return unknown
        finally:
            self._bound = {}
            self.marked.values[path] = place_of(node)
        return found

    def _computed(self, node: ast.expr, path: Path) -> Any:
        """Return the value of names, arithmetic and indexing."""
        unknown = unread(node)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len" and node.args:
            counted = self.value(node.args[0], path)
            return len(counted) if isinstance(counted, list | dict | str) else unknown
        if isinstance(node, ast.DictComp):
            return self._comprehended(node, path, unknown)
        if isinstance(node, ast.JoinedStr):
            found = comprehension.text(node, lambda one: self.value(one, path))
            return unknown if found is None else found
        if isinstance(node, ast.Name):
            if node.id in self._bound:
                return self._bound[node.id]
            if node.id == "_base_" and self.base is not None:
                return self.base.data
            return self.names.get(node.id, self.imported.get(node.id, unknown))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
            inner = self.value(node.operand, path)
            negative = isinstance(node.op, ast.USub)
            return (-inner if negative else inner) if isinstance(inner, int | float) else unknown
        if isinstance(node, ast.BinOp):
            left, right = self.value(node.left, path), self.value(node.right, path)
            return combined(node.op, left, right, unknown)
        if isinstance(node, ast.Subscript | ast.Attribute):
            holder = self.value(node.value, path)
            key = node.attr if isinstance(node, ast.Attribute) else self.value(node.slice, path)
            try:
                return holder[key]
            except (KeyError, IndexError, TypeError):
                return unknown
        return unknown


def place_of(node: ast.AST) -> Place:
    """Return where a part of a config stands."""
    return Place(getattr(node, "lineno", 1), getattr(node, "col_offset", 0) + 1)
