"""What one writes without lrviz: step torch through the ResNet-50 recipe, plot with pyplot.

The peer of `lrviz schedule configs/resnet50-warmup-cosine.yaml`; run as a script, in a folder of its own.
"""

from __future__ import annotations

import matplotlib as mpl
import torch
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR

mpl.use("Agg")  # before pyplot asks for a screen

import matplotlib.pyplot as plt

EPOCHS, WARM_UP = 90, 5

optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1, momentum=0.9)
warm_up = LinearLR(optimizer, start_factor=0.01, total_iters=WARM_UP)
decay = CosineAnnealingLR(optimizer, T_max=EPOCHS - WARM_UP)
scheduler = SequentialLR(optimizer, [warm_up, decay], milestones=[WARM_UP])

curve = []
for _ in range(EPOCHS):
    curve.append(optimizer.param_groups[0]["lr"])
    optimizer.step()
    scheduler.step()

plt.plot(curve)
plt.xlabel("epoch")
plt.ylabel("lr")
plt.savefig("plain.png")
