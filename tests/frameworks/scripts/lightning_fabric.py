"""Lightning's Fabric, with a scheduler that holds the inner optimizer, and one that holds Fabric's."""

import torch
from lightning.fabric import Fabric
from noting import Notes, batch, error, network

notes = Notes()
fabric = Fabric(accelerator="cpu", devices=1)
fabric.launch()
models = []
for label in ("inner", "wrapped"):
    model = network()
    inner = torch.optim.AdamW(model.parameters(), lr=0.01)
    wrapped_model, wrapped = fabric.setup(model, inner)
    scheduler = torch.optim.lr_scheduler.LinearLR(inner if label == "inner" else wrapped, 0.1, total_iters=8)
    for _ in range(10):
        wrapped.zero_grad()
        fabric.backward(error(wrapped_model, *batch()))
        notes.update(wrapped, label)
        wrapped.step()
        scheduler.step()
    models.append(model)
notes.end(*models)
