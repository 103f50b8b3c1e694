"""The schedulers that documents can name: one line for each library."""

from __future__ import annotations

from lrviz.schedulers import (
    axolotl,
    deepspeed,
    detectron2,
    mmcv,
    mmengine,
    nanogpt,
    timm,
    torch,
    transformers,
    ultralytics,
)
from lrviz.schedulers.base import SCHEDULERS, AnyScheduler, Leaf, Scheduler
from lrviz.schedulers.composite import Composite
from lrviz.schedulers.torch.cyclic_lr import CyclicLR
from lrviz.schedulers.torch.one_cycle_lr import OneCycleLR
from lrviz.schedulers.torch.reduce_lr_on_plateau import ReduceLROnPlateau
from lrviz.schedulers.torch.swalr import SWALR
from lrviz.schedulers.watching import Watching

SCHEDULERS.add(torch.CLASSES)
for _library in (transformers, axolotl, ultralytics, deepspeed, mmengine, mmcv, nanogpt, detectron2, timm):
    SCHEDULERS.add_apart(_library.MODULES, {})

__all__ = [
    "SCHEDULERS",
    "SWALR",
    "AnyScheduler",
    "Composite",
    "CyclicLR",
    "Leaf",
    "OneCycleLR",
    "ReduceLROnPlateau",
    "Scheduler",
    "Watching",
]
