"""A fit as a native document."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lrviz.foundation.numerals import short
from lrviz.foundation.printable import printable
from lrviz.results import Unit
from lrviz.runs.fitting.families import FALLS, OneCycle, Seen, Warmed
from lrviz.runs.fitting.search import Fit


@dataclass(frozen=True, slots=True)
class Run:
    """length: updates, or epochs; ends: whether the schedule ends there, else only the log does.

    groups: the name and the peak of each, where the log has several; allowed: how far off the first value may be.
    """

    length: int
    ends: bool
    unit: Unit
    groups: tuple[tuple[str, float], ...]
    allowed: float


def run_of(
    fit: Fit, seen: Seen, unit: Unit, groups: Sequence[tuple[str, float]], allowed: float, *, ahead: bool
) -> Run:
    """Return the run of a log: to the end of its decay, if that comes before the next value would.

    ahead: the last value may belong to an update that was never made.
    """
    last = int(seen.at[-1])
    end = int(fit.p.get("total", fit.p.get("end", 0)))
    ends = last - ahead < end <= last + 2 * seen.apart + 1
    return Run(end if ends else last + 1, ends, unit, tuple(groups) if len(groups) > 1 else (), allowed)


def text_of(fit: Fit, run: Run, seen: Seen, name: str, remarks: Sequence[str]) -> str:
    """Return the document, remarks before it as comments."""
    body = _one_cycle(fit, run) if isinstance(fit.family, OneCycle) else _warmed(fit, run, seen)
    optimizer: dict[str, Any] = {"name": "SGD", "lr": fit.lr["peak"]}
    if run.groups:
        optimizer["groups"] = [{"name": printable(group), "lr": lr} for group, lr in run.groups]
    lines = [f"# {printable(one)}" for one in remarks]
    lines += [f"name: {json.dumps(printable(name), ensure_ascii=False)}"]
    if run.unit == "epoch":
        lines += [f"epochs: {run.length}"]
    else:
        lines += [f"steps: {run.length}", "interval: step"]
    lines += [f"optimizer: {_flow(optimizer)}"]
    if body is not None:
        lines += ["scheduler:", *_block(body)]
    return "\n".join(lines) + "\n"


def _one_cycle(fit: Fit, run: Run) -> dict[str, Any]:
    peak, floor, start = fit.lr["peak"], fit.lr["floor"], fit.lr["start"]
    return {
        "name": "OneCycleLR",
        "max_lr": [lr for _, lr in run.groups] or peak,
        "total_steps": int(fit.p["total"]),
        "pct_start": fit.p["share"],
        "div_factor": _quotient(peak, start),
        "final_div_factor": _quotient(start, floor),
        "cycle_momentum": False,
    }


def _warmed(fit: Fit, run: Run, seen: Seen) -> dict[str, Any] | None:
    """Return the scheduler, None where the lr is constant."""
    family = fit.family
    assert isinstance(family, Warmed)
    warm = int(fit.p.get("warm_up", 0))
    stages = list(_stages(fit, family, warm, run.length, seen))
    if warm:
        first = _warm_up(fit, warm, run)
        if not stages and first["name"] == "LambdaLR":
            # With nothing after it, the warm-up lasts for the run, and has to stay at 1.
            return {**first, "lr_lambda": f"min(1, {first['lr_lambda']})"}
        stages.insert(0, (0, first))
    if len(stages) < 2:
        return stages[0][1] if stages else None
    starts = [start for start, _ in stages]
    return {"name": "SequentialLR", "milestones": starts[1:], "schedulers": [one for _, one in stages]}


def _warm_up(fit: Fit, warm: int, run: Run) -> dict[str, Any]:
    if "start" not in fit.lr or not fit.lr["start"]:
        # LinearLR cannot begin at 0.
        return {"name": "LambdaLR", "lr_lambda": f"t / {warm}"}
    peak, start = fit.lr["peak"], fit.lr["start"]
    near = run.allowed / 2
    fractions = (f"1 / {below}" for below in (3, warm, warm + 1) if abs(peak / below - start) <= near)
    return {"name": "LinearLR", "start_factor": next(fractions, _share(start, peak, near)), "total_iters": warm}


def _stages(fit: Fit, family: Warmed, warm: int, length: int, seen: Seen) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the schedulers after the warm-up, each with the update at which it begins."""
    peak, floor = fit.lr["peak"], fit.lr.get("floor", 0.0)
    if family.body == "inverse sqrt":
        scale = int(fit.p["timescale"])
        yield warm, {"name": "LambdaLR", "lr_lambda": f"sqrt({scale} / (t + {scale}))"}
    elif family.body == "exponential":
        yield warm, {"name": "ExponentialLR", "gamma": fit.p["gamma"]}
    elif family.body == "step":
        yield warm, _steps(family, fit.p["gamma"], warm, seen)
    elif family.body in FALLS:
        begin, end = max(int(fit.p.get("hold", warm)), warm), int(fit.p["end"])
        if begin > warm:
            yield warm, {"name": "ConstantLR", "factor": 1, "total_iters": 1}
        fall = end - begin
        if family.body == "linear":
            yield begin, {"name": "LinearLR", "start_factor": 1, "end_factor": _share(floor, peak), "total_iters": fall}
        elif family.body == "cosine":
            yield begin, {"name": "CosineAnnealingLR", "T_max": fall, "eta_min": floor}
            if end + 1 < length:
                # The cosine would rise again.
                yield end, {"name": "ConstantLR", "factor": _share(floor, peak), "total_iters": length}
        else:
            rest = _share(floor, peak)
            left = f"1 - sqrt(min(1, t / {fall}))"
            yield begin, {"name": "LambdaLR", "lr_lambda": f"{rest} + (1 - {rest}) * ({left})" if rest else left}


