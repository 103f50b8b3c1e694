"""The registry of rules: one line for each, and nothing else. A number is never given twice.

From LR101 on the rules are about the configs of other libraries.
"""

from __future__ import annotations

from lrviz.linting.rule import Rule
from lrviz.linting.rules.added import AddedGroupOvershoots
from lrviz.linting.rules.assigning import AssigningErasesOthers
from lrviz.linting.rules.averaging import AnnealEpochsZero, AnnealingCutOff, AveragesTooFew
from lrviz.linting.rules.constructors import CompositeShifted, ConstructorChangesOthers, OrderDecides
from lrviz.linting.rules.cycled_momentum import MomentumNeverAskedFor
from lrviz.linting.rules.cycles import CycleCutOff
from lrviz.linting.rules.decays import CosineTurnsBack, FloorNotReached
from lrviz.linting.rules.deepspeed import (
    CosineClimbsAgain,
    FirstUpdateAtFullLr,
    PeakUnlikeOptimizer,
    SchedulerOfDeepSpeed,
    TwoUpdatesAtZero,
)
from lrviz.linting.rules.factors import LinearStuck, LrInPlaceOfFactor, ThirdByDefault
from lrviz.linting.rules.floor import FloorAboveLr, FloorAtLr
from lrviz.linting.rules.gamma import GammaNotBelowOne
from lrviz.linting.rules.hyperparameters import (
    BetasInWrongOrder,
    MomentumForgotten,
    MomentumNotBelowOne,
    WeightDecayTooLarge,
)
from lrviz.linting.rules.idle_updates import FirstUpdateAtZero, MostlyTiny, ZeroBeforeTheEnd
from lrviz.linting.rules.imposed_lr import LrReplaced, ScalarFlattensGroups
from lrviz.linting.rules.metric import MetricNotANumber, MetricUnwatched
from lrviz.linting.rules.milestones import MilestonesOutOfOrder
from lrviz.linting.rules.nanogpt import DecayUnlikeRun
from lrviz.linting.rules.negative import NegativeLr
from lrviz.linting.rules.never_reached import BeyondTheRun, NeverStepped
from lrviz.linting.rules.one_cycle import OneCycleOtherThanRun, WarmUpBeforeOneCycle
from lrviz.linting.rules.optimizer import AsgdOneStepLate, L2InAdam, LrOutOfRange, RpropIgnoresLr
from lrviz.linting.rules.plateau import CooldownBeyondTheRun, PlateauAtEachStep, PlateauNeverFires, PlateauWrongWay
from lrviz.linting.rules.scheduled import ScheduledOutOfRange, ScheduleOfZero, WeightDecayRisesAlone
from lrviz.linting.rules.stages import JumpAtMilestone, MilestoneErasesDecay, WarmUpLongerThanStage
from lrviz.linting.rules.survival import UpdatesForgotten
from lrviz.linting.rules.transformers import (
    BatchesLost,
    FloorOfGreedy,
    WarmUpFromZero,
    WarmUpIgnored,
    WarmUpRatioRemoved,
    WarmUpTwice,
)
from lrviz.linting.rules.units import AccumulationNotCounted, CadenceNotCounted, LengthInOtherUnit
from lrviz.linting.rules.vision import (
    CosineTurnsBackInRange,
    DropAfterWarmUp,
    IterationsAsEpochs,
    LrIgnoredByAuto,
    SkippedUpdatesCounted,
    StepsBeyondRun,
    WarmUpOfHundred,
)
from lrviz.linting.rules.warm_up import MostlyWarmUp, PeakNotReached

RULES: tuple[type[Rule], ...] = (
    CosineTurnsBack,
    FloorNotReached,
    CycleCutOff,
    PeakNotReached,
    FirstUpdateAtZero,
    MostlyTiny,
    ZeroBeforeTheEnd,
    JumpAtMilestone,
    WarmUpLongerThanStage,
    BeyondTheRun,
    FloorAboveLr,
    NegativeLr,
    GammaNotBelowOne,
    LinearStuck,
    OneCycleOtherThanRun,
    ScalarFlattensGroups,
    MomentumNeverAskedFor,
    WarmUpBeforeOneCycle,
    ConstructorChangesOthers,
    CompositeShifted,
    MilestoneErasesDecay,
    OrderDecides,
    PlateauNeverFires,
    PlateauWrongWay,
    LengthInOtherUnit,
    RpropIgnoresLr,
    AsgdOneStepLate,
    L2InAdam,
    LrOutOfRange,
    AnnealEpochsZero,
    AveragesTooFew,
    AccumulationNotCounted,
    NeverStepped,
    MetricUnwatched,
    MilestonesOutOfOrder,
    MetricNotANumber,
    AssigningErasesOthers,
    LrInPlaceOfFactor,
    BetasInWrongOrder,
    MomentumNotBelowOne,
    MomentumForgotten,
    ThirdByDefault,
    LrReplaced,
    WeightDecayTooLarge,
    MostlyWarmUp,
    FloorAtLr,
    CooldownBeyondTheRun,
    AnnealingCutOff,
    CadenceNotCounted,
    AddedGroupOvershoots,
    ScheduledOutOfRange,
    ScheduleOfZero,
    WeightDecayRisesAlone,
    PlateauAtEachStep,
    UpdatesForgotten,
    WarmUpFromZero,
    WarmUpIgnored,
    WarmUpRatioRemoved,
    WarmUpTwice,
    BatchesLost,
    FloorOfGreedy,
    PeakUnlikeOptimizer,
    TwoUpdatesAtZero,
    FirstUpdateAtFullLr,
    CosineClimbsAgain,
    SchedulerOfDeepSpeed,
    DropAfterWarmUp,
    LrIgnoredByAuto,
    WarmUpOfHundred,
    SkippedUpdatesCounted,
    IterationsAsEpochs,
    CosineTurnsBackInRange,
    StepsBeyondRun,
    DecayUnlikeRun,
)

__all__ = ["RULES"]
