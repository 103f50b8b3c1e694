"""The formulas of a document: a small whitelisted language, so that a document can never run code.

    formula: number | variable | pi | e | f(formula, ...) | (formula)
           | -formula | +formula | formula (+ - * / // % **) formula
           | formula (< <= > >= == !=) formula ... | not formula | formula (and or) formula ...
           | formula if formula else formula

The syntax is Python's and read by `ast.parse`, which runs nothing; a node that is not named here is
refused. Everything is a float64: `9**9**9` is infinite at once, and a truth is 1 or 0.

What a formula *is* (the checked tree) stands apart from what it is *evaluated with*: the tree is
lowered to calls of named functions, and a namespace gives the names their meaning.
"""

from __future__ import annotations

import ast
import functools
import math
import operator
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import CodeType
from typing import NamedTuple, NoReturn

from typing_extensions import override

from lrviz.language.arrays import FloatArray, np

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

_WORDED = {"ln": "log", "pow": "**", "power": "**", "cosine": "cos", "sine": "sin"}
"""Names that no measure of likeness leads to the right one."""


class ExpressionError(ValueError):
    """A text is no formula; the message says what stands at which column (from 1) and what is allowed."""


class PythonFormula(NamedTuple):
    """A formula as Python source: `lambda t: {source}` after `from math import {math_names}`.

    It means the same as `Expression.evaluate` for variables that are floats. Where a part of the
    formula is not finite Python raises (`1 / 0`, `exp(1000)`) and `evaluate` carries on with it.
    """

    source: str
    math_names: frozenset[str]


@dataclass(frozen=True)
class Expression:
    """A formula that has been checked; made by `parse` only.

    text: as it was written; variables: the names it may use; names: every name that occurs in it.
    Two are equal when text and variables are.
    """

    text: str
    variables: frozenset[str]
    names: frozenset[str] = field(compare=False, repr=False)
    _tree: ast.expr = field(compare=False, repr=False)

    @classmethod
    def parse(cls, source: str, variables: Iterable[str]) -> Expression:
        """Return the formula written in `source`.

        Raises ExpressionError where it is anything but a formula in `variables`.

        >>> Expression.parse("2 ** -t", {"t"}).evaluate(t=[0, 1, 2])
        array([1.  , 0.5 , 0.25])
        """
        text, allowed = source.strip(), frozenset(variables)
        line = _one_line(text)
        tree = _tree(line)
        return cls(text, allowed, _Check(line, allowed).names(tree), tree)

    def evaluate(self, **variables: FloatArray | Sequence[float] | float) -> FloatArray:
        """Return the value at every point: float64 of the variables' common shape.

        As NumPy computes it, infinities and NaN included, without a warning; of a conditional both
        sides are computed. Raises TypeError where a variable that occurs is not given.
        """
        if missing := (self.names & self.variables) - variables.keys():
            raise TypeError(f"the formula {self.text!r} needs {', '.join(sorted(missing))}")
        given = {name: np.asarray(value, dtype=np.float64) for name, value in variables.items()}
        with np.errstate(all="ignore"):
            # Safe by construction: the code holds whitelisted nodes only, and no builtin is in reach.
            values = eval(self._code, _numpy_namespace(), given)
        return np.array(np.broadcast_to(values, np.broadcast_shapes(*(array.shape for array in given.values()))))

    @functools.cached_property
    def python(self) -> PythonFormula:
        """The formula for a script that has floats and the `math` module."""
        source = ast.unparse(_Lowering().value(self._tree))
        return PythonFormula(source, frozenset(name for name in self.names - self.variables if hasattr(math, name)))

    @functools.cached_property
    def _code(self) -> CodeType:
        lowered = ast.fix_missing_locations(ast.Expression(_ArrayLowering().value(self._tree)))
        return compile(lowered, "<formula>", "eval")

    @override
    def __reduce__(self) -> tuple[object, tuple[str, frozenset[str]]]:
        """Pickled as its text, because compiled code cannot be."""
        return Expression.parse, (self.text, self.variables)


