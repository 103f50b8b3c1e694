"""The formulas of a document: a small whitelisted language, so that a document can never run code.

    formula: number | variable | pi | e | f(formula, ...) | (formula)
           | -formula | +formula | formula (+ - * / // % **) formula
           | formula (< <= > >= == !=) formula ... | not formula | formula (and or) formula ...
           | formula if formula else formula

The syntax is Python's and read by `ast.parse`, which runs nothing; a node that is not named here is
refused. Everything is a float64: `9**9**9` is infinite at once, and a truth is 1 or 0.
"""

from __future__ import annotations

import ast
import difflib
import math
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NoReturn

MAX_LENGTH = 1000
"""Characters of a formula."""
MAX_NODES = 200
"""Numbers, names and operations in a formula."""
MAX_DEPTH = 40
"""Operations inside one another; low enough for every recursion here and in the compiler."""

CONSTANTS = ("e", "pi")

FUNCTIONS: Mapping[str, tuple[int, float]] = {
    **dict.fromkeys(("abs", "round", "floor", "ceil", "sqrt"), (1, 1)),
    **dict.fromkeys(("exp", "expm1", "log", "log2", "log10", "log1p"), (1, 1)),
    **dict.fromkeys(("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh"), (1, 1)),
    "atan2": (2, 2),
    **dict.fromkeys(("min", "max"), (2, math.inf)),
}
"""Each function and the least and greatest number of its arguments; the names are the `math` module's."""

COMPARISONS: Mapping[type[ast.cmpop], str] = {
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
    ast.Eq: "eq",
    ast.NotEq: "ne",
}
"""Each comparison and its function in the `operator` module."""

_SYNTAX = "numbers, + - * / // % **, comparisons, and, or, not, `a if c else b`"

_REFUSED: Mapping[type[ast.AST], str] = {
    ast.Attribute: "attribute access",
    ast.Subscript: "a subscript",
    ast.Lambda: "a lambda",
    ast.ListComp: "a comprehension",
    ast.SetComp: "a comprehension",
    ast.DictComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
    ast.JoinedStr: "text",
    ast.NamedExpr: "an assignment",
    ast.Starred: "a starred argument",
    ast.List: "a list",
    ast.Tuple: "a list of values",
    ast.Set: "a set",
    ast.Dict: "a mapping",
    ast.Compare: "a test with `in` or `is`",
    ast.BitXor: "a bit operation (** is the power)",
    ast.BitAnd: "a bit operation (write `and`)",
    ast.BitOr: "a bit operation (write `or`)",
    ast.LShift: "a bit operation",
    ast.RShift: "a bit operation",
    ast.Invert: "a bit operation (write `not`)",
    ast.MatMult: "a matrix product",
}

_TYPESET = {
    "−": "-", "–": "-", "×": "*", "·": "*", "÷": "/", "²": "**2", "³": "**3",
    "≤": "<=", "≥": ">=", "≠": "!=", "π": "pi", "√": "sqrt",
}  # fmt: skip
"""What copied formulas contain, and how it is written here."""

_WORDED = {
    "ln": "log",
    "num_epochs": "epochs",
    "cosine": "cos",
    "sine": "sin",
    **dict.fromkeys(("pow", "power"), "**"),
    **dict.fromkeys(("step", "iteration"), "t"),
    **dict.fromkeys(("total_steps", "num_training_steps", "total_iters"), "ticks"),
}
"""Names that no measure of similarity matches to the right one."""


class ExpressionError(ValueError):
    """A text is not a formula; the message names the column (from 1), what is there and what is allowed."""


def checked(text: str, variables: frozenset[str], constants: Iterable[str] = ()) -> tuple[ast.expr, frozenset[str]]:
    """Return the tree of a formula in `variables` and further `constants`, and every name that occurs in it.

    Raises ExpressionError where the text is anything else.
    """
    line = _one_line(text)
    tree = _tree(line)
    return tree, _Check(line, (*sorted(variables), *sorted(constants))).names(tree)


def _refuse(column: int, problem: str) -> NoReturn:
    raise ExpressionError(f"column {column}: {problem}")


def _one_line(text: str) -> str:
    """Return a formula folded over several lines of YAML as one line with the same columns."""
    if not text:
        _refuse(1, "the formula is empty; write one like 0.9 ** t")
    if len(text) > MAX_LENGTH:
        _refuse(MAX_LENGTH + 1, f"the formula has {len(text)} characters; at most {MAX_LENGTH} are allowed")
    line = "".join(" " if character in "\t\n\r\f\v" else character for character in text)
    for column, character in enumerate(line, 1):
        # Python would normalise other letters (a full-width exp is exp to it), and a comment would
        # swallow the lines that were folded behind it.
        if not (character.isascii() and character.isprintable()) or character == "#":
            instead = f" (did you mean {_TYPESET[character]}?)" if character in _TYPESET else ""
            _refuse(column, f"{character!r} has no meaning here; allowed are {_SYNTAX}{instead}")
    return line


