"""Configs of axolotl."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

from typing_extensions import override

from lrviz.foundation.wording import shown
from lrviz.readers.arguments import taken
from lrviz.readers.config import Config, Part
from lrviz.readers.hf_trainer import HFTrainer
from lrviz.readers.transformers_names import SCHEDULERS, names_of

_OWN = ("rex", "one_cycle")
_SHARES = ("cosine_min_lr_ratio", "cosine_constant_lr_ratio")


class Axolotl(HFTrainer):
    """`base_model` with `datasets` or `pretraining_dataset`, and the batch, the epochs or the lr of axolotl.

    Formula, N = dataset_size:
        total = ceil(N num_epochs / (micro_batch_size gradient_accumulation_steps devices)), at most max_steps
        updates T = max_steps where that is given, else total
        warm-up W = warmup_steps, else floor(total warmup_ratio), else min(floor(0.03 total), 100); 1 becomes 2

    Source: https://docs.axolotl.ai/docs/config-reference.html
    """

    name: ClassVar[str] = "axolotl"
    title: ClassVar[str] = "axolotl"
    optimizer_key: ClassVar[str] = "optimizer"
    facts: ClassVar[tuple[str, ...]] = ("dataset_size", "devices", "steps")
    example: ClassVar[str] = """\
base_model: NousResearch/Llama-3.2-1B
datasets:
  - {path: teknium/GPT4-LLM-Cleaned, type: alpaca}