def _refuse(column: int, problem: str) -> NoReturn:
    raise ExpressionError(f"column {column}: {problem}")


def _one_line(text: str) -> str:
    """Return a formula folded over several lines of YAML as one line with the same columns."""
    if not text:
        _refuse(1, "there is no formula; write one like 0.9 ** t")
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

    def __init__(self, line: str, variables: frozenset[str]) -> None:
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
                self._fail(node, "a call of something that is no function; write * for a product")
            case ast.BinOp(op=symbol) | ast.UnaryOp(op=symbol):
                self._fail(node, f"{_REFUSED[type(symbol)]}; allowed are {_SYNTAX}")
            case _:
                found = _REFUSED.get(type(node), "no part of a formula")
                self._fail(node, f"{found}; allowed are {_SYNTAX}")

    def _number(self, node: ast.expr, value: object) -> None:
        if isinstance(value, bool):
            self._fail(node, f"a truth value; write {int(value)}")
        if not isinstance(value, int | float):
            kind = {complex: "a complex number", str: "text", bytes: "text"}.get(type(value), "no number")
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
            self._fail(node, "no function; write * for a product")
        self._fail(node, f"an unknown name; allowed are {', '.join(self._names())}{self._meant(name)}")

    def _arity(self, node: ast.expr, name: str, given: int) -> None:
        least, most = FUNCTIONS[name]
        if not least <= given <= most:
            wanted = f"{least} or more arguments" if most > least else f"{least} argument{'s' * (least > 1)}"
            self._fail(node, f"a call with {given}; {name} takes {wanted}")

    def _names(self) -> tuple[str, ...]:
        return (*sorted(self._variables), *CONSTANTS, *sorted(FUNCTIONS))

    def _meant(self, name: str) -> str:
        import difflib

        near = difflib.get_close_matches(name.lower(), self._names(), n=1, cutoff=0.7)
        meant = _WORDED.get(name.lower(), *near)
        return f" (did you mean {meant}?)" if meant else ""

    def _fail(self, node: ast.expr | ast.keyword, problem: str) -> NoReturn:
        found = self._line[node.col_offset : node.end_col_offset]
        if len(found) > 40:
            found = f"{found[:37]}..."
        _refuse(node.col_offset + 1, f"{found!r} is {problem}")


def _call(function: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(function, ast.Load()), list(arguments), [])


class _Lowering:
    """Rewrites a checked tree as scalar Python in which every value is a float.

    A node is wanted as a number or as a truth (under `not`, `and`, `or`, `if`), and the two are
    converted where they meet; the methods below `truth` are what another target spells differently.
    """

    def value(self, node: ast.expr) -> ast.expr:
        """Return the node as a number."""
        match node:
            case ast.Constant(value=int() | float() as number):
                return self.constant(float(number))
            case ast.UnaryOp(op=ast.Not()) | ast.BoolOp() | ast.Compare():
                return self.as_number(self.truth(node))
            case ast.UnaryOp(op=sign, operand=operand):
                return ast.UnaryOp(sign, self.value(operand))
            case ast.BinOp(left=left, op=symbol, right=right):
                return ast.BinOp(self.value(left), symbol, self.value(right))
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self.choice(self.truth(test), self.value(body), self.value(orelse))
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return self.call(name, [self.value(argument) for argument in arguments])
        return node

    def truth(self, node: ast.expr) -> ast.expr:
        """Return the node as a truth."""
        match node:
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return self.negation(self.truth(operand))
            case ast.BoolOp(op=junction, values=values):
                return self.junction(junction, [self.truth(value) for value in values])
            case ast.Compare(left=left, ops=symbols, comparators=others):
                return self.comparison(self.value(left), symbols, [self.value(other) for other in others])
        return self.as_truth(self.value(node))

    def constant(self, number: float) -> ast.expr:
        return ast.Constant(number)

    def as_number(self, truth: ast.expr) -> ast.expr:
        # Python's `a and b` is a or b itself, not whether both hold.
        return _call("float", _call("bool", truth) if isinstance(truth, ast.BoolOp) else truth)

    def as_truth(self, number: ast.expr) -> ast.expr:
        return number

    def call(self, name: str, arguments: list[ast.expr]) -> ast.expr:
        # These give integers in Python, whose powers are exact and can take for ever.
        called = _call(name, *arguments)
        return _call("float", called) if name in {"round", "floor", "ceil"} else called

    def choice(self, test: ast.expr, body: ast.expr, orelse: ast.expr) -> ast.expr:
        return ast.IfExp(test, body, orelse)

    def negation(self, truth: ast.expr) -> ast.expr:
        return ast.UnaryOp(ast.Not(), truth)

    def junction(self, symbol: ast.boolop, truths: list[ast.expr]) -> ast.expr:
        return ast.BoolOp(symbol, truths)

    def comparison(self, left: ast.expr, symbols: list[ast.cmpop], others: list[ast.expr]) -> ast.expr:
        return ast.Compare(left, symbols, others)


