"""Hypothesis profiles: `ci` repeats the same examples everywhere, `LRVIZ_EXAMPLES=5000` looks further."""

from __future__ import annotations

import os

from hypothesis import settings

collect_ignore = ["bench"]

settings.register_profile("ci", max_examples=300, derandomize=True, deadline=None)
settings.register_profile("many", max_examples=int(os.environ.get("LRVIZ_EXAMPLES", "10000")), deadline=None)
settings.load_profile("many" if "LRVIZ_EXAMPLES" in os.environ else "ci")
