"""Optimizers of other libraries, by the names that documents call them by: hosts of schedules, without a race.

Only the lr, momentum, betas and weight decay of one matter to a schedule. A class is imported when a document
names it; this table is read before.
"""

from __future__ import annotations

from collections.abc import Mapping

_LIBRARIES: Mapping[str, tuple[str, ...]] = {
    "adan_pytorch": ("Adan",),
    "apex.optimizers": ("FusedAdam", "FusedLAMB", "FusedSGD"),
    "bitsandbytes.optim": (
        "Adam8bit",
        "AdamW8bit",
        "Lion8bit",
        "SGD8bit",
        "PagedAdam8bit",
        "PagedAdamW8bit",
        "PagedLion8bit",
        "PagedAdamW",
    ),
    "lion_pytorch": ("Lion",),
    "prodigyopt": ("Prodigy",),
    "pytorch_optimizer": ("SOAP",),
    "schedulefree": ("AdamWScheduleFree", "SGDScheduleFree", "RAdamScheduleFree"),
    "timm": ("Lamb", "Lars", "Adan", "Lion"),
    "torch_optimizer": ("Lamb", "AdaBelief", "Yogi"),
    "transformers": ("Adafactor",),
}

MODULES: Mapping[str, str] = {
    f"{library}.{name}": f"{__name__}.{library.partition('.')[0]}"
    for library, names in _LIBRARIES.items()
    for name in names
}
"""Each name, and the module of lrviz that has its class."""

ALIASES: Mapping[str, str] = {
    "adamw_8bit": "bitsandbytes.optim.AdamW8bit",
    "adamw_bnb_8bit": "bitsandbytes.optim.AdamW8bit",
    "lion_8bit": "bitsandbytes.optim.Lion8bit",
    "paged_adamw_8bit": "bitsandbytes.optim.PagedAdamW8bit",
    "paged_adamw_32bit": "bitsandbytes.optim.PagedAdamW",
    "paged_lion_8bit": "bitsandbytes.optim.PagedLion8bit",
    "adamw_apex_fused": "apex.optimizers.FusedAdam",
    "schedule_free_adamw": "schedulefree.AdamWScheduleFree",
    "schedule_free_radam": "schedulefree.RAdamScheduleFree",
    "schedule_free_sgd": "schedulefree.SGDScheduleFree",
    "bnbadamw8bit": "bitsandbytes.optim.AdamW8bit",
    "bnbadam8bit": "bitsandbytes.optim.Adam8bit",
    "bnblion8bit": "bitsandbytes.optim.Lion8bit",
    "bnbsgd8bit": "bitsandbytes.optim.SGD8bit",
}
"""What the Trainer of transformers and timm call some of them."""
