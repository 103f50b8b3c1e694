"""ds_config.json of DeepSpeed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from typing_extensions import override

from lrviz.readers.arguments import taken
from lrviz.readers.config import Config, Part
from lrviz.readers.reader import Reader

SCHEDULERS = ("WarmupLR", "WarmupDecayLR", "WarmupCosineLR", "OneCycle", "LRRangeTest")
_OPTIMIZERS = {
    "adam": "Adam",
    "adamw": "AdamW",
    "lamb": "timm.Lamb",
    "lion": "lion_pytorch.Lion",
    "adagrad": "Adagrad",
    "sgd": "SGD",
}
_WITHOUT_BETAS = {"Adagrad", "SGD"}
_AUTO = "auto"
_FILLED_IN = "auto given, which the arguments of the Trainer of transformers say"
_OWN_KEYS = {"train_micro_batch_size_per_gpu", "zero_optimization"}
"""Keys at the top of a file that DeepSpeed alone has."""


class DeepSpeed(Reader):
    """`scheduler.type` is one of DeepSpeed's, and `scheduler.params` stand beside it.

    Source: https://www.deepspeed.ai/docs/config-json
    """

    name: ClassVar[str] = "deepspeed"
    title: ClassVar[str] = "DeepSpeed"
    library: ClassVar[str] = "deepspeed"
    newest: ClassVar[str] = "0.19.8"
    facts: ClassVar[tuple[str, ...]] = ("steps",)
    example: ClassVar[str] = """\
{
  "optimizer": {"type": "AdamW", "params": {"lr": 3e-4}},
  "scheduler": {
    "type": "WarmupDecayLR",
    "params": {"warmup_max_lr": 3e-4, "warmup_num_steps": 100, "total_num_steps": 1000}
  }
}
"""

    @classmethod
    @override
    def claims(cls, config: Mapping[str, Any]) -> bool:
        scheduler = config.get("scheduler")
        if not isinstance(scheduler, Mapping) or not isinstance(scheduler.get("type"), str):
            return False
        # A name that is misspelt, or of no scheduler of DeepSpeed's, is told by keys that no other library has.
        named = scheduler["type"].lower() in {one.lower() for one in SCHEDULERS} and "params" in scheduler
        return named or bool(_OWN_KEYS & config.keys())

    @override
    def native(self, config: Config) -> Mapping[str, Any]:
        version = config.version(self.library, self.newest)
        kind = config.word("scheduler.type", SCHEDULERS[0], SCHEDULERS, "DeepSpeed")
        written = config.mapping("scheduler.params").value
        given = {key: Part(value, ("scheduler", "params", key)) for key, value in written.items()}
        params = taken(config, given, f"deepspeed.{kind.value}")
        total = config.at("scheduler.params.total_num_steps")
        length = total if isinstance(total, int) and not isinstance(total, bool) and total > 0 else None
        optimizer = self._optimizer(config)
        told = "the run is as long as total_num_steps" if length else ""
        steps = config.fact("steps", length, told)
        self._fill_in(params, config, steps, optimizer.get("lr"))
        if kind.value == "OneCycle" and optimizer["name"].value in _WITHOUT_BETAS:
            # DeepSpeed warns, and lets its momentum alone.
            params["cycle_momentum"] = optimizer["name"].then(False)
        return {
            "steps": steps,
            "interval": "step",
            "optimizer": optimizer,
            "scheduler": {"name": kind.then(f"deepspeed.{kind.value}"), **params, "version": version},
        }

    def _fill_in(self, params: dict[str, Part[Any]], config: Config, steps: int, lr: Part[Any] | None) -> None:
        """Put in what the Trainer of transformers does for auto, as far as that is known; its lr is the optimizer's."""
        known = {"warmup_min_lr": 0.0, "total_num_steps": steps, "warmup_max_lr": lr.value if lr else None}
        automatic = {key: part for key, part in params.items() if part.value == _AUTO}
        told = []
        for key, part in automatic.items():
            if known.get(key) is not None:
                params[key] = part.then(known[key])
                told.append(f"{key} {known[key]:g}")
            elif key != "warmup_max_lr" or not config.left_open:
                config.open(part.path, _FILLED_IN)
        if told:
            config.assume(f"auto as the Trainer of transformers fills it in: {', '.join(told)}")

    def _optimizer(self, config: Config) -> dict[str, Any]:
        kind = config.word("optimizer.type", "AdamW")
        if not config.has("optimizer.type"):
            config.assume("an optimizer of the script's own: AdamW with lr 0.001 is used for it")
        name = _OPTIMIZERS.get(kind.value.lower().removeprefix("onebit").removeprefix("fused"))
        if name is None:
            name = "AdamW"
            config.assume(f"optimizer.type {kind.value}: AdamW is used for it; the lr is the same")
        params = config.mapping("optimizer.params").value
        known = {
            key: Part(params[key], ("optimizer", "params", key))
            for key in ("lr", "betas", "weight_decay")
            if key in params and params[key] != _AUTO
        }
        if params.get("lr") == _AUTO:
            config.open("optimizer.params.lr", _FILLED_IN)
        return {"name": kind.then(name), **known}
