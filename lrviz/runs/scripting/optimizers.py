"""An optimizer, its parameter groups, and the second optimizers of other hyperparameters, as Python."""

from __future__ import annotations

from collections.abc import Iterator

from lrviz.documents.groups import Group
from lrviz.documents.host import Host
from lrviz.optimizers.hyperparameters import place
from lrviz.runs.scripting import INDENT


def optimizer_lines(host: Host) -> Iterator[str]:
    """Yield the lines that make the optimizer."""
    own = {
        key: value for key, value in host.optimizer.hyperparameters().items() if key in host.optimizer.model_fields_set
    }
    # Two-dimensional, because Muon takes nothing else.
    yield f"weights = [torch.nn.Parameter(torch.zeros(2, 2)) for _ in range({len(host.groups)})]"
    if not host.grouped:
        shared = ", ".join(["weights", *(f"{key}={value!r}" for key, value in own.items())])
        yield f"optimizer = {host.optimizer.module}.{host.optimizer.class_name}({shared})"
        return
    yield f"optimizer = {host.optimizer.module}.{host.optimizer.class_name}("
    if host.layer_decay is not None:
        lr, decay, last = host.optimizer.hyperparameters()["lr"], host.layer_decay.decay, host.layer_decay.layers
        group = f'{{"params": [weight], "lr": {lr!r} * {decay!r} ** ({last} - layer)}}'
        yield f"{INDENT}[{group} for layer, weight in enumerate(weights)],"
    else:
        yield f"{INDENT}["
        for index, each in enumerate(host.standing):
            yield f"{INDENT * 2}{group_literal(index, each, host)},  # {' '.join(each.name.split())}"
        yield f"{INDENT}],"
    yield from (f"{INDENT}{key}={value!r}," for key, value in own.items())
    yield ")"


def group_literal(index: int, group: Group, host: Host) -> str:
    """Return a parameter group as the dictionary that torch takes."""
    values = group.optimizer.hyperparameters()
    differing = {key: value for key, value in values.items() if value != host.optimizer.hyperparameters()[key]}
    rest = "".join(f", {key!r}: {value!r}" for key, value in differing.items()).replace("'", '"')
    return f'{{"params": [weights[{index}]]{rest}}}'


def value_of(name: str, group: str) -> str:
    """Return the expression of a group's hyperparameter."""
    key, part = place(name)
    return f'{group}["{key}"]' if part is None else f'{group}["{key}"][{part}]'


def second(name: str) -> str:
    """Return the variable of the optimizer whose lr is a hyperparameter."""
    return f"{name}_optimizer"


def second_optimizer(name: str) -> Iterator[str]:
    """Yield the lines that make the optimizer whose lr is a hyperparameter."""
    yield f"{second(name)} = torch.optim.SGD("
    yield (
        f'{INDENT}[{{"params": [torch.zeros(1)], "lr": {value_of(name, "group")}}} for group in optimizer.param_groups]'
    )
    yield ")"


def copied(name: str) -> Iterator[str]:
    """Yield the function that copies the second optimizer's lr to the hyperparameter."""
    key, part = place(name)
    value = 'source["lr"]' if part is None else f'(source["lr"], *group["{key}"][1:])'
    yield f"def set_{name}():"
    yield f"{INDENT}for group, source in zip(optimizer.param_groups, {second(name)}.param_groups):"
    yield f'{INDENT * 2}group["{key}"] = {value}'
    yield ""
    yield ""
    yield f"set_{name}()"
