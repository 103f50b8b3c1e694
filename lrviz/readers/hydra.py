"""Configs of Hydra, as lightning-hydra-template composes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from typing_extensions import override

from lrviz.readers import lightning
from lrviz.readers.config import Config
from lrviz.readers.instantiated import TARGET, found
from lrviz.readers.reader import Reader


class Hydra(Reader):
    """An optimizer or a scheduler by its `_target_`, at any depth: torch's, or of transformers or timm.

    When the scheduler is stepped stands in code: once an epoch, where nothing beside it says `interval`. A composed
    config, as a run leaves it in .hydra/config.yaml, has all that is needed.

    Source: https://hydra.cc/docs/advanced/instantiate_objects/overview
    """

    name: ClassVar[str] = "hydra"
    title: ClassVar[str] = "Hydra"
    facts: ClassVar[tuple[str, ...]] = lightning.FACTS
    example: ClassVar[str] = """\
model:
  optimizer:
    _target_: torch.optim.AdamW
    _partial_: true
    lr: 0.0005
  scheduler:
    _target_: torch.optim.lr_scheduler.CosineAnnealingLR
    _partial_: true
    T_max: ${trainer.max_epochs}
trainer:
  max_epochs: 8
"""

    @classmethod
    @override
    def claims(cls, config: Mapping[str, Any]) -> bool:
        return next(found(config, TARGET), None) is not None

    @override
    def native(self, config: Config) -> Mapping[str, Any]:
        return lightning.native(config, TARGET)
