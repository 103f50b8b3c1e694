"""The part of docs/dialects.md that is written from the readers themselves."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from inspect import getdoc
from pathlib import Path
from textwrap import dedent

from lrviz.readers import READERS, Reader
from lrviz.readers.facts import told
from lrviz.readers.later import Later
from tests import shown

FILES = {
    "hf-trainer": "training_args.yaml",
    "llama-factory": "llama3_lora_sft.yaml",
    "axolotl": "lora.yml",
    "ultralytics": "args.yaml",
    "deepspeed": "ds_config.json",
    "mmengine": "schedule_1x.py",
    "mmcv1": "schedule_1x.py",
    "nanogpt": "train_gpt2.py",
    "timm": "args.yaml",
}
"""What people call such a config, where not config.yaml."""
_LANGUAGES = {".yaml": "yaml", ".yml": "yaml", ".json": "json", ".py": "python"}
GIVEN = {"dataset_size": "50000", "batches_per_epoch": "100"}
"""What the examples are given, of what they need."""


def dialects() -> Iterator[str]:
    """Yield a section for each dialect."""
    yield from map(_section, read())


def read() -> list[type[Reader]]:
    """Return the dialects that are read."""
    return [one for one in READERS if not issubclass(one, Later)]


def _section(reader: type[Reader]) -> str:
    name = FILES.get(reader.name, "config.yaml")
    facts = [reader.library, *reader.facts] if reader.library else list(reader.facts)
    needs = "\n".join(f"- `{one}`: {told(one, reader.newest)}" for one in facts)
    given = [f"--given {one}={GIVEN[one]}" for one in reader.facts if one in GIVEN][:1]
    command = shlex.join(["lrviz", "schedule", name, *" ".join(given).split(), "--engine", "reference", "--no-plot"])
    example = f"```{_LANGUAGES[Path(name).suffix]}\n{reader.example.rstrip()}\n```\n"
    needed = f"It may need, with `--given`:\n\n{needs}\n\n" if facts else ""
    return (
        f"## {reader.title} (`{reader.name}`)\n\n{_described(reader)}\n\n{needed}{example}\n"
        f"```\n$ {command}\n{shown.output(shlex.split(command)[1:], files={name: reader.example})}\n```\n"
    )


def _described(reader: type[Reader]) -> str:
    """Return what a reader says of its dialect, formulas as they are typed."""
    paragraphs = (getdoc(reader) or "").split("\n\n")
    told = []
    for one in paragraphs:
        head, indented, rest = one.partition("\n    ")
        told.append(f"{head}\n\n```text\n{dedent('    ' + rest)}\n```" if indented else one)
    return "\n\n".join(told)
