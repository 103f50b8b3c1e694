"""Configs of mmcv 1.x: mmdetection 2, mmclassification, mmsegmentation 0."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from typing_extensions import override

from lrviz.foundation.errors import Path
from lrviz.readers.config import Config, Part
from lrviz.readers.mmengine import TORCHS, groups
from lrviz.readers.reader import Reader

_POLICIES = (
    *("fixed", "step", "exp", "poly", "inv", "LinearAnnealing", "CosineAnnealing", "FlatCosineAnnealing"),
    *("CosineRestart", "cyclic", "OneCycle"),
)
_BY_ITERATION = ("cyclic", "OneCycle")
_LONG = ("poly", "LinearAnnealing", "CosineAnnealing", "FlatCosineAnnealing")
"""Policies that ask the runner how long the run is."""
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
        policy = self._policy(config)
        by_epoch = config.flag("lr_config.by_epoch", policy.value not in _BY_ITERATION)
        warm_by_epoch = config.flag("lr_config.warmup_by_epoch").value
        needs = epochs.value > 0 or by_epoch.value or warm_by_epoch
        batches = config.fact("batches_per_epoch") if needs else 1
        whole = epochs.then(epochs.value * batches) if epochs.value else iterations
        if by_epoch.value and not epochs.value and policy.value in _LONG:
            told = f"{policy.value} by epoch needs a run of max_epochs; by_epoch=False goes by iterations"
            config.wrong("lr_config.policy", told)
        if policy.value == "OneCycle":
            scheduler = self._one_cycle(config, policy, whole)
        else:
            progress = (epochs if epochs.value else whole.then(-(-whole.value // batches))) if by_epoch.value else whole
            scheduler = self._hook(config, policy, warm_by_epoch=warm_by_epoch, batches=batches)
            scheduler |= {"by_epoch": by_epoch, "batches_per_epoch": batches, "max_progress": progress}
        where = self._optimizer(config)
        kind = config.word((*where, "type"), "SGD")
        name = kind.value if kind.value in TORCHS else "AdamW"
        if name != kind.value:
            config.assume(f"{kind.value} is another library's optimizer; AdamW is used for it; the lr is the same")
        lr = config.number((*where, "lr"), 1e-3, least=0.0)
        optimizer = {"name": kind.then(name), "lr": lr} | groups(config, (*where, "paramwise_cfg"), lr)
        counts = config.whole("optimizer_config.cumulative_iters", 1, least=1)
        if counts.value > 1:
            # The policy goes on with each iteration, whether it makes an update or not.
            length = {"epochs": 1, "batches_per_epoch": whole, "grad_accumulation": counts, "interval": "batch"}
        else:
            length = {"steps": whole, **({"steps_per_epoch": batches} if epochs.value else {}), "interval": "step"}
        return {**length, "optimizer": optimizer, "scheduler": scheduler}

    def _optimizer(self, config: Config) -> Path:
        """Return the path of the one optimizer; mmediting has several, by name."""
        named = config.mapping("optimizers").value
        if config.has("optimizer"):
            return ("optimizer",)
        if len(named) != 1:
            several = f"{' and '.join(map(str, named))} given; a curve has only one" if named else "missing"
            config.wrong("optimizers" if named else "optimizer", f"{several}; an optimizer with its lr is needed")
        return ("optimizers", next(iter(named), ""))

    def _policy(self, config: Config) -> Part[str]:
        """Return the policy; mmcv takes those in small letters with a capital one, too."""
        given = config.at("lr_config.policy")
        small = {one.title(): one for one in _POLICIES if one == one.lower()}
        if isinstance(given, str) and given in small:
            return Part(small[given], ("lr_config", "policy"))
        return config.word("lr_config.policy", "fixed", _POLICIES, "mmcv")

    def _hook(self, config: Config, policy: Part[str], *, warm_by_epoch: bool, batches: int) -> dict[str, Any]:
        """Return the hook with what lr_config says."""
        found: dict[str, Any] = {"name": policy.then("mmcv.LrUpdaterHook"), "policy": policy}
        if config.has("lr_config.warmup"):
            iters = config.whole("lr_config.warmup_iters", 0, least=1)
            if not config.has("lr_config.warmup_iters"):
                config.wrong("lr_config.warmup", "given without warmup_iters, which mmcv needs")
            found["warmup"] = config.word("lr_config.warmup", "linear", ("constant", "linear", "exp"))
            found["warmup_iters"] = iters.then(iters.value * (batches if warm_by_epoch else 1))
            found["warmup_ratio"] = config.number("lr_config.warmup_ratio", 0.1)
        for key, value in config.mapping("lr_config").value.items():
            if key not in _WARMED:
                found[key] = Part(value, ("lr_config", key))
        if "target_ratio" in found:
            # One number is the top; a cycle then ends at a 1e-5th of it.
            ratio = config.numbers("lr_config.target_ratio")
            found["target_ratio"] = [*ratio, ratio[0].then(ratio[0].value / 1e5)] if len(ratio) == 1 else ratio
        return found

    def _one_cycle(self, config: Config, policy: Part[str], whole: Part[int]) -> dict[str, Any]:
        """Return torch's scheduler, whose formula mmcv's has."""
        found: dict[str, Any] = {"name": policy.then("OneCycleLR"), "total_steps": whole, "cycle_momentum": False}
        if config.has("lr_config.warmup"):
            config.wrong("lr_config.warmup", "given; OneCycle is read without a warm-up of its own")
        for key, value in config.mapping("lr_config").value.items():
            if key not in _WARMED:
                found[key] = Part(value, ("lr_config", key))
        return found

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
