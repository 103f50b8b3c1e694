"""Configs of LightningCLI."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from typing_extensions import override

from lrviz.readers import lightning
from lrviz.readers.config import Config
from lrviz.readers.instantiated import CLASS_PATH, found
from lrviz.readers.reader import Reader


class LightningCLI(Reader):
    """`optimizer` or `lr_scheduler` with a `class_path`; a scheduler at the top is stepped once an epoch, always.

    Source: https://lightning.ai/docs/pytorch/stable/cli/lightning_cli_advanced_3.html
    """

    name: ClassVar[str] = "lightning-cli"
    title: ClassVar[str] = "Lightning CLI"
    facts: ClassVar[tuple[str, ...]] = lightning.FACTS
    example: ClassVar[str] = """\
trainer:
  max_epochs: 8
optimizer:
  class_path: torch.optim.Adam
  init_args: {lr: 0.001}
lr_scheduler:
  class_path: torch.optim.lr_scheduler.CosineAnnealingLR
  init_args: {T_max: 8}
"""

    @classmethod
    @override
    def claims(cls, config: Mapping[str, Any]) -> bool:
        return next(found(config, CLASS_PATH), None) is not None

    @override
    def native(self, config: Config) -> Mapping[str, Any]:
        return lightning.native(config, CLASS_PATH)
