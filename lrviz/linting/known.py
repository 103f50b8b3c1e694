"""All rules, over documents and over recorded runs, by id or by name."""

from __future__ import annotations

from lrviz.foundation.errors import UsageError
from lrviz.foundation.wording import did_you_mean
from lrviz.linting.causes import CAUSES
from lrviz.linting.rule import Mistake
from lrviz.linting.rules import RULES

KNOWN: tuple[type[Mistake], ...] = (*RULES, *CAUSES)
"""The rules over documents, and those over recorded runs."""


def named(name: str, option: str) -> type[Mistake]:
    """Return the rule with an id, or with a name, in any case; option: what asked for it.

    Raises UsageError where there is none.
    """
    found = next((rule for rule in KNOWN if name.strip().lower() in {rule.id.lower(), rule.name}), None)
    if found is None:
        raise UsageError(f"{option} {no_such_rule(name)}")
    return found


def no_such_rule(name: str) -> str:
    """Say that there is no rule of that name, and which was probably meant."""
    meant = did_you_mean(name.upper(), [rule.id for rule in KNOWN]) or did_you_mean(name, [rule.name for rule in KNOWN])
    known = " and ".join(f"{some[0].id} to {some[-1].id}" for some in (RULES, CAUSES))
    return f"{name}: no such rule; known are {known}, see lrviz list rules{meant}"
