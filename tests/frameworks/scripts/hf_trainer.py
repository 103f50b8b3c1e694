"""Trainer of transformers: stopped after 6 of 12 updates, and resumed from its checkpoint by another Trainer."""

from typing import Any

import torch
from noting import Notes, data, error, network
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments

notes = Notes()


class Model(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.net = network()

    def forward(self, x: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"loss": error(self.net, x, labels)}


class Noting(TrainerCallback):
    def __init__(self, label: str, last: int) -> None:
        self.label, self.last = label, last

    def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        notes.update(kwargs["optimizer"], self.label)

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        control.should_save = control.should_training_stop = state.global_step == self.last


def trainer(label: str, last: int) -> Trainer:
    arguments = TrainingArguments(
        output_dir="checkpoints",
        max_steps=12,
        per_device_train_batch_size=4,
        gradient_accumulation_steps=2,
        learning_rate=1e-3,
        weight_decay=0.01,
        warmup_steps=3,
        lr_scheduler_type="cosine",
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
        use_cpu=True,
        seed=3,
    )
    examples: Any = [{"x": each, "labels": wanted} for each, wanted in data(64)]
    made = Trainer(model=Model(), args=arguments, train_dataset=examples, callbacks=[Noting(label, last)])
    # It prints how long the run took.
    made.remove_callback(PrinterCallback)
    return made


trainer("first", 6).train()
resumed = trainer("resumed", 12)
resumed.train(resume_from_checkpoint="checkpoints/checkpoint-6")
assert resumed.model is not None
notes.end(resumed.model)
