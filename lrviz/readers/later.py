"""Dialects that are recognised and not read yet, so that such a file is not taken for another one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from typing_extensions import override

from lrviz.readers.config import Config
from lrviz.readers.reader import Reader


class Later(Reader):
    """A dialect whose files lrviz knows and cannot read yet."""

    @override
    def native(self, config: Config) -> Mapping[str, Any]:
        config.wrong((), f"a config of {self.title}, which lrviz does not read yet; lrviz list dialects has the others")
        return {}


class Composer(Later):
    """Composer and llm-foundry: `scheduler.t_warmup`, or `max_duration` beside `optimizer` and `scheduler`."""

    name: ClassVar[str] = "composer"
    title: ClassVar[str] = "Composer and llm-foundry"

    @classmethod
    @override
    def claims(cls, config: Mapping[str, Any]) -> bool:
        for part in (config, config.get("variables"), config.get("parameters")):
            if isinstance(part, Mapping):
                scheduler = part.get("scheduler")
                if isinstance(scheduler, Mapping) and "t_warmup" in scheduler:
                    return True
                if "max_duration" in part and {"optimizer", "scheduler"} <= part.keys():
                    return True
        return False


class Torchtune(Later):
    """torchtune: an `optimizer` with `_component_`."""

    name: ClassVar[str] = "torchtune"
    title: ClassVar[str] = "torchtune recipes"

    @classmethod
    @override
    def claims(cls, config: Mapping[str, Any]) -> bool:
        optimizer = config.get("optimizer")
        return isinstance(optimizer, Mapping) and "_component_" in optimizer


class Torchtitan(Later):
    """torchtitan: tables `[optimizer]`, and `[training]` with `steps`, or `[lr_scheduler]` with a decay."""

    name: ClassVar[str] = "torchtitan"
    title: ClassVar[str] = "torchtitan"

    @classmethod
    @override
    def claims(cls, config: Mapping[str, Any]) -> bool:
        training, scheduler = config.get("training"), config.get("lr_scheduler")
        steps = isinstance(training, Mapping) and "steps" in training
        shapes = isinstance(scheduler, Mapping) and bool({"decay_ratio", "decay_type"} & scheduler.keys())
        return isinstance(config.get("optimizer"), Mapping) and (steps or shapes)


class NeMo(Later):
    """NeMo: a `sched` with a `name`, beside an `lr`."""

    name: ClassVar[str] = "nemo"
    title: ClassVar[str] = "NeMo"

    @classmethod
    @override
    def claims(cls, config: Mapping[str, Any]) -> bool:
        rest: list[Any] = [config]
        while rest:
            part = rest.pop()
            if not isinstance(part, Mapping):
                continue
            sched = part.get("sched")
            if isinstance(sched, Mapping) and "name" in sched and "lr" in part:
                return True
            rest += part.values()
        return False


class Megatron(Later):
    """Megatron: `MODEL_ARGS` with `--lr`, or `lr_decay_style` and `train_iters`."""

    name: ClassVar[str] = "megatron"
    title: ClassVar[str] = "Megatron"

    @classmethod
    @override
    def claims(cls, config: Mapping[str, Any]) -> bool:
        arguments = config.get("MODEL_ARGS")
        return (isinstance(arguments, Mapping) and "--lr" in arguments) or {
            "lr_decay_style",
            "train_iters",
        } <= config.keys()


class Fairseq(Later):
    """fairseq: `lr_scheduler._name` and `optimization`."""

    name: ClassVar[str] = "fairseq"
    title: ClassVar[str] = "fairseq"

    @classmethod
    @override
    def claims(cls, config: Mapping[str, Any]) -> bool:
        scheduler = config.get("lr_scheduler")
        return isinstance(scheduler, Mapping) and "_name" in scheduler and "optimization" in config


CLASSES: tuple[type[Reader], ...] = (Composer, Torchtune, Torchtitan, NeMo, Megatron, Fairseq)
