"""Configs of axolotl."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

from typing_extensions import override

from lrviz.readers.config import Config, Part
from lrviz.readers.hf_trainer import HFTrainer
from lrviz.readers.transformers_names import SCHEDULERS, names_of

_OWN = ("rex", "one_cycle")


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
        return {"steps": total}, total

    def total(self, config: Config) -> Part[int]:
        """Return the updates that the samples make, at most max_steps."""
        steps = config.whole("max_steps", 0)
        if steps.value > 0 and "dataset_size" not in config.facts.values:
            return steps
        if config.flag("sample_packing").value:
            # How many samples are packed into one is known to the run alone.
            return Part(config.fact("steps", steps.value or None))
        batch = config.whole("micro_batch_size", 1, least=1).value
        accumulate = config.whole("gradient_accumulation_steps", 1, least=1).value
        epochs = config.number("num_epochs", 1.0, above=0.0)
        size, devices = config.fact("dataset_size"), config.fact("devices", 1, "one device")
        total = math.ceil(size * epochs.value / (batch * accumulate * devices))
        return epochs.then(min(total, steps.value) if steps.value > 0 else total)

    @override
    def warm_up(self, config: Config, version: str, updates: int) -> Part[int]:
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
        lr, low = config.number("learning_rate", 5e-5), config.number("cosine_min_lr_ratio")
        lengths = {"num_warmup_steps": warm_up, "num_training_steps": updates}
        if kind.value == "one_cycle":
            share = warm_up.then(warm_up.value / updates.value)
            return {"scheduler": {"name": "OneCycleLR", "max_lr": lr, "total_steps": updates, "pct_start": share}}
        if kind.value == "rex":
            least = low.then(lr.value * low.value)
            made = {"max_lr": lr, "min_lr": least, "total_steps": updates, "num_warmup_steps": warm_up}
            return {"scheduler": {"name": kind.then("axolotl.RexLR"), **made}}
        if kind.value == "cosine":
            constant = config.number("cosine_constant_lr_ratio")
            if config.flag("lr_quadratic_warmup").value:
                return {"scheduler": {"name": kind.then("axolotl.cosine_with_quadratic_warmup"), **lengths}}
            if config.has("cosine_min_lr_ratio") and config.has("cosine_constant_lr_ratio"):
                name = kind.then("axolotl.cosine_with_warmup_decay_constant")
                return {"scheduler": {"name": name, **lengths, "constant_lr_ratio": constant, "min_lr_ratio": low}}
            if config.has("cosine_min_lr_ratio"):
                name = kind.then("axolotl.cosine_with_min_lr")
                return {"scheduler": {"name": name, **lengths, "min_lr_ratio": low}}
        return super().scheduler(config, version, kind, warm_up, updates)

    @override
    def groups(self, config: Config, lr: Part[float]) -> list[dict[str, Any]]:
        groups: list[dict[str, Any]] = [{"name": "0"}]
        if config.has("embedding_lr"):
            groups.append({"name": "embeddings", "lr": config.number("embedding_lr")})
        elif config.has("embedding_lr_scale"):
            scale = config.number("embedding_lr_scale")
            groups.append({"name": "embeddings", "lr": scale.then(lr.value * scale.value)})
        if config.has("loraplus_lr_ratio"):
            ratio = config.number("loraplus_lr_ratio")
            groups.append({"name": "lora_B", "lr": ratio.then(lr.value * ratio.value)})
        listed = config.at("lr_groups")
        for index, one in enumerate(listed if isinstance(listed, list) else []):
            name = one.get("name") if isinstance(one, Mapping) else None
            rate = config.number(("lr_groups", index, "lr"), lr.value)
            groups.append({"name": str(name or f"group {index + 1}"), "lr": rate})
        return groups
