"""The configs of other libraries that are read: one line for each dialect, and nothing else."""

from __future__ import annotations

from lrviz.readers import later
from lrviz.readers.axolotl import Axolotl
from lrviz.readers.deepspeed import DeepSpeed
from lrviz.readers.detectron2 import Detectron2
from lrviz.readers.hf_trainer import HFTrainer
from lrviz.readers.hydra import Hydra
from lrviz.readers.lightning_cli import LightningCLI
from lrviz.readers.llama_factory import LlamaFactory
from lrviz.readers.mmcv1 import MMCV1
from lrviz.readers.mmengine import MMEngine
from lrviz.readers.nanogpt import NanoGPT
from lrviz.readers.reader import READERS, Reader
from lrviz.readers.timm import Timm
from lrviz.readers.ultralytics import Ultralytics

READERS.add((HFTrainer, LlamaFactory, Axolotl, Ultralytics, DeepSpeed, MMEngine, MMCV1, NanoGPT, Detectron2, Timm))
READERS.add((Hydra, LightningCLI))
READERS.add(later.CLASSES)

__all__ = ["READERS", "Reader"]
