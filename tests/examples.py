"""How many random examples a test takes: as the profile of hypothesis says, and some in proportion to it.

`ci` repeats the same examples everywhere, `LRVIZ_EXAMPLES=5000` looks further, `quick` is for between two edits.
"""

from __future__ import annotations

import os

from hypothesis import settings

CI = 300

settings.register_profile("ci", max_examples=CI, derandomize=True, deadline=None)
settings.register_profile("quick", max_examples=CI // 15, derandomize=True, deadline=None)
settings.register_profile("many", max_examples=int(os.environ.get("LRVIZ_EXAMPLES", "10000")), deadline=None)
settings.load_profile("many" if "LRVIZ_EXAMPLES" in os.environ else "ci")


def examples(in_ci: int) -> settings:
    """Return the decorator of a test that takes as many examples in CI, more or fewer as the profile has it."""
    profile = settings.get_profile(settings.get_current_profile_name())
    return settings(max_examples=max(1, in_ci * profile.max_examples // CI))
