"""GradScaler on the CPU, whose first updates overflow: the scheduler is stepped all the same."""

import torch
from noting import Notes, batch, error, network

notes = Notes()
model = network()
optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=12)
scaler = torch.amp.GradScaler("cpu", init_scale=2.0**18, growth_interval=4)
skipped = []
made = 0
for _ in range(12):
    optimizer.zero_grad()
    with torch.autocast("cpu", dtype=torch.float16):
        loss = error(model, *batch())
    scaler.scale(loss).backward()
    before = [each.detach().clone() for each in model.parameters()]
    scaler.step(optimizer)
    if all(torch.equal(each, was) for each, was in zip(model.parameters(), before, strict=True)):
        skipped.append(made)
    else:
        made += 1
        notes.update(optimizer)
    scaler.update()
    scheduler.step()
notes.end(model, skipped=skipped)
