"""Three epochs of 200 updates, under one cosine."""

import torch
from torch.nn.functional import mse_loss
from torch.optim.lr_scheduler import CosineAnnealingLR

EPOCHS, BATCHES = 3, 200
model = torch.nn.Linear(8, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
scheduler = CosineAnnealingLR(optimizer, T_max=EPOCHS * BATCHES)


def train_step(inputs: torch.Tensor, targets: torch.Tensor) -> None:
    """Make one update."""
    optimizer.zero_grad()
    mse_loss(model(inputs), targets).backward()
    optimizer.step()
    scheduler.step()


for _ in range(EPOCHS):
    for _ in range(BATCHES):
        inputs = torch.randn(32, 8)
        train_step(inputs, inputs.sum(dim=1, keepdim=True))
        scheduler.step()
