"""timm's own schedulers in the loop of its train.py, told of each update and each epoch."""

import warnings

import empty_timm  # noqa: F401
import torch
from noting import Notes, batch, error, network
from timm.scheduler import CosineLRScheduler, PlateauLRScheduler, StepLRScheduler
from timm.scheduler.scheduler import Scheduler

warnings.simplefilter("ignore", FutureWarning)


class OfOnesOwn(Scheduler):
    """A subclass that is defined after the probe has come in."""

    def _get_lr(self, t: int) -> list[float]:
        return [value / (1 + t) for value in self.base_values]


MADE = {
    "epochs": lambda it: CosineLRScheduler(it, t_initial=4, warmup_t=1, warmup_lr_init=1e-5, lr_min=1e-6),
    "updates": lambda it: CosineLRScheduler(it, t_initial=20, warmup_t=5, warmup_lr_init=1e-5, t_in_epochs=False),
    "steps": lambda it: StepLRScheduler(it, decay_t=2, decay_rate=0.5, noise_range_t=(1, 3)),
    "plateau": lambda it: PlateauLRScheduler(it, decay_rate=0.5, patience_t=0, mode="min"),
    "own": lambda it: OfOnesOwn(it, "lr", t_in_epochs=False),
}
notes = Notes()
models = []
for label, made in MADE.items():
    model = network()
    head, *rest = model.parameters()
    optimizer = torch.optim.SGD([{"params": [head], "lr_scale": 0.5}, {"params": rest}], lr=0.1, momentum=0.9)
    scheduler = made(optimizer)
    updates = 0
    for epoch in range(4):
        for _ in range(5):
            optimizer.zero_grad()
            error(model, *batch()).backward()
            notes.update(optimizer, label)
            optimizer.step()
            updates += 1
            scheduler.step_update(num_updates=updates, metric=1.0)
        scheduler.step(epoch + 1, metric=1.0)
    models.append(model)
notes.end(*models)
