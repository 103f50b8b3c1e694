"""accelerate, with gradient accumulation: in one process, or in several under torchrun or `accelerate launch`.

Its argument is the T_max of the schedule, by default as many ticks as all processes make together.
"""

import sys

import torch
from accelerate import Accelerator
from noting import Notes, data, error, network

notes = Notes()
accelerator = Accelerator(cpu=True, gradient_accumulation_steps=2)
model = network()
optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
loader = torch.utils.data.DataLoader(data(48), batch_size=2)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=int([*sys.argv, 12][1]))
model, optimizer, loader, scheduler = accelerator.prepare(model, optimizer, loader, scheduler)
for inputs, wanted in loader:
    with accelerator.accumulate(model):
        loss = error(model, inputs, wanted)
        accelerator.backward(loss)
        if accelerator.sync_gradients:
            notes.update(optimizer)
        optimizer.step()
        scheduler.step()
        optimizer.zero_grad()
notes.end(model)
accelerator.end_training()
