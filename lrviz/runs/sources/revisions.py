"""`REV:path`: a document in a revision of the git checkout around the current folder."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from typing_extensions import override

from lrviz.documents.load import Written, parsed
from lrviz.foundation.errors import DocumentError, Fault
from lrviz.foundation.wording import did_you_mean
from lrviz.runs.sources.foreign import in_its_dialect
from lrviz.runs.sources.source import Source

_SPEC = re.compile(r"(?P<revision>[^-:][^:]*):(?P<path>.+)", re.DOTALL)
_SUFFIX = re.compile(r"\.[A-Za-z]\w*")
_LARGEST, _PATIENCE = 16 * 10**6, 60
"""Bytes of a document, and seconds for git to read one."""


class Revision(Source):
    """A document in git: `main:run.yaml`. The path is from the top of the checkout, else from the current folder."""

    @classmethod
    @override
    def claims(cls, spec: str, folder: Path) -> bool:
        match = _SPEC.fullmatch(spec)
        # A scheduler with its arguments has a colon, too, and so may the name of a file.
        if match is None or "\0" in spec or os.path.lexists(folder / spec):
            return False
        from lrviz.runs.sources.inline import Inline

        if Inline.claims(spec, folder):
            return False
        return _SUFFIX.fullmatch(Path(match["path"]).suffix) is not None

    @property
    def _parts(self) -> tuple[str, str]:
        match = _SPEC.fullmatch(self.spec)
        assert match is not None
        return match["revision"], match["path"]

    @override
    def read(self, *, named: bool = False) -> Written:
        revision, path = self._parts
        commit = self._commit(revision)
        for place in (path, f"./{path}"):
            there, text = _git("cat-file", "blob", f"{commit}:{place}")
            if there:
                if len(text) > _LARGEST:
                    raise self._fault(f"{len(text):,} bytes; a document is a small YAML file")
                read = Written(parsed(self._decoded(text), self.spec, path), Path(path).parent)
                return in_its_dialect(read, self.given.dialect, self.given.facts)
        _, listed = _git("ls-tree", "-r", "--name-only", "-z", "--full-tree", commit)
        names = listed.decode(errors="replace").split("\0")
        raise self._fault(f"no file {path} in {revision}{did_you_mean(path, names)}")

    def _commit(self, revision: str) -> str:
        inside, told = _git("rev-parse", "--is-inside-work-tree")
        if not inside:
            raise self._fault(f"no such file, and this is not a git checkout from which to read {revision}")
        there, told = _git("rev-parse", "--verify", "-q", "--end-of-options", f"{revision}^{{commit}}")
        if not there:
            _, listed = _git("for-each-ref", "--format=%(refname:short)")
            meant = did_you_mean(revision, listed.decode(errors="replace").split())
            raise self._fault(f"no revision {revision} in git{meant}")
        return told.decode().strip()

    def _decoded(self, text: bytes) -> str:
        if b"\0" in text:
            raise self._fault("a binary file; a document is a YAML file")
        try:
            return text.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise self._fault(f"cannot be read: {error.reason} at byte {error.start}") from None

    def _fault(self, text: str) -> DocumentError:
        return DocumentError(Fault(self.spec, "", text))

    @property
    @override
    def stem(self) -> str:
        return Path(self._parts[1]).stem

    @property
    @override
    def around(self) -> Path:
        return Path(self._parts[1]).parent


def _git(*arguments: str) -> tuple[bool, bytes]:
    """Return whether a command of git that only reads succeeded, and what it said."""
    command = ["git", "--no-pager", "--no-optional-locks", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=_PATIENCE, check=False)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return False, b""
    return done.returncode == 0, done.stdout