def _tree(line: str) -> ast.expr:
    """Return Python's tree of a line; nothing in it is checked yet."""
    try:
        with warnings.catch_warnings():
            # `1if t else 2` is deprecated in some Pythons and an error in others; here it is an error.
            warnings.simplefilter("error")
            return ast.parse(line, mode="eval").body
    except SyntaxError as error:
        reason = error.msg.partition(". ")[0]
        if reason == "invalid decimal literal":
            reason = "a number runs into a name (write * for a product)"
        # An offset of zero means that more was expected at the end.
        _refuse(min(error.offset or len(line), len(line)), f"{reason}; allowed are {_SYNTAX}")
    except (RecursionError, MemoryError):
        _refuse(1, f"too deeply nested; at most {MAX_DEPTH} operations inside one another are allowed")


class _Check:
    """Walks a tree and refuses whatever the language does not contain."""

    def __init__(self, line: str, variables: tuple[str, ...]) -> None:
        self._line = line
        self._variables = variables
        self._nodes = 0

    def names(self, tree: ast.expr) -> frozenset[str]:
        """Return every name in the tree; raises ExpressionError at the first node that is not allowed."""
        return frozenset(self._walk(tree, depth=1))

    def _walk(self, node: ast.expr, depth: int) -> Iterator[str]:
        self._nodes += 1
        if depth > MAX_DEPTH:
            self._fail(node, f"too deeply nested; at most {MAX_DEPTH} operations inside one another are allowed")
        if self._nodes > MAX_NODES:
            self._fail(node, f"too long; at most {MAX_NODES} numbers, names and operations are allowed")
        match node:
            case ast.Constant(value=value):
                self._number(node, value)
            case ast.Name(id=name):
                self._known(node, name, (*self._variables, *CONSTANTS))
                yield name
            case ast.Call(func=ast.Name(id=name) as function, args=arguments, keywords=keywords):
                self._known(function, name, FUNCTIONS)
                self._arity(node, name, len(arguments) + len(keywords))
                for keyword in keywords:
                    self._fail(keyword, f"an argument by name; {name} takes its arguments by position")
                yield name
        for child in self._operands(node):
            yield from self._walk(child, depth + 1)

    def _operands(self, node: ast.expr) -> Sequence[ast.expr]:
        match node:
            case ast.Constant() | ast.Name():
                return ()
            case ast.UnaryOp(op=ast.UAdd() | ast.USub() | ast.Not(), operand=operand):
                return (operand,)
            case ast.BinOp(
                left=left,
                op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div() | ast.FloorDiv() | ast.Mod() | ast.Pow(),
                right=right,
            ):
                return left, right
            case ast.BoolOp(values=values):
                return values
            case ast.Compare(ops=symbols) if COMPARISONS.keys() >= set(map(type, symbols)):
                return node.left, *node.comparators
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return test, body, orelse
            case ast.Call(func=ast.Name(), args=arguments):
                return arguments
            case ast.Attribute(attr=name) | ast.Call(func=ast.Attribute(attr=name)):
                self._fail(node, f"attribute access; allowed are {_SYNTAX}{self._meant(name)}")
            case ast.Call():
                self._fail(node, "a call of something that is not a function; write * for a product")
            case ast.BinOp(op=symbol) | ast.UnaryOp(op=symbol):
                self._fail(node, f"{_REFUSED[type(symbol)]}; allowed are {_SYNTAX}")
            case _:
                found = _REFUSED.get(type(node), "not part of a formula")
                self._fail(node, f"{found}; allowed are {_SYNTAX}")

    def _number(self, node: ast.expr, value: object) -> None:
        if isinstance(value, bool):
            self._fail(node, f"a truth value; write {int(value)}")
        if not isinstance(value, int | float):
            kind = {complex: "a complex number", str: "text", bytes: "text"}.get(type(value), "not a number")
            self._fail(node, f"{kind}; allowed are {_SYNTAX}")
        # Compared as they are: float() of an integer beyond float64 would raise.
        if value > sys.float_info.max:
            self._fail(node, "a number beyond the range of float64; allowed are numbers up to 1.7e308")

    def _known(self, node: ast.expr, name: str, expected: Iterable[str]) -> None:
        if name in expected:
            return
        if name in FUNCTIONS:
            self._fail(node, f"a function; write {name}(...)")
        if name in self._names():
            self._fail(node, "not a function; write * for a product")
        self._fail(node, f"an unknown name; allowed are {', '.join(self._names())}{self._meant(name)}")

    def _arity(self, node: ast.expr, name: str, given: int) -> None:
        least, most = FUNCTIONS[name]
        if not least <= given <= most:
            wanted = f"{least} or more arguments" if most > least else f"{least} argument{'s' * (least > 1)}"
            self._fail(node, f"a call with {given}; {name} takes {wanted}")

    def _names(self) -> tuple[str, ...]:
        return (*self._variables, *CONSTANTS, *sorted(FUNCTIONS))

    def _meant(self, name: str) -> str:
        worded = _WORDED.get(name.lower())
        if worded in (*self._names(), "**"):
            return f" (did you mean {worded}?)"
        near = difflib.get_close_matches(name.lower(), self._names(), n=1, cutoff=0.7)
        return f" (did you mean {near[0]}?)" if near else ""

    def _fail(self, node: ast.expr | ast.keyword, problem: str) -> NoReturn:
        found = self._line[node.col_offset : node.end_col_offset]
        if len(found) > 40:
            found = f"{found[:37]}..."
        _refuse(node.col_offset + 1, f"{found!r} is {problem}")
