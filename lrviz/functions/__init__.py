"""The registry of test functions: one line for each."""

from __future__ import annotations

from lrviz.functions.base import FUNCTIONS, Function
from lrviz.functions.bowls import Booth, Matyas, McCormick, Quadratic, Zakharov
from lrviz.functions.flats import Easom, LinearNet, Michalewicz, Plateau
from lrviz.functions.kinks import CrossInTray, HolderTable
from lrviz.functions.ripples import Ackley, DropWave, Griewank, Levy13, Rastrigin, Schaffer2, Schwefel
from lrviz.functions.saddles import HyperbolicSaddle, MonkeySaddle, Saddle
from lrviz.functions.valleys import Beale, Bukin6, DixonPrice, Powell, Rosenbrock
from lrviz.functions.wells import (
    Branin,
    GoldsteinPrice,
    Himmelblau,
    SixHumpCamel,
    StyblinskiTang,
    ThreeHumpCamel,
    TwoWells,
)

FUNCTIONS.add(
    (
        Quadratic,
        Booth,
        Matyas,
        Zakharov,
        McCormick,
        Rosenbrock,
        Beale,
        Bukin6,
        DixonPrice,
        Powell,
        Himmelblau,
        StyblinskiTang,
        ThreeHumpCamel,
        SixHumpCamel,
        GoldsteinPrice,
        Branin,
        TwoWells,
        Rastrigin,
        Ackley,
        Griewank,
        Levy13,
        DropWave,
        Schaffer2,
        Schwefel,
        CrossInTray,
        HolderTable,
        Easom,
        Michalewicz,
        Plateau,
        LinearNet,
        Saddle,
        HyperbolicSaddle,
        MonkeySaddle,
    )
)

__all__ = ["FUNCTIONS", "Function"]
