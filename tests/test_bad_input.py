# ruff: noqa: E501 - a row of a table is a document and its message, each best read on one line
"""Bad input: one clear message per fault, at its line and column, exit code 2, nothing written.

In the documents of the tables `¦` stands before each key or value that is at fault, in the order in
which the faults must be reported.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given, note, settings
from hypothesis import strategies as st

from lrviz.documents.load import loads
from lrviz.documents.schedule import ScheduleDocument
from lrviz.engines.real import schedule as pytorch
from lrviz.engines.reference import schedule as reference
from lrviz.engines.schedule_planning import plan
from lrviz.engines.tasks.schedule import Node, Stepped, Table
from lrviz.foundation.errors import DocumentError, OutputError, Refusal, UsageError
from lrviz.language.expression import Expression
from lrviz.language.marked_yaml import dotted
from lrviz.runs.commands.targets import picture_target
from lrviz.runs.simulation import Run
from lrviz.runs.sources.resolving import resolve_all
from lrviz.runs.sources.several import read_all
from lrviz.schedulers import SCHEDULERS
from lrviz.schedulers.stepping import Stepping
from tests.cli import Ended

MARK = "¦"
RUN = "epochs: 10\noptimizer: {name: SGD, lr: 0.1, momentum: 0.9}\n"
STEP = "scheduler: {name: StepLR, step_size: 3}\n"
TWO = "epochs: 10\noptimizer: {name: SGD, lr: 0.1, groups: [{name: a}, {name: b}]}\n"

LEAKS = re.compile(
    r"Input should|tuple\[|function-|pydantic|validat|Traceback|Error: \d|literal|union|NoneType|<class", re.I
)


@dataclass(frozen=True)
class Case:
    """A document, and for each of its faults the field and words that the message must hold."""

    text: str
    faults: tuple[tuple[str, ...], ...]


def one(text: str, field: str, *words: str) -> Case:
    return Case(text, ((field, *words),))


def several(text: str, *faults: tuple[str, ...]) -> Case:
    return Case(text, faults)


KNOWN_KEYS = "epochs, steps, steps_per_epoch"

CASES = {
    # What is no document
    "a list": one(f"{MARK}- 1\n", "", "a mapping", "lrviz init"),
    "a word": one(f"{MARK}hello\n", "", "a mapping", "lrviz init"),
    "two documents": one(RUN + STEP + f"{MARK}---\nepochs: 3\n", "", "second document", "one"),
    "unclosed brace": one(RUN + f"scheduler: {MARK}{{name: StepLR, step_size: 3\n", "", "not YAML", "'}'", "end of the file"),
    "unclosed quote": one(RUN + f'scheduler: {MARK}"StepLR\n', "", "not YAML", "end of"),
    "bad indentation": one(RUN + f"scheduler:\n    name: StepLR\n  {MARK}step_size: 3\n", "", "not YAML"),
    "a character YAML forbids": one(RUN + f"scheduler: {{name: StepLR, step_size: {MARK}@@}}\n", "", "not YAML"),
    "a tab": one(RUN + f"scheduler:\n{MARK}\tname: StepLR\n", "", "tab", "spaces"),
    "a tab after spaces": one(RUN + f"scheduler:\n  name: StepLR\n{MARK}\tstep_size: 3\n", "", "tab", "spaces"),
    "duplicate key": one(RUN + STEP + f"{MARK}epochs: 20\n", "epochs", "given twice", "line 1"),
    "duplicate nested key": one(
        RUN + f"scheduler:\n  name: StepLR\n  step_size: 3\n  {MARK}step_size: 4\n", "scheduler.step_size", "given twice", "line 5"
    ),
    "a key that is a list": one(RUN + STEP + f"? {MARK}[a]\n: 3\n", "", "as a key"),
    "a Python tag": one(RUN + f'scheduler: {MARK}!!python/object/apply:os.system ["true"]\n', "scheduler", "os.system", "without tags"),
    "two tags": several(
        RUN + f"scheduler: {{name: {MARK}!foo StepLR, step_size: {MARK}!!int 3}}\n",
        ("scheduler.name", "!foo"), ("scheduler.step_size", "int"),
    ),
    "an unknown anchor": one(RUN + f"scheduler: {MARK}*nowhere\n", "scheduler", "*nowhere"),
    "an anchor inside itself": one(
        RUN + f"scheduler: &s {{name: ChainedScheduler, schedulers: [{MARK}*s]}}\n", "scheduler.schedulers", "*s", "before"
    ),
    "merging a number": one(RUN + f"scheduler: {{<<: {MARK}3, name: StepLR}}\n", "", "<<", "mapping"),
    "deep nesting": one("a: " + "[" * 39 + MARK + "[" * 100_000, "a" + "[0]" * 38, "nested deeper than 40"),
    "deep mappings": one("{a: " * 40 + MARK + "{a: " * 100_000, ".".join("a" * 40), "nested deeper than 40"),
    "too many values": one("a: [" + "1," * 199_997 + f"{MARK}1" + ",1" * 5 + "]", "a", "more than 200,000 values"),
    "a word of two minds": one(
        RUN + STEP + f"dataset_size: 100\nbatch_size: 10\ndrop_last: {MARK}yes\n", "drop_last", "yes given", "write true"
    ),
    "words of two minds": several(
        RUN + f"scheduler: {{name: OneCycleLR, max_lr: 1, three_phase: {MARK}off, cycle_momentum: {MARK}No}}\nname: {MARK}On\n",
        ("scheduler.three_phase", "off given", "write false"),
        ("scheduler.cycle_momentum", "No given", "write false"),
        ("name", "On given", "write true", '"On"'),
    ),
    # Keys
    "unknown key at the top": one(RUN + STEP + f"{MARK}intervall: step\n", "intervall", KNOWN_KEYS, "did you mean interval?"),
    "unknown key, nothing near": one(RUN + STEP + f"{MARK}zzz: 1\n", "zzz", "unknown key 'zzz'", KNOWN_KEYS),
    "misspelt length": one(f"{MARK}epoch: 10\noptimizer: {{name: SGD, lr: 0.1}}\n" + STEP, "epoch", "did you mean epochs?"),
    "misspelt section": one(RUN + f"{MARK}sheduler: {{name: StepLR, step_size: 3}}\n", "sheduler", "did you mean scheduler?"),
    "unknown hyperparameter": one(
        f"epochs: 3\noptimizer: {{name: SGD, {MARK}lrr: 0.1}}\n" + STEP, "optimizer.lrr", "momentum", "groups", "did you mean lr?"
    ),
    "hyperparameter of another optimizer": one(
        f"epochs: 3\noptimizer: {{name: SGD, {MARK}betas: [0.9, 0.99]}}\n" + STEP, "optimizer.betas", "parameter of Adam", "AdamW", "nesterov"
    ),
    "unknown keys of a group": several(
        f"epochs: 3\noptimizer:\n  name: SGD\n  groups:\n  - {{{MARK}nam: a}}\n  - {{name: b, {MARK}rho: 1}}\n" + STEP,
        ("optimizer.groups[0].nam", "did you mean name?"),
        ("optimizer.groups[1].rho", "parameter of Adadelta", "momentum"),
    ),
    "misspelt parameter": one(
        RUN + f"scheduler: {{name: CosineAnnealingLR, {MARK}Tmax: 3}}\n", "scheduler.Tmax", "T_max, eta_min", "did you mean T_max?"
    ),
    "parameter of another scheduler": one(
        RUN + f"scheduler: {{name: StepLR, step_size: 3, {MARK}T_max: 3}}\n", "scheduler.T_max",
        "T_max is a parameter of CosineAnnealingLR", "step_size, gamma",
    ),
    "parameter of several others": one(
        RUN + f"scheduler: {{name: StepLR, step_size: 3, {MARK}eta_min: 0}}\n", "scheduler.eta_min",
        "CosineAnnealingLR, CosineAnnealingWarmRestarts",
    ),
    "parameter of another, nested": one(
        RUN + "scheduler:\n  name: SequentialLR\n  milestones: [5]\n  schedulers:\n"
        f"  - {{name: LinearLR, {MARK}gamma: 3}}\n  - {{name: ExponentialLR, gamma: 0.9}}\n",
        "scheduler.schedulers[0].gamma", "ExponentialLR", "total_iters",
    ),
    "unknown key, nested twice": one(
        RUN + "scheduler:\n- name: ChainedScheduler\n  schedulers:\n  - name: SequentialLR\n    milestones: []\n    schedulers:\n"
        f"    - name: ConstantLR\n      {MARK}totaliters: 3\n",
        "scheduler[0].schedulers[0].schedulers[0].totaliters", "did you mean total_iters?",
    ),
    "unknown key of metric": one(RUN + STEP + f"metric: {{{MARK}expresion: t}}\n", "metric.expresion", "values, csv, column", "did you mean expression?"),
    "unknown key of swa": one(
        RUN + STEP + f"swa: {{start: 3, swa_lr: 0.1, {MARK}strategy: cos}}\n", "swa.strategy", "did you mean anneal_strategy?"
    ),
    "missing sections": one(f"{MARK}epochs: 10\n", "optimizer", "missing"),
    "missing parameter": one(RUN + f"scheduler: {MARK}{{name: StepLR}}\n", "scheduler.step_size", "missing"),
    "missing names": several(
        f"epochs: 3\noptimizer: {MARK}{{lr: 3}}\nscheduler: {MARK}{{step_size: 3}}\n",
        ("optimizer", "name missing"), ("scheduler", "name missing"),
    ),
    "missing parts of swa": several(RUN + STEP + f"swa: {MARK}{MARK}{{}}\n", ("swa.start", "missing"), ("swa.swa_lr", "missing")),
    # Names
    "unknown optimizer": one(
        f"epochs: 3\noptimizer: {{name: {MARK}SDG, lr: 0.1}}\n" + STEP, "optimizer.name", "'SDG' given", "SGD, Adam, AdamW", "did you mean SGD?"
    ),
    "unknown scheduler": one(
        RUN + f"scheduler: {{name: {MARK}CosineAnealingLR, T_max: 3}}\n", "scheduler.name", "'CosineAnealingLR' given",
        "StepLR, MultiStepLR", "did you mean CosineAnnealingLR?",
    ),
    "a name without a likeness": one(RUN + f"scheduler: {{name: {MARK}qqq}}\n", "scheduler.name", "'qqq' given", "SWALR"),
    "names of wrong types": several(
        f"epochs: 3\noptimizer: {{name: {MARK}3}}\nscheduler:\n- {{name: {MARK}null}}\n- {{name: {MARK}[StepLR]}}\n- {{name: {MARK}{{a: b}}}}\n",
        ("optimizer.name", "3 given"), ("scheduler[0].name", "nothing given"), ("scheduler[1].name", "['StepLR'] given"),
        ("scheduler[2].name", "a mapping given"),
    ),
    # Types
    "texts for everything": several(
        f"epochs: {MARK}ten\noptimizer: {MARK}SGD\nscheduler: {MARK}StepLR\nmetric: {MARK}loss\nswa: {MARK}cos\n",
        ("epochs", "'ten' given", "whole number"), ("optimizer", "'SGD' given", "mapping"), ("scheduler", "'StepLR' given", "mapping"),
        ("metric", "'loss' given", "mapping"), ("swa", "'cos' given", "mapping"),
    ),
    "lists for everything": several(
        f"epochs: {MARK}[1]\noptimizer: {MARK}[SGD]\nscheduler: [{MARK}3, {MARK}null]\nname: {MARK}[x]\ninterval: {MARK}[step]\n",
        ("epochs", "[1] given"), ("optimizer", "['SGD'] given"), ("scheduler[0]", "3 given", "mapping"),
        ("scheduler[1]", "nothing given"), ("name", "['x'] given", "text"), ("interval", "['step'] given", "epoch, step"),
    ),
    "nothing for everything": several(
        f"epochs:{MARK}\noptimizer:{MARK}\nscheduler:{MARK}\n",
        ("epochs", "missing", "epochs or steps"), ("optimizer", "nothing given"), ("scheduler", "nothing given"),
    ),
    "truths for numbers": several(
        f"epochs: {MARK}true\noptimizer: {{name: SGD, lr: {MARK}true}}\nscheduler: {{name: StepLR, step_size: {MARK}true, gamma: {MARK}false}}\n",
        ("epochs", "true given", "whole number"), ("optimizer.lr", "true given", "number"),
        ("scheduler.step_size", "true given", "whole number"), ("scheduler.gamma", "false given", "number"),
    ),
    "texts for numbers": several(
        f'epochs: {MARK}"10 epochs"\noptimizer: {{name: SGD, lr: {MARK}"0.1x"}}\nscheduler: {{name: StepLR, step_size: {MARK}"3 x", gamma: {MARK}""}}\n',
        ("epochs", "'10 epochs' given", "whole number"), ("optimizer.lr", "'0.1x' given", "number"),
        ("scheduler.step_size", "'3 x' given", '"5ep"', '"0.1dur"'), ("scheduler.gamma", "'' given", "number"),
    ),
    "arithmetic without a number": several(
        f"epochs: {MARK}0 * 5\noptimizer: {{name: SGD, lr: {MARK}-1 / 4, momentum: {MARK}(-8) ** 0.5, weight_decay: {MARK}1e308 * 10}}\n"
        f"scheduler:\n- {{name: StepLR, step_size: {MARK}7 / 2, gamma: {MARK}1 / 0}}\n- {{name: ExponentialLR, gamma: {MARK}9**9**9**9}}\n"
        f"- {{name: MultiStepLR, milestones: [4, {MARK}2 * 5ep, {MARK}10 / 4]}}\n- {{name: StepLR, step_size: 4 * 5, frequency: {MARK}3 / 2}}\n",
        ("epochs", "'0 * 5' is 0; at least 1"), ("optimizer.lr", "'-1 / 4' is -0.25; at least 0"), ("optimizer.momentum", "not a real number"),
        ("optimizer.weight_decay", "not finite"), ("scheduler[0].step_size", "it is 3.5; a whole number", "round"), ("scheduler[0].gamma", "divides by zero"),
        ("scheduler[1].gamma", "beyond the range of float64"), ("scheduler[2].milestones[1]", "'2 * 5ep' given", "takes no unit"),
        ("scheduler[2].milestones[2]", "it is 2.5"), ("scheduler[3].frequency", "it is 1.5"),
    ),
    "the length of the run in formulas": several(
        f"steps: 12\nsteps_per_epoch: 3\noptimizer: {{name: SGD, lr: {MARK}0.1 / epochs}}\nscheduler:\n- {{name: LambdaLR, lr_lambda: {MARK}1 - epoch / epochs, start: 2}}\n"
        f"- {{name: LambdaLR, lr_lambda: {MARK}1 - epoch / epochs, frequency: 2, repeat: 2}}\n- {{name: LambdaLR, lr_lambda: {MARK}1 - t / tick}}\n"
        f"- {{name: CyclicLR, base_lr: 0, max_lr: 1, cycle_momentum: false, scale_fn: {MARK}x / epoch}}\n",
        ("optimizer.lr", "'epochs' is an unknown name"), ("scheduler[0].lr_lambda", "epoch is known only where the scheduler is stepped once an epoch"),
        ("scheduler[1].lr_lambda", "epoch is known only"), ("scheduler[2].lr_lambda", "did you mean ticks?"), ("scheduler[3].scale_fn", "did you mean epochs?"),
    ),
    "the epoch for a plateau that is stepped otherwise": one(
        RUN + f"scheduler:\n- {{name: ReduceLROnPlateau, repeat: 2}}\nmetric: {{expression: {MARK}0.9 ** epoch}}\n",
        "metric.expression", "scheduler[0]", "stepped once an epoch", "write t",
    ),
    "names in arithmetic": several(
        f"epochs: 10\noptimizer: {{name: Adam, lr: {MARK}lr * 2, betas: [{MARK}squrt(0.81), 1 - 0.01], eps: {MARK}__import__('os')}}\n"
        f"scheduler: {{name: CyclicLR, base_lr: {MARK}epochs / 9, max_lr: {MARK}1e-3 *, step_size_up: {MARK}x.y}}\n",
        ("optimizer.lr", "'lr' is an unknown name"), ("optimizer.betas[0]", "did you mean sqrt?"), ("optimizer.eps", "'__import__' is an unknown name"),
        ("scheduler.base_lr", "'epochs' is an unknown name"), ("scheduler.max_lr", "column 6"), ("scheduler.step_size_up", "a length is"),
    ),
    "numbers for truths": several(
        f"epochs: 3\noptimizer: {{name: SGD, nesterov: {MARK}1, foreach: {MARK}x}}\n" + STEP,
        ("optimizer.nesterov", "1 given", "true or false"), ("optimizer.foreach", "'x' given", "true or false"),
    ),
    "fractions for whole numbers": several(
        f"epochs: {MARK}1.5\noptimizer: {{name: SGD}}\nscheduler: {{name: CosineAnnealingWarmRestarts, T_0: {MARK}2.5, T_mult: {MARK}1.5}}\n",
        ("epochs", "1.5 given", "whole"), ("scheduler.T_0", "2.5 given", "whole"), ("scheduler.T_mult", "1.5 given", "whole"),
    ),
    "null for required": several(
        RUN + f"scheduler: {{name: StepLR, step_size: {MARK}null, gamma: {MARK}~}}\n",
        ("scheduler.step_size", "nothing given", "whole"), ("scheduler.gamma", "nothing given", "number"),
    ),
    "mapping for a length": one(RUN + f"scheduler: {{name: StepLR, step_size: {MARK}{{a: 5}}}}\n", "scheduler.step_size", "a mapping given"),
    "number for a list": several(
        RUN + f"scheduler:\n- {{name: MultiStepLR, milestones: {MARK}5}}\n- {{name: ChainedScheduler, schedulers: {MARK}{{name: LinearLR}}}}\n",
        ("scheduler[0].milestones", "5 given", "list"), ("scheduler[1].schedulers", "a mapping given", "list"),
    ),
    "betas": one(f"epochs: 3\noptimizer: {{name: Adam, betas: {MARK}0.9}}\n" + STEP, "optimizer.betas", "0.9 given", "list"),
    "three betas": one(f"epochs: 3\noptimizer: {{name: Adam, betas: {MARK}[0.9, 0.9, 0.9]}}\n" + STEP, "optimizer.betas", "[0.9, 0.9, 0.9] given", "list of 2"),
    "wrong words": several(
        RUN + f"scheduler:\n- {{name: OneCycleLR, max_lr: 1, anneal_strategy: {MARK}cosine}}\n- {{name: LinearLR, interval: {MARK}epochs}}\ninterval: {MARK}Step\n",
        ("scheduler[0].anneal_strategy", "'cosine' given", "cos, linear", "did you mean cos?"),
        ("scheduler[1].interval", "'epochs' given", "epoch, step", "did you mean epoch?"),
        ("interval", "'Step' given", "did you mean step?"),
    ),
    # Ranges
    "empty title": one(RUN + STEP + f'name: {MARK}""\n', "name", "'' given", "one character"),
    "endless title": one(RUN + STEP + f"name: {MARK}{'x' * 301}\n", "name", "at most 300 characters"),
    "zero epochs": one(f"epochs: {MARK}0\noptimizer: {{name: SGD}}\n" + STEP, "epochs", "0 given", "at least 1"),
    "negative steps": one(f"steps: {MARK}-5\noptimizer: {{name: SGD}}\n" + STEP, "steps", "-5 given", "at least 1"),
    "not finite": several(
        f"epochs: {MARK}.inf\noptimizer: {{name: SGD, lr: {MARK}.nan, momentum: {MARK}-.inf}}\n"
        f"scheduler: {{name: StepLR, step_size: {MARK}.inf, gamma: {MARK}1e400}}\n",
        ("epochs", "inf given"), ("optimizer.lr", "nan given", "finite"), ("optimizer.momentum", "-inf given", "finite"),
        ("scheduler.step_size", "inf given", "whole"), ("scheduler.gamma", "inf given", "finite"),
    ),
    "huge integers": several(
        f"epochs: {MARK}1{'0' * 390}\nsteps_per_epoch: {MARK}1{'0' * 390}\noptimizer: {{name: SGD}}\n"
        f"scheduler: {{name: StepLR, step_size: {MARK}1{'0' * 390}}}\n",
        ("epochs", "given; at most 1e+15"), ("steps_per_epoch", "at most 1e+15"), ("scheduler.step_size", "at most 1e+15"),
    ),
    "a number of 401 digits": one(f"epochs: {MARK}1{'0' * 400}\noptimizer: {{name: SGD}}\n" + STEP, "epochs", "10000", "whole number"),
    "negative lengths": several(
        RUN + f"scheduler:\n- {{name: StepLR, step_size: {MARK}-3}}\n- {{name: LinearLR, total_iters: {MARK}-1}}\n- {{name: MultiStepLR, milestones: [3, {MARK}-4]}}\n"
        f"- {{name: CosineAnnealingLR, T_max: {MARK}0}}\n- {{name: StepLR, step_size: {MARK}-5ep}}\n- {{name: StepLR, step_size: {MARK}5 parsecs}}\n",
        ("scheduler[0].step_size", "-3 given", "at least 1"), ("scheduler[1].total_iters", "-1 given", "at least 0"),
        ("scheduler[2].milestones[1]", "-4 given", "at least 0"), ("scheduler[3].T_max", "0 given", "at least 1"),
        ("scheduler[4].step_size", "'-5ep' given", "5ep"), ("scheduler[5].step_size", "'5 parsecs' given", "epochs", "batches", "share"),
    ),
    "out of range for torch": several(
        f"epochs: 3\noptimizer: {{name: Adam, lr: {MARK}-1, betas: [0.9, {MARK}1.0], eps: {MARK}-1, weight_decay: {MARK}-0.1}}\n"
        f"scheduler:\n- {{name: LinearLR, start_factor: {MARK}0, end_factor: {MARK}1.5}}\n- {{name: ConstantLR, factor: {MARK}2}}\n"
        f"- {{name: OneCycleLR, max_lr: 1, total_steps: 50, pct_start: {MARK}1.5}}\n",
        ("optimizer.lr", "-1 given", "at least 0"), ("optimizer.betas[1]", "1.0 given", "below 1"), ("optimizer.eps", "at least 0"),
        ("optimizer.weight_decay", "at least 0"), ("scheduler[0].start_factor", "0 given", "above 0"), ("scheduler[0].end_factor", "1.5 given", "at most 1"),
        ("scheduler[1].factor", "2 given", "at most 1"), ("scheduler[2].pct_start", "1.5 given", "at most 1"),
    ),
    "nesterov without momentum": one(
        f"epochs: 3\noptimizer: {{name: SGD, nesterov: {MARK}true}}\n" + STEP, "optimizer.nesterov", "nesterov", "momentum above 0"
    ),
    "plateau that raises": one(
        RUN + f"scheduler: {{name: ReduceLROnPlateau, factor: {MARK}1}}\nmetric: {{expression: t}}\n", "scheduler.factor", "1 given", "below 1"
    ),
    "ten billion steps": one(f"steps: {MARK}10000000000\noptimizer: {{name: SGD}}\ninterval: step\n" + STEP, "steps", "10,000,000,000", "100,000,000"),
    "ten billion steps by epochs": one(
        f"epochs: {MARK}1e4\nsteps_per_epoch: 1_000_000\ninterval: step\noptimizer: {{name: SGD}}\n" + STEP, "epochs", "10,000,000,000", "100,000,000"
    ),
    "ten billion steps by a member": one(
        f"epochs: {MARK}10000\nsteps_per_epoch: 1000000\noptimizer: {{name: SGD}}\nscheduler: [{{name: LinearLR, interval: step}}]\n",
        "epochs", "10,000,000,000", "100,000,000",
    ),
    # Geometry
    "no length": one(f"{MARK}optimizer: {{name: SGD}}\n" + STEP, "epochs", "missing", "epochs or steps"),
    "two lengths": one(f"epochs: 10\nsteps: {MARK}100\noptimizer: {{name: SGD}}\n" + STEP, "steps", "100 given", "epochs 10", "drop one"),
    "data set without batch": one(RUN + STEP + f"dataset_size: {MARK}100\n", "dataset_size", "batch_size"),
    "batch without data set": several(
        RUN + STEP + f"batch_size: {MARK}100\ngrad_accumulation: {MARK}2\ndevices: {MARK}2\n",
        ("batch_size", "dataset_size"), ("grad_accumulation", "dataset_size"), ("devices", "dataset_size"),
    ),
    "no full batch": one(RUN + STEP + f"dataset_size: 100\nbatch_size: 60\ndevices: 2\ndrop_last: {MARK}true\n", "drop_last", "no batch", "smaller batch_size"),
    "two geometries": one(RUN + STEP + f"steps_per_epoch: {MARK}5\ndataset_size: 100\nbatch_size: 10\n", "steps_per_epoch", "dataset_size", "drop one"),
    # Groups
    "lists of wrong lengths": several(
        TWO + f"scheduler:\n- {{name: CyclicLR, base_lr: {MARK}[0.1], max_lr: {MARK}[1, 2, 3]}}\n- {{name: LambdaLR, lr_lambda: {MARK}[t]}}\n"
        f"- {{name: ReduceLROnPlateau, min_lr: {MARK}[]}}\nmetric: {{expression: t}}\nswa: {{start: 3, swa_lr: {MARK}[1, 2, 3]}}\n",
        ("scheduler[0].base_lr", "list of 1 given", "2"), ("scheduler[0].max_lr", "list of 3 given", "2"),
        ("scheduler[1].lr_lambda", "list of 1 given", "2"), ("scheduler[2].min_lr", "list of 0 given", "2"), ("swa.swa_lr", "list of 3 given", "2"),
    ),
    "LBFGS with two groups": one(
        f"epochs: 3\noptimizer: {{name: LBFGS, groups: {MARK}[{{name: a}}, {{name: b}}]}}\n" + STEP, "optimizer.groups", "2 groups given", "one group only"
    ),
    "faults of reading and of meaning": several(
        f"epochs: {MARK}-3\noptimizer: {{name: SGD, nesterov: {MARK}yes, {MARK}momentm: 1}}\n"
        f"scheduler: {{name: StepLR, step_size: 0, {MARK}step_size: 3}}\n",
        ("epochs", "-3 given"), ("optimizer.nesterov", "write true"), ("optimizer.momentm", "did you mean momentum"),
        ("scheduler.step_size", "given twice"),
    ),
    "no groups": one(f"epochs: 3\noptimizer: {{name: SGD, groups: {MARK}[]}}\n" + STEP, "optimizer.groups", "list of groups"),
    "groups that are none": several(
        f"epochs: 3\noptimizer: {{name: SGD, groups: [{{name: a}}, {{name: {MARK}a, lr: {MARK}x}}, {MARK}3, {{name: {MARK}[c]}}]}}\n" + STEP,
        ("optimizer.groups[1].name", "'a' given twice"), ("optimizer.groups[1].lr", "'x' given", "number"),
        ("optimizer.groups[2]", "mapping", "{name: head"), ("optimizer.groups[3].name", "given; text is needed"),
    ),
    # Composites
    "milestones unsorted": several(
        RUN + f"scheduler:\n- {{name: MultiStepLR, milestones: [5, 3, 4, 1]}}\n"
        f"- {{name: SequentialLR, milestones: [7, {MARK}2, 5, {MARK}4], schedulers: [{', '.join(['{name: LinearLR}'] * 5)}]}}\n",
        ("scheduler[1].milestones[1]", "2 given after 7", "must rise"), ("scheduler[1].milestones[3]", "4 given after 5", "must rise"),
    ),
    "too few milestones": one(
        RUN + f"scheduler: {{name: SequentialLR, milestones: {MARK}[], schedulers: [{{name: LinearLR}}, {{name: LinearLR}}]}}\n",
        "scheduler.milestones", "0 given for 2 schedulers", "1 needed",
    ),
    "too many milestones": one(
        RUN + f"scheduler: {{name: SequentialLR, milestones: {MARK}[1, 2], schedulers: [{{name: LinearLR}}, {{name: LinearLR}}]}}\n",
        "scheduler.milestones", "2 given for 2 schedulers", "1 needed",
    ),
    "composites of nothing": several(
        RUN + f"scheduler:\n- {{name: SequentialLR, milestones: [], schedulers: {MARK}[]}}\n- {{name: ChainedScheduler, schedulers: {MARK}[]}}\n",
        ("scheduler[0].schedulers", "empty list given", "at least one"), ("scheduler[1].schedulers", "empty list given", "at least one"),
    ),
    "a list of nothing": one(RUN + f"scheduler: {MARK}[]\n", "scheduler", "empty list given", "at least one"),
    "composites as later stages": several(
        RUN + "scheduler:\n  name: SequentialLR\n  milestones: [3, 6]\n  schedulers:\n  - {name: LinearLR}\n"
        f"  - {MARK}{{name: SequentialLR, milestones: [], schedulers: [{{name: LinearLR}}]}}\n  - {MARK}{{name: ChainedScheduler, schedulers: [{{name: LinearLR}}]}}\n",
        ("scheduler.schedulers[1]", "SequentialLR as a later stage", "put its members"),
        ("scheduler.schedulers[2]", "ChainedScheduler as a later stage", "put its members"),
    ),
    "plateau without metric": one(RUN + f"scheduler: {MARK}{{name: ReduceLROnPlateau}}\n", "scheduler", "without a metric", "metric: {expression:"),
    "plateau in a sequence": one(
        RUN + f"scheduler: {{name: SequentialLR, milestones: [], schedulers: [{MARK}{{name: ReduceLROnPlateau}}]}}\nmetric: {{expression: t}}\n",
        "scheduler.schedulers[0]", "ReduceLROnPlateau inside SequentialLR", "list under scheduler",
    ),
    "plateau in a chain": one(
        RUN + f"scheduler: {{name: ChainedScheduler, schedulers: [{MARK}{{name: ReduceLROnPlateau}}]}}\nmetric: {{expression: t}}\n",
        "scheduler.schedulers[0]", "ReduceLROnPlateau inside ChainedScheduler", "list under scheduler",
    ),
    "interval of a member's member": one(
        RUN + f"scheduler: {{name: ChainedScheduler, schedulers: [{{name: LinearLR, {MARK}interval: step}}]}}\n",
        "scheduler.schedulers[0].interval", "inside ChainedScheduler", "top-level list",
    ),
    "interval of swa": one(RUN + STEP + f"swa: {{start: 3, swa_lr: 0.1, {MARK}interval: step}}\n", "swa.interval", "the document's interval"),
    "one cycle too short": one(
        RUN + f"scheduler: {{name: OneCycleLR, max_lr: 1, total_steps: {MARK}9}}\n", "scheduler.total_steps", "9 ticks", "run of 10", "at least 10"
    ),
    "one cycle too short, by epochs": one(
        RUN + f"scheduler: {{name: OneCycleLR, max_lr: 1, epochs: {MARK}3, steps_per_epoch: 3}}\n", "scheduler.epochs", "9 ticks", "at least 10"
    ),
    "one cycle too short in a chain": one(
        RUN + f"scheduler: {{name: ChainedScheduler, schedulers: [{{name: OneCycleLR, max_lr: 1, total_steps: {MARK}9}}]}}\n",
        "scheduler.schedulers[0].total_steps", "9 ticks", "run of 10",
    ),
    "one cycle too short for its stage": one(
        RUN + "scheduler:\n  name: SequentialLR\n  milestones: [2]\n  schedulers:\n  - {name: LinearLR}\n"
        f"  - {{name: OneCycleLR, max_lr: 1, total_steps: {MARK}4}}\n",
        "scheduler.schedulers[1].total_steps", "cycle of 4 ticks", "tick 5", "write at least",
    ),
    "one cycle without length": one(RUN + f"scheduler: {MARK}{{name: OneCycleLR, max_lr: 1, epochs: 3}}\n", "scheduler.total_steps", "both epochs and steps_per_epoch"),
    "one cycle that divides by zero": one(
        RUN + f"scheduler: {{name: OneCycleLR, max_lr: 1, total_steps: 10, pct_start: {MARK}0.1}}\n", "scheduler.pct_start", "divides by zero", "at least 0.2"
    ),
    "factors that divide by zero": several(
        RUN + f"scheduler: {{name: OneCycleLR, max_lr: 1, total_steps: 10, div_factor: {MARK}0, final_div_factor: {MARK}0.0}}\n",
        ("scheduler.div_factor", "0 given"), ("scheduler.final_div_factor", "0 given"),
    ),
    "nothing to cycle": several(
        "epochs: 10\noptimizer: {name: Adagrad}\n"
        f"scheduler: [{MARK}{{name: CyclicLR, base_lr: 0.1, max_lr: 1}}, {{name: OneCycleLR, max_lr: 1, total_steps: 10, cycle_momentum: {MARK}true}}]\n",
        ("scheduler[0].cycle_momentum", "Adagrad has neither", "cycle_momentum: false"),
        ("scheduler[1].cycle_momentum", "Adagrad has neither", "cycle_momentum: false"),
    ),
    "a lasting zero": one(RUN + f"scheduler: {MARK}{{name: ConstantLR, factor: 0}}\n", "scheduler", "ConstantLR", "tick 5"),
    # Formulas
    **{
        f"formula: {formula}": one(
            RUN + f"scheduler: {{name: LambdaLR, lr_lambda: {MARK}'{formula}'}}\n", "scheduler.lr_lambda", "given", *words
        )
        for formula, *words in [
            ("t.real", "attribute access", "column 1"),
            ("t[0]", "subscript"),
            ("open(t)", "unknown name", "sqrt"),
            ('__import__("os")', "__import__", "unknown name"),
            ("sqr(t)", "did you mean sqrt?"),
            ("lambda t: 1", "lambda"),
            ("[t for t in t]", "comprehension"),
            ("1 +", "syntax", "column"),
            ("", "the formula is empty", "0.9 ** t"),
            ("-" * 60 + "1", "too deeply nested", "40"),
            ("(" * 300 + "1" + ")" * 300, "nested"),
            ("+".join("1" * 300), "nested"),
            ("t + " * 400 + "t", "at most 1000"),
            ("x", "unknown name", "epoch, t"),
            ("1e400", "float64"),
        ]
    },
    "formula of a wrong type": several(
        RUN + f"scheduler:\n- {{name: LambdaLR, lr_lambda: {MARK}true}}\n- {{name: LambdaLR, lr_lambda: [{MARK}{{}}]}}\n- {{name: LambdaLR, lr_lambda: {MARK}null}}\n",
        ("scheduler[0].lr_lambda", "true given", "formula in t"), ("scheduler[1].lr_lambda[0]", "a mapping given", "formula in t"),
        ("scheduler[2].lr_lambda", "nothing given", "formula in t"),
    ),
    "epoch where a step is meant": one(
        RUN + f"interval: step\nscheduler: {{name: LambdaLR, lr_lambda: {MARK}0.9 ** epoch}}\n", "scheduler.lr_lambda", "'0.9 ** epoch' given", "write t"
    ),
    "t in a scale function": one(
        RUN + f"scheduler: {{name: CyclicLR, base_lr: 0.1, max_lr: 1, scale_fn: {MARK}1/t}}\n", "scheduler.scale_fn", "'t'", "allowed are x"
    ),
    "a huge power": one(RUN + f"scheduler: {{name: LambdaLR, lr_lambda: {MARK}9**9**9}}\n", "scheduler.lr_lambda", "inf at t = 0"),
    "a formula that ends": one(RUN + f"scheduler: {{name: LambdaLR, lr_lambda: {MARK}1/(t-7)}}\n", "scheduler.lr_lambda", "1/(t-7) is inf at t = 7"),
    # Metric
    "metric that ends": one(
        RUN + f"scheduler: {{name: ReduceLROnPlateau}}\nmetric: {{expression: {MARK}1/(t-7)}}\n", "metric.expression", "1/(t-7) is inf at t = 7", "finite"
    ),
    "metric by epoch, stepped by step": one(
        RUN + f"interval: step\nscheduler: {{name: ReduceLROnPlateau}}\nmetric: {{expression: {MARK}1/epoch}}\n", "metric.expression", "write t"
    ),
    "metric too short": one(
        RUN + f"scheduler: {{name: ReduceLROnPlateau}}\nmetric: {{values: {MARK}[1, 2]}}\n", "metric.values", "2 values given", "10"
    ),
    "metric of nothing": one(RUN + STEP + f"metric: {MARK}{{}}\n", "metric", "nothing given", "expression, values and csv"),
    "metric twice": one(RUN + STEP + f"metric: {MARK}{{values: [1], expression: t}}\n", "metric", "expression and values given", "one of"),
    "metric values": several(
        RUN + STEP + f"metric: {{values: [1, {MARK}x, .nan, {MARK}true]}}\n",
        ("metric.values[1]", "'x' given", "number"), ("metric.values[3]", "true given", "number"),
    ),
    "metric column without file": one(RUN + STEP + f"metric: {{values: [1], column: {MARK}loss}}\n", "metric.column", "without csv"),
    "metric file missing": one(RUN + STEP + f"metric: {{csv: {MARK}nowhere.csv}}\n", "metric.csv", "nowhere.csv", "No such file"),
    # Several at once
    "faults everywhere": several(
        f"epochs: {MARK}0\noptimizer: {{name: {MARK}SGDD}}\ninterval: {MARK}epochh\nscheduler:\n  name: StepLR\n  step_size: {MARK}0\n  {MARK}gama: 1\n  gamma: {MARK}x\n"
        f"metric:\n  expression: {MARK}1 +\nswa:\n  {MARK}swa_lrs: 1\n  start: {MARK}x\n",
        ("epochs", "0 given"), ("optimizer.name", "did you mean SGD?"), ("interval", "did you mean epoch?"), ("scheduler.step_size", "0 given"),
        ("scheduler.gama", "did you mean gamma?"), ("scheduler.gamma", "'x' given"), ("metric.expression", "'1 +' given"),
        ("swa.swa_lrs", "did you mean swa_lr?"), ("swa.start", "'x' given"),
    ),
}  # fmt: skip


def marked(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Return a text without its marks, and the line and column of what follows each, from 1."""
    places: list[tuple[int, int]] = []
    clean = ""
    for index, part in enumerate(text.split(MARK)):
        if index:
            places.append((clean.count("\n") + 1, len(clean) - clean.rfind("\n")))
        clean += part
    return clean, places


