"""The configs that packages ship: thousands of real files, each of its own library's dialect or of none."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from lrviz.documents.load import Written, written
from lrviz.foundation.errors import DocumentError
from lrviz.readers.translation import recognised
from lrviz.runs.sources.foreign import Foreign, in_its_dialect

pytestmark = [pytest.mark.framework, pytest.mark.slow, pytest.mark.process]

FACTS = {"batches_per_epoch": 100, "dataset_size": 1600, "classes": 80}
SHIPPED = [
    ("mmpretrain==1.2.0", "mmengine", 500),
    ("mmdet==3.3.0", "mmengine", 790),
    ("mmsegmentation==1.2.2", "mmengine", 670),
    ("torchtune==0.6.1", "torchtune", 0),
    ("ultralytics==8.4.190", "ultralytics", 1),
]
"""A package, the dialect of its configs, and how many of them give a document."""


@pytest.fixture
def unpacked(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return the folder of a package's files, which are not installed."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(tmp_path), request.param]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip(f"{request.param} cannot be downloaded here, so its configs are not read")
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "files")
    (tmp_path / "files" / "pyproject.toml").touch()
    return tmp_path / "files"


@pytest.mark.parametrize(("unpacked", "dialect", "least"), SHIPPED, indirect=["unpacked"])
def test_each_file_is_of_its_own_library_or_of_none(unpacked: Path, dialect: str, least: int) -> None:
    found: Counter[str] = Counter()
    for path in sorted(one for kind in ("py", "yaml", "yml", "json") for one in unpacked.rglob(f"*.{kind}")):
        read = _read(path)
        if read is None or (reader := recognised(read.marked)) is None:
            continue
        assert reader.name == dialect, path
        found["recognised"] += 1
        if isinstance(read, Foreign):
            try:
                read.document()
            except DocumentError:
                continue
            found["read"] += 1
    assert found["recognised"] > 0
    assert found["read"] >= least


def _read(path: Path) -> Written | None:
    """Return what a file holds, None where it is no config: most of a package is code."""
    try:
        return in_its_dialect(written(path), given=FACTS)
    except DocumentError as error:
        if "could be" in str(error):
            raise
        return None
