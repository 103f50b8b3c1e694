"""The environment of these tests: they need what `make test-frameworks` installs, and never skip."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

NEEDED = (
    *("accelerate", "deepspeed", "ipykernel", "lightning", "mmengine", "nbclient", "prodigyopt"),
    *("schedulefree", "tensorboard", "timm", "transformers"),
)


@pytest.fixture(autouse=True, scope="session")
def frameworks() -> None:
    """Fail where a framework is missing."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        pytest.fail(f"{', '.join(missing)}: not installed here; run `make test-frameworks`", pytrace=False)