def refused(*paths: Path) -> DocumentError:
    """Read and, if they can be read, simulate documents that must not get through."""
    with pytest.raises(DocumentError) as caught:
        _read_and_run(paths)
    assert caught.value.exit_code == 2
    return caught.value


def _read_and_run(paths: tuple[Path, ...]) -> None:
    for document in read_all(resolve_all([str(path) for path in paths])):
        Run.start(document, "reference", (), None)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.slow
def test_every_fault_is_named_at_its_place(name: str, tmp_path: Path) -> None:
    text, places = marked(CASES[name].text)
    path = tmp_path / "run.yaml"
    path.write_text(text, encoding="utf-8")
    faults = refused(path).faults
    wanted = CASES[name].faults
    assert len(wanted) == len(places)
    assert [fault.place for fault in faults] == [f"{path}:{line}:{column}" for line, column in places], [
        str(f) for f in faults
    ]
    assert [fault.field for fault in faults] == [field for field, *_ in wanted]
    for fault, (_, *words) in zip(faults, wanted, strict=True):
        assert words
        for word in words:
            assert word in fault.text
        assert not LEAKS.search(fault.text)
        assert len(fault.text) < 500
    lines = text.split("\n")
    assert all(line <= len(lines) and column <= len(lines[line - 1]) + 1 for line, column in places)


