"""Trains with a framework whose loggers write here; used.json has what the updates were made with."""

import json
import sys
from pathlib import Path

import torch
from torch.optim.optimizer import register_optimizer_step_pre_hook

used = []
register_optimizer_step_pre_hook(lambda optimizer, *_: used.append([group["lr"] for group in optimizer.param_groups]))


def lightning():
    from lightning.pytorch import LightningModule, Trainer
    from lightning.pytorch.callbacks import LearningRateMonitor
    from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger

    class Module(LightningModule):
        def __init__(self):
            super().__init__()
            self.one, self.other = torch.nn.Linear(2, 1), torch.nn.Linear(2, 1)

        def training_step(self, batch, _):
            self.log("loss", 1.0)
            return (self.one(batch[0]) + self.other(batch[0])).mean()

        def validation_step(self, *_):
            self.log("val", 1.0)

        def configure_optimizers(self):
            groups = [{"params": self.one.parameters()}, {"params": self.other.parameters(), "lr": 1e-4}]
            optimizer = torch.optim.AdamW(groups, lr=1e-3)
            scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 60)
            return [optimizer], [{"scheduler": scheduler, "interval": "step"}]

    data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.randn(40, 2)), batch_size=2)
    trainer = Trainer(
        max_epochs=3, logger=[CSVLogger("csv", version=0), TensorBoardLogger("tensorboard", version=0)],
        callbacks=[LearningRateMonitor()], log_every_n_steps=5, enable_progress_bar=False, enable_model_summary=False,
        enable_checkpointing=False, accelerator="cpu",
    )  # fmt: skip
    trainer.fit(Module(), data, data)


def transformers():
    from transformers import Trainer, TrainingArguments

    class Data(torch.utils.data.Dataset):
        def __len__(self):
            return 200

        def __getitem__(self, index):
            return {"x": torch.ones(2)}

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.line = torch.nn.Linear(2, 1)

        def forward(self, x=None, **_):
            return {"loss": self.line(x).pow(2).mean()}

    arguments = TrainingArguments(
        "out", max_steps=100, per_device_train_batch_size=2, logging_steps=5, report_to=["tensorboard"], save_steps=50,
        learning_rate=1e-3, lr_scheduler_type="linear", warmup_steps=20, disable_tqdm=True, use_cpu=True,
    )  # fmt: skip
    Trainer(Model(), arguments, train_dataset=Data()).train()


def tensorboard():
    from torch.utils.tensorboard import SummaryWriter

    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(2))], lr=0.1)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.99)
    with SummaryWriter("run") as writer:
        for step in range(300):
            optimizer.step()
            for tag, newer in (("lr", False), ("newer/lr", True)):
                writer.add_scalar(tag, optimizer.param_groups[0]["lr"], step, new_style=newer)
            writer.add_scalar("loss", 1.0, step)
            writer.add_histogram("weights", torch.ones(100), step)
            scheduler.step()


{"lightning": lightning, "transformers": transformers, "tensorboard": tensorboard}[sys.argv[1]]()
with Path("used.json").open("w") as stream:
    json.dump(used, stream)
