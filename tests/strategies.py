"""Random schedule documents: every scheduler, any nesting, groups, lists, intervals, averaging."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import strategies as st

Plain = dict[str, Any]


def text_of(plain: Plain) -> str:
    """Return a document as YAML, by libyaml: Python's own emitter takes longer than both engines."""
    return yaml.dump(plain, Dumper=yaml.CSafeDumper, sort_keys=False)


LAST = 40
"""Most ticks of a random run."""

lengths = st.integers(1, LAST)
factors = st.floats(0.01, 1.0)
gammas = st.sampled_from([0.1, 0.5, "1 - 0.1", 0.99, 1.0, 1.05, -0.5])
lrs = st.sampled_from([1e-4, 0.003, 0.01, "0.1 * 256 / 512", 0.1, 0.5, 1.0])
floors = st.sampled_from([0.0, 1e-6, 1e-5, 0.001, 0.01, 0.2])
formulas = st.sampled_from(
    [
        "0.9 ** t",
        "1 / (1 + t)",
        "1 - t / 100",
        "0.5 if t < 5 else 0.1",
        "max(0.1, 1 - t / 20)",
        "0.97",
        "1.0 + 0.1 * (t % 3)",
        "1 - t / (2 * max(ticks, 1))",
        "0.5 ** (t / steps_per_epoch) if t < steps else 0.1 + 1 / epochs",
    ]
)
scale_fns = st.sampled_from(["1 / x", "0.9 ** x", "1 / (x + epochs)", "1 / (5 * (1 + x / 100))"])


def per_group(values: st.SearchStrategy[Any], groups: int) -> st.SearchStrategy[Any]:
    """One value, or one for each group; groups is 0 where others are added later, for which a list has none."""
    return values | st.lists(values, min_size=groups, max_size=groups) if groups else values


@st.composite
def leaves(draw: st.DrawFn, groups: int, ticks: int, cycles: bool) -> Plain:
    """A scheduler that is not made of others; `cycles` says whether the optimizer has something to cycle."""
    name = draw(st.sampled_from(sorted(_LEAVES)))
    return {"name": name, **draw(_LEAVES[name](groups, ticks, cycles))}


def _lambdas(groups: int, _: int, __: bool) -> st.SearchStrategy[Plain]:
    return st.fixed_dictionaries({"lr_lambda": per_group(formulas, groups)})


def _cyclic(groups: int, _: int, cycles: bool) -> st.SearchStrategy[Plain]:
    return st.fixed_dictionaries(
        {
            "base_lr": per_group(lrs, groups),
            "max_lr": per_group(lrs, groups),
            "step_size_up": lengths,
            "cycle_momentum": st.booleans() if cycles else st.just(False),
        },
        optional={
            "step_size_down": st.integers(0, LAST),
            "mode": st.sampled_from(["triangular", "triangular2", "exp_range"]),
            "gamma": st.sampled_from([0.9, 0.99, 1.0]),
            "scale_fn": scale_fns,
            "scale_mode": st.just("cycle"),
            "base_momentum": per_group(st.sampled_from([0.7, 0.8]), groups),
            "max_momentum": per_group(st.sampled_from([0.9, 0.95]), groups),
        },
    )


def _one_cycle(groups: int, ticks: int, cycles: bool) -> st.SearchStrategy[Plain]:
    return st.fixed_dictionaries(
        {
            "max_lr": per_group(lrs, groups),
            "total_steps": st.integers(max(ticks, 5), ticks + 50),
            "cycle_momentum": st.booleans() if cycles else st.just(False),
        },
        optional={
            "pct_start": st.sampled_from([0.0, 0.3, 0.45, 0.5]),
            "anneal_strategy": st.sampled_from(["cos", "linear"]),
            "base_momentum": per_group(st.sampled_from([0.7, 0.85]), groups),
            "max_momentum": per_group(st.sampled_from([0.9, 0.95]), groups),
            "div_factor": st.sampled_from([1.0, 10.0, 25.0]),
            "final_div_factor": st.sampled_from([1.0, 100.0, 1e4]),
            "three_phase": st.booleans(),
        },
    )