# Files ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty; a document names an optimizer and its scheduler, see lrviz init"),
        (b"\xef\xbb\xbf", "empty;"),
        (b"# only\n\n# comments\n", "empty;"),
        (b"---\n...\n", "empty;"),
        (b"\x89PNG\r\n\x1a\n\0\0", "not text in UTF-8 (byte 0)"),
        (b"a: 1\0\n", "a binary file"),
        (b"epochs: \x01\n", "not YAML"),
        (b"x" * 16_000_001, "larger than 16 MB"),
        (b"name: M\xfcnchen\n", "not text in UTF-8 (byte 7)"),
    ],
    ids=[
        "empty",
        "byte-order mark",
        "comments",
        "empty document",
        "png",
        "nul",
        "control",
        "16 MB",
        "latin-1",
    ],
)
def test_a_file_that_is_no_document(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    path.write_bytes(content)
    (fault,) = refused(path).faults
    assert fault.place.startswith(str(path))
    assert said in fault.text


def test_a_path_that_is_no_document(tmp_path: Path) -> None:
    (tmp_path / "resnet.yaml").write_text(RUN + STEP)
    assert [str(fault) for fault in refused(tmp_path / "resnt.yaml", tmp_path, tmp_path / "x\0.yaml").faults] == [
        f"{tmp_path}/resnt.yaml: no such file (did you mean resnet.yaml?)",
        f"{tmp_path}: a folder without TensorBoard event files; a document is a YAML file",
        f"{tmp_path}/x\\x00.yaml: cannot be read: embedded null byte",
    ]
    (fault,) = refused(tmp_path / "resnet.yaml" / "deeper.yaml").faults
    assert "cannot be read: Not a directory" in fault.text


def test_a_device_without_end_is_not_read_to_its_end() -> None:
    assert "larger than 16 MB" in refused(Path("/dev/zero")).faults[0].text


def test_faults_of_several_documents_are_all_reported(tmp_path: Path) -> None:
    first, second, third = (tmp_path / f"{name}.yaml" for name in "abc")
    first.write_text(RUN + "scheduler: {name: StepLR, step_size: 0, gamma: x}\n")
    second.write_text(RUN + STEP)
    third.write_text("epochs: 0\noptimizer: {name: SGD}\n" + STEP)
    assert [fault.place for fault in refused(first, second, third).faults] == [
        f"{first}:3:38",
        f"{first}:3:48",
        f"{third}:1:9",
    ]


def test_a_billion_laughs_are_not_laughed(tmp_path: Path) -> None:
    path = tmp_path / "laughs.yaml"
    lines = ["a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
    path.write_text("\n".join(lines))
    (fault,) = refused(path).faults
    assert fault.text == "too many values behind aliases"
    path.write_text(f"a: &a [{'x,' * 9000}]\nb: [{'*a,' * 5000}]")
    assert refused(path).faults == (type(fault)(f"{path}:2:68", "b", "too many values behind aliases"),)


# Pictures ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("out", "said"),
    [
        ("nowhere/a.png", "no such folder"),
        ("nowhere", "no such folder; give a file ending in .png, .svg or .pdf"),
        ("a.jpg", "not .jpg; give a file ending in .png, .svg or .pdf"),
        ("a.png.exe", "not .exe"),
        ("file/a.png", "no such folder"),
    ],
)
def test_a_picture_that_has_nowhere_to_go(out: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=re.escape(said)) as caught:
        picture_target(Path(out), "run")
    assert caught.value.exit_code == 2


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="a folder that even the superuser cannot write, on Linux")
def test_a_folder_that_cannot_be_written() -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        picture_target(Path("/proc"), "run")


