"""How numbers are written for people: the same in pictures, tables and terminal plots."""

from __future__ import annotations

import math


def short(value: float) -> str:
    """Write a hyperparameter's value with four digits: 0.1, 3e-4, 1.25e-5, nan."""
    if not math.isfinite(value):
        return f"{value:g}"
    plain = f"{value:.4g}"
    if abs(value) >= 1e-3 and "e" not in plain:
        return plain
    return scientific(value)


def scientific(value: float) -> str:
    """Write a finite value with four digits and its power of ten: 1e-3, 1.25e-5; zero stays 0."""
    if value == 0:
        return "0"
    mantissa, exponent = f"{value:.3e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"


def count(value: float) -> str:
    """Write a number of epochs or steps for an axis: 90, 7.5, 5,000, 20k, 1.25M."""
    for least, size, suffix in ((1e9, 1e9, "G"), (1e6, 1e6, "M"), (1e4, 1e3, "k")):
        if abs(value) >= least:
            return f"{value / size:.6g}{suffix}"
    return f"{value:,.6g}"


def plural(number: int, noun: str) -> str:
    """Write `number` with its noun: 1 epoch, 100,000 steps."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
