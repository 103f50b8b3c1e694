"""Configs of mmcv 1.x: mmdetection 2, mmclassification, mmsegmentation 0."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from typing_extensions import override

from lrviz.readers.config import Config, Part
from lrviz.readers.mmengine import TORCHS
from lrviz.readers.reader import Reader

_POLICIES = ("fixed", "step", "exp", "poly", "inv", "CosineAnnealing", "CosineRestart")
_WARMED = ("warmup", "warmup_iters", "warmup_ratio", "warmup_by_epoch", "policy", "type", "by_epoch")


class MMCV1(Reader):
    """`lr_config` with `policy`, in Python, JSON or YAML; the run is that of `runner`, or `total_epochs`.

    Source: https://mmcv.readthedocs.io/en/1.x
    """

    name: ClassVar[str] = "mmcv1"
    title: ClassVar[str] = "mmcv 1.x"
    facts: ClassVar[tuple[str, ...]] = ("batches_per_epoch",)
    example: ClassVar[str] = """\
optimizer = dict(type='SGD', lr=0.02, momentum=0.9, weight_decay=0.0001)
lr_config = dict(policy='step', warmup='linear', warmup_iters=500, warmup_ratio=0.001, step=[8, 11])
runner = dict(type='EpochBasedRunner', max_epochs=12)
"""

    @classmethod
    @override
    def claims(cls, config: Mapping[str, Any]) -> bool:
        lr = config.get("lr_config")
        return isinstance(lr, Mapping) and "policy" in lr

    @override
    def native(self, config: Config) -> Mapping[str, Any]:
        epochs, iterations = self._length(config)
        policy = config.word("lr_config.policy", "fixed", _POLICIES, "mmcv")
        by_epoch = config.flag("lr_config.by_epoch", True)
        warm_by_epoch = config.flag("lr_config.warmup_by_epoch").value
        needs = epochs.value > 0 or by_epoch.value or warm_by_epoch
        batches = config.fact("batches_per_epoch") if needs else 1
        whole = epochs.then(epochs.value * batches) if epochs.value else iterations
        scheduler: dict[str, Any] = {
            "name": policy.then("mmcv.LrUpdaterHook"),
            "policy": policy,
            "by_epoch": by_epoch,
            "batches_per_epoch": batches,
            "max_progress": epochs if by_epoch.value and epochs.value else whole,
        }
        if config.has("lr_config.warmup"):
            iters = config.whole("lr_config.warmup_iters", 0, least=0)
            scheduler["warmup"] = config.word("lr_config.warmup", "linear", ("constant", "linear", "exp"))
            scheduler["warmup_iters"] = iters.then(iters.value * (batches if warm_by_epoch else 1))
            scheduler["warmup_ratio"] = config.number("lr_config.warmup_ratio", 0.1)
        for key, value in config.mapping("lr_config").value.items():
            if key not in _WARMED:
                scheduler[key] = Part(value, ("lr_config", key))
        kind = config.word("optimizer.type", "SGD")
        name = kind.value if kind.value in TORCHS else "AdamW"
        if name != kind.value:
            config.assume(f"{kind.value} is another library's optimizer; AdamW stands for it, whose lr is the same")
        optimizer = {"name": kind.then(name), "lr": config.number("optimizer.lr", 1e-3, least=0.0)}
        each = {"steps_per_epoch": batches} if epochs.value else {}
        return {"steps": whole, **each, "interval": "step", "optimizer": optimizer, "scheduler": scheduler}

    def _length(self, config: Config) -> tuple[Part[int], Part[int]]:
        """Return the epochs of the run, or its iterations; the other is 0."""
        for key in ("runner.max_epochs", "total_epochs"):
            if config.has(key):
                return config.whole(key, 1, least=1), Part(0)
        for key in ("runner.max_iters", "total_iters"):
            if config.has(key):
                return Part(0), config.whole(key, 1, least=1)
        config.wrong(
            "runner", "missing; runner with max_epochs or max_iters, or total_epochs, is the length of the run"
        )
        return Part(1), Part(0)