def _swa(groups: int, _: int, __: bool) -> st.SearchStrategy[Plain]:
    return st.fixed_dictionaries(
        {"swa_lr": per_group(lrs, groups)},
        optional={"anneal_epochs": st.integers(0, 20), "anneal_strategy": st.sampled_from(["cos", "linear"])},
    )


_LEAVES = {
    "LambdaLR": _lambdas,
    "MultiplicativeLR": _lambdas,
    "StepLR": lambda *_: st.fixed_dictionaries({"step_size": lengths}, optional={"gamma": gammas}),
    "MultiStepLR": lambda *_: st.fixed_dictionaries(
        {"milestones": st.lists(st.integers(0, LAST), max_size=4)}, optional={"gamma": gammas}
    ),
    "ConstantLR": lambda *_: st.fixed_dictionaries(
        {}, optional={"factor": factors, "total_iters": st.integers(0, LAST)}
    ),
    "LinearLR": lambda *_: st.fixed_dictionaries(
        {}, optional={"start_factor": factors, "end_factor": factors, "total_iters": lengths}
    ),
    "ExponentialLR": lambda *_: st.fixed_dictionaries({"gamma": gammas}),
    "PolynomialLR": lambda *_: st.fixed_dictionaries(
        {}, optional={"total_iters": lengths, "power": st.sampled_from([0.5, 1.0, 2.0, 3.5])}
    ),
    "CosineAnnealingLR": lambda *_: st.fixed_dictionaries({"T_max": lengths}, optional={"eta_min": floors}),
    "CosineAnnealingWarmRestarts": lambda *_: st.fixed_dictionaries(
        {"T_0": lengths}, optional={"T_mult": st.integers(1, 3), "eta_min": floors}
    ),
    "CyclicLR": _cyclic,
    "OneCycleLR": _one_cycle,
    "SWALR": _swa,
}


@st.composite
def sequences(draw: st.DrawFn, groups: int, ticks: int, cycles: bool, depth: int) -> Plain:
    """A SequentialLR; only its first stage may be a composite."""
    first = draw(schedulers(groups, ticks, cycles, depth - 1))
    later = draw(st.lists(leaves(groups, ticks, cycles), max_size=3))
    milestones = sorted(draw(st.lists(st.integers(0, LAST), min_size=len(later), max_size=len(later))))
    return {"name": "SequentialLR", "schedulers": [first, *later], "milestones": milestones}


@st.composite
def chains(draw: st.DrawFn, groups: int, ticks: int, cycles: bool, depth: int) -> Plain:
    """A ChainedScheduler."""
    members = st.lists(schedulers(groups, ticks, cycles, depth - 1), min_size=1, max_size=3)
    return {"name": "ChainedScheduler", "schedulers": draw(members)}


def schedulers(groups: int, ticks: int, cycles: bool, depth: int) -> st.SearchStrategy[Plain]:
    """Any scheduler that may be inside a composite, nested at most `depth` deep."""
    leaf = leaves(groups, ticks, cycles)
    if depth == 0:
        return leaf
    return leaf | sequences(groups, ticks, cycles, depth) | chains(groups, ticks, cycles, depth)


def plateaus(groups: int) -> st.SearchStrategy[Plain]:
    """A ReduceLROnPlateau, for the top level."""
    return st.fixed_dictionaries(
        {"name": st.just("ReduceLROnPlateau")},
        optional={
            "mode": st.sampled_from(["min", "max"]),
            "factor": st.sampled_from([0.1, 0.5, 0.9]),
            "patience": st.integers(0, 5),
            "cooldown": st.integers(0, 5),
            "threshold": st.sampled_from([1e-4, 0.1, 0.0]),
            "threshold_mode": st.sampled_from(["rel", "abs"]),
            "min_lr": per_group(st.sampled_from([0.0, 0.001, 0.05]), groups),
            # Never just what a factor takes off: there a rounding error decides whether lr is reduced.
            "eps": st.sampled_from([1e-8, 1.7e-3]),
        },
    )


