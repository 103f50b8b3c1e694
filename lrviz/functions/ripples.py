"""Ripples, rings and lattices: many local minima."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.foundation.plane import Box
from lrviz.functions.base import Function
from lrviz.functions.root import root


@dataclass(frozen=True)
class Rastrigin(Function):
    """A bowl covered by a lattice of minima: a tuned path may reach the best one by luck.

    Formula:
        f = 20 + x² - 10 cos 2πx + y² - 10 cos 2πy

    Source: Jamil and Yang, A Literature Survey of Benchmark Functions, https://arxiv.org/abs/1308.4008
    """

    name = "rastrigin"
    known_as = "Rastrigin"
    character = "lattice"
    domain = ((-5.12, 5.12), (-5.12, 5.12))
    start = (-2.2, 3.4)
    minima = ((0.0, 0.0),)
    minimum = 0.0

    @override
    def value(self, x: Any, y: Any, m: Any = np) -> Any:
        turn = 2 * math.pi
        return 20 + x * x - 10 * m.cos(turn * x) + y * y - 10 * m.cos(turn * y)

    @override
    def gradient(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        turn = 2 * math.pi
        return 2 * x + 10 * turn * np.sin(turn * x), 2 * y + 10 * turn * np.sin(turn * y)


@dataclass(frozen=True)
class Ackley(Function):
    """A rippled plain around a deep hole with a sharp point.

    Formula:
        r = √((x² + y²)/2)
        f = -20 exp(-0.2 r) - exp((cos 2πx + cos 2πy)/2) + 20 + e

    Source: Ackley, A Connectionist Machine for Genetic Hillclimbing, https://doi.org/10.1007/978-1-4613-1997-9
    """

    name = "ackley"
    known_as = "Ackley"
    character = "flat outer region"
    domain = ((-32.768, 32.768), (-32.768, 32.768))
    start = (-3.5, 2.5)
    minima = ((0.0, 0.0),)
    minimum = 0.0

    @property
    @override
    def view(self) -> Box:
        return ((-5.0, 5.0), (-5.0, 5.0))

    @override
    def value(self, x: Any, y: Any, m: Any = np) -> Any:
        radius = root((x * x + y * y) / 2, m)
        waves = (m.cos(2 * math.pi * x) + m.cos(2 * math.pi * y)) / 2
        return (20 - 20 * m.exp(-0.2 * radius)) + (math.e - m.exp(waves))

    @override
    def gradient(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        radius = np.sqrt((x * x + y * y) / 2)
        pull = 2 * np.exp(-0.2 * radius) / np.where(radius > 0, radius, 1.0)
        waves = math.pi * np.exp((np.cos(2 * math.pi * x) + np.cos(2 * math.pi * y)) / 2)
        return pull * x + waves * np.sin(2 * math.pi * x), pull * y + waves * np.sin(2 * math.pi * y)


@dataclass(frozen=True)
class Griewank(Function):
    """A wide bowl with small ripples that look like minima.

    Formula:
        f = 1 + (x² + y²)/4000 - cos(x) cos(y/√2)

    Source: Griewank, Generalized Descent for Global Optimization, https://doi.org/10.1007/BF00933356
    """

    name = "griewank"
    known_as = "Griewank"
    character = "ripples"
    domain = ((-600.0, 600.0), (-600.0, 600.0))
    start = (-7.0, 5.0)
    minima = ((0.0, 0.0),)
    minimum = 0.0

    @property
    @override
    def view(self) -> Box:
        return ((-10.0, 10.0), (-10.0, 10.0))

    @override
    def value(self, x: Any, y: Any, m: Any = np) -> Any:
        return 1 + (x * x + y * y) / 4000 - m.cos(x) * m.cos(y / math.sqrt(2))

    @override
    def gradient(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        across = y / math.sqrt(2)
        by_y = y / 2000 + np.cos(x) * np.sin(across) / math.sqrt(2)
        return x / 2000 + np.sin(x) * np.cos(across), by_y


@dataclass(frozen=True)
class Levy13(Function):
    """Ripples of two wavelengths on a bowl.

    Formula:
        f = sin² 3πx + (x - 1)² (1 + sin² 3πy) + (y - 1)² (1 + sin² 2πy)

    Source: Levy and Montalvo, The Tunneling Algorithm for the Global Minimization of Functions,
    https://doi.org/10.1137/0906002
    """

    name = "levy_13"
    known_as = "Lévy N. 13"
    character = "ripples"
    domain = ((-10.0, 10.0), (-10.0, 10.0))
    start = (-2.5, 3.0)
    minima = ((1.0, 1.0),)
    minimum = 0.0

    @property
    @override
    def view(self) -> Box:
        return ((-4.0, 4.0), (-4.0, 4.0))

    @override
    def value(self, x: Any, y: Any, m: Any = np) -> Any:
        p, q, s = m.sin(3 * math.pi * x), m.sin(3 * math.pi * y), m.sin(2 * math.pi * y)
        return p * p + (x - 1) * (x - 1) * (1 + q * q) + (y - 1) * (y - 1) * (1 + s * s)

    @override
    def gradient(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        q, s = np.sin(3 * math.pi * y), np.sin(2 * math.pi * y)
        by_x = 3 * math.pi * np.sin(6 * math.pi * x) + 2 * (x - 1) * (1 + q * q)
        waves = 3 * math.pi * (x - 1) * (x - 1) * np.sin(6 * math.pi * y)
        return by_x, waves + 2 * (y - 1) * (1 + s * s) + 2 * math.pi * (y - 1) * (y - 1) * np.sin(4 * math.pi * y)


@dataclass(frozen=True)
class DropWave(Function):
    """Rings around a deep hole, like the waves after a drop of water.

    Formula:
        r = √(x² + y²)
        f = -(1 + cos 12r)/(½ r² + 2)

    Source: Jamil and Yang, A Literature Survey of Benchmark Functions, https://arxiv.org/abs/1308.4008
    """

    name = "drop_wave"
    known_as = "drop-wave"
    character = "rings"
    domain = ((-5.12, 5.12), (-5.12, 5.12))
    start = (1.3, -0.9)
    minima = ((0.0, 0.0),)
    minimum = -1.0

    @property
    @override
    def view(self) -> Box:
        return ((-2.0, 2.0), (-2.0, 2.0))

    @override
    def value(self, x: Any, y: Any, m: Any = np) -> Any:
        squared = x * x + y * y
        radius = root(squared, m)
        return -(1 + m.cos(12 * radius)) / (0.5 * squared + 2)

    @override
    def gradient(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        squared = x * x + y * y
        radius = np.sqrt(squared)
        depth = 0.5 * squared + 2
        slope = 12 * np.sin(12 * radius) / np.where(radius > 0, radius, 1.0) / depth
        slope += (1 + np.cos(12 * radius)) / (depth * depth)
        return slope * x, slope * y


@dataclass(frozen=True)
class Schaffer2(Function):
    """Troughs along hyperbolas, closer together the farther out.

    Formula:
        f = ½ + (sin²(x² - y²) - ½)/(1 + 0.001 (x² + y²))²

    Source: Schaffer et al., A Study of Control Parameters Affecting Online Performance of Genetic Algorithms, 1989;
    Jamil and Yang, A Literature Survey of Benchmark Functions, https://arxiv.org/abs/1308.4008
    """

    name = "schaffer_2"
    known_as = "Schaffer N. 2"
    character = "rings"
    domain = ((-100.0, 100.0), (-100.0, 100.0))
    start = (6.0, -3.0)
    minima = ((0.0, 0.0),)
    minimum = 0.0

    @property
    @override
    def view(self) -> Box:
        return ((-10.0, 10.0), (-10.0, 10.0))

    @override
    def value(self, x: Any, y: Any, m: Any = np) -> Any:
        p, q = x * x, y * y
        wave, spread = m.sin(p - q), 1 + 0.001 * (p + q)
        return 0.5 + (wave * wave - 0.5) / (spread * spread)

    @override
    def gradient(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        p, q = x * x, y * y
        wave, spread = np.sin(p - q), 1 + 0.001 * (p + q)
        narrow = 1 / (spread * spread)
        turn = 2 * np.sin(2 * (p - q)) * narrow
        fall = 0.004 * (wave * wave - 0.5) * narrow / spread
        return x * (turn - fall), -y * (turn + fall)


@dataclass(frozen=True)
class Schwefel(Function):
    """Deceptive: the deepest minimum lies in a corner, far from the next best ones.

    Formula:
        f = 837.9658 - x sin √|x| - y sin √|y|

    Source: Schwefel, Numerical Optimization of Computer Models, 1981;
    Jamil and Yang, A Literature Survey of Benchmark Functions, https://arxiv.org/abs/1308.4008
    """

    name = "schwefel"
    known_as = "Schwefel"
    character = "deceptive; lower outside"
    domain = ((-500.0, 500.0), (-500.0, 500.0))
    start = (250.0, -100.0)
    minima = ((420.968746359982, 420.968746359982),)
    minimum = 0.0

    @override
    def value(self, x: Any, y: Any, m: Any = np) -> Any:
        return (_SCHWEFEL - _wave(x, m)) + (_SCHWEFEL - _wave(y, m))

    @override
    def gradient(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        return _wave_slope(x), _wave_slope(y)


_SCHWEFEL = 418.98288727243374
"""The value of x sin √|x| at the minimum."""


def _wave(x: Any, m: Any) -> Any:
    return x * m.sin(root(m.abs(x), m))


def _wave_slope(x: FloatArray) -> FloatArray:
    """Return the slope of -x sin √|x|, which is 0 at 0."""
    phase = np.sqrt(np.abs(x))
    slope: FloatArray = -np.sin(phase) - 0.5 * phase * np.cos(phase)
    return slope
