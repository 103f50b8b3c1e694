"""LBFGS, which calls its closure several times an update."""

import torch
from noting import Notes, batch, error, network

notes = Notes()
model = network()
model.eval()
optimizer = torch.optim.LBFGS(model.parameters(), lr=0.5, max_iter=4, line_search_fn="strong_wolfe")
scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
inputs, wanted = batch()
calls = []


def closure() -> torch.Tensor:
    calls.append(1)
    optimizer.zero_grad()
    loss = error(model, inputs, wanted)
    loss.backward()
    return loss


for _ in range(5):
    notes.update(optimizer)
    optimizer.step(closure)
    scheduler.step()
assert len(calls) > 10
notes.end(model)
