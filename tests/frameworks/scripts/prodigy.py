"""Prodigy, which multiplies the lr by its estimate d, under a cosine, as its README has it."""

import torch
from noting import Notes, batch, error, network
from prodigyopt import Prodigy

notes = Notes()
model = network()
optimizer = Prodigy(model.parameters(), lr=1.0, weight_decay=0.01)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=20)
for _ in range(20):
    optimizer.zero_grad()
    error(model, *batch()).backward()
    notes.update(optimizer)
    optimizer.step()
    scheduler.step()
notes.end(model)
