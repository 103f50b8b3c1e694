"""A training script as anybody writes it: a network of two layers, a hundred updates, a scheduler."""

from __future__ import annotations

import torch

model = torch.nn.Sequential(torch.nn.Linear(32, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 100)
inputs, labels = torch.randn(64, 32), torch.randint(10, (64,))
for _ in range(100):
    optimizer.zero_grad()
    torch.nn.functional.cross_entropy(model(inputs), labels).backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    scheduler.step()
