"""Optimizers around others: SAM, timm's Lookahead, and one that is no Optimizer, as apex had it."""

from collections.abc import Callable
from typing import Any

import empty_timm  # noqa: F401
import torch
from noting import Notes, batch, error, network
from timm.optim.lookahead import Lookahead
from torch.optim.lr_scheduler import StepLR


class SAM(torch.optim.Optimizer):
    """After https://github.com/davda54/sam: two gradients an update, and the inner optimizer's groups."""

    def __init__(self, params: Any, base: type[torch.optim.Optimizer], rho: float = 0.05, **options: Any) -> None:
        super().__init__(params, {"rho": rho, **options})
        self.base_optimizer = base(self.param_groups, **options)
        self.param_groups = self.base_optimizer.param_groups

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        moved = []
        for group in self.param_groups:
            norm = torch.stack([each.grad.norm() for each in group["params"]]).norm()
            for each in group["params"]:
                moved.append((each, each.detach().clone()))
                each.add_(each.grad * group["rho"] / (norm + 1e-12))
        with torch.enable_grad():
            loss = closure()
        for each, was in moved:
            each.copy_(was)
        self.base_optimizer.step()
        return loss


class MasterWeights:
    """After apex's FP16_Optimizer: it has an optimizer, and is none."""

    def __init__(self, optimizer: torch.optim.Optimizer) -> None:
        self.optimizer = optimizer

    @property
    def param_groups(self) -> Any:
        return self.optimizer.param_groups

    def zero_grad(self) -> None:
        self.optimizer.zero_grad()

    def step(self, closure: Any = None) -> Any:
        return self.optimizer.step()


def of_sgd(parameters: Any) -> torch.optim.Optimizer:
    return torch.optim.SGD(parameters, lr=0.1, momentum=0.9)


MADE: dict[str, Callable[[Any], Any]] = {
    "SAM": lambda parameters: SAM(parameters, torch.optim.SGD, lr=0.1, momentum=0.9),
    "Lookahead": lambda parameters: Lookahead(of_sgd(parameters), k=3),
    "MasterWeights": lambda parameters: MasterWeights(of_sgd(parameters)),
}
notes = Notes()


def trained(label: str, made: Callable[[Any], Any]) -> torch.nn.Module:
    model = network()
    optimizer = made(model.parameters())
    # What is no Optimizer a scheduler does not take.
    scheduler = StepLR(optimizer.optimizer if label == "MasterWeights" else optimizer, 3, gamma=0.5)
    examples = batch()

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = error(model, *examples)
        loss.backward()
        return loss

    for _ in range(8):
        closure()
        notes.update(optimizer, label)
        optimizer.step(closure if label == "SAM" else None)
        scheduler.step()
    return model


notes.end(*[trained(label, made) for label, made in MADE.items()])
