"""Configs of nanoGPT, in Python."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from typing_extensions import override

from lrviz.readers.config import Config
from lrviz.readers.reader import Reader

_SIGNS = {"max_iters", "learning_rate", "warmup_iters", "lr_decay_iters", "min_lr", "decay_lr"}


class NanoGPT(Reader):
    """Plain assignments in Python, two of max_iters, learning_rate, warmup_iters, lr_decay_iters, min_lr, decay_lr.

    What is not assigned is as in train.py. The run has max_iters + 1 iterations: 0 to max_iters, both included.

    Source: https://github.com/karpathy/nanoGPT
    """

    name: ClassVar[str] = "nanogpt"
    title: ClassVar[str] = "nanoGPT"
    library: ClassVar[str] = "nanogpt"
    newest: ClassVar[str] = "2024-12"
    example: ClassVar[str] = """\
learning_rate = 1e-3
max_iters = 5000
lr_decay_iters = 5000
min_lr = 1e-4
warmup_iters = 100
"""

    @classmethod
    @override
    def claims(cls, config: Mapping[str, Any]) -> bool:
        plain = not any(isinstance(value, Mapping) for value in config.values())
        return (
            plain
            and len(_SIGNS & config.keys()) >= 2
            and not {"batch_size_per_gpu", "lr_scheduler_type"} & config.keys()
        )

    @override
    def native(self, config: Config) -> Mapping[str, Any]:
        version = config.version(self.library, self.newest)
        iterations = config.whole("max_iters", 600_000, least=0)
        found: dict[str, Any] = {
            "steps": iterations.then(iterations.value + 1),
            "interval": "step",
            "optimizer": {
                "name": "AdamW",
                "lr": config.number("learning_rate", 6e-4, least=0.0),
                "betas": [config.number("beta1", 0.9), config.number("beta2", 0.95)],
                "weight_decay": config.number("weight_decay", 0.1),
            },
        }
        if config.flag("decay_lr", True).value:
            found["scheduler"] = {
                "name": "nanogpt.get_lr",
                "warmup_iters": config.whole("warmup_iters", 2000, least=0),
                "lr_decay_iters": config.whole("lr_decay_iters", 600_000, least=1),
                "min_lr": config.number("min_lr", 6e-5),
                "version": version,
            }
        return found