def metrics(ticks: int) -> st.SearchStrategy[Plain]:
    """What a plateau watches for at least so many ticks: a formula, or values, some of which are no numbers."""
    formulas = st.sampled_from(["0.9 ** t", "sin(t)", "1.0", "0.1 * (t % 4)", "sin(9 * t / ticks)", "log(2.5 - t % 5)"])
    seen = st.lists(st.sampled_from([1.0, 0.5, 0.4, 2.0, float("nan"), float("inf"), float("-inf")]), min_size=1)
    repeated = seen.map(lambda some: (some * (ticks // len(some) + 1))[:ticks])
    return st.fixed_dictionaries({"expression": formulas}) | st.fixed_dictionaries({"values": repeated})


@st.composite
def geometries(draw: st.DrawFn) -> tuple[Plain, int]:
    """A run of at most LAST epochs of at most four updates, its last epoch perhaps cut short; and its updates."""
    epochs, per_epoch = draw(st.integers(1, LAST)), draw(st.integers(1, 4))
    epoch: Plain = {"steps_per_epoch": per_epoch}
    if draw(st.booleans()):
        batch, devices, drop_last = draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.booleans())
        # What a device must be given for just so many batches, full ones alone or not.
        full = per_epoch * batch
        each = draw(st.integers(full, full + batch - 1) if drop_last else st.integers(full - batch + 1, full))
        dataset = draw(st.integers((each - 1) * devices + 1, each * devices))
        epoch = {"dataset_size": dataset, "batch_size": batch, "devices": devices, "drop_last": drop_last}
    if draw(st.booleans()):
        epoch, per_epoch = draw(accumulations())
    if draw(st.booleans()):
        return {"epochs": epochs, **epoch}, epochs * per_epoch
    updates = draw(st.integers(1, epochs * per_epoch))
    return {"steps": updates, **epoch}, updates


MOST_BATCHES = 7
"""Most batches of an update."""


@st.composite
def accumulations(draw: st.DrawFn) -> tuple[Plain, int]:
    """An epoch of a few batches, of which several make an update; and its updates."""
    batches, each = draw(st.integers(1, MOST_BATCHES)), draw(st.integers(1, 3))
    remainder = draw(st.sampled_from(["step", "drop"] if batches >= each else ["step"]))
    epoch = {"batches_per_epoch": batches, "grad_accumulation": each, "accumulate_remainder": remainder}
    return epoch, batches // each + (batches % each > 0 and remainder == "step")


def steppings(interval: str) -> st.SearchStrategy[Plain]:
    """How a loop steps a scheduler: mostly as most do."""
    often = st.fixed_dictionaries({}, optional={"interval": st.sampled_from(["epoch", "step"])})
    seldom = st.fixed_dictionaries(
        {},
        optional={
            "interval": st.sampled_from(["epoch", "step", "batch"]),
            "frequency": st.integers(1, 5),
            "repeat": st.integers(1, 3),
            "start": st.integers(0, 12) | st.sampled_from(["2ep", "5ba"]),
        },
    )
    return often | seldom


CYCLED = {"SGD": True, "Adam": True, "AdamW": True, "RMSprop": True, "Muon": True, "NAdam": True}
PARAMS = {
    "SGD": ("weight_decay", "momentum"),
    "RMSprop": ("weight_decay", "momentum"),
    "Muon": ("weight_decay", "momentum"),
    **dict.fromkeys(("Adam", "AdamW", "NAdam"), ("weight_decay", "beta1")),
    **dict.fromkeys(("Adagrad", "Adadelta", "ASGD", "Adafactor"), ("weight_decay",)),
    "Rprop": (),
}
"""What a schedule of its own may set, by the optimizer."""
HOSTS = sorted({*CYCLED, "Adagrad", "Adadelta", "ASGD", "Rprop", "Adafactor"})


def _long_enough(scheduler: Plain, ticks: int, repeat: int = 1) -> None:
    """Make every OneCycleLR in it as long as its run: torch refuses steps past the end."""
    repeat *= scheduler.get("repeat", 1)
    if "total_steps" in scheduler:
        scheduler["total_steps"] = max(scheduler["total_steps"], ticks * repeat)
    for member in scheduler.get("schedulers", []):
        _long_enough(member, ticks, repeat)


@st.composite
def documents(draw: st.DrawFn) -> Plain:
    """A schedule document as plain data."""
    groups = draw(st.integers(1, 3))
    geometry, ticks = draw(geometries())
    interval = draw(st.sampled_from(["epoch", "step", "batch"]))
    host = draw(st.sampled_from(HOSTS))
    cycles = CYCLED.get(host, False)
    own = draw(st.lists(lrs, min_size=groups, max_size=groups))
    optimizer: Plain = {"name": host, "lr": draw(lrs)}
    if "weight_decay" in PARAMS[host]:
        optimizer["weight_decay"] = draw(st.sampled_from([0.0, 0.01, 0.1]))
    if groups > 1 or draw(st.booleans()):
        optimizer["groups"] = [{"lr": lr} for lr in own]
        if draw(st.integers(0, 4)) == 0:
            later = sorted(draw(st.lists(st.integers(0, geometry.get("steps", ticks) - 1), min_size=1, max_size=2)))
            optimizer["groups"] += [{"lr": 0.2 + lr, "added": f"{step}ba"} for lr, step in enumerate(later)]
            # One value for every group: a list would hold none for those that are added.
            groups = 0
    inner = schedulers(groups, ticks, cycles, depth=2)
    document: Plain = {
        **geometry,
        "interval": interval,
        "optimizer": optimizer,
        "metric": draw(metrics(3 * MOST_BATCHES * ticks)),
    }
    member = st.builds(lambda one, how: {**one, **how}, inner | plateaus(groups), steppings(interval))
    restarts = st.builds(
        lambda one: {"name": "CosineAnnealingWarmRestarts", **one, "fractional": True},
        _LEAVES["CosineAnnealingWarmRestarts"](groups, ticks, cycles),
    )
    other = st.builds(
        lambda one, how, param: {**one, **how, "param": param},
        schedulers(groups, ticks, False, depth=1) | plateaus(groups),
        steppings(interval),
        st.sampled_from(
            [name for name in ("weight_decay", "momentum", "beta1") if name in PARAMS[host]] or ["momentum"]
        ),
    )
    match draw(st.integers(0, 9)):
        case 0 | 1 | 2 | 3:
            document["scheduler"] = draw(inner | plateaus(groups))
        case 4 | 5 | 6:
            document["scheduler"] = draw(st.lists(member, min_size=1, max_size=3))
        case 7:
            document["scheduler"] = draw(restarts | member)
        case 8 if PARAMS[host] and groups:
            still = schedulers(groups, ticks, False, depth=2) | plateaus(groups) | restarts
            document["scheduler"] = draw(st.lists(still | other, min_size=1, max_size=3))
        case _ if draw(st.booleans()):
            document["scheduler"] = draw(st.lists(restarts | member, min_size=1, max_size=3))
    members = document.get("scheduler", [])
    for each in members if isinstance(members, list) else [members]:
        _long_enough(each, ticks * (MOST_BATCHES if "batch" in {interval, each.get("interval")} else 1))
    if draw(st.integers(0, 3)) == 0:
        document["swa"] = {"start": draw(st.integers(0, LAST)), **draw(_swa(groups, ticks, cycles))}
    return document
