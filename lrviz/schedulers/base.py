"""The base of every scheduler: torch's parameters, their validation, its formula and its description."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import (
    ConfigDict,
    Discriminator,
    ModelWrapValidatorHandler,
    PlainValidator,
    SerializeAsAny,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)

from lrviz.foundation.arrays import FloatArray
from lrviz.foundation.errors import Problem
from lrviz.language.fields import PerGroup, misfit
from lrviz.language.named import class_named
from lrviz.language.registry import Registry
from lrviz.schedulers.facts import Awaited, Cycle, Event, GroupKey, Imposed, Span
from lrviz.schedulers.maps import Affine, At, ParamGroups
from lrviz.schedulers.situation import Reading, Situation
from lrviz.schedulers.stepping import Stepping, stepped_as


class Scheduler(Stepping):
    """The parameters that every entry under `scheduler:` shares, and the facts about each class.

    The fields of a subclass are the arguments of its library's constructor, by the library's names; those of
    Stepping say how the training loop steps it.
    """

    # Only the schedulers that a document names are ever used: the others are not built.
    model_config = ConfigDict(defer_build=True)

    name: str

    module: ClassVar[str] = "torch.optim.lr_scheduler"
    """The library's module of the class; the class name is the part of `name` after the last dot."""
    install: ClassVar[str] = ""
    """What to install with pip if the library is missing: a distribution, or one with an extra, `name[extra]`; "" for
    the name of its package."""
    runs_alone: ClassVar[bool] = True
    """Whether the library has a class that can be constructed and stepped; otherwise its trainer sets the lr."""
    by_itself: ClassVar[bool] = False
    """Whether to import `module` without its package, which imports much more than schedulers need."""
    takes_tick: ClassVar[bool] = False
    """Whether `step` takes the tick to go to, counted from 1."""
    optimizer_first: ClassVar[bool] = True
    """Whether the constructor takes the optimizer as its first argument, or by keyword after the others."""
    steps_to_epoch: ClassVar[bool] = False
    """Whether `step` also takes the epoch it should go to, which may be a fraction."""
    watches_metric: ClassVar[bool] = False
    """Whether `step` takes a metric."""
    assigns: ClassVar[bool] = False
    """Whether each step sets the lr, whatever it was; the others multiply or move the current lr."""
    nests: ClassVar[Literal["anywhere", "first", "nowhere"]] = "anywhere"
    """Where it may be in SequentialLR: any stage, the first stage only, or neither there nor in a chain."""
    in_turn: ClassVar[bool] = False
    """Whether its members act one after another, each as a stage; those of a chain act all at once."""
    waiting: ClassVar[tuple[str, ...]] = ()
    """The lengths during which it does nothing, and which may therefore have any value."""
    done_after: ClassVar[str] = ""
    """The length after which its curve has ended, and the run may end; "" if no parameter sets it."""
    formula: ClassVar[str] = ""
    """The parameter that holds a formula of the tick, the factor of each step; "" where there is none."""
    target: ClassVar[str] = ""
    """The parameter that sets the lr it goes to, whatever the optimizer's lr is; "" if the optimizer's lr decides."""
    first_factor: ClassVar[str] = ""
    """The parameter that sets at which share of the lr it begins; "" if it begins at the lr itself."""
    whole_run: ClassVar[tuple[str, ...]] = ()
    """The parameters that set its length, if that is usually the whole run: a scheduler written as a single word gives
    the first of them the run's length."""
    saved_keys: ClassVar[tuple[str, ...]] = ()
    """Keys by which its state_dict is known from those of other classes; torch's does not name its class."""
    group_error: ClassVar[str] = ""
    """What torch raises at its next step if a group was added to the optimizer; "" if it mostly goes on."""
    example: ClassVar[dict[str, Any]]
    """Arguments that show what the scheduler does over 60 ticks; `lrviz check` runs them."""

    @property
    def versions(self) -> tuple[str, str]:
        """The first version of its library that has this formula, and the first that no longer has it; "" for all."""
        return "", ""

    @property
    def class_name(self) -> str:
        """The library's name of the class."""
        return self.name.rpartition(".")[2]

    @property
    def members(self) -> tuple[Scheduler, ...]:
        """Its member schedulers, in the order of their construction."""
        return ()

    @property
    def begins(self) -> tuple[int, ...]:
        """The ticks at which its second, third, ... member begins to act; empty if they do not act in turn."""
        return ()

    @property
    def words(self) -> str:
        """The chain in words: "LinearLR → CosineAnnealingLR"."""
        return self.name

    @property
    def group_keys(self) -> dict[str, PerGroup]:
        """What the groups hold for it besides the optimizer's hyperparameters, by key."""
        return {}

    @property
    def idle(self) -> bool:
        """Whether no step changes the lr."""
        return False

    @property
    def warms_up(self) -> int:
        """The ticks for which it holds the lr below the optimizer's and then restores it; 0 if it does not."""
        return 0

    @property
    def overwrites(self) -> frozenset[GroupKey]:
        """What its constructor overwrites in the groups of a new optimizer."""
        return frozenset()

    @property
    def resets_lr(self) -> bool:
        """Whether its constructor overwrites the current lr; the others multiply it or leave it."""
        return self.assigns or "lr" in self.overwrites

    @property
    def run_length(self) -> tuple[str, int] | None:
        """The parameter that sets the length of the whole run, and that length in ticks; None if there is none."""
        return None

    def loses_groups(self, ticks: range) -> int | None:
        """Return the first of its ticks at which torch raises if a group was added before; None if it goes on."""
        return ticks[0] if self.group_error and ticks else None

    def imposed(self) -> Imposed | None:
        """Return the lr with which the constructor replaces the optimizer's; None if it does not."""
        return None

    def cycled(self) -> dict[str, PerGroup]:
        """Return the ends between which it moves momentum (or beta1), by parameter, the lower one first."""
        return {}

    def spans(self, base_lr: FloatArray) -> Iterator[Span]:  # noqa: ARG002 - for the classes that may rise or fall
        """Yield the named parts of the curve that starts at base_lr, in the scheduler's own ticks; they may not end."""
        return iter(())

    def awaited(self) -> Iterator[Awaited]:
        """Yield the ticks that the run has to reach for its parameters to have an effect."""
        return iter(())

    def repeated(self, ticks: int) -> tuple[str, int] | None:  # noqa: ARG002 - for the classes that do
        """Return the parameter that multiplies the lr repeatedly, and how often it does within some ticks."""
        return None

    def cycle(self, ticks: int) -> Cycle | None:  # noqa: ARG002 - for those that begin again
        """Return where in its cycles it is after some ticks; None if it has no cycles."""
        return None

    def with_cycle(self, length: int) -> dict[str, int]:  # noqa: ARG002 - for those that begin again
        """Return the parameters that set the length of its first cycle, that of its rise or whole first."""
        return {}

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of torch's constructor except the optimizer, by torch's names."""
        return {
            key: getattr(self, key)
            for key in type(self).model_fields
            if key != "name" and key not in Stepping.model_fields
        }

    def problems(self, where: Situation) -> Iterator[Problem]:
        """Yield what is wrong with the combination of parameters, or with this scheduler at this place."""
        if where.groups is not None:
            for key, value in self.arguments().items():
                if self.is_per_group(key) and isinstance(value, tuple) and len(value) != where.groups:
                    yield Problem(
                        (key,),
                        f"a list of {len(value)} given; one value for each parameter group is needed, {where.groups}",
                    )
        if where.grows:
            for key, value in self.arguments().items():
                if self.is_per_group(key) and isinstance(value, tuple):
                    told = "a list given, and groups are added later, for which it holds no value; write one value"
                    yield Problem((key,), told)
        yield from self.misplaced(where)
        if self.fractional and not self.steps_to_epoch:
            yield Problem(
                ("fractional",),
                f"given for {self.name}, which counts its own steps; of torch's only CosineAnnealingWarmRestarts is "
                "stepped with a fraction of an epoch",
                of_key=True,
            )

    @classmethod
    def is_per_group(cls, key: str) -> bool:
        """Return whether a parameter takes a list with a value for each group."""
        field = cls.model_fields[key]
        # If it may also be null, its metadata are inside the union.
        inside = (part for one in get_args(field.annotation) for part in getattr(one, "__metadata__", ()))
        return any(isinstance(part, Discriminator) for part in (*field.metadata, *inside))

    @model_validator(mode="wrap")
    @classmethod
    def _in_its_place(cls, data: Any, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:
        reading: Reading | None = info.context
        if reading is None:
            return handler(data)._without_problems(Situation())
        with reading.at(**stepped_as(data, reading)):
            return handler(data)._without_problems(reading.situation)

    def _without_problems(self, where: Situation) -> Self:
        found = list(self.problems(where))
        if found:
            raise misfit(found)
        return self


SCHEDULERS: Registry[Scheduler] = Registry("scheduler", "lrviz.schedulers", Scheduler, "{name: StepLR, step_size: 30}")
"""Every scheduler by its name."""


def read_scheduler(data: Any, info: ValidationInfo) -> Scheduler:
    """Validate a mapping by the class that its name says."""
    if isinstance(data, Scheduler):
        return type(data).model_validate(data, context=info.context)
    return class_named(SCHEDULERS, data).model_validate(data, context=info.context)


AnyScheduler = Annotated[
    SerializeAsAny[Scheduler], PlainValidator(read_scheduler), WithJsonSchema({"one_of": SCHEDULERS.kind})
]
"""A scheduler of any class; the JSON Schema of a document says which classes there are."""


class Leaf(Scheduler):
    """A scheduler with a formula of its own, as opposed to one made of others."""

    def attach(self, groups: ParamGroups) -> FloatArray:
        """Do what torch's constructor does before its first step, and return base_lrs, a row."""
        return groups.remember_initial_lr()

    def settled(self, groups: ParamGroups, base_lr: FloatArray) -> FloatArray:  # noqa: ARG002 - for CyclicLR
        """Return base_lrs as they are once torch's constructor is done."""
        return base_lr

    @abstractmethod
    def update(self, at: At, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        """Return the map of each step."""

    def entry(self, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        """Return the map with which SequentialLR enters this scheduler as a later stage.

        torch uses the closed form at 0 where the class has one, else its get_lr at 0.
        """
        return self.update(At(0, 1), groups, base_lr)

    def momentum(self, at: At, groups: ParamGroups) -> FloatArray | None:  # noqa: ARG002 - for the two that cycle it
        """Return the momentum (or beta1) that each step sets, [n, groups]; None where it is left alone."""
        return None

    def no_lr(self, tick: int) -> Problem:
        """Return why there is no finite lr at a tick."""
        return Problem((), f"{self.name} has no finite lr at its tick {tick}; torch raises or returns NaN there")

    def events(self, stop: int) -> Iterator[Event]:  # noqa: ARG002 - for those that drop or restart
        """Yield what happens at single ticks below `stop`."""
        return iter(())


def nothing_to_cycle(name: str, where: Situation) -> Iterator[Problem]:
    """Yield a problem if the scheduler cycles momentum and the optimizer has none: torch refuses that."""
    if where.cycled == "":
        yield Problem(
            ("cycle_momentum",),
            f"{name} cycles momentum or betas, and {where.optimizer} has neither; write cycle_momentum: false",
        )
