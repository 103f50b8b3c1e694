"""The minima of typed formulas: all that are listed exist, and none is listed if that cannot be proved."""

from __future__ import annotations

import math
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrviz.foundation.plane import Point
from lrviz.functions.custom import Custom
from lrviz.language.expression import Expression
from lrviz.runs.racing.minima import lowest
from tests.examples import examples


def surface(text: str, reach: float = 5.0) -> Custom:
    return Custom(Expression.parse(text, {"x", "y"}), ((-reach, reach), (-reach, reach)), (-0.6 * reach, 0.6 * reach))


ROSENBROCK = "(1 - x)**2 + 100 * (y - x**2)**2"


@pytest.mark.parametrize(
    ("text", "reach", "minimum", "count"),
    [
        (ROSENBROCK, 5, 0.0, 1),
        (ROSENBROCK, 1000, 0.0, 1),
        ("(x**2 + y - 11)**2 + (x + y**2 - 7)**2", 5, 0.0, 4),
        ("x**2 + y**2 - 3", 5, -3.0, 1),
        ("x**2 + 1e6 * y**2", 5, 0.0, 1),
        ("cos(x) + y**2", 5, -1.0, 2),
        ("sin(x)**2 + sin(y)**2", 5, 0.0, 9),
        # One of the two wells is deeper, by a little.
        ("(x**2 - 1)**2 + y**2 + 1e-6 * x", 5, -1e-6, 1),
    ],
)
def test_the_minima_of_an_own_function_are_found(text: str, reach: float, minimum: float, count: int) -> None:
    found = lowest(surface(text, reach))
    assert found is not None
    assert found[1] == pytest.approx(minimum, abs=1e-9)
    assert len(found[0]) == count


@pytest.mark.parametrize(
    "text",
    [
        # Lower at the edge, or nowhere.
        "x**2 - y**2", "x + y", "exp(x)", "-(x**2) - y**2", "log(x**2 + y**2)", "x**2 + y**2 + 1 / (x - 0.0123)",
        # Flat: a line, a hyperbola, a ring, terraces.
        "x**2", "(x * y - 1)**2", "(x**2 + y**2 - 1)**2", "floor(x) + y**2", "x**2 if x > 0 else y**2",
        # At a kink, or without curvature, there is no Hessian to prove it with.
        "abs(x) + y**2", "sqrt(x**2 + y**2)", "x**4 + y**2",
        # In step with the grid, which does not see the lower hollows beside.
        "x**2 + y**2 + 0.5 * sin(400 * x)", "x**2 + y**2 + 2 * sin(2 * pi * x * 200 / 3)",
        # A well that is proved, and another one, as deep, that is not.
        "((x - 2)**2 + y**2) * ((x + 2)**2 + y**2)**2",
    ],
)  # fmt: skip
def test_no_minimum_is_made_up(text: str) -> None:
    assert lowest(surface(text)) is None


SHIFTS = st.integers(-30, 30).map(lambda tenths: tenths / 10)
WEIGHTS = st.sampled_from([1e-3, 0.5, 1.0, 7.0, 1e3])
REACHES = st.sampled_from([3.5, 5.0, 40.0, 1000.0])


@st.composite
def known(draw: st.DrawFn) -> tuple[str, list[Point], bool]:
    """Return a formula with a least value of 0, where it has that, and whether every Hessian there is definite."""
    p, q, r, s = (draw(SHIFTS) for _ in range(4))
    a, b = draw(WEIGHTS), draw(WEIGHTS)
    bowl = f"({a} * (x - ({p}))**2 + {b} * (y - ({q}))**2)"
    other = f"((x - ({r}))**2 + (y - ({s}))**2)"
    apart = math.dist((p, q), (r, s)) > 0
    return draw(
        st.sampled_from(
            [
                (bowl, [(p, q)], True),
                (f"{bowl} * (1 + (x - ({r}))**2)", [(p, q)], True),
                (f"{a} * (x - ({p}))**4 + {b} * (y - ({q}))**2", [(p, q)], False),
                (f"{a} * (x - ({p}))**4 + {b} * (y - ({q}))**4", [(p, q)], False),
                (f"{a} * (x - ({p}))**2 * (x - ({r}))**2 + {b} * (y - ({q}))**2", [(p, q), (r, q)], p != r),
                (f"{bowl} * {other}", [(p, q), (r, s)], apart),
                (f"{bowl} * {other}**2", [(p, q), (r, s)], False),
                (f"{a} * (x - ({p}))**2 + {b} * (y - x * ({r}))**2", [(p, p * r)], True),
            ]
        )
    )


# An example follows up to a thousand hollows of a grid.
@examples(100)
@given(known(), REACHES)
def test_every_minimum_that_is_listed_is_one(case: tuple[str, list[Point], bool], reach: float) -> None:
    text, minima, definite = case
    found = lowest(surface(text, reach))
    if found is None:
        return
    listed, least = found
    assert abs(least) <= 1e-9
    for point in listed:
        assert min(math.dist(point, one) for one in minima) <= 1e-5 * reach
    # What lies within a few cells of the grid may look like one hollow.
    inside = {one for one in minima if max(map(abs, one)) < reach}
    if all(math.dist(one, other) > 6 * reach / 200 for one, other in combinations(inside, 2)):
        assert definite
        assert len(listed) == len(inside)


@examples(50)
@given(SHIFTS, SHIFTS, WEIGHTS, WEIGHTS, REACHES)
def test_the_minimum_of_a_bowl_is_proved(p: float, q: float, a: float, b: float, reach: float) -> None:
    found = lowest(surface(f"{a} * (x - ({p}))**2 + {b} * (y - ({q}))**2 - 1", reach))
    assert found is not None
    assert found[1] == pytest.approx(-1)
    (point,) = found[0]
    assert point == pytest.approx((p, q), abs=1e-6 * reach)


@examples(50)
@given(SHIFTS, SHIFTS, st.sampled_from([0.1, 1.0, 2.5]), WEIGHTS, REACHES)
def test_a_flat_has_no_minima(p: float, q: float, r: float, a: float, reach: float) -> None:
    for text in (
        f"{a} * (x - ({p}))**2",
        f"{a} * (x - ({p}) * y - ({q}))**2",
        f"{a} * ((x - ({p}))**2 + (y - ({q}))**2 - {r})**2",
        f"{a} * ((x - ({p})) * (y - ({q})) - {r})**2",
        f"{a} * ((x - ({p})) * (y - ({q})))**2",
    ):
        assert lowest(surface(text, reach)) is None, text