# What must work ---------------------------------------------------------------------------------------


def test_names_may_be_written_in_any_case() -> None:
    document = loads(
        "epochs: 3\noptimizer: {name: adamw}\nscheduler: [{name: COSINEANNEALINGLR, T_max: 3}, {name: steplr, step_size: 2}]"
    )
    assert document.optimizer.optimizer.name == "AdamW"
    assert document.chain == "CosineAnnealingLR + StepLR"


@pytest.mark.parametrize(
    "merging",
    [
        "<<: *low, start_factor: 0.5",
        "start_factor: 0.5, <<: *low",
        "start_factor: 0.5, <<: [*low, *other]",
        "<<: {name: LinearLR, total_iters: 4}, start_factor: 0.5",
    ],
)
def test_merge_keys_merge_and_own_keys_win(merging: str) -> None:
    low = "&low {name: LinearLR, total_iters: 4, start_factor: 0.1}"
    other = "&other {name: ConstantLR, total_iters: 9}"
    document: Any = loads(RUN + f"scheduler:\n- {low}\n- {other}\n- {{{merging}}}\n")
    merged = document.scheduler[2]
    assert (merged.name, merged.total_iters, merged.start_factor) == ("LinearLR", 4, 0.5)


# The command line -------------------------------------------------------------------------------------

