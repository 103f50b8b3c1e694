"""The configs of other libraries that are read: one line for each dialect, and nothing else."""

from __future__ import annotations

from lrviz.readers import later
from lrviz.readers.axolotl import Axolotl
from lrviz.readers.deepspeed import DeepSpeed
from lrviz.readers.hf_trainer import HFTrainer
from lrviz.readers.llama_factory import LlamaFactory
from lrviz.readers.reader import READERS, Reader
from lrviz.readers.ultralytics import Ultralytics

READERS.add((HFTrainer, LlamaFactory, Axolotl, Ultralytics, DeepSpeed))
READERS.add(later.CLASSES)

__all__ = ["READERS", "Reader"]
