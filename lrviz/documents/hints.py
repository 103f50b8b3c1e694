"""What a key that is not allowed was probably meant to be: misspelt, of another library, or one level too high."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from lrviz.foundation.errors import Path
from lrviz.foundation.wording import nearest
from lrviz.language.marked_yaml import dotted

_ELSEWHERE: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("learning_rate", "initial_lr", "base_lr", "init_lr", "lr0"), ("lr",)),
    **dict.fromkeys(("peak_lr", "max_learning_rate", "max_lr", "lr_max"), ("max_lr", "lr")),
    **dict.fromkeys(("min_lr", "lr_min", "min_learning_rate", "end_lr", "final_lr"), ("eta_min", "min_lr")),
    **dict.fromkeys(("num_epochs", "max_epochs", "n_epochs", "num_train_epochs", "total_epochs"), ("epochs",)),
    **dict.fromkeys(
        ("max_steps", "num_steps", "num_training_steps", "training_steps", "train_steps", "max_iters", "iterations"),
        ("steps", "total_steps", "T_max", "total_iters"),
    ),
    **dict.fromkeys(("total_steps", "decay_steps"), ("total_steps", "T_max", "total_iters", "steps")),
    **dict.fromkeys(("gradient_accumulation_steps", "accumulate_grad_batches", "accum_iter"), ("grad_accumulation",)),
    **dict.fromkeys(("num_gpus", "gpus", "world_size", "n_gpu", "num_devices"), ("devices",)),
    **dict.fromkeys(("every", "step_every", "every_n_epochs", "every_n_steps"), ("frequency",)),
    **dict.fromkeys(("llrd", "lr_layer_decay", "layerwise_lr_decay", "layer_wise_lr_decay"), ("layer_decay",)),
    **dict.fromkeys(("train_batch_size", "per_device_train_batch_size", "bs"), ("batch_size",)),
    **dict.fromkeys(("wd", "l2", "weight_decay_rate"), ("weight_decay",)),
    **dict.fromkeys(("beta1", "beta2", "beta_1", "beta_2", "b1", "b2", "adam_beta1", "adam_beta2"), ("betas",)),
    **dict.fromkeys(("epsilon", "adam_epsilon"), ("eps",)),
    **dict.fromkeys(("decay_rate", "lr_decay", "decay_factor", "lr_gamma"), ("gamma", "factor")),
    **dict.fromkeys(("lr_steps", "lr_milestones", "decay_epochs"), ("milestones", "step_size")),
    **dict.fromkeys(("lr_scheduler", "sched", "schedule", "lr_schedule"), ("scheduler",)),
    **dict.fromkeys(("optim", "optimiser"), ("optimizer",)),
    **dict.fromkeys(("function", "surface", "objective"), ("fn",)),
    **dict.fromkeys(("optimizers", "algorithms"), ("entries",)),
}
"""What other libraries and people call a key, and torch's or lrviz's names for it, the likeliest first."""
_NONE: Mapping[str, str] = {}


def meant(key: str, allowed: Collection[str], inner: Mapping[str, str] = _NONE) -> str | None:
    """Return the key that was probably meant, with its path where that is another.

    inner: keys that are allowed further in, with their paths.
    """
    folded = key.lower().replace("-", "_")
    for one in (key, folded, *_ELSEWHERE.get(folded, ())):
        if one in allowed:
            return one
        if one in inner:
            return inner[one]
    return nearest(key, allowed)


def hint(key: str, allowed: Collection[str], inner: Mapping[str, str] = _NONE) -> str:
    """Return " (did you mean ...?)", or how a warm-up is written; "" if neither applies. See `meant`."""
    if "warmup" in key.lower().replace("_", "").replace("-", ""):
        return " (a warm-up is a LinearLR of its own, total_iters long: see lrviz list recipes resnet50-warmup-cosine)"
    found = meant(key, allowed, inner)
    return f" (did you mean {found}?)" if found else ""


def scheduler_keys(data: Any, path: Path) -> dict[str, str]:
    """Return the parameters of the schedulers at a path and inside them, each with the path of the first that has it.

    data: the value there: a scheduler, or a list of them.
    """
    from lrviz.language.registry import NotLoadable
    from lrviz.schedulers import SCHEDULERS

    found: dict[str, str] = {}
    if isinstance(data, list):
        for index, one in enumerate(data):
            found = scheduler_keys(one, (*path, index)) | found
    elif isinstance(data, Mapping):
        name = data.get("name")
        try:
            cls = SCHEDULERS.find(SCHEDULERS.spelled(name)) if isinstance(name, str) else None
        except NotLoadable:
            cls = None
        own = {key: dotted((*path, key)) for key in (cls.model_fields if cls else ())}
        found = scheduler_keys(data.get("schedulers"), (*path, "schedulers")) | own
    return found
