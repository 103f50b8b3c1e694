"""The noise of timm's schedulers: what torch's generator draws from a seed, without torch."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, cast

import numpy


def drawn(seed: int, std: float, limit: float) -> float:
    """Return std times a standard normal draw of `torch.Generator().manual_seed(seed)`, below a limit in size.

    Formula, as torch makes single draws in float32, u and v uniform with 53 bits:
        z = sqrt(-2 ln(1 - v)) cos(2 pi u), the next one sqrt(-2 ln(1 - v)) sin(2 pi u)
    """
    return next(value for one in _normal(seed) if abs(value := one * std) < limit)


def _normal(seed: int) -> Iterator[float]:
    generator = numpy.random.MT19937()
    # The one public way to torch's seeding is by a whole RandomState.
    generator.state = cast(Any, numpy.random.RandomState(seed & 0xFFFFFFFF).get_state(legacy=False))
    while True:
        u, v = _uniform(generator), _uniform(generator)
        radius, angle = math.sqrt(-2.0 * math.log1p(-v)), 2.0 * math.pi * u
        yield float(numpy.float32(radius * math.cos(angle)))
        yield float(numpy.float32(radius * math.sin(angle)))


def _uniform(generator: numpy.random.MT19937) -> float:
    high, low = (int(one) for one in generator.random_raw(2))
    return float(((high << 32 | low) & ((1 << 53) - 1)) * 2.0**-53)