def _steps(family: Warmed, gamma: float, warm: int, seen: Seen) -> dict[str, Any]:
    """Return StepLR if the drops may be evenly spaced, as far as the log shows, else MultiStepLR at round updates."""
    assert family.drop_at is not None
    where, count = family.drop_at
    at = seen.at[seen.first :]
    dropped = count[np.searchsorted(where, at, side="right") - 1]
    after = at - warm
    low = float((after / (dropped + 1)).max())
    high = float((after[dropped > 0] / dropped[dropped > 0]).min())
    if (size := _roundest(low, high)) is not None:
        return {"name": "StepLR", "step_size": size, "gamma": gamma}
    milestones: list[int] = []
    for index in range(1, len(where)):
        reached = float(where[index]) - warm
        before = float(seen.at[np.searchsorted(seen.at, where[index]) - 1]) - warm
        milestones += [_roundest(before, reached) or int(reached)] * int(count[index] - count[index - 1])
    return {"name": "MultiStepLR", "milestones": milestones, "gamma": gamma}


def _roundest(low: float, high: float) -> int | None:
    """Return the whole number above low, and not above high, with the fewest digits; None if there is none."""
    for digits in range(len(str(int(max(high, 1)))), -1, -1):
        for unit in (10**digits, 10**digits // 2 or 1):
            found = int(high // unit) * unit
            if found > low:
                return found
    return None


def _share(value: float, peak: float, near: float = 0.0) -> float:
    """Return value / peak with as few digits as are exact; near: how far off it may be."""
    exact = value / peak
    short_ = (float(f"{exact:.{digits}e}") for digits in range(16))
    return next((one for one in short_ if abs(one * peak - value) <= max(near, 1e-15 * abs(value))), exact)


def _quotient(above: float, below: float) -> float:
    return _share(above, below) if below else float("inf")


def _number(value: float) -> str:
    """Write a number as people do, and with all of its digits."""
    if float(value).is_integer() and abs(value) < 10**6:
        return str(int(value))
    return next((text for digits in range(1, 18) if float(text := short(value, digits)) == value), repr(value))


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return value if value.isidentifier() else json.dumps(value, ensure_ascii=False)
    return _number(value)


def _block(body: Mapping[str, Any]) -> Iterator[str]:
    """Write a scheduler with one key per line, and each member of a composite on one line."""
    for key, value in body.items():
        if key == "schedulers":
            yield "  schedulers:"
            yield from (f"    - {_flow(one)}" for one in value)
        else:
            yield f"  {key}: {_flow(value)}"
