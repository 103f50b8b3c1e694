"""The common parts of DeepSpeed's schedules: their module, and the version of the formula."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.releases import at_least
from lrviz.schedulers.base import Leaf

SETS_AT_ONCE = "0.15.3"
"""From this version on a constructor sets the lr; before, the first update has the optimizer's own."""
HAS_STAIRS = "0.19.4"
"""From this version on OneCycle rises and falls in stairs where it is asked to."""
NEEDS_WARM_UP = "0.19.3"
"""From this version on a warm-up of 0 is refused; before, it is 2."""
NEVER_CLIMBS = "0.19.3"
"""From this version on WarmupCosineLR stays at its end."""
LISTS_CYCLES = "0.19.6"
"""From this version on OneCycle takes lists, one value for each parameter group."""
TAKES_OPTIMIZERS_LR = "0.17.2"
"""From this version on warmup_max_lr is the optimizer's lr where it is not given."""


class Versioned(Leaf):
    """A schedule of DeepSpeed. Its step k is made after update k, so that what it sets there is its value at k - 1."""

    version: str | None = Field(
        None, pattern=r"^\d+(\.\d+)*$", description="version of DeepSpeed whose formula to use (default: the newest)"
    )

    module: ClassVar[str] = "deepspeed.runtime.lr_schedules"
    assigns: ClassVar[bool] = True
    nests: ClassVar[Any] = "nowhere"
    group_error: ClassVar[str] = "IndexError"
    changes: ClassVar[tuple[str, ...]] = (SETS_AT_ONCE,)
    """Versions in which the formula changed."""

    def since(self, version: str) -> bool:
        """Return whether the formula is that of a version, or of a later one."""
        return self.version is None or at_least(self.version, version)

    @property
    @override
    def versions(self) -> tuple[str, str]:
        passed = [one for one in self.changes if self.since(one)]
        ahead = [one for one in self.changes if not self.since(one)]
        return (passed[-1] if passed else ""), (ahead[0] if ahead else "")

    @override
    def arguments(self) -> dict[str, Any]:
        return {key: value for key, value in super().arguments().items() if key != "version"}
