"""A checked formula -> the tree of a Python expression that computes it, for one number or for arrays."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable

from typing_extensions import override

from lrviz.language.grammar import COMPARISONS


def _call(function: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(function, ast.Load()), list(arguments), [])


class Lowering:
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
            case ast.BinOp(left=left, op=ast.FloorDiv(), right=right):
                return self.quotient(self.value(left), self.value(right))
            case ast.BinOp(left=base, op=ast.Pow(), right=exponent):
                return ast.BinOp(self.value(base), ast.Pow(), self.exponent(exponent))
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
        """Return a number."""
        return ast.Constant(number)

    def as_number(self, truth: ast.expr) -> ast.expr:
        """Return a truth as the number 1 or 0."""
        # Python's `a and b` is a or b itself, not whether both hold.
        return _call("float", _call("bool", truth) if isinstance(truth, ast.BoolOp) else truth)

    def as_truth(self, number: ast.expr) -> ast.expr:
        """Return whether a number is not zero."""
        return number

    def call(self, name: str, arguments: list[ast.expr]) -> ast.expr:
        """Return a call of one of the language's functions."""
        # These give integers in Python, whose powers are exact and can take for ever.
        called = _call(name, *arguments)
        return _call("float", called) if name in {"round", "floor", "ceil"} else called

    def quotient(self, left: ast.expr, right: ast.expr) -> ast.expr:
        """Return a quotient rounded down."""
        return ast.BinOp(left, ast.FloorDiv(), right)

    def exponent(self, node: ast.expr) -> ast.expr:
        """Return the node as the number that another one is raised to."""
        return self.value(node)

    def choice(self, test: ast.expr, body: ast.expr, orelse: ast.expr) -> ast.expr:
        """Return `body if test else orelse`."""
        return ast.IfExp(test, body, orelse)

    def negation(self, truth: ast.expr) -> ast.expr:
        """Return `not truth`."""
        return ast.UnaryOp(ast.Not(), truth)

    def junction(self, symbol: ast.boolop, truths: list[ast.expr]) -> ast.expr:
        """Return truths joined by `and` or `or`."""
        return ast.BoolOp(symbol, truths)

    def comparison(self, left: ast.expr, symbols: list[ast.cmpop], others: list[ast.expr]) -> ast.expr:
        """Return a chain of comparisons."""
        return ast.Compare(left, symbols, others)


class ArrayLowering(Lowering):
    """Rewrites a checked tree for arrays: what Python decides once becomes a function over all elements.

    variables: the names in the tree that are no constants.
    """

    def __init__(self, variables: Iterable[str]) -> None:
        self._variables = sorted(variables)

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
    def quotient(self, left: ast.expr, right: ast.expr) -> ast.expr:
        return _call("quotient", left, right)

    @override
    def exponent(self, node: ast.expr) -> ast.expr:
        # Both libraries square, cube or take a root where the exponent is a plain number, to the last bit.
        match node:
            case ast.Constant(value=int() | float() as number):
                return ast.Constant(float(number))
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
                return ast.Constant(-float(number))
        return self.value(node)

    @override
    def choice(self, test: ast.expr, body: ast.expr, orelse: ast.expr) -> ast.expr:
        # Functions of the variables, so that each branch can be given variables of its own.
        arguments = [ast.arg(name) for name in self._variables]
        branches = (ast.Lambda(ast.arguments([], arguments, None, [], [], None, []), one) for one in (body, orelse))
        return _call("where", test, *branches, *(ast.Name(name, ast.Load()) for name in self._variables))

    @override
    def negation(self, truth: ast.expr) -> ast.expr:
        return _call("negation", truth)

    @override
    def junction(self, symbol: ast.boolop, truths: list[ast.expr]) -> ast.expr:
        name = "both" if isinstance(symbol, ast.And) else "either"
        return functools.reduce(functools.partial(_call, name), truths)

    @override
    def comparison(self, left: ast.expr, symbols: list[ast.cmpop], others: list[ast.expr]) -> ast.expr:
        # Not `both(a < b, b < c)`: b would be in it twice, and nested chains would double at every level.
        names = ast.Tuple([ast.Constant(COMPARISONS[type(symbol)]) for symbol in symbols], ast.Load())
        return _call("chain", names, left, *others)
