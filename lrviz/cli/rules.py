"""The rules that `--select` and `--ignore` name."""

from __future__ import annotations

from collections.abc import Sequence

from lrviz.linting.known import KNOWN, named
from lrviz.linting.rule import Mistake


def asked_rules(select: Sequence[str], ignore: Sequence[str]) -> list[type[Mistake]]:
    """Return the rules that are selected, all where none are, without those that are ignored.

    Raises UsageError for one that is not known.
    """
    asked, left_out = _named(select, "--select") or KNOWN, _named(ignore, "--ignore")
    return [rule for rule in asked if rule not in left_out]


def _named(names: Sequence[str], option: str) -> list[type[Mistake]]:
    return [named(name, option) for given in names for name in given.split(",")]
