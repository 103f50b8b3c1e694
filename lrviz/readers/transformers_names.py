"""The names that TrainingArguments take, by the version of transformers: read from the sources of its releases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lrviz.foundation.releases import at_least

Names = Mapping[str, Sequence[str]]
"""Names by the version that they came with."""

SCHEDULERS: Names = {
    "4.5": ("linear", "cosine", "cosine_with_restarts", "polynomial", "constant", "constant_with_warmup"),
    "4.27": ("inverse_sqrt",),
    "4.29": ("reduce_lr_on_plateau",),
    "4.40": ("cosine_with_min_lr",),
    "4.41": ("warmup_stable_decay",),
    "4.54": ("cosine_warmup_with_min_lr",),
    "5.4": ("greedy",),
}
"""What lr_scheduler_type may be."""
OPTIMIZERS: Names = {
    "4.16": ("adamw_hf", "adamw_torch", "adamw_apex_fused", "adafactor"),
    "4.17": ("adamw_torch_xla",),
    "4.19": ("adamw_bnb_8bit", "sgd", "adagrad"),
    "4.25": ("adamw_anyprecision",),
    "4.27": ("adamw_torch_fused",),
    "4.30": (
        "adamw_8bit",
        "lion_8bit",
        "lion_32bit",
        "paged_adamw_32bit",
        "paged_adamw_8bit",
        "paged_lion_32bit",
        "paged_lion_8bit",
    ),
    "4.34": ("rmsprop",),
    "4.35": ("adamw_torch_npu_fused",),
    "4.38": ("rmsprop_bnb", "rmsprop_bnb_8bit", "rmsprop_bnb_32bit"),
    "4.39": (
        "galore_adamw",
        "galore_adamw_8bit",
        "galore_adafactor",
        "galore_adamw_layerwise",
        "galore_adamw_8bit_layerwise",
        "galore_adafactor_layerwise",
    ),
    "4.42": ("lomo", "adalomo"),
    "4.45": (
        "adamw_torch_4bit",
        "ademamix",
        "ademamix_8bit",
        "paged_ademamix_32bit",
        "paged_ademamix_8bit",
        "grokadamw",
        "schedule_free_adamw",
        "schedule_free_sgd",
    ),
    "4.49": ("adamw_torch_8bit", "schedule_free_radam", "apollo_adamw", "apollo_adamw_layerwise"),
    "4.54": ("stable_adamw",),
}
"""What optim may be; there is no such argument before the first of these."""
FIRST_WITH_OPTIM = "4.16"
LAST_WITH: Mapping[str, str] = {"adamw_hf": "4.49.0", "adamw_apex_fused": "5.7.0"}
"""The last release that has a name which a later one dropped."""


def names_of(table: Names, version: str) -> list[str]:
    """Return the names that a version has."""
    since = [name for first, names in table.items() if at_least(version, first) for name in names]
    return [name for name in since if name not in LAST_WITH or at_least(_minor(LAST_WITH[name]), _minor(version))]


def _minor(version: str) -> str:
    """Return a version without its patch: a name is dropped in none."""
    return ".".join(version.split(".")[:2])
