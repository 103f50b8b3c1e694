"""Files are written whole or not at all, and what was not theirs to change stays as it was."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from lrviz.foundation.errors import UnfinishedError
from lrviz.foundation.files import write


def put(path: Path, data: bytes = b"new") -> None:
    write(path, lambda stream: stream.write(data))


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o664, 0o755])
def test_a_file_that_is_written_over_keeps_its_mode(tmp_path: Path, mode: int) -> None:
    """A file of mode 0600 must not become readable for others."""
    path = tmp_path / "a.json"
    path.write_bytes(b"old")
    path.chmod(mode)
    os.utime(path, (0, 0))
    put(path)
    after = path.stat()
    assert (path.read_bytes(), stat.S_IMODE(after.st_mode)) == (b"new", mode)
    assert after.st_mtime > 0
    assert list(tmp_path.iterdir()) == [path]


def test_nobody_else_reads_a_private_file_while_it_is_written(tmp_path: Path) -> None:
    """Not even while it is being written."""
    path = tmp_path / "a.json"
    path.write_bytes(b"old")
    path.chmod(0o600)
    seen = []
    write(path, lambda stream: seen.append(stat.S_IMODE(os.fstat(stream.fileno()).st_mode)))
    assert seen == [0o600]


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root may give files away")
def test_a_file_that_is_written_over_keeps_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"old")
    os.chown(path, 12345, 23456)
    path.chmod(0o640)
    put(path)
    after = path.stat()
    assert (after.st_uid, after.st_gid, stat.S_IMODE(after.st_mode)) == (12345, 23456, 0o640)


def test_a_file_that_is_new_has_the_mode_of_any_other(tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    put(tmp_path / "a.json")
    assert (tmp_path / "a.json").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_what_a_link_leads_to_is_written_over_and_the_link_stays(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    target, link = tmp_path / "folder" / "a.json", tmp_path / "a.json"
    target.write_bytes(b"old")
    target.chmod(0o600)
    link.symlink_to(target)
    put(link)
    assert link.is_symlink()
    assert (target.read_bytes(), stat.S_IMODE(target.stat().st_mode)) == (b"new", 0o600)


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt(), ValueError("x")])
def test_what_fails_half_way_leaves_the_old_file_alone(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"old")

    def fill(stream: object) -> None:
        raise error

    with pytest.raises(UnfinishedError if isinstance(error, OSError) else type(error)):
        write(path, fill)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
