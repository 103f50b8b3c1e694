"""The formula language: it computes what Python computes, and nothing gets out of it."""

from __future__ import annotations

import ast
import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrviz.language.expression import Expression, ExpressionError
from lrviz.language.grammar import FUNCTIONS, MAX_LENGTH

POINTS = np.array([-2.5, 0.0, 0.5, 1.0, 2.0, 3.0, 7.0, 10.0, 1e3])


def scalar(formula: Expression, **variables: float) -> float | complex:
    """The value as a script computes it that contains `formula.python`."""
    names = {name: getattr(math, name) for name in formula.python.math_names}
    value: float | complex = eval(formula.python.source, names, variables)
    return value


def joined(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Larger formulas from smaller ones, using what IEEE arithmetic rounds correctly everywhere."""
    return st.one_of(
        st.tuples(parts, st.sampled_from(["+", "-", "*", "/", "//", "%", "<", "<=", "==", "!="]), parts).map(
            lambda p: f"({p[0]} {p[1]} {p[2]})"
        ),
        st.tuples(parts, st.sampled_from(["and", "or"]), parts).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        st.tuples(st.sampled_from(["not ", "-", "+"]), parts).map(lambda p: f"({p[0]}{p[1]})"),
        st.tuples(st.sampled_from(["abs", "round", "floor", "ceil", "sqrt"]), parts).map(lambda p: f"{p[0]}({p[1]})"),
        st.tuples(st.sampled_from(["min", "max"]), st.lists(parts, min_size=2, max_size=3)).map(
            lambda p: f"{p[0]}({', '.join(p[1])})"
        ),
        st.tuples(parts, parts, parts).map(lambda p: f"({p[0]} if {p[1]} else {p[2]})"),
        st.tuples(parts, parts, parts).map(lambda p: f"({p[0]} < {p[1]} >= {p[2]})"),
    )


LEAVES = st.sampled_from(["t", "t", "0", "1", "2", "3", "7", "10", "0.5", "1e-3", "pi", "e"])
FORMULAS = st.recursive(LEAVES, joined, max_leaves=8)


def parts_of(formula: Expression) -> list[Expression]:
    tree = ast.parse(formula.text, mode="eval").body
    functions = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return [
        Expression.parse(ast.unparse(node), formula.variables)
        for node in ast.walk(tree)
        if isinstance(node, ast.expr) and id(node) not in functions
    ]


@given(FORMULAS)
def test_arrays_and_python_agree_to_the_bit(text: str) -> None:
    formula = Expression.parse(text, {"t"})
    values = formula.evaluate(t=POINTS)
    assert values.dtype == np.float64
    assert values.shape == POINTS.shape
    finite = np.logical_and.reduce([np.isfinite(part.evaluate(t=POINTS)) for part in parts_of(formula)])
    for t, value, all_finite in zip(POINTS.tolist(), values.tolist(), finite.tolist(), strict=True):
        if all_finite:
            assert scalar(formula, t=t) == value


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_function_is_the_one_of_pythons_math(name: str) -> None:
    least, _ = FUNCTIONS[name]
    formula = Expression.parse(f"{name}({', '.join(['t', '2 - t'][:least])})", {"t"})
    points = np.linspace(-3, 3, 101)
    agreed = 0
    for t, value in zip(points.tolist(), formula.evaluate(t=points).tolist(), strict=True):
        try:
            assert scalar(formula, t=t) == pytest.approx(value, rel=1e-14, abs=1e-15)
            agreed += 1
        except (ValueError, ZeroDivisionError):
            assert not math.isfinite(value)
    assert agreed > 20


@given(st.floats(0, 10), st.floats(-5, 5))
def test_powers_agree(t: float, x: float) -> None:
    formula = Expression.parse("t ** x + 2 ** -t", {"t", "x"})
    value = float(formula.evaluate(t=t, x=x))
    if math.isfinite(value):
        assert scalar(formula, t=t, x=x) == pytest.approx(value, rel=1e-14)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9**9**9", math.inf),
        ("1 / (t - t)", math.inf),
        ("(-8) ** (1/3)", math.nan),
        ("5", 5.0),
        ("t", 2.0),
        ("2 ** -t", 0.25),
        ("1 < t < 3", 1.0),
        ("(t > 1) + (t > 0)", 2.0),
        ("t and 5", 1.0),
        ("1 if t > 1 else log(0)", 1.0),
        ("t\n  + 1", 3.0),
        ("7 // t + 7 % t", 4.0),
    ],
)
def test_values(text: str, expected: float) -> None:
    formula = Expression.parse(text, {"t"})
    for t in (2.0, [2.0, 2.0], np.full((3, 1, 2), 2.0)):
        np.testing.assert_array_equal(formula.evaluate(t=t), np.full(np.shape(t), expected), strict=True)


def test_a_result_is_no_view_of_its_variable() -> None:
    t = np.zeros(2)
    Expression.parse("t", {"t"}).evaluate(t=t)[0] = 1
    assert t[0] == 0


def test_variables_are_broadcast_and_all_are_needed() -> None:
    formula = Expression.parse("x ** 2", {"x", "y"})
    assert formula.evaluate(x=np.ones((3, 1)), y=np.ones(4)).shape == (3, 4)
    assert formula.names == {"x"}
    with pytest.raises(TypeError, match="needs x"):
        formula.evaluate(y=1.0)


def test_equal_by_text_and_variables_also_after_pickling() -> None:
    formula = Expression.parse(" 0.9 ** t", {"t"})
    formula.evaluate(t=1.0)
    assert pickle.loads(pickle.dumps(formula)) == formula == Expression.parse("0.9 ** t", ["t"])
    assert len({formula, Expression.parse("0.9**t", {"t"}), Expression.parse("0.9 ** t", {"t", "x"})}) == 3


def test_python_source_is_readable() -> None:
    python = Expression.parse("0.5*(1+cos(pi*t/100)) if t<50 and t else max(floor(t), 1)", {"t"}).python
    assert python.source == ("0.5 * (1.0 + cos(pi * t / 100.0)) if t < 50.0 and t else max(float(floor(t)), 1.0)")
    assert python.math_names == {"cos", "pi", "floor"}


def test_nested_comparisons_do_not_multiply() -> None:
    formula = Expression.parse("(0 <= " * 38 + "t" + " <= 1)" * 38, {"t"})
    np.testing.assert_array_equal(formula.evaluate(t=[0.5, 2.0]), [1.0, 1.0])
    assert scalar(formula, t=0.5) == 1.0


NAMES = "did you mean {}?"
# Python takes these letters for exec and exp.
FULL_WIDTH_EXEC, FULL_WIDTH_EXP = ("".join(chr(ord(letter) + 0xFEE0) for letter in name) for name in ("exec", "exp"))
REFUSED = {
    "": "column 1: the formula is empty",
    "cosine(t)": NAMES.format("cos"),
    "max(t, Sqrt(t))": "column 8: 'Sqrt' is an unknown name; allowed are t, e, pi, abs",
    "T + 1": NAMES.format("t"),
    "ln(t)": NAMES.format("log"),
    "pow(t, 2)": NAMES.format("**"),
    "np.cos(t)": NAMES.format("cos"),
    "arctan2(t, 1)": NAMES.format("atan2"),
    "t.real": "'t.real' is attribute access; allowed are numbers, + - *",
    "().__class__.__bases__[0]": "is a subscript",
    "__import__('os')": "'__import__' is an unknown name",
    "open(t)": "'open' is an unknown name",
    "exec": "'exec' is an unknown name",
    "where(t, 1, 2)": "'where' is an unknown name",
    "t[0]": "is a subscript",
    "exp(x=t)": "column 5: 'x=t' is an argument by name; exp takes its arguments by position",
    "exp(**t)": "is an argument by name",
    "max(t, *t)": "column 8: '*t' is a starred argument",
    "exp()": "'exp()' is a call with 0; exp takes 1 argument",
    "round(t, 2)": "is a call with 2; round takes 1 argument",
    "atan2(t)": "atan2 takes 2 arguments",
    "min(t)": "min takes 2 or more arguments",
    "cos": "'cos' is a function; write cos(...)",
    "t(3)": "'t' is not a function; write * for a product",
    "2(t + 1)": "write * for a product",
    "2t": "a number runs into a name (write * for a product)",
    "1if t else 2": "a number runs into a name",
    "lambda: 1": "is a lambda",
    "[t for t in t]": "is a comprehension",
    "max({t: 1}, 2)": "is a mapping",
    "[t]": "is a list",
    "{t}": "is a set",
    "t, 1": "is a list of values",
    "'t'": "is text",
    "b't'": "is text",
    "f'{t}'": "is text",
    "2j": "is a complex number",
    "True": "is a truth value; write 1",
    "None": "is not a number",
    "...": "is not a number",
    "(t := 3)": "is an assignment",
    "t = 3": "column 3: invalid syntax",
    "t; t": "column 2: invalid syntax",
    "await t": "is not part of a formula",
    "(yield t)": "is not part of a formula",
    "t ^ 2": "is a bit operation (** is the power)",
    "t & 1": "is a bit operation (write `and`)",
    "~t": "is a bit operation (write `not`)",
    "t @ t": "is a matrix product",
    "t << 9": "is a bit operation",
    "t in t": "is a test with `in` or `is`",
    "1 < t is t": "is a test with `in` or `is`",
    "(t": "column 1: '(' was never closed",
    "t +": "column 3: invalid syntax",
    "1e999": "is a number beyond the range of float64",
    "0x" + "f" * 300: "is a number beyond the range of float64",
    "t # why": "column 3: '#' has no meaning here",
    "−t": "column 1: '−' has no meaning here",
    "2 × t": NAMES.format("*"),
    f"{FULL_WIDTH_EXEC}(t)": f"column 1: '{FULL_WIDTH_EXEC[0]}' has no meaning here",
    f"1 + {FULL_WIDTH_EXP}(t)": f"column 5: '{FULL_WIDTH_EXP[0]}' has no meaning here",
    "ᵗ": "has no meaning here",
    "t\0": "column 2: '\\x00' has no meaning here",
    "t" * (MAX_LENGTH + 1): f"at most {MAX_LENGTH} are allowed",
    "-" * 900 + "t": "too deeply nested; at most 40",
    "t" + "**t" * 300: "too deeply nested; at most 40",
    "(" * 300 + "t" + ")" * 300: "too many nested parentheses",
    "max(" + ", ".join("t" * 250) + ")": "too long; at most 200",
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:20].encode("ascii", "backslashreplace").decode())
def test_what_is_no_formula_is_refused_in_words(text: str) -> None:
    with pytest.raises(ExpressionError) as refusal:
        Expression.parse(text, {"t"})
    assert REFUSED[text] in str(refusal.value)


HARMLESS = (
    ast.Expression, ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop,
    ast.Name, ast.Constant, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Call,
)  # fmt: skip
SNIPPETS = [
    *"t2()[]{},.*+-/%<>@^~=;:#\\\n\0_j", "**", "//", "==", ":=", "9**9**9", "1e9", "0x", "1_0", "'os'",
    "f'{t}'", "exp", "max", "__import__", "().__class__", "open", "exec", "eval", "print", FULL_WIDTH_EXEC,
    "lambda", "for", "in", "is", "not", "and", "if", "else", "await", "yield", "True", "None",
    "\N{KELVIN SIGN}", "\ud800",
]  # fmt: skip


@given(
    st.one_of(
        st.text(),
        st.text(alphabet="t0123456789.+-*/%()<>=! eipcosxmaxnflr,_", max_size=30),
        st.lists(st.sampled_from(SNIPPETS), max_size=12).map(" ".join),
        st.lists(st.sampled_from(SNIPPETS), max_size=12).map("".join),
        st.tuples(FORMULAS, st.integers(0, 200), st.sampled_from(SNIPPETS)).map(
            lambda p: p[0][: p[1] % (len(p[0]) + 1)] + p[2] + p[0][p[1] % (len(p[0]) + 1) :]
        ),
    )
)
def test_nothing_escapes(text: str) -> None:
    try:
        formula = Expression.parse(text, {"t"})
    except ExpressionError:
        return
    for node in ast.walk(ast.parse(formula.python.source, mode="eval")):
        assert isinstance(node, HARMLESS)
        assert not isinstance(node, ast.Constant) or type(node.value) is float
        assert not isinstance(node, ast.Name) or node.id in {*FUNCTIONS, "t", "e", "pi", "float", "bool"}
    assert formula.evaluate(t=POINTS).dtype == np.float64