class _ArrayLowering(_Lowering):
    """Rewrites a checked tree for arrays: what Python decides once becomes a function over all elements."""

    @override
    def constant(self, number: float) -> ast.expr:
        return _call("number", ast.Constant(number))

    @override
    def as_number(self, truth: ast.expr) -> ast.expr:
        return _call("number", truth)

    @override
    def as_truth(self, number: ast.expr) -> ast.expr:
        return _call("truth", number)

    @override
    def call(self, name: str, arguments: list[ast.expr]) -> ast.expr:
        return _call(name, *arguments)

    @override
    def choice(self, test: ast.expr, body: ast.expr, orelse: ast.expr) -> ast.expr:
        return _call("where", test, body, orelse)

    @override
    def negation(self, truth: ast.expr) -> ast.expr:
        return _call("negation", truth)

    @override
    def junction(self, symbol: ast.boolop, truths: list[ast.expr]) -> ast.expr:
        name = "both" if isinstance(symbol, ast.And) else "either"
        return functools.reduce(functools.partial(_call, name), truths)

    @override
    def comparison(self, left: ast.expr, symbols: list[ast.cmpop], others: list[ast.expr]) -> ast.expr:
        # Not `both(a < b, b < c)`: b would stand there twice, and nested chains double at every level.
        names = ast.Tuple([ast.Constant(COMPARISONS[type(symbol)]) for symbol in symbols], ast.Load())
        return _call("chain", names, left, *others)


def _chain(comparisons: tuple[str, ...], *values: FloatArray) -> FloatArray:
    links = zip(comparisons, values, values[1:], strict=False)
    return functools.reduce(np.logical_and, [getattr(operator, name)(a, b) for name, a, b in links])


@functools.cache
def _numpy_namespace() -> dict[str, object]:
    """What the names of an array-lowered formula mean to NumPy."""
    return {
        "__builtins__": {},
        "number": functools.partial(np.asarray, dtype=np.float64),
        **{name: np.float64(getattr(math, name)) for name in CONSTANTS},
        **{name: getattr(np, name) for name in FUNCTIONS},
        # Adding zero turns -0.0 into 0.0: Python rounds to integers, which have one zero only.
        "round": lambda value: np.rint(value) + 0.0,
        "floor": lambda value: np.floor(value) + 0.0,
        "ceil": lambda value: np.ceil(value) + 0.0,
        "min": lambda *values: functools.reduce(np.minimum, values),
        "max": lambda *values: functools.reduce(np.maximum, values),
        "truth": lambda value: value != 0,
        "where": np.where,
        "chain": _chain,
        "both": np.logical_and,
        "either": np.logical_or,
        "negation": np.logical_not,
    }