IN_THE_SHELL = (
    "a tab", "duplicate key", "a Python tag", "misspelt length", "unknown scheduler", "parameter of another scheduler", "truths for numbers",
    "huge integers", "ten billion steps", "plateau in a chain", "one cycle too short for its stage", "formula: t.real", "faults everywhere",
)  # fmt: skip


@pytest.mark.parametrize("name", IN_THE_SHELL)
def test_the_command_line_says_it_and_writes_nothing(name: str, tmp_path: Path, ended: Ended) -> None:
    text, places = marked(CASES[name].text)
    (tmp_path / "run.yaml").write_text(text, encoding="utf-8")
    done = ended("schedule", "run.yaml", "--engine", "reference", "--json", "run.json")
    said = done.stderr.splitlines()
    assert (done.returncode, done.stdout, list(tmp_path.iterdir())) == (2, "", [tmp_path / "run.yaml"])
    assert len(said) == len(places)
    assert all(line.startswith(f"run.yaml:{at[0]}:{at[1]}: ") for line, at in zip(said, places, strict=True))


def test_a_wrong_setting_is_bad_usage() -> None:
    for setting in ("scheduler.gamma", "=3", "scheduler.gamma=", "[=3", "scheduler.gamma={"):
        with pytest.raises(UsageError, match="--set") as caught:
            read_all(resolve_all(["nowhere.yaml"]), [setting])
        assert caught.value.exit_code == 2


