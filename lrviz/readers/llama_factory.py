"""Configs of LLaMA-Factory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from typing_extensions import override

from lrviz.readers.config import Config, Part
from lrviz.readers.hf_trainer import SIGNS, HFTrainer


class LlamaFactory(HFTrainer):
    """TrainingArguments of transformers beside `stage` and `finetuning_type` or `template`.

    Formula, for what warmup_stable_decay is not given:
        num_stable_steps = floor((T - W) / 3), num_decay_steps = T - W - floor((T - W) / 3)

    Source: https://llamafactory.readthedocs.io
    """

    name: ClassVar[str] = "llama-factory"
    title: ClassVar[str] = "LLaMA-Factory"
    newest: ClassVar[str] = "5.6.0"
    example: ClassVar[str] = """\
stage: sft
finetuning_type: lora
template: qwen
per_device_train_batch_size: 1
gradient_accumulation_steps: 8
learning_rate: 1.0e-4
num_train_epochs: 3.0
lr_scheduler_type: cosine
warmup_steps: 20
"""

    @classmethod
    @override
    def claims(cls, config: Mapping[str, Any]) -> bool:
        return (
            "stage" in config and bool({"finetuning_type", "template"} & config.keys()) and bool(SIGNS & config.keys())
        )

    @override
    def scheduler(
        self, config: Config, version: str, kind: Part[str], warm_up: Part[int], updates: Part[int]
    ) -> dict[str, Any]:
        made = super().scheduler(config, version, kind, warm_up, updates)
        if kind.value == "warmup_stable_decay":
            # Of a run that ends in its warm-up nothing is left, and nothing of it is seen.
            rest = max(0, updates.value - warm_up.value)
            scheduler = made["scheduler"]
            scheduler.setdefault("num_stable_steps", kind.then(rest // 3))
            # Its decay is two thirds of the rest, also where another num_stable_steps is given.
            scheduler.setdefault("num_decay_steps", kind.then(rest - rest // 3))
        return made

    @override
    def groups(self, config: Config, lr: Part[float]) -> list[dict[str, Any]]:
        groups = super().groups(config, lr)
        if config.has("loraplus_lr_ratio"):
            ratio = config.number("loraplus_lr_ratio", 1.0)
            groups.append({"name": "lora_B", "lr": ratio.then(lr.value * ratio.value)})
        return groups
