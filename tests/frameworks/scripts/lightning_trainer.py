"""Lightning's Trainer: the default interval, an interval of steps with a restart, manual optimization of two."""

from typing import Any

import lightning.pytorch as pl
import torch
from noting import Notes, batch, data, error, network
from torch.optim.lr_scheduler import CosineAnnealingLR, OneCycleLR, StepLR

notes = Notes()


class Module(pl.LightningModule):
    label = ""

    def __init__(self) -> None:
        super().__init__()
        self.net = network()

    def training_step(self, batch: Any, index: int) -> Any:
        return error(self.net, *batch)

    def on_before_optimizer_step(self, optimizer: Any) -> None:
        notes.update(optimizer, self.label)


class ByDefault(Module):
    label = "by default"

    def configure_optimizers(self) -> Any:
        optimizer = torch.optim.SGD(self.parameters(), lr=0.004, momentum=0.9)
        total = int(self.trainer.estimated_stepping_batches)
        return [optimizer], [OneCycleLR(optimizer, max_lr=0.1, total_steps=total)]


class BySteps(Module):
    label = "by steps"

    def configure_optimizers(self) -> Any:
        optimizer = torch.optim.AdamW(self.parameters(), lr=0.01)
        scheduler = CosineAnnealingLR(optimizer, int(self.trainer.estimated_stepping_batches))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}


class Resumed(BySteps):
    label = "resumed"


class Manual(Module):
    def __init__(self) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.other = network()

    def training_step(self, batch: Any, index: int) -> None:
        optimizers: Any = self.optimizers()
        schedulers: Any = self.lr_schedulers()
        for label, optimizer, net in zip(("generator", "critic"), optimizers, (self.net, self.other), strict=True):
            optimizer.zero_grad()
            self.manual_backward(error(net, *batch))
            self.label = label
            optimizer.step()
        for scheduler in schedulers:
            scheduler.step()

    def configure_optimizers(self) -> Any:
        optimizers = [
            torch.optim.Adam(self.net.parameters(), lr=1e-3),
            torch.optim.SGD(self.other.parameters(), lr=0.2),
        ]
        return optimizers, [StepLR(each, 3, gamma=gamma) for each, gamma in zip(optimizers, (0.5, 0.1), strict=True)]


def trainer(**options: Any) -> pl.Trainer:
    return pl.Trainer(
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        **options,
    )


def batches(count: int) -> Any:
    return torch.utils.data.DataLoader(data(count * 4), batch_size=4)


models = [ByDefault(), BySteps(), Resumed(), Manual()]
trainer(max_epochs=2).fit(models[0], batches(15))
first = trainer(max_epochs=2, accumulate_grad_batches=2)
first.fit(models[1], batches(10))
first.save_checkpoint("half.ckpt")
again = trainer(max_epochs=4, accumulate_grad_batches=2)
again.fit(models[2], batches(10), ckpt_path="half.ckpt")
trainer(max_epochs=1).fit(models[3], batches(8))
batch()
notes.end(*models)
