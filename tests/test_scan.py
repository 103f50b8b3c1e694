"""The scan against the plainest possible loop, for maps that no scheduler happens to have."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lrviz.engines.reference.scan import Action, curve
from lrviz.foundation.beats import array
from lrviz.results import FloatArray
from lrviz.schedulers.maps import Affine

ROWS = 300

kinds = st.sampled_from(["scale", "assign", "draw", "push", "mixed", "constant"])


@st.composite
def actions(draw: st.DrawFn, groups: int) -> Action:
    start, step = draw(st.integers(0, ROWS - 1)), draw(st.sampled_from([1, 1, 1, 7]))
    when = range(start, draw(st.integers(start + 1, ROWS)), step)
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    shape = (len(when), draw(st.sampled_from([1, groups])))
    if draw(st.integers(0, 5)) == 0:
        return Action(
            when, reduce=lambda lr, group: max(lr * 0.5, 0.01 * group), reduces=random.random(len(when)) < 0.1
        )
    centre = draw(st.sampled_from([0.0, 0.01]))
    match draw(kinds):
        case "scale":
            return Action(when, Affine(random.uniform(0.9, 1.1, shape)))
        case "assign":
            return Action(when, Affine(0.0, 0.0, random.random(shape)))
        case "draw":
            return Action(when, Affine(random.uniform(0.5, 1.0, shape), centre))
        case "push":
            return Action(when, Affine(random.uniform(0.9, 1.02, shape), centre))
        case "constant":
            return Action(when, Affine(draw(st.sampled_from([0.5, 1.0, 1.01])), centre))
        case _:
            scale = np.where(random.random(shape) < 0.2, 0.0, random.uniform(0.8, 1.05, shape))
            shift = np.where(random.random(shape) < 0.5, 0.0, random.random(shape))
            return Action(when, Affine(scale, np.full(shape, centre), shift))


def naive(lr: FloatArray, acting: Sequence[Action]) -> FloatArray:
    out = [lr.copy()]
    for row in range(ROWS - 1):
        now = out[-1].copy()
        for action in acting:
            if row not in action.when:
                continue
            index = array(action.when).tolist().index(row)
            if action.reduces is not None and action.reduce is not None:
                if action.reduces[index]:
                    now = np.array([action.reduce(value, group) for group, value in enumerate(now)])
                continue
            own = action.affine
            parts = (np.asarray(part) for part in (own.scale, own.centre, own.shift))
            scale, centre, shift = (part[index] if part.ndim == 2 and len(part) > 1 else part for part in parts)
            now = np.ravel(scale * (now - centre) + centre + shift)
        out.append(np.broadcast_to(now, lr.shape))
    return np.array(out)


@given(st.integers(1, 3).flatmap(lambda groups: st.tuples(st.just(groups), st.lists(actions(groups), max_size=4))))
def test_the_scan_is_the_loop(case: tuple[int, list[Action]]) -> None:
    groups, acting = case
    lr = np.linspace(0.1, 0.3, groups)
    expected = naive(lr, acting)
    np.testing.assert_allclose(curve(lr, acting, ROWS), expected, rtol=1e-11, atol=1e-13 * np.abs(expected).max())
