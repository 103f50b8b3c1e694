"""Documents with seeded mistakes: those of configs/, changed in the ways in which people get them wrong."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from lrviz.documents.load import load, loads
from lrviz.engines.reference import schedule as reference
from lrviz.foundation.errors import DocumentError, Refusal
from lrviz.language.length import lengths
from lrviz.schedulers import SCHEDULERS
from lrviz.schedulers.stepping import Stepping
from tests.strategies import text_of

Plain = dict[str, Any]
CONFIGS = Path(__file__).parents[1] / "configs"
DOCUMENTS = sorted(
    # The mistakes are made in lengths and factors of torch's.
    set(CONFIGS.rglob("*.yaml")) - set(CONFIGS.glob("races/**/*.yaml")) - set(CONFIGS.glob("libraries/*.yaml"))
)
_LENGTHS = {key for one in SCHEDULERS for key in lengths(one)} | {"start"}


@cache
def plain(path: Path) -> Plain:
    """Return a document with its lengths in ticks, and its metric where it can be found from anywhere."""
    document = load(path)
    data: Plain = yaml.safe_load(document.to_yaml())
    if "csv" in (data.get("metric") or {}):
        data["metric"]["csv"] = str(path.parent / data["metric"]["csv"])
    return data


def schedulers(data: Plain) -> list[Plain]:
    """Return every scheduler of a document, members before what holds them, and swa."""

    def below(one: Plain) -> Iterator[Plain]:
        for member in one.get("schedulers", ()):
            yield from below(member)
        yield one

    own = data.get("scheduler", [])
    listed = own if isinstance(own, list) else [own]
    return [found for one in listed for found in below(one)] + ([data["swa"]] if data.get("swa") else [])


def _one_with(data: Plain, rng: random.Random, *keys: str) -> tuple[Plain, str] | None:
    found = [(one, key) for one in schedulers(data) for key in keys if key in one]
    return rng.choice(found) if found else None


def _rescaled(value: Any, factor: float) -> Any:
    if isinstance(value, list):
        return [_rescaled(each, factor) for each in value]
    return max(1, round(value * factor)) if isinstance(value, int) else value * factor


def wrong_length(data: Plain, rng: random.Random) -> None:
    found = _one_with(data, rng, *_LENGTHS)
    if found:
        one, key = found
        one[key] = _rescaled(one[key], rng.choice([0.1, 0.3, 0.5, 0.9, 1.1, 2, 3, 10]))


def wrong_unit(data: Plain, rng: random.Random) -> None:
    found = _one_with(data, rng, *_LENGTHS)
    if found:
        one, key = found
        data.setdefault("steps_per_epoch", rng.choice([40, 400])) if "dataset_size" not in data else None
        each = data.get("steps_per_epoch", 40)
        one[key] = _rescaled(one[key], rng.choice([each, 1 / each]))


def zero_length(data: Plain, rng: random.Random) -> None:
    found = _one_with(data, rng, "total_iters", "anneal_epochs", "patience")
    if found:
        found[0][found[1]] = 0


def other_interval(data: Plain, rng: random.Random) -> None:
    data["interval"] = "step" if data.get("interval", "epoch") == "epoch" else "epoch"


def own_interval(data: Plain, rng: random.Random) -> None:
    if isinstance(data.get("scheduler"), list):
        rng.choice(data["scheduler"])["interval"] = rng.choice(["epoch", "step"])


def other_run(data: Plain, rng: random.Random) -> None:
    key = "epochs" if "epochs" in data else "steps"
    data[key] = _rescaled(data[key], rng.choice([0.1, 0.3, 0.6, 0.95, 1.05, 1.7, 3]))


def accumulation(data: Plain, rng: random.Random) -> None:
    if "dataset_size" in data:
        data["grad_accumulation"] = rng.choice([2, 4])


def swapped_members(data: Plain, rng: random.Random) -> None:
    lists = [one["schedulers"] for one in schedulers(data) if "schedulers" in one]
    lists += [data["scheduler"]] if isinstance(data.get("scheduler"), list) else []
    if lists:
        chosen = rng.choice(lists)
        chosen.reverse()


def nested(data: Plain, rng: random.Random) -> None:
    listed = data.get("scheduler")
    if isinstance(listed, dict) and listed["name"] != "ReduceLROnPlateau":
        own = {key: listed.pop(key) for key in Stepping.model_fields if key in listed}
        last = {"name": "ConstantLR", "factor": 0.1, "total_iters": 5}
        when = rng.choice([5, 20, 60])
        data["scheduler"] = {"name": "SequentialLR", "milestones": [when], "schedulers": [listed, last], **own}


def warmed_up(data: Plain, rng: random.Random) -> None:
    warm_up = {"name": "LinearLR", "start_factor": rng.choice([0.001, 0.1]), "total_iters": rng.choice([3, 10, 100])}
    listed = data.get("scheduler", [])
    kind = rng.choice(["list", "SequentialLR", "ChainedScheduler"])
    if kind == "list":
        data["scheduler"] = [warm_up, *(listed if isinstance(listed, list) else [listed])]
    elif isinstance(listed, dict) and listed["name"] not in {"ReduceLROnPlateau", "SequentialLR", "ChainedScheduler"}:
        own = {key: listed.pop(key) for key in Stepping.model_fields if key in listed}
        milestones = {"milestones": [rng.choice([2, 5, 10])]} if kind == "SequentialLR" else {}
        data["scheduler"] = {"name": kind, **milestones, "schedulers": [warm_up, listed], **own}


def stages_beside_a_decay(data: Plain, rng: random.Random) -> None:
    stages = {
        "name": "SequentialLR", "milestones": [rng.choice([5, 20])],
        "schedulers": [
            {"name": "LinearLR", "start_factor": 0.1, "total_iters": 20},
            {"name": "ConstantLR", "factor": 1.0},
        ],
    }  # fmt: skip
    members = [{"name": "ExponentialLR", "gamma": rng.choice([0.9, 0.99])}, stages]
    rng.shuffle(members)
    data["scheduler"] = members if rng.random() < 0.5 else {"name": "ChainedScheduler", "schedulers": members}


def wrong_gamma(data: Plain, rng: random.Random) -> None:
    found = [one for one in schedulers(data) if one.get("name") in {"StepLR", "MultiStepLR", "ExponentialLR"}]
    if found:
        rng.choice(found)["gamma"] = rng.choice([10, 1.0, 1.05, -0.5, -1.5, 0.5, 0.9])


def high_floor(data: Plain, rng: random.Random) -> None:
    found = _one_with(data, rng, "T_max", "T_0")
    if found:
        found[0]["eta_min"] = data["optimizer"]["lr"] * rng.choice([10, 1.5, -0.5])


def forgotten_factor(data: Plain, rng: random.Random) -> None:
    found = _one_with(data, rng, "start_factor", "factor", "cycle_momentum", "end_factor", "pct_start")
    if found:
        del found[0][found[1]]


def other_optimizer(data: Plain, rng: random.Random) -> None:
    name = rng.choice(["Adam", "AdamW", "SGD", "Rprop", "ASGD", "Adagrad"])
    groups = data["optimizer"].get("groups")
    decay = {"weight_decay": 0.01} if name == "Adam" else {}
    data["optimizer"] = {"name": name, "lr": data["optimizer"].get("lr", 0.01), **decay}
    if groups:
        data["optimizer"]["groups"] = [{key: one[key] for key in ("name", "lr") if key in one} for one in groups]


def wrong_lr(data: Plain, rng: random.Random) -> None:
    data["optimizer"]["lr"] = data["optimizer"].get("lr", 0.01) * rng.choice([1e3, 100, 1e-3, 1e-5])


def two_groups(data: Plain, rng: random.Random) -> None:
    lr = data["optimizer"].get("lr", 0.01)
    data["optimizer"]["groups"] = [{"name": "head"}, {"name": "backbone", "lr": lr * rng.choice([0.1, 1e-4])}]


def formula(data: Plain, rng: random.Random) -> None:
    ticks = rng.choice([20, 100, 1000])
    texts = [
        f"1 - t / {ticks}",
        f"min(1, t / {ticks})",
        f"max(0, 1 - t / {ticks})",
        "0.9 ** t",
        f"t / {ticks} if t < {ticks} else 1.0",
    ]
    data["scheduler"] = {"name": "LambdaLR", "lr_lambda": rng.choice(texts)}


def averaged(data: Plain, rng: random.Random) -> None:
    data["swa"] = {
        "start": rng.choice([5, 30, 88, 89, 98, 200]),
        "swa_lr": 0.02,
        "anneal_epochs": rng.choice([0, 1, 10]),
    }


def watched(data: Plain, rng: random.Random) -> None:
    data["metric"] = {"expression": rng.choice(["0.9 ** t", "1 - 0.9 ** t", "1.0", "sin(t)"])}
    if rng.random() < 0.6:
        own = {"mode": rng.choice(["min", "max"]), "patience": rng.choice([2, 10, 50, 1000])}
        floor = {"min_lr": data["optimizer"].get("lr", 0.01)} if rng.random() < 0.3 else {}
        data["scheduler"] = {"name": "ReduceLROnPlateau", **own, **floor}


def cycled(data: Plain, rng: random.Random) -> None:
    lr = data["optimizer"].get("lr", 0.01)
    if rng.random() < 0.5:
        one: Plain = {"name": "OneCycleLR", "max_lr": 10 * lr, "total_steps": rng.choice([50, 90, 300, 5000])}
    else:
        one = {"name": "CyclicLR", "base_lr": lr, "max_lr": 10 * lr, "step_size_up": rng.choice([3, 10, 35, 400])}
        one |= {"step_size_down": rng.choice([5, 50])} if rng.random() < 0.5 else {}
    data["scheduler"] = one


MISTAKES: tuple[Callable[[Plain, random.Random], None], ...] = (
    wrong_length, wrong_unit, zero_length, other_interval, own_interval, other_run, accumulation, swapped_members,
    nested, warmed_up, stages_beside_a_decay, wrong_gamma, high_floor, forgotten_factor, other_optimizer, wrong_lr,
    two_groups, formula, averaged, watched, cycled,
)  # fmt: skip


def with_mistakes(path: Path, seed: int, most: int = 1) -> str | None:
    """Return the text of a document with one mistake, or up to `most` of them; None where lrviz refuses it."""
    rng = random.Random(f"{path.name} {seed}")
    data = copy.deepcopy(plain(path))
    for mistake in rng.sample(MISTAKES, rng.randint(1, most)):
        mistake(data, rng)
    text = text_of(data)
    try:
        document = loads(text)
        # A run of a million updates shows nothing that one of ten thousand does not.
        if document.updates > 200_000:
            return None
        reference.run(document)
    except (DocumentError, Refusal):
        return None
    return text
