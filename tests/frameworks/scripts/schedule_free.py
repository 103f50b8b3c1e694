"""schedule-free, evaluated after every epoch: its own AdamW, and its wrapper around SGD under a scheduler."""

import torch
from noting import Notes, batch, error, network
from schedulefree import AdamWScheduleFree, ScheduleFreeWrapper

notes = Notes()
models = [network(), network()]
inner = torch.optim.SGD(models[1].parameters(), lr=0.05)
optimizers = [AdamWScheduleFree(models[0].parameters(), lr=0.01, warmup_steps=5), ScheduleFreeWrapper(inner)]
scheduler = torch.optim.lr_scheduler.ConstantLR(inner, 0.5, total_iters=6)
for _ in range(3):
    for model, optimizer in zip(models, optimizers, strict=True):
        model.train()
        optimizer.train()
    for _ in range(4):
        for model, optimizer in zip(models, optimizers, strict=True):
            optimizer.zero_grad()
            error(model, *batch()).backward()
            notes.update(optimizer, type(optimizer).__name__)
            optimizer.step()
        scheduler.step()
    for model, optimizer in zip(models, optimizers, strict=True):
        model.eval()
        optimizer.eval()
        print(repr(error(model, *batch()).item()))
notes.end(*models)