# What torch refuses, lrviz refuses --------------------------------------------------------------------

WILD = st.sampled_from([-2.0, -1.0, -0.5, 0.0, 1e-9, 0.1, 0.5, 1.0, 1.5, 2.0, 3.0, 50.0, 1e4])
LENGTHS = st.sampled_from([-3, -1, 0, 1, 2, 3, 5, 11, 12, 13, 30])
FORMULAS = ("0.9 ** t", "1 / t", "1 / (t - 4)", "1 / (t - 50)", "-t", "exp(t * 200)")
SCALES = ("1 / x", "0.9 ** x", "1 / (x - 1)")


def wild(cls: type[Any], key: str) -> st.SearchStrategy[Any]:
    """Values of the right type for a parameter, sense or nonsense."""
    annotation = str(cls.model_fields[key])
    default = cls.model_fields[key].default
    words = re.search(r"Literal\[([^]]*)\]", annotation)
    if words:
        return st.sampled_from([*words[1].replace("'", "").split(", "), "nonsense"])
    if cls.is_per_group(key):
        value = st.sampled_from(FORMULAS) if "Expression" in annotation else WILD
        return value | st.lists(value, max_size=3)
    if "Expression" in annotation:
        return st.sampled_from(SCALES)
    if key == "milestones":
        return st.lists(LENGTHS, max_size=3)
    if isinstance(default, bool):
        return st.booleans()
    return LENGTHS if "int" in annotation else WILD


