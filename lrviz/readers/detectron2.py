"""Configs of detectron2."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from typing_extensions import override

from lrviz.readers.config import Config, Part
from lrviz.readers.reader import Reader

_SCHEDULERS = ("WarmupMultiStepLR", "WarmupCosineLR", "WarmupStepWithFixedGammaLR")


class Detectron2(Reader):
    """`SOLVER` with BASE_LR, MAX_ITER or STEPS; what is not written is as in detectron2's defaults.

    Source: https://detectron2.readthedocs.io/en/latest/modules/config.html
    """

    name: ClassVar[str] = "detectron2"
    title: ClassVar[str] = "detectron2"
    example: ClassVar[str] = """\
SOLVER:
  IMS_PER_BATCH: 16
  BASE_LR: 0.02
  STEPS: (60000, 80000)
  MAX_ITER: 90000
"""

    @classmethod
    @override
    def claims(cls, config: Mapping[str, Any]) -> bool:
        solver = config.get("SOLVER")
        return isinstance(solver, Mapping) and bool({"BASE_LR", "MAX_ITER", "STEPS"} & solver.keys())

    @override
    def native(self, config: Config) -> Mapping[str, Any]:
        length = config.whole("SOLVER.MAX_ITER", 40_000, least=1)
        lr = config.number("SOLVER.BASE_LR", 0.001, least=0.0)
        kind = config.word("SOLVER.LR_SCHEDULER_NAME", _SCHEDULERS[0], _SCHEDULERS, "detectron2")
        scheduler: dict[str, Any] = {
            "name": kind.then(f"detectron2.{kind.value}"),
            "max_iter": length,
            "warmup_factor": config.number("SOLVER.WARMUP_FACTOR", 0.001),
            "warmup_iters": config.whole("SOLVER.WARMUP_ITERS", 1000, least=0),
            "warmup_method": config.word("SOLVER.WARMUP_METHOD", "linear", ("linear", "constant")),
            "rescale_interval": config.flag("SOLVER.RESCALE_INTERVAL"),
        }
        if kind.value == "WarmupCosineLR":
            end = config.number("SOLVER.BASE_LR_END", 0.0)
            if end.value > lr.value:
                config.wrong("SOLVER.BASE_LR_END", f"{end.value:g} given; at most BASE_LR, {lr.value:g}, is allowed")
            scheduler["end_value"] = end.then(end.value / lr.value if lr.value else 0.0)
        else:
            scheduler["gamma"] = config.number("SOLVER.GAMMA", 0.1)
        if kind.value == "WarmupMultiStepLR":
            scheduler["steps"] = self._steps(config)
        elif kind.value == "WarmupStepWithFixedGammaLR":
            scheduler["num_decays"] = config.whole("SOLVER.NUM_DECAYS", 3, least=1)
        optimizer: dict[str, Any] = {
            "name": "SGD",
            "lr": lr,
            "momentum": config.number("SOLVER.MOMENTUM", 0.9),
            "weight_decay": config.number("SOLVER.WEIGHT_DECAY", 0.0001),
            "nesterov": config.flag("SOLVER.NESTEROV"),
        }
        bias = config.number("SOLVER.BIAS_LR_FACTOR", 1.0)
        if bias.value != 1.0:
            optimizer["groups"] = [{"name": "weight"}, {"name": "bias", "lr": bias.then(lr.value * bias.value)}]
        return {"steps": length, "interval": "step", "optimizer": optimizer, "scheduler": scheduler}

    def _steps(self, config: Config) -> Part[Sequence[int]]:
        """Return STEPS, which is a tuple written as text: (60000, 80000)."""
        path = ("SOLVER", "STEPS")
        given = config.at(path)
        if given is None:
            return Part([30_000])
        if isinstance(given, str) and re.fullmatch(r"\([\d\s,_]*\)|\[[\d\s,_]*\]|[\d\s,_]*", given):
            given = [int(one.replace("_", "")) for one in re.findall(r"[\d_]+", given)]
        if isinstance(given, int) and not isinstance(given, bool):
            given = [given]
        if not isinstance(given, list) or not all(isinstance(one, int) for one in given):
            config.wrong(path, f"{given!r} given; whole numbers are needed, as (60000, 80000)")
            return Part([])
        return Part(given, path)
