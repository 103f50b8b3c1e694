"""What was read under the rules of lint: lrviz's own documents, and the configs of other libraries."""

from __future__ import annotations

from collections.abc import Sequence

from lrviz.documents.load import Written
from lrviz.linting.foreign import Foreign as Config
from lrviz.linting.lint import Linted, linted, linted_config
from lrviz.linting.rule import Rule
from lrviz.linting.rules import RULES
from lrviz.runs.sources.foreign import Foreign


def linted_source(read: Written, rules: Sequence[type[Rule]] = RULES) -> Linted:
    """Lint what was read; a config that lacks facts, by the rules that need no curve.

    Raises DocumentError where it is not valid.
    """
    if isinstance(read, Foreign):
        return linted_config(Config(read.marked, read.reader, read.facts, read.folder), rules=rules)
    return linted(read.document(), rules=rules)