LEAVES = [cls for cls in SCHEDULERS if "schedulers" not in cls.model_fields]


def read_or_refused(text: str) -> tuple[list[str], ScheduleDocument | None]:
    """Return the fields that lrviz refuses, or the document that it can read and simulate."""
    try:
        document = loads(text)
        reference.run(document)
    except DocumentError as error:
        note(str(error))
        return [fault.field for fault in error.faults], None
    except Refusal as refusal:
        note(refusal.problems[0].text)
        return [dotted(refusal.problems[0].path)], None
    return [], document


@st.composite
def wild_documents(draw: st.DrawFn, cls: type[Any]) -> dict[str, Any]:
    keys = [key for key in cls.model_fields if key not in {"name", *Stepping.model_fields}]
    required = [key for key in keys if cls.model_fields[key].is_required() or key == "total_steps"]
    others = draw(st.lists(st.sampled_from(keys), unique=True, max_size=3))
    chosen = dict.fromkeys([*required, *others])
    # Without it one document in thirty of OneCycleLR would make sense.
    sense, none = (
        {key: st.just(cls.example[key]) for key in required if isinstance(cls.example[key], float | int)},
        st.nothing(),
    )
    groups = draw(st.integers(1, 3))
    return {
        "epochs": 12,
        "optimizer": {
            "name": draw(st.sampled_from(["SGD", "Adam", "Adagrad"])),
            "groups": [{"lr": draw(st.sampled_from([0.0, 0.1, 1.0]))} for _ in range(groups)],
        },
        "scheduler": {"name": cls.__name__, **{key: draw(wild(cls, key) | sense.get(key, none)) for key in chosen}},
        "metric": {"expression": "1.0"},
    }