micro_batch_size: 2
gradient_accumulation_steps: 2
num_epochs: 1
optimizer: adamw_8bit
lr_scheduler: cosine
learning_rate: 0.0002
warmup_ratio: 0.1
"""

    @classmethod
    @override
    def claims(cls, config: Mapping[str, Any]) -> bool:
        data = bool({"datasets", "pretraining_dataset"} & config.keys())
        trains = {"micro_batch_size", "num_epochs", "sequence_len"} <= config.keys() or "learning_rate" in config
        return "base_model" in config and data and trains

    @override
    def version(self, config: Config) -> str:
        # Its warmup_ratio is its own.
        return config.version(self.library, self.newest)

    @override
    def named_optimizer(self, config: Config, version: str) -> Part[str]:
        # It has names of its own, and its own versions.
        return config.word(self.optimizer_key, "adamw_torch")

    @override
    def length(self, config: Config, version: str) -> tuple[dict[str, Any], Part[int]]:
        steps = config.whole("max_steps", 0)
        if steps.value > 0:
            return {"steps": steps}, steps
        total = self.total(config)
        if "steps" in config.missing:
            config.missing["steps"] += "; with sample_packing only the run knows"
        return {"steps": total}, total

    def total(self, config: Config) -> Part[int]:
        """Return the updates that the samples make, at most max_steps."""
        steps = config.whole("max_steps", 0)
        if steps.value > 0 and "dataset_size" not in config.facts.values:
            return steps
        if config.flag("sample_packing").value:
            # How many samples are packed into one is known to the run alone.
            return Part(config.fact("steps", steps.value or None))
        epochs = config.number("num_epochs", 1.0, above=0.0)
        size, devices = config.fact("dataset_size"), config.fact("devices", 1, "one device")
        total = math.ceil(size * epochs.value / (self.batch(config) * devices))
        return epochs.then(min(total, steps.value) if steps.value > 0 else total)

    def batch(self, config: Config) -> int:
        """Return the samples of an update on one device: batch_size, or what makes it."""
        each = config.whole("micro_batch_size", 1, least=1).value
        times = config.whole("gradient_accumulation_steps", 1, least=1)
        whole = config.whole("batch_size", each * times.value, least=1)
        if whole.path and times.path:
            config.wrong("batch_size", "given with gradient_accumulation_steps; axolotl takes only one of the two")
        return whole.value

    @override
    def lr(self, config: Config) -> Part[float]:
        if not config.has("learning_rate"):
            config.wrong((), "learning_rate: missing; axolotl has no default for it")
        return super().lr(config)

    @override
    def warm_up(self, config: Config, version: str, updates: int) -> Part[int]:
        if all(config.number(key).value > 0 for key in ("warmup_steps", "warmup_ratio")):
            config.wrong("warmup_ratio", "given with warmup_steps; axolotl takes only one of the two")
        if config.has("warmup_steps"):
            found = config.whole("warmup_steps", least=0)
        elif config.has("warmup_ratio"):
            ratio = config.number("warmup_ratio", least=0.0)
            found = ratio.then(int(ratio.value * self.total(config).value))
        else:
            found = Part(min(int(0.03 * self.total(config).value), 100))
            config.assume(f"a warm-up of {found.value} updates, axolotl's default: 3% of the run and at most 100")
        return found.then(2) if found.value == 1 else found

    @override
    def kind(self, config: Config, version: str) -> Part[str]:
        return config.word(
            "lr_scheduler", "cosine", [*names_of(SCHEDULERS, version), *_OWN], f"axolotl and transformers {version}"
        )

    @override
    def scheduler(
        self, config: Config, version: str, kind: Part[str], warm_up: Part[int], updates: Part[int]
    ) -> dict[str, Any]:
        lr, low, constant = config.number("learning_rate"), *(self.share(config, key) for key in _SHARES)
        lengths = {"num_warmup_steps": warm_up, "num_training_steps": updates}
        if config.whole("jagged_restart_steps", 0, least=0).value:
            told = "given; the restarts of ReLoRA are not read yet: --set jagged_restart_steps=null leaves them out"
            config.wrong("jagged_restart_steps", told)
        if kind.value == "one_cycle":
            given = self.kwargs(config, version)
            if warm_up.value > updates.value and "pct_start" not in given:
                told = f"a warm-up of {warm_up.value} updates is longer than the run of {updates.value}"
                config.wrong(warm_up.path, told)
            share = warm_up.then(min(1.0, warm_up.value / updates.value))
            given = taken(config, given, "OneCycleLR", ("max_lr", "total_steps"))
            made = {"max_lr": lr, "total_steps": updates, "pct_start": share, **given}
            return {"scheduler": {"name": kind.then("OneCycleLR"), **made}}
        own = kind.value == "rex" or (
            kind.value == "cosine" and (low.value or config.flag("lr_quadratic_warmup").value)
        )
        if own and config.has("lr_scheduler_kwargs"):
            config.assume(f"lr_scheduler_kwargs: axolotl does not pass them on to its own {kind.value}")
        if kind.value == "rex":
            least = low.then(lr.value * low.value)
            made = {"max_lr": lr, "min_lr": least, "total_steps": updates, "num_warmup_steps": warm_up}
            return {"scheduler": {"name": kind.then("axolotl.RexLR"), **made}}
        if kind.value == "cosine":
            if config.flag("lr_quadratic_warmup").value:
                return {"scheduler": {"name": kind.then("axolotl.cosine_with_quadratic_warmup"), **lengths}}
            if low.value and constant.value:
                name = kind.then("axolotl.cosine_with_warmup_decay_constant")
                return {"scheduler": {"name": name, **lengths, "constant_lr_ratio": constant, "min_lr_ratio": low}}
            if low.value:
                name = kind.then("axolotl.cosine_with_min_lr")
                return {"scheduler": {"name": name, **lengths, "min_lr_ratio": low}}
        return super().scheduler(config, version, kind, warm_up, updates)

    def share(self, config: Config, key: str) -> Part[float]:
        """Return a share, 0 to 1; 0 is none."""
        found = config.number(key, least=0.0)
        if found.value > 1:
            config.wrong(key, f"{found.value:g} given; a share, 0 to 1, is needed")
        return found

    @override
    def groups(self, config: Config, lr: Part[float]) -> list[dict[str, Any]]:
        groups: list[dict[str, Any]] = [{"name": "0"}]
        scale, own = config.number("embedding_lr_scale", least=0.0), config.number("embedding_lr", least=0.0)
        if scale.value:
            groups.append({"name": "embeddings", "lr": scale.then(lr.value * scale.value)})
        elif own.value:
            groups.append({"name": "embeddings", "lr": own})
        if config.has("loraplus_lr_ratio"):
            ratio = config.number("loraplus_lr_ratio")
            groups.append({"name": "lora_B", "lr": ratio.then(lr.value * ratio.value)})
        listed = config.at("lr_groups") or []
        if not isinstance(listed, list) or not all(isinstance(one, Mapping) for one in listed):
            config.wrong("lr_groups", f"{shown(listed)} given; a list of mappings is needed, each with name and lr")
            return groups
        for index, one in enumerate(listed):
            name = one.get("name")
            rate = config.number(("lr_groups", index, "lr"), lr.value)
            groups.append({"name": str(name or f"group {index + 1}"), "lr": rate})
        return groups