def torch_refuses(plain: dict[str, Any]) -> str | None:
    """Build and step what the document says with torch alone: no model of ours has looked at the arguments."""
    arguments = {key: tabled(value) for key, value in plain["scheduler"].items() if key != "name"}
    frame = plan(loads(yaml.safe_dump({**plain, "scheduler": {"name": "StepLR", "step_size": 1}})))
    (stepped,) = frame.stepped
    metric = np.ones(plain["epochs"]) if plain["scheduler"]["name"] == "ReduceLROnPlateau" else None
    name = plain["scheduler"]["name"]
    (module,) = (scheduler.module for scheduler in SCHEDULERS if scheduler.__name__ == name)
    node = Node(module, name, arguments, ("scheduler",))
    try:
        pytorch.run(replace(frame, stepped=(Stepped(node, stepped.when, metric=metric),)))
    except Refusal as refusal:
        return refusal.problems[0].text
    return None


def tabled(value: Any) -> Any:
    """Return an argument as the torch engine takes it: formulas as tables of their values."""
    if isinstance(value, list):
        return [tabled(each) for each in value]
    if value not in {*FORMULAS, *SCALES}:
        return value
    formula = Expression.parse(value, ("t", "x"))
    return Table(value, formula.evaluate(t=np.arange(80.0), x=np.arange(80.0)))


NEVER_REFUSED = {"ExponentialLR", "MultiStepLR"}
"""torch takes any numbers for the parameters of these."""


@pytest.mark.parametrize("cls", LEAVES, ids=lambda cls: cls.__name__)
@pytest.mark.slow
def test_what_torch_refuses_is_refused_at_its_line(cls: type[Any]) -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=80)
    @given(wild_documents(cls))
    def refuses(plain: dict[str, Any]) -> None:
        text = yaml.safe_dump(plain, sort_keys=False)
        note(text)
        reason = torch_refuses(plain)
        note(f"torch: {reason}")
        refused_at, document = read_or_refused(text)
        if document is None:
            assert refused_at
            assert all(field.startswith("scheduler") for field in refused_at)
            seen["refused by both" if reason else "refused by lrviz"] += 1
            return
        assert reason is None
        assert pytorch.run(plan(document)).lr.shape == (12, len(plain["optimizer"]["groups"]))
        seen["accepted by both"] += 1

    refuses()
    assert seen["accepted by both"] > 5
    if cls.__name__ not in NEVER_REFUSED:
        assert seen["refused by both"] > 3, seen
